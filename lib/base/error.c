// SPDX-License-Identifier: BSD-3-Clause
// The last error of a thread, and the guess what a mistyped word was meant to be.
#include "nimbl_base.h"

#include <stdio.h>
#include <string.h>

static _Thread_local struct nimbl_error last;

int nimbl_fail(int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(last.cause, sizeof(last.cause), fmt, args);
	va_end(args);
	last.code = code;
	last.mend[0] = last.setting[0] = '\0';
	return -code;
}

void nimbl_blame(const char *setting, unsigned int nth)
{
	snprintf(last.setting, sizeof(last.setting), "%s", setting);
	last.nth = nth;
}

void nimbl_mend(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(last.mend, sizeof(last.mend), fmt, args);
	va_end(args);
}

void nimbl_fail_prefix(const char *fmt, ...)
{
	char text[sizeof(last.cause)];
	va_list args;

	va_start(args, fmt);
	int used = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (used >= 0 && (size_t)used < sizeof(text))
		snprintf(text + used, sizeof(text) - (size_t)used, "%s", last.cause);
	memcpy(last.cause, text, sizeof(text));
}

const struct nimbl_error *nimbl_last_error(void)
{
	return &last;
}

void nimbl_clear_error(void)
{
	last.code = 0;
	last.cause[0] = last.mend[0] = last.setting[0] = '\0';
}

struct nimbl_quoted nimbl_quote(const char *text)
{
	struct nimbl_quoted out;
	char *at = out.text, *end = out.text + sizeof(out.text);
	size_t shown = 0;

	*at++ = '\'';
	for (; *text != '\0' && shown < NIMBL_QUOTE_CHARS; text++, shown++) {
		unsigned char c = (unsigned char)*text;

		// A terminal must not obey what a file holds.
		at += snprintf(at, (size_t)(end - at), c < 0x20 || c > 0x7e ? "\\x%02x" : "%c", c);
	}
	snprintf(at, (size_t)(end - at), "'%s", *text != '\0' ? "..." : "");
	return out;
}

#define WORD_MAX 64

// Optimal string alignment distance: insert, delete, replace and swap cost one each.
static unsigned int edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned int rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned int *row = rows[i % 3], *above = rows[(i + 2) % 3];
		unsigned int *twice = rows[(i + 1) % 3];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned int best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				twice[j - 2] + 1 < best)
				best = twice[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_len % 3][b_len];
}

const char *nimbl_did_you_mean(const char *word, const char *const *names)
{
	const char *found = NULL;
	size_t len = strlen(word);
	unsigned int best = (unsigned int)(len / 3 > 0 ? len / 3 : 1);

	if (len == 0 || len > WORD_MAX)
		return NULL;
	for (; *names != NULL; names++) {
		size_t name_len = strlen(*names);

		if (name_len > WORD_MAX)
			continue;
		unsigned int distance = edit_distance(word, len, *names, name_len);
		if (distance >= len && distance >= name_len)
			continue; // nothing in common
		if (distance < best || (distance == best && found == NULL)) {
			best = distance;
			found = *names;
		}
	}
	return found;
}
