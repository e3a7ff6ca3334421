// SPDX-License-Identifier: BSD-3-Clause
// Settings of adapters and bindings, as drivers read them.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bind_priv.h"

int options_copy(struct options *options, const struct nimbl_option *from)
{
	for (; from != NULL && from->key != NULL; from++) {
		if (options->count == OPTIONS_MAX)
			return nimbl_fail(ENOSPC, "more than %d settings", OPTIONS_MAX);
		options->keys[options->count] = strdup(from->key);
		options->values[options->count] = strdup(from->value);
		options->count++;
		if (options->keys[options->count - 1] == NULL ||
			options->values[options->count - 1] == NULL)
			return nimbl_fail(ENOMEM, "no memory for settings");
	}
	return 0;
}

void options_free(struct options *options)
{
	while (options->count > 0) {
		options->count--;
		free(options->keys[options->count]);
		free(options->values[options->count]);
	}
	while (options->asked_count > 0)
		free(options->asked[--options->asked_count]);
}

// Note which settings an attaching filter asks for, to tell those that it does not know.
static void options_note(struct options *options, const char *key)
{
	for (unsigned int i = 0; i < options->asked_count; i++) {
		if (strcmp(options->asked[i], key) == 0)
			return;
	}
	if (options->asked_count == OPTIONS_MAX)
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

int options_check(const struct options *options, const char *who)
{
	const char *known[OPTIONS_MAX + 1] = {NULL};

	for (unsigned int i = 0; i < options->asked_count; i++)
		known[i] = options->asked[i];
	for (unsigned int i = 0; i < options->count; i++) {
		const char *key = options->keys[i], *meant;

		if (was_asked(options, key))
			continue;
		nimbl_fail(EINVAL, "%s has no setting '%s'", who, key);
		meant = nimbl_did_you_mean(key, known);
		if (meant != NULL)
			nimbl_mend("did you mean '%s'?", meant);
		return -EINVAL;
	}
	return 0;
}

static const struct options *options_of(NDIS_HANDLE handle)
{
	if (nimbl_object_is(handle, NIMBL_OBJECT_ADAPTER))
		return &((const struct adapter *)handle)->options;
	if (nimbl_object_is(handle, NIMBL_OBJECT_BINDING))
		return &((const struct binding *)handle)->options;
	if (nimbl_object_is(handle, NIMBL_OBJECT_FILTER))
		return &((const struct filter *)handle)->options;
	return NULL;
}

static void note(NDIS_HANDLE handle, const char *key)
{
	struct filter *filter = handle;

	if (nimbl_object_is(handle, NIMBL_OBJECT_FILTER) && filter->state == NIMBL_INITIALIZING)
		options_note(&filter->options, key);
}

const char *nimbl_option(NDIS_HANDLE handle, const char *key, const char *fallback)
{
	const struct options *options = options_of(handle);

	note(handle, key);
	for (unsigned int i = 0; options != NULL && i < options->count; i++) {
		if (strcmp(options->keys[i], key) == 0)
			return options->values[i];
	}
	return fallback;
}

const char *option_any_case(NDIS_HANDLE handle, const char *key)
{
	const struct options *options = options_of(handle);

	for (unsigned int i = 0; options != NULL && i < options->count; i++) {
		if (strcasecmp(options->keys[i], key) == 0) {
			note(handle, options->keys[i]);
			return options->values[i];
		}
	}
	return NULL;
}

uint32_t nimbl_option_u32(NDIS_HANDLE handle, const char *key, uint32_t fallback)
{
	const char *value = nimbl_option(handle, key, NULL);

	return value != NULL ? (uint32_t)strtol(value, NULL, 0) : fallback;
}
