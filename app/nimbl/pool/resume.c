// SPDX-License-Identifier: BSD-3-Clause
// The file of a run that may be interrupted.
#include "resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "nimbl_engine.h"
#include "row_json.h"

#define SCHEMA "nimbl.bench.pool.part/1"

struct pool_resume {
	char *path;
	FILE *file;
};

void pool_resume_close(struct pool_resume *resume)
{
	if (resume == NULL)
		return;
	if (resume->file != NULL)
		fclose(resume->file);
	free(resume->path);
	free(resume);
}

static int line_write(struct pool_resume *resume, json_t *line)
{
	bool is_written = line != NULL && json_dumpf(line, resume->file, JSON_COMPACT) == 0 &&
			  fputc('\n', resume->file) != EOF && fflush(resume->file) == 0;

	json_decref(line);
	if (is_written)
		return 0;
	nimbl_fail(errno != 0 ? errno : ENOMEM, "cannot write to %s", resume->path);
	nimbl_mend("make room there; what is in it so far can be gone on from");
	return -nimbl_last_error()->code;
}

int pool_resume_add(struct pool_resume *resume, const struct pool_plan *plan, size_t first,
	size_t end, const struct pool_noise *noise)
{
	json_t *rows = json_array();

	for (size_t i = first; i < end; i++)
		json_array_append_new(rows, pool_row_to_json(&plan->rows[i]));
	return line_write(
		resume, json_pack("{s:I, s:f, s:f, s:o}", "first", (json_int_t)first, "control",
				noise->control, "twin", noise->twin, "rows", rows));
}

// Two values that a person reads.
static void differ(const struct pool_resume *resume, const char *group, const char *name,
	const json_t *was, const json_t *is)
{
	char *old = was != NULL ? json_dumps(was, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	char *new = is != NULL ? json_dumps(is, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	nimbl_fail(EINVAL, "%s was begun with %s %s %s, and this run has %s", resume->path, group,
		name, old != NULL ? old : "unset", new != NULL ? new : "unset");
	nimbl_mend("ask for the same on the same machine, or name a new file");
	free(old);
	free(new);
}

// Each member of each group has to be the same.
static int asked_compare(const struct pool_resume *resume, json_t *was, json_t *is)
{
	const char *group, *name;
	json_t *members, *value;

	json_object_foreach (is, group, members) {
		json_t *others = json_object_get(was, group);

		json_object_foreach (members, name, value) {
			json_t *other = json_object_get(others, name);

			if (other != NULL && json_equal(value, other))
				continue;
			differ(resume, group, name, other, value);
			return -EINVAL;
		}
	}
	return 0;
}

static int damaged(const struct pool_resume *resume, size_t line, const char *what)
{
	nimbl_fail(EINVAL, "%s:%zu: %s", resume->path, line, what);
	nimbl_mend("name the file of an earlier run, or a new one");
	return -EINVAL;
}

static int rows_read(const struct pool_resume *resume, size_t number, const json_t *line,
	struct pool_plan *plan, struct pool_noise *noise)
{
	const json_t *rows = json_object_get(line, "rows");
	size_t i, first = (size_t)json_integer_value(json_object_get(line, "first"));
	json_t *row;

	if (!json_is_array(rows) || json_array_size(rows) == 0 || first != plan->done ||
		json_array_size(rows) > plan->count - first)
		return damaged(resume, number, "these are not the rows that come next");
	json_array_foreach (rows, i, row) {
		if (!pool_row_from_json(row, &plan->rows[first + i]))
			return damaged(resume, number, "there is a row that was not asked for");
	}
	noise->control = json_number_value(json_object_get(line, "control"));
	noise->twin = json_number_value(json_object_get(line, "twin"));
	plan->done += json_array_size(rows);
	plan->done_blocks++;
	return 0;
}

static int line_read(const struct pool_resume *resume, size_t number, json_t *line, json_t *asked,
	struct pool_plan *plan, struct pool_noise *noise)
{
	const char *schema = json_string_value(json_object_get(line, "schema"));

	if (number > 1)
		return rows_read(resume, number, line, plan, noise);
	if (schema == NULL || strcmp(schema, SCHEMA) != 0)
		return damaged(resume, number, "this is not what a run of the pool benchmark left");
	return asked_compare(resume, json_object_get(line, "asked"), asked);
}

// All lines that were written to their ends; what stands behind them goes.
static int file_read(struct pool_resume *resume, json_t *asked, struct pool_plan *plan,
	struct pool_noise *noise, size_t *lines)
{
	char *text = NULL;
	size_t room = 0;
	long good = 0;
	int ret = 0;

	for (*lines = 0; ret == 0; good = ftell(resume->file)) {
		ssize_t length = getline(&text, &room, resume->file);

		if (length <= 0 || text[length - 1] != '\n')
			break;
		json_t *line = json_loadb(text, (size_t)length, 0, NULL);
		ret = line != NULL ? line_read(resume, ++*lines, line, asked, plan, noise)
				   : damaged(resume, *lines + 1, "this is no JSON");
		json_decref(line);
	}
	free(text);
	// A file of another kind is left as it is.
	if (ret == 0 && *lines == 0 && lseek(fileno(resume->file), 0, SEEK_END) > 0)
		ret = damaged(resume, 1, "this is not what a run of the pool benchmark left");
	if (ret == 0 && (fseek(resume->file, good, SEEK_SET) < 0 ||
				ftruncate(fileno(resume->file), good) < 0))
		ret = nimbl_fail(errno, "cannot write to %s", resume->path);
	return ret;
}

static int file_open(struct pool_resume *resume)
{
	resume->file = fopen(resume->path, "a+e");
	if (resume->file == NULL) {
		nimbl_fail(errno, "cannot open %s", resume->path);
		nimbl_mend("name a file that may be written");
		return -nimbl_last_error()->code;
	}
	rewind(resume->file);
	if (flock(fileno(resume->file), LOCK_EX | LOCK_NB) == 0)
		return 0;
	nimbl_fail(EBUSY, "%s is in use by another run", resume->path);
	nimbl_mend("wait for that one, or name another file");
	return -EBUSY;
}

struct pool_resume *pool_resume_open(
	const char *path, json_t *asked, struct pool_plan *plan, struct pool_noise *noise)
{
	struct pool_resume *resume = calloc(1, sizeof(*resume));
	size_t lines = 0;
	int ret = -ENOMEM;

	if (resume != NULL)
		resume->path = strdup(path);
	if (resume == NULL || resume->path == NULL)
		nimbl_fail(ENOMEM, "no memory for what is in %s", path);
	else
		ret = file_open(resume);
	if (ret == 0)
		ret = file_read(resume, asked, plan, noise, &lines);
	if (ret == 0 && lines == 0)
		ret = line_write(resume, json_pack("{s:s, s:O}", "schema", SCHEMA, "asked", asked));
	json_decref(asked);
	if (ret == 0)
		return resume;
	pool_resume_close(resume);
	return NULL;
}
