// SPDX-License-Identifier: BSD-3-Clause
// The settings of a handle as NDIS reads a registry.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bind_priv.h"

#define NAME_MAX_BYTES 64
#define TEXT_MAX_BYTES 4096

// One value that was read, its text or bytes behind it.
struct value {
	NDIS_CONFIGURATION_PARAMETER parameter;
	struct value *next;
	WCHAR data[];
};

struct configuration {
	NDIS_HANDLE of;
	struct value *values;
};

NDIS_STATUS NdisOpenConfigurationEx(NDIS_CONFIGURATION_OBJECT *object, NDIS_HANDLE *handle)
{
	struct configuration *configuration;

	if (object->Header.Type != NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT ||
		object->Header.Size < NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1 ||
		object->NdisHandle == NULL)
		return NDIS_STATUS_INVALID_PARAMETER;
	configuration = calloc(1, sizeof(*configuration));
	if (configuration == NULL)
		return NDIS_STATUS_RESOURCES;
	configuration->of = object->NdisHandle;
	*handle = configuration;
	return NDIS_STATUS_SUCCESS;
}

VOID NdisCloseConfiguration(NDIS_HANDLE handle)
{
	struct configuration *configuration = handle;

	while (configuration->values != NULL) {
		struct value *value = configuration->values;

		configuration->values = value->next;
		free(value);
	}
	free(configuration);
}

static struct value *value_new(struct configuration *configuration, size_t size)
{
	struct value *value = calloc(1, sizeof(*value) + size);

	if (value == NULL)
		return NULL;
	value->next = configuration->values;
	configuration->values = value;
	return value;
}

static bool read_number(struct value *value, const char *text, int base)
{
	char *end;

	value->parameter.ParameterData.IntegerData = (ULONG)strtoul(text, &end, base);
	return end != text && *end == '\0';
}

// With two zeros at its end, so that it is a list of one as well.
static bool read_text(struct value *value, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		value->data[i] = (UCHAR)text[i];
	value->parameter.ParameterData.StringData = (NDIS_STRING){
		.Length = (USHORT)(length * sizeof(WCHAR)),
		.MaximumLength = (USHORT)((length + 1) * sizeof(WCHAR)),
		.Buffer = value->data,
	};
	return true;
}

// Pairs of digits, with ':' or '-' between them or not.
static bool read_bytes(struct value *value, const char *text)
{
	UCHAR *bytes = (UCHAR *)value->data;
	USHORT count = 0;

	while (isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1])) {
		const char pair[] = {text[0], text[1], '\0'};

		bytes[count++] = (UCHAR)strtoul(pair, NULL, 16);
		text += 2;
		if ((*text == ':' || *text == '-') && text[1] != '\0')
			text++;
	}
	value->parameter.ParameterData.BinaryData = (BINARY_DATA){.Length = count, .Buffer = bytes};
	return count > 0 && *text == '\0';
}

static bool read_as(struct value *value, const char *text, NDIS_PARAMETER_TYPE type)
{
	bool has_prefix = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');

	value->parameter.ParameterType = type;
	switch (type) {
	case NdisParameterInteger:
		return read_number(value, text, has_prefix ? 16 : 10);
	case NdisParameterHexInteger:
		return read_number(value, text, 16);
	case NdisParameterString:
	case NdisParameterMultiString:
		return read_text(value, text);
	case NdisParameterBinary:
		return read_bytes(value, text);
	}
	return false;
}

static NDIS_STATUS read_setting(struct configuration *configuration, const char *name,
	NDIS_PARAMETER_TYPE type, struct value **result)
{
	const char *text = option_any_case(configuration->of, name);
	struct value *value;

	if (text == NULL || strlen(text) > TEXT_MAX_BYTES)
		return NDIS_STATUS_FAILURE;
	value = value_new(configuration, (strlen(text) + 2) * sizeof(WCHAR));
	if (value == NULL)
		return NDIS_STATUS_RESOURCES;
	*result = value;
	return read_as(value, text, type) ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}

VOID NdisReadConfiguration(NDIS_STATUS *status, NDIS_CONFIGURATION_PARAMETER **parameter,
	NDIS_HANDLE handle, NDIS_STRING *keyword, NDIS_PARAMETER_TYPE type)
{
	char name[NAME_MAX_BYTES];
	ANSI_STRING narrow = {.MaximumLength = sizeof(name), .Buffer = name};
	struct value *value = NULL;

	*parameter = NULL;
	*status = NDIS_STATUS_FAILURE;
	if (RtlUnicodeStringToAnsiString(&narrow, keyword, FALSE) != STATUS_SUCCESS)
		return; // longer than any name of ours
	*status = read_setting(handle, name, type, &value);
	if (*status == NDIS_STATUS_SUCCESS)
		*parameter = &value->parameter;
}

VOID NdisWriteConfiguration(NDIS_STATUS *status, NDIS_HANDLE handle, NDIS_STRING *keyword,
	NDIS_CONFIGURATION_PARAMETER *parameter)
{
	*status = NDIS_STATUS_NOT_SUPPORTED;
}

VOID NdisReadNetworkAddress(NDIS_STATUS *status, PVOID *address, UINT *length, NDIS_HANDLE handle)
{
	struct value *value = NULL;

	*address = NULL;
	*length = 0;
	*status = read_setting(handle, "NetworkAddress", NdisParameterBinary, &value);
	if (*status != NDIS_STATUS_SUCCESS)
		return;
	*address = value->parameter.ParameterData.BinaryData.Buffer;
	*length = value->parameter.ParameterData.BinaryData.Length;
}
