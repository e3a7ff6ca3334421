// SPDX-License-Identifier: BSD-3-Clause
// Who does which work on the frames of a port: its device, the engine, or nobody.
#include <string.h>

#include "nimbl_offload.h"
#include "view.h"

static const char *who(const struct nimbl_offloads *offloads, unsigned int offload)
{
	uint32_t bit = 1u << offload;

	if (!(offloads->enabled & bit))
		return "off";
	return offloads->in_device & bit ? "device" : "software";
}

json_t *view_offloads_json(const void *member)
{
	const struct nimbl_offloads *offloads = member;
	json_t *object = json_object();

	for (unsigned int i = 0; i < NIMBL_OFFLOAD_COUNT; i++)
		json_object_set_new(object, nimbl_offload_word(i),
			json_pack("{s:s, s:b}", "by", who(offloads, i), "device_can",
				(int)(offloads->offered >> i & 1)));
	return object;
}

void view_offloads_read(const json_t *json, void *member)
{
	struct nimbl_offloads *offloads = member;

	for (unsigned int i = 0; i < NIMBL_OFFLOAD_COUNT; i++) {
		const json_t *one = json_object_get(json, nimbl_offload_word(i));
		const char *by = json_string_value(json_object_get(one, "by"));
		uint32_t bit = 1u << i;

		if (json_is_true(json_object_get(one, "device_can")))
			offloads->offered |= bit;
		if (by == NULL || strcmp(by, "off") == 0)
			continue;
		offloads->enabled |= bit;
		if (strcmp(by, "device") == 0)
			offloads->in_device |= bit;
	}
}

struct view_offloads view_offloads(const struct nimbl_offloads *offloads)
{
	int device = __builtin_popcount(offloads->enabled & offloads->in_device);
	int software = __builtin_popcount(offloads->enabled) - device;
	struct view_offloads out;

	if (device > 0 && software > 0)
		snprintf(out.text, sizeof(out.text), "device %d, software %d", device, software);
	else if (device > 0)
		snprintf(out.text, sizeof(out.text), "device %d", device);
	else if (software > 0)
		snprintf(out.text, sizeof(out.text), "software %d", software);
	else
		snprintf(out.text, sizeof(out.text), "off");
	return out;
}

void view_print_offloads(const struct nimbl_port_view *port, FILE *out)
{
	static const char *const headers[] = {"offload", "done by", "device can", "meaning", NULL};
	struct table *table = table_new(headers);

	for (unsigned int i = 0; i < NIMBL_OFFLOAD_COUNT; i++) {
		table_cell(table, "%s", nimbl_offload_word(i));
		table_cell(table, "%s", who(&port->offloads, i));
		table_cell(table, "%s", port->offloads.offered >> i & 1 ? "yes" : "no");
		table_cell(table, "%s", nimbl_offload_text(i));
	}
	table_finish(table, 2, out);
}
