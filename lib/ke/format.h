// SPDX-License-Identifier: BSD-3-Clause
// Formats of Windows, of 8 or 16 bits per character.
#pragma once

#include <ndis.h>
#include <stdarg.h>
#include <stdbool.h>

// A text of 8-bit or 16-bit characters, and where in it.
struct text {
	const void *characters;
	bool wide;
};

// A buffer of `size` characters, and how many characters were written or did not fit.
struct sink {
	void *characters;
	bool wide;
	size_t size, length;
};

// Append what the format says. No terminator.
void format_to(struct sink *sink, struct text format, va_list arguments);
