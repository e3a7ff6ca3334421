// SPDX-License-Identifier: BSD-3-Clause
// The talk of nimbl capture with the instance: the filter goes in, is watched, and goes out again.
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "say.h"
#include "table.h"

#define TICK_MS    200 // between two looks at the figures
#define LAST_TICKS 10  // to wait for what is caught but not written yet

struct figures {
	uint64_t caught, missed, written, failed;
	bool is_done;
};

static json_t *settings_of(const struct capture *capture)
{
	char *lines = NULL;
	size_t size;
	FILE *out = open_memstream(&lines, &size);
	json_t *text;

	if (out == NULL)
		return NULL;
	fprintf(out, "file=%s\noverwrite=%s\n", capture->path,
		capture->overwrite ? "true" : "false");
	if (capture->expression[0] != '\0')
		fprintf(out, "expression=%s\n", capture->expression);
	if (capture->direction != NULL)
		fprintf(out, "direction=%s\n", capture->direction);
	if (capture->count > 0)
		fprintf(out, "count=%u\n", capture->count);
	if (capture->duration_s > 0)
		fprintf(out, "duration=%us\n", capture->duration_s);
	if (capture->snap > 0)
		fprintf(out, "snap=%u\n", capture->snap);
	fclose(out);
	text = json_string(lines);
	free(lines);
	return text;
}

static int ask(const struct capture *capture, json_t *request, json_t **answer)
{
	json_t *unused = NULL;
	int ret = nimbl_ctl_ask(&capture->address, request, &unused);

	json_decref(request);
	if (ret == 0 && answer != NULL)
		*answer = unused;
	else if (ret == 0)
		json_decref(unused);
	return ret;
}

static int filter_insert(const struct capture *capture)
{
	return ask(capture,
		json_pack("{s:s, s:s, s:s, s:s, s:i, s:o}", "call", "filter-insert", "port",
			capture->port, "driver", "capture", "name", capture->filter, "position",
			(int)capture->at, "settings", settings_of(capture)),
		NULL);
}

static int filter_remove(const struct capture *capture)
{
	return ask(capture,
		json_pack("{s:s, s:s, s:s}", "call", "filter-remove", "port", capture->port, "name",
			capture->filter),
		NULL);
}

static uint64_t figure_of(const json_t *filter, const char *name)
{
	return (uint64_t)json_integer_value(
		json_object_get(json_object_get(filter, "figures"), name));
}

static int figures_ask(const struct capture *capture, struct figures *figures)
{
	json_t *answer, *filters, *filter;
	size_t i;
	int ret = ask(capture, json_pack("{s:s, s:s}", "call", "filters", "port", capture->port),
		&answer);

	if (ret < 0)
		return ret;
	ret = -ENOENT;
	filters = json_object_get(json_array_get(json_object_get(answer, "ports"), 0), "filters");
	json_array_foreach (filters, i, filter) {
		const char *name = json_string_value(json_object_get(filter, "name"));

		if (name == NULL || strcmp(name, capture->filter) != 0)
			continue;
		*figures = (struct figures){
			.caught = figure_of(filter, "rx_caught") + figure_of(filter, "tx_caught"),
			.missed = figure_of(filter, "missed"),
			.written = figure_of(filter, "written"),
			.failed = figure_of(filter, "failed"),
			.is_done = figure_of(filter, "done") > 0,
		};
		ret = 0;
	}
	json_decref(answer);
	return ret == 0 ? 0
			: nimbl_fail(
				  ENOENT, "somebody has removed the filter '%s'", capture->filter);
}

// From the FIFO to standard output, as much as there is. False when nobody reads that any more.
static bool pipe_pass(const struct capture *capture)
{
	char bytes[65536];
	ssize_t got;

	while (capture->pipe >= 0 && (got = read(capture->pipe, bytes, sizeof(bytes))) > 0) {
		if (fwrite(bytes, 1, (size_t)got, stdout) != (size_t)got)
			return false;
	}
	return say_flush();
}

static void wait_a_tick(const struct capture *capture)
{
	struct pollfd poll_fd = {.fd = capture->pipe, .events = POLLIN};
	const struct timespec tick = {.tv_nsec = TICK_MS * 1000000};
	sigset_t none;

	sigemptyset(&none);

	ppoll(&poll_fd, 1, &tick, &none);
}

static void progress(const struct figures *figures, bool is_last)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%s frames", format_count(figures->written).text);
	if (figures->missed > 0)
		fprintf(stderr, ", %s missed", format_count(figures->missed).text);
	fprintf(stderr, is_last ? "\n" : " ");
}

static bool is_written(const struct figures *figures)
{
	return figures->is_done ||
	       figures->written + figures->missed + figures->failed >= figures->caught;
}

// Until a limit is reached or somebody has enough; then for what is not written yet.
static int watch(const struct capture *capture, struct figures *figures)
{
	unsigned int last = 0;
	int ret = figures_ask(capture, figures);

	while (ret == 0 && !figures->is_done && last < LAST_TICKS) {
		wait_a_tick(capture);
		if (!pipe_pass(capture))
			capture_is_ended = 1;
		ret = figures_ask(capture, figures);
		if (ret == 0)
			progress(figures, false);
		if (capture_is_ended != 0 && is_written(figures))
			break;
		last += capture_is_ended != 0;
	}
	return ret;
}

int capture_run(const struct capture *capture)
{
	struct figures figures = {.caught = 0};
	int ret = filter_insert(capture), removed;

	if (ret < 0)
		return ret;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "port %s is captured, Ctrl-C ends it\n", capture->port);
	ret = watch(capture, &figures);
	struct nimbl_error error = *nimbl_last_error();
	removed = filter_remove(capture);
	pipe_pass(capture);
	progress(&figures, true);
	if (ret < 0)
		nimbl_fail(error.code, "%s", error.cause);
	if (ret < 0 || removed < 0)
		return ret < 0 ? ret : removed;
	if (capture->pipe < 0)
		printf("%llu frames in %s\n  next: tshark -r %s\n",
			(unsigned long long)figures.written, capture->path, capture->path);
	if (figures.failed > 0)
		return nimbl_fail(EIO,
			"%llu frames could not be written: the log of the instance "
			"says why",
			(unsigned long long)figures.failed);
	return 0;
}
