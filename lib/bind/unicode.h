// SPDX-License-Identifier: BSD-3-Clause
// Names as NDIS hands them to drivers.
#pragma once

#include <ndis.h>

struct unicode {
	WCHAR text[80];
	UNICODE_STRING string;
};

// `name`, which is ASCII, as a string that lives as long as `unicode`.
static inline UNICODE_STRING *unicode_of(struct unicode *unicode, const char *name)
{
	size_t length = 0;

	for (; name[length] != '\0' && length + 1 < ARRAYSIZE(unicode->text); length++)
		unicode->text[length] = (WCHAR)name[length];
	unicode->text[length] = 0;
	unicode->string = (UNICODE_STRING){
		.Length = (USHORT)(length * sizeof(WCHAR)),
		.MaximumLength = (USHORT)((length + 1) * sizeof(WCHAR)),
		.Buffer = unicode->text,
	};
	return &unicode->string;
}
