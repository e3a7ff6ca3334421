// SPDX-License-Identifier: BSD-3-Clause
// Structs as JSON objects and back.
#include "field.h"

#include <stdio.h>
#include <string.h>

static uint64_t number_get(const void *member, size_t size)
{
	switch (size) {
	case 2:
		return *(const uint16_t *)member;
	case 4:
		return *(const uint32_t *)member;
	default:
		return *(const uint64_t *)member;
	}
}

static void number_set(void *member, size_t size, uint64_t value)
{
	switch (size) {
	case 2:
		*(uint16_t *)member = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)member = (uint32_t)value;
		break;
	default:
		*(uint64_t *)member = value;
	}
}

static json_t *text_json(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

static json_t *field_json(const struct field *field, const void *member)
{
	switch (field->kind) {
	case FIELD_CHARS:
		return json_string(member);
	case FIELD_FLAG:
		return json_boolean(*(const bool *)member);
	case FIELD_NUMBER:
		return json_integer((json_int_t)number_get(member, field->size));
	case FIELD_SIGNED:
		return json_integer(*(const int64_t *)member);
	case FIELD_TEXT:
		return text_json(*(const char *const *)member);
	case FIELD_OTHER:
		return field->write(member);
	}
	return NULL;
}

json_t *fields_json(const struct field *fields, const void *base)
{
	json_t *object = json_object();

	for (; fields->key != NULL; fields++)
		json_object_set_new(object, fields->key,
			field_json(fields, (const char *)base + fields->offset));
	return object;
}

static void field_read(const struct field *field, const json_t *value, void *member)
{
	switch (field->kind) {
	case FIELD_CHARS:
		if (json_is_string(value))
			snprintf(member, field->size, "%s", json_string_value(value));
		break;
	case FIELD_FLAG:
		*(bool *)member = json_is_true(value);
		break;
	case FIELD_NUMBER:
		number_set(member, field->size, (uint64_t)json_integer_value(value));
		break;
	case FIELD_SIGNED:
		*(int64_t *)member = json_integer_value(value);
		break;
	case FIELD_TEXT:
		*(const char **)member = json_string_value(value);
		break;
	case FIELD_OTHER:
		if (field->read != NULL)
			field->read(value, member);
		break;
	}
}

void fields_read(const struct field *fields, const json_t *json, void *base)
{
	for (; fields->key != NULL; fields++) {
		const json_t *value = json_object_get(json, fields->key);

		if (value != NULL)
			field_read(fields, value, (char *)base + fields->offset);
	}
}
