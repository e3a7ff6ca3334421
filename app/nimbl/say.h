// SPDX-License-Identifier: BSD-3-Clause
// Errors as people read them, and the care for standard output.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "nimbl_base.h"

// The exit status for an error code: a positive errno, or 0 when there is none.
int say_status(int code);

// Print an error in two lines, the second only when there is a mend.
void say_print(FILE *out, const struct nimbl_error *error, bool has_colours);

// Print the last error of this thread on standard error. Returns its exit status.
int say_error(void);

// The same for a wrong command line of `command` ("nimbl run"): points to its help.
int say_usage(const char *command, const char *fmt, ...) NIMBL_PRINTF(2, 3);

// Print one JSON value as one line on standard output and flush it; takes the reference. NULL is
// an object that could not be made.
void say_json(json_t *value);

// Flush standard output. Returns false when nobody reads it any more or it cannot be written;
// say_close() tells about it at the end.
bool say_flush(void);

// At exit: what is still unwritten goes out. When that fails, and not only because the reader
// went away, it is said and the program exits with NIMBL_EXIT_ENVIRONMENT.
void say_close(void);

// Whether standard output is a terminal that moves its cursor.
bool say_is_terminal(void);

// Columns of the terminal that `file` is, or `fallback` where it is none.
unsigned int say_columns(FILE *file, unsigned int fallback);
