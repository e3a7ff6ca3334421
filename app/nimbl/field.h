// SPDX-License-Identifier: BSD-3-Clause
// Structs as JSON objects and back, both from one table of members.
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "nimbl_base.h"

enum field_kind {
	FIELD_CHARS,  // char[]
	FIELD_FLAG,   // bool
	FIELD_NUMBER, // unsigned, of 2, 4 or 8 bytes
	FIELD_SIGNED, // int64_t
	FIELD_TEXT,   // const char *, NULL too; read back it points into the JSON
	FIELD_OTHER,  // as its functions say
};

struct field {
	const char *key;
	enum field_kind kind;
	size_t offset, size;
	// FIELD_OTHER only; `member` is at the offset. `read` may be NULL: it follows from others.
	json_t *(*write)(const void *member);
	void (*read)(const json_t *json, void *member);
};

#define FIELD(kind, type, member, key)                                                             \
	{                                                                                          \
		key, kind, offsetof(struct type, member), sizeof(((struct type *)0)->member), 0, 0 \
	}
#define FIELD_BY(type, member, key, write, read)                        \
	{                                                               \
		key, FIELD_OTHER, offsetof(struct type, member),        \
			sizeof(((struct type *)0)->member), write, read \
	}

// The functions get the whole struct.
#define FIELD_OF_ALL(key, write, read)              \
	{                                           \
		key, FIELD_OTHER, 0, 0, write, read \
	}

// The struct at `base` as an object with these keys, in their order; a NULL key ends them. The
// caller's.
json_t *fields_json(const struct field *fields, const void *base);

// Fill the struct from an object. What is missing, or of another type, is left as it is.
void fields_read(const struct field *fields, const json_t *json, void *base);
