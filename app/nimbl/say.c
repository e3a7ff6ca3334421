// SPDX-License-Identifier: BSD-3-Clause
// Errors as people read them, and the care for standard output.
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RED   "\033[1;31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

#define DUMP_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(12))

// The first error of standard output: ferror() tells that there was one, not which.
static int output_error;

int say_status(int code)
{
	switch (code) {
	case EINVAL:
		return NIMBL_EXIT_USAGE;
	case 0: // an error without a code: somebody forgot to say it
	case EFAULT:
	case ENOTRECOVERABLE:
		return NIMBL_EXIT_INTERNAL;
	default:
		return NIMBL_EXIT_ENVIRONMENT;
	}
}

void say_print(FILE *out, const struct nimbl_error *error, bool has_colours)
{
	const char *end = has_colours ? PLAIN : "";
	const char *cause = error->cause[0] != '\0' ? error->cause : "failed without saying why";

	fprintf(out, "%snimbl:%s %s\n", has_colours ? RED : "", end, cause);
	if (error->mend[0] != '\0')
		fprintf(out, "  %smend:%s %s\n", has_colours ? GREEN : "", end, error->mend);
}

// https://no-color.org: an empty NO_COLOR does not count.
static bool wants_colours(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (none != NULL && none[0] != '\0')
		return false;
	return term != NULL && strcmp(term, "dumb") != 0 && isatty(STDERR_FILENO) == 1;
}

int say_error(void)
{
	const struct nimbl_error *error = nimbl_last_error();

	// What was said before stands before, also where both go to one file.
	say_flush();
	say_print(stderr, error, wants_colours());
	return say_status(error->code);
}

int say_usage(const char *command, const char *fmt, ...)
{
	char text[sizeof(((struct nimbl_error *)0)->cause)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	nimbl_fail(EINVAL, "%s", text);
	nimbl_mend("%s --help shows what is possible", command);
	return say_error();
}

bool say_flush(void)
{
	// errno of an earlier, implicit flush is lost, so a stream that failed is tried no more.
	if (output_error == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		output_error = errno != 0 ? errno : EIO;
	return output_error == 0;
}

void say_json(json_t *value)
{
	char *text = value != NULL ? json_dumps(value, DUMP_FLAGS) : NULL;

	json_decref(value);
	errno = 0;
	// A line in one write: a reader never sees half of it, unless it is very long.
	if (text != NULL && fprintf(stdout, "%s\n", text) < 0 && output_error == 0)
		output_error = errno;
	else if (text == NULL)
		fputs("nimbl: cannot make a line of JSON: not enough memory, or text not in UTF-8\n",
			stderr);
	free(text);
	say_flush();
}

void say_close(void)
{
	errno = 0;
	if (say_flush() || output_error == EPIPE)
		return;
	fprintf(stderr, "nimbl: cannot write to standard output: %s\n", strerror(output_error));
	_exit(NIMBL_EXIT_ENVIRONMENT);
}

bool say_is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) == 1 && term != NULL && strcmp(term, "dumb") != 0;
}

unsigned int say_columns(FILE *file, unsigned int fallback)
{
	struct winsize size;

	if (ioctl(fileno(file), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return fallback;
	return size.ws_col;
}
