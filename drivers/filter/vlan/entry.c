// SPDX-License-Identifier: BSD-3-Clause
// The VLAN filter: its settings, and how they fit together. Control thread.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vlan_priv.h"

#define HEADROOM (2 * VLAN_TAG_BYTES)

static const char *const modes[] = {"access", "tag", "untag", "translate", NULL};
static const char *const foreigns[] = {"drop", "pass", "stack", NULL};
static const char *const types[] = {"8021q", "8021ad", NULL};
static const char *const figures[] = {
	"rx_frames", "rx_foreign", "tx_frames", "tx_foreign", "parts", NULL};

static const struct nimbl_setting settings[] = {
	{.name = "mode",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(vlan, mode),
		.words = modes,
		.required = true,
		.help = "access: the wire is untagged, above it is tagged. tag: the other way "
			"round. untag: no tags on either side. translate: by 'map'."},
	{.name = "id",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(vlan, id),
		.min = 1,
		.max = 4094,
		.absent = "required for access and tag",
		.help = "The VLAN."},
	{.name = "priority",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(vlan, priority),
		.max = 7,
		.preset = "0",
		.help = "Priority of a tag that is put on; one that a frame has stays."},
	{.name = "type",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(vlan, type),
		.words = types,
		.preset = "8021q",
		.help = "Type of the tag: customer (0x8100) or service (0x88a8)."},
	{.name = "map",
		.type = NIMBL_SETTING_LIST,
		NIMBL_SETTING_AT(vlan, map_count),
		.allowed = "a list of WIRE:ABOVE, each 1 to 4094, such as [100:5, 101:6]",
		.absent = "required for translate",
		.help = "Ids on the wire and what they are above it."},
	{.name = "foreign",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(vlan, foreign),
		.words = foreigns,
		.preset = "drop",
		.help = "What happens to frames that the mode does not name; stack: tagged ones get "
			"a further tag in front, others are dropped."},
	{.name = NULL},
};

static int wrong_entry(unsigned int nth, const char *entry, const char *why)
{
	nimbl_fail(EINVAL, "map %s %s", nimbl_quote(entry).text, why);
	nimbl_mend("write WIRE:ABOVE, each 1 to 4094 and once, such as 100:5");
	nimbl_blame("map", nth);
	return -EINVAL;
}

static int map_add(struct vlan *self, unsigned int nth, const char *entry)
{
	unsigned int wire, above;
	int end = 0;

	if (sscanf(entry, "%4u:%4u%n", &wire, &above, &end) != 2 || entry[end] != '\0' ||
		entry[0] < '0' || entry[0] > '9')
		return wrong_entry(nth, entry, "is no pair of ids");
	if (wire < 1 || wire > 4094 || above < 1 || above > 4094)
		return wrong_entry(nth, entry, "is out of range");
	if (self->up.map[wire] != 0 || self->down.map[above] != 0)
		return wrong_entry(nth, entry, "names an id a second time");
	self->up.map[wire] = (uint16_t)above;
	self->down.map[above] = (uint16_t)wire;
	return 0;
}

static int needs(const char *setting, const char *mode)
{
	nimbl_fail(EINVAL, "mode '%s' needs '%s'", mode, setting);
	nimbl_mend("'nimbl config reference' tells what it allows");
	nimbl_blame("mode", 0);
	return -EINVAL;
}

// What a mode cannot do without.
static int fits(const char *mode, bool has_id, bool has_map)
{
	bool wants_map = strcmp(mode, modes[VLAN_TRANSLATE]) == 0;

	if (wants_map && !has_map)
		return needs("map", mode);
	if (!wants_map && strcmp(mode, modes[VLAN_UNTAG]) != 0 && !has_id)
		return needs("id", mode);
	return 0;
}

static int vlan_check(const struct nimbl_option *options)
{
	struct vlan *scrap = calloc(1, sizeof(*scrap));
	unsigned int entries = 0;
	const char *mode = "";
	bool has_id = false;
	int ret = 0;

	if (scrap == NULL)
		return nimbl_fail(ENOMEM, "no memory to look at a map");
	for (; options->key != NULL && ret == 0; options++) {
		has_id |= strcmp(options->key, "id") == 0;
		if (strcmp(options->key, "mode") == 0)
			mode = options->value;
		else if (strcmp(options->key, "map") == 0)
			ret = map_add(scrap, entries++, options->value);
	}
	free(scrap);
	return ret < 0 ? ret : fits(mode, has_id, entries > 0);
}

static int vlan_open(void *context)
{
	static const enum vlan_op ops[][2] = {
		[VLAN_ACCESS] = {VLAN_PUSH, VLAN_POP},
		[VLAN_TAG] = {VLAN_POP, VLAN_PUSH},
		[VLAN_UNTAG] = {VLAN_STRIP, VLAN_STRIP},
		[VLAN_TRANSLATE] = {VLAN_MAP, VLAN_MAP},
	};
	struct vlan *self = context;
	const char *entry;
	int ret;

	self->up.op = ops[self->mode][0];
	self->down.op = ops[self->mode][1];
	ret = fits(modes[self->mode], self->id != 0, self->map_count > 0);
	for (unsigned int i = 0; i < self->map_count && ret == 0; i++) {
		entry = nimbl_option_at(self->base.filter, "map", i);
		ret = map_add(self, i, entry);
	}
	return ret;
}

static NDIS_STATUS vlan_restart(NDIS_HANDLE context, NDIS_FILTER_RESTART_PARAMETERS *parameters)
{
	nimbl_filter_ask_room(parameters, HEADROOM, 0);
	return nimbl_filter_restarts(context, parameters);
}

static const struct nimbl_filter_kind kind = {
	.help = "Puts VLAN tags on, takes them off, or translates their ids.",
	.size = sizeof(struct vlan),
	.allows = NIMBL_FILTER_ATTRIBUTES_HANDOVER,
	.settings = settings,
	.check = vlan_check,
	.figures = figures,
	.open = vlan_open,
};

NIMBL_FILTER(vlan, kind, .RestartHandler = vlan_restart, .SendNetBufferListsHandler = vlan_send,
	.SendNetBufferListsCompleteHandler = nimbl_filter_completes,
	.ReceiveNetBufferListsHandler = vlan_receive,
	.ReturnNetBufferListsHandler = nimbl_filter_returns)
