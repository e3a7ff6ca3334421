// SPDX-License-Identifier: BSD-3-Clause
// What is measured so far, kept in a file of JSON lines: what was asked for on which machine, then a line for
// each block of rows. A run that ended early goes on from there.
#pragma once

#include <jansson.h>

#include "measure.h"

struct pool_resume;

// Open or begin the file `path` for a run of `plan`. `asked` says what makes runs differ, as an object of
// objects; the reference is taken. What the file holds goes into the rows of the plan, whose `done` and
// `done_blocks` are set, and `noise`. A last line that was not written to its end is forgotten. NULL with the
// error set when the file cannot be had, is of another kind, of another run, or in use by one.
struct pool_resume *pool_resume_open(
	const char *path, json_t *asked, struct pool_plan *plan, struct pool_noise *noise);

// Add the rows from `first` to before `end`. Returns 0 or -errno with the error set.
int pool_resume_add(struct pool_resume *resume, const struct pool_plan *plan, size_t first,
	size_t end, const struct pool_noise *noise);

void pool_resume_close(struct pool_resume *resume);
