// SPDX-License-Identifier: BSD-3-Clause
// Settings of adapters, filters and bindings, as drivers read them.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "nimbl_setting.h"

static char *own(const char *text)
{
	return text != NULL ? strdup(text) : NULL;
}

int options_copy(struct options *options, const struct nimbl_option *from)
{
	unsigned int count = 0;

	while (from != NULL && from[count].key != NULL)
		count++;
	if (count > OPTIONS_MAX)
		return nimbl_fail(ENOSPC, "more than %d settings", OPTIONS_MAX);
	options->list = calloc(count + 1, sizeof(options->list[0]));
	for (; options->list != NULL && options->count < count; options->count++) {
		struct nimbl_option *to = &options->list[options->count];

		*to = (struct nimbl_option){own(from->key), own(from->value)};
		from++;
		if (to->key == NULL || to->value == NULL)
			break;
	}
	if (options->count == count && options->list != NULL)
		return 0;
	return nimbl_fail(ENOMEM, "no memory for settings");
}

void options_free(struct options *options)
{
	for (unsigned int i = 0; options->list != NULL && i <= options->count; i++) {
		free((char *)(uintptr_t)options->list[i].key);
		free((char *)(uintptr_t)options->list[i].value);
	}
	free(options->list);
	while (options->asked_count > 0)
		free(options->asked[--options->asked_count]);
}

// Note which settings a driver asks for at first, to tell those that it does not know.
static void options_note(struct options *options, const char *key)
{
	for (unsigned int i = 0; i < options->asked_count; i++) {
		if (strcmp(options->asked[i], key) == 0)
			return;
	}
	if (options->asked_count == ASKED_MAX)
		return;
	options->asked[options->asked_count] = strdup(key);
	options->asked_count += options->asked[options->asked_count] != NULL;
}

static bool was_asked(const struct options *options, const char *key)
{
	for (unsigned int i = 0; i < options->asked_count; i++) {
		if (strcmp(options->asked[i], key) == 0)
			return true;
	}
	return false;
}

static int check_one(const struct options *options, const char *who, const char *key)
{
	const char *known[ASKED_MAX + 1] = {NULL}, *meant;

	if (was_asked(options, key))
		return 0;
	for (unsigned int i = 0; i < options->asked_count; i++)
		known[i] = options->asked[i];
	nimbl_fail(EINVAL, "%s has no setting '%s'", who, key);
	meant = nimbl_did_you_mean(key, known);
	if (meant != NULL)
		nimbl_mend("did you mean '%s'?", meant);
	nimbl_blame(key, 0);
	return -EINVAL;
}

int options_check(const struct options *options, const char *who)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < options->count; i++)
		ret = check_one(options, who, options->list[i].key);
	return ret;
}

const char *nimbl_port_name(NDIS_HANDLE handle)
{
	const struct adapter *adapter = handle;

	if (nimbl_object_is(handle, NIMBL_OBJECT_BINDING))
		adapter = ((const struct binding *)handle)->adapter;
	if (nimbl_object_is(handle, NIMBL_OBJECT_FILTER))
		adapter = ((const struct filter *)handle)->adapter;
	return adapter->name;
}

static const struct options *options_of(NDIS_HANDLE handle)
{
	if (nimbl_object_is(handle, NIMBL_OBJECT_ADAPTER))
		return &((const struct adapter *)handle)->options;
	if (nimbl_object_is(handle, NIMBL_OBJECT_BINDING))
		return &((const struct binding *)handle)->options;
	if (nimbl_object_is(handle, NIMBL_OBJECT_FILTER))
		return &((const struct filter *)handle)->options;
	if (nimbl_object_is(handle, NIMBL_OBJECT_FILTER_DRIVER))
		return driver_object_options(((const struct filter_driver *)handle)->driver_object);
	if (nimbl_object_is(handle, NIMBL_OBJECT_PROTOCOL_DRIVER))
		return driver_object_options(
			((const struct protocol_driver *)handle)->driver_object);
	if (nimbl_object_is(handle, NIMBL_OBJECT_MINIPORT_DRIVER))
		return driver_object_options(
			((const struct miniport_driver *)handle)->driver_object);
	return NULL;
}

// While the driver attaches or is opened.
static void note(NDIS_HANDLE handle, const char *key)
{
	struct adapter *adapter = handle;
	struct binding *binding = handle;
	struct filter *filter = handle;

	if (nimbl_object_is(handle, NIMBL_OBJECT_ADAPTER) && adapter->state == NIMBL_INITIALIZING)
		options_note(&adapter->options, key);
	else if (nimbl_object_is(handle, NIMBL_OBJECT_BINDING) &&
		 binding->state == NIMBL_INITIALIZING)
		options_note(&binding->options, key);
	else if (nimbl_object_is(handle, NIMBL_OBJECT_FILTER) &&
		 filter->state == NIMBL_INITIALIZING)
		options_note(&filter->options, key);
}

int nimbl_options_check(NDIS_HANDLE handle, const struct nimbl_option *list)
{
	int ret = 0;

	for (; ret == 0 && list->key != NULL; list++)
		ret = check_one(options_of(handle), nimbl_object_name(handle), list->key);
	return ret;
}

const char *nimbl_option_at(NDIS_HANDLE handle, const char *key, unsigned int nth)
{
	const struct options *options = options_of(handle);

	note(handle, key);
	for (unsigned int i = 0; options != NULL && i < options->count; i++) {
		if (strcmp(options->list[i].key, key) == 0 && nth-- == 0)
			return options->list[i].value;
	}
	return NULL;
}

const char *nimbl_option(NDIS_HANDLE handle, const char *key, const char *fallback)
{
	const char *value = nimbl_option_at(handle, key, 0);

	return value != NULL ? value : fallback;
}

const char *option_any_case(NDIS_HANDLE handle, const char *key)
{
	const struct options *options = options_of(handle);

	for (unsigned int i = 0; options != NULL && i < options->count; i++) {
		if (strcasecmp(options->list[i].key, key) == 0) {
			note(handle, options->list[i].key);
			return options->list[i].value;
		}
	}
	return NULL;
}

static int read_one(NDIS_HANDLE handle, const struct nimbl_setting *row, void *base)
{
	const char *value = nimbl_option(handle, row->name, row->preset);

	if (value == NULL)
		return row->required ? nimbl_setting_missing(row) : 0;
	if (nimbl_option_at(handle, row->name, 1) != NULL)
		return nimbl_setting_once(row);
	return nimbl_setting_parse(row, value, base);
}

static int read_list(NDIS_HANDLE handle, const struct nimbl_setting *row, void *base)
{
	uint32_t count = 0;

	while (nimbl_option_at(handle, row->name, count) != NULL)
		count++;
	memcpy((char *)base + row->offset, &count, sizeof(count));
	if (count == 0 && row->required)
		return nimbl_setting_missing(row);
	if (row->max == 0 || count <= row->max)
		return 0;
	return nimbl_fail(EINVAL, "%s has %u entries, and %u are allowed", row->name, count,
		(unsigned int)row->max);
}

int nimbl_settings_read(NDIS_HANDLE handle, const struct nimbl_setting *table, void *base)
{
	for (; table != NULL && table->name != NULL; table++) {
		int ret = table->type == NIMBL_SETTING_LIST ? read_list(handle, table, base)
							    : read_one(handle, table, base);

		if (ret < 0) {
			nimbl_blame(table->name, 0);
			return ret;
		}
	}
	return 0;
}

uint32_t nimbl_option_u32(NDIS_HANDLE handle, const char *key, uint32_t fallback)
{
	const char *value = nimbl_option(handle, key, NULL);

	return value != NULL ? (uint32_t)strtol(value, NULL, 0) : fallback;
}
