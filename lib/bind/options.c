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

const char *nimbl_option(NDIS_HANDLE handle, const char *key, const char *fallback)
{
	const struct options *options = options_of(handle);

	for (unsigned int i = 0; options != NULL && i < options->count; i++) {
		if (strcmp(options->keys[i], key) == 0)
			return options->values[i];
	}
	return fallback;
}

uint32_t nimbl_option_u32(NDIS_HANDLE handle, const char *key, uint32_t fallback)
{
	const char *value = nimbl_option(handle, key, NULL);

	return value != NULL ? (uint32_t)strtol(value, NULL, 0) : fallback;
}
