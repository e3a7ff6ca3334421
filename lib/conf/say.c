// SPDX-License-Identifier: BSD-3-Clause
// How errors of a configuration are said: place and owner.
#include "conf_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int conf_say(const struct reader *reader, struct nimbl_place place, const char *fmt, ...)
{
	char text[sizeof(((struct nimbl_error *)0)->cause)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (place.line == 0)
		return nimbl_fail(EINVAL, "%s%s", reader->owner, text);
	return nimbl_fail(EINVAL, "%s:%u:%u: %s%s", reader->conf->file, place.line, place.column,
		reader->owner, text);
}

static void join(char *out, size_t size, const char *const *names)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; names[i] != NULL && used < size; i++)
		used += (size_t)snprintf(
			out + used, size - used, "%s%s", i > 0 ? ", " : "", names[i]);
	// Names are short, but there may be 64 of them.
	if (used >= size)
		memcpy(out + size - 4, "...", 4);
}

void conf_mend_word(const char *word, const char *what, const char *const *names)
{
	const char *near = nimbl_did_you_mean(word, names);
	char list[360];

	join(list, sizeof(list), names);
	if (near != NULL)
		nimbl_mend("did you mean '%s'? %s: %s", near, what, list);
	else
		nimbl_mend("%s: %s", what, list);
}
