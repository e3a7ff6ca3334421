// SPDX-License-Identifier: BSD-3-Clause
// nimbl test rfc2544: what is asked, progress, and how it ends.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rfc2544/test.h"
#include "say.h"
#include "table.h"
#include "testing.h"

enum {
	KEY_JSON = OPTION_LONG,
	KEY_LOSS,
	KEY_MAX_RATE,
	KEY_MIN_RATE,
	KEY_QUICK,
	KEY_REPEATS,
	KEY_REPORT,
	KEY_SEARCH,
	KEY_SECONDS,
	KEY_SIZES,
	KEY_TESTS,
	KEY_WIDTH,
};

struct command_wish {
	struct test_wish test;
	const char *report;
	char *sizes;
	bool is_json;
};

static const struct argp_option options[] = {
	{"json", KEY_JSON, NULL, 0, "Print one JSON object (schema nimbl.test.rfc2544/1)", 0},
	{"loss", KEY_LOSS, "LIST", 0,
		"Percent of frames that may be lost: up to 4 goals, searched together (0)", 0},
	{"max-rate", KEY_MAX_RATE, "PPS", 0,
		"Highest rate, frames/s of each direction (the line's)", 0},
	{"min-rate", KEY_MIN_RATE, "PPS", 0,
		"The test fails (exit status 1) where the throughput of a size is below", 0},
	{"quick", KEY_QUICK, NULL, 0, "Trials of 0.3 s in place of 60; the report says so", 0},
	{"repeats", KEY_REPEATS, "N", 0,
		"Trials whose majority decides about a rate, odd (3); 1 is what RFC 2544 says", 0},
	{"report", KEY_REPORT, "DIR", 0, "Write a page with plots to DIR, and report.json", 0},
	{"search", KEY_SEARCH, "WAY", 0,
		"mlr: short trials find the way (usual); binary: all trials are of full length", 0},
	{"seconds", KEY_SECONDS, "SEC", 0, "Length of a trial (60)", 0},
	{"sizes", KEY_SIZES, "LIST", 0,
		"Frame sizes with FCS, and imix (64,128,256,512,1024,1280,1518)", 0},
	{"tests", KEY_TESTS, "LIST", 0,
		"Beside throughput: latency, loss, burst, recovery; none (all)", 0},
	{"width", KEY_WIDTH, "PERCENT", 0, "How close the bounds of the throughput are (0.25)", 0},
	TEST_DEVICE_OPTIONS, {0}};

static error_t sizes_set(struct command_wish *wish, char *text, const struct argp_state *state)
{
	struct test_wish *test = &wish->test;

	free(wish->sizes);
	wish->sizes = strdup(text);
	test->size_count = 0;
	for (char *rest = wish->sizes, *word; (word = strsep(&rest, ",")) != NULL;) {
		unsigned long size = strtoul(word, NULL, 10);
		bool is_size =
			strspn(word, "0123456789") == strlen(word) && size >= 64 && size <= 16384;

		if ((!is_size && strcmp(word, "imix") != 0) || test->size_count == TEST_SIZES) {
			say_usage(state->argv[0],
				"--sizes '%s' is not allowed: up to %d of 64 to 16384, or imix",
				text, TEST_SIZES);
			return EINVAL;
		}
		test->sizes[test->size_count++] = word;
	}
	return 0;
}

static error_t goals_set(struct test_wish *test, char *text, const struct argp_state *state)
{
	char *copy = strdupa(text);

	test->goal_count = 0;
	for (char *word; (word = strsep(&copy, ",")) != NULL;) {
		double percent = 0;
		error_t ret = test_number(state, "--loss", word, 0, 99, &percent);

		if (ret == 0 && test->goal_count == SEARCH_GOALS) {
			say_usage(
				state->argv[0], "--loss '%s': up to %d goals", text, SEARCH_GOALS);
			ret = EINVAL;
		}
		if (ret != 0)
			return ret;
		test->goals[test->goal_count++] = percent / 100;
	}
	return 0;
}

static error_t parts_set(struct test_wish *test, char *text, const struct argp_state *state)
{
	static const char *const words[] = {"latency", "loss", "burst", "recovery", "none"};
	char *copy = strdupa(text);

	test->parts = 0;
	for (char *word; (word = strsep(&copy, ",")) != NULL;) {
		unsigned int i = 0;

		while (i < 5 && strcmp(word, words[i]) != 0)
			i++;
		if (i == 5) {
			say_usage(state->argv[0],
				"--tests '%s' is not known: latency, loss, burst, recovery or none",
				word);
			return EINVAL;
		}
		test->parts |= i < 4 ? 1u << i : 0;
	}
	return 0;
}

static error_t repeats_set(struct test_wish *test, const char *text, const struct argp_state *state)
{
	error_t ret = option_number(state, "--repeats", text, 1, SEARCH_REPEATS, &test->repeats);

	if (ret == 0 && test->repeats % 2 == 0) {
		say_usage(state->argv[0], "--repeats '%s' is not odd: a majority decides", text);
		return EINVAL;
	}
	return ret;
}

static error_t way_set(struct test_wish *test, const char *text, const struct argp_state *state)
{
	if (strcmp(text, "mlr") == 0 || strcmp(text, "binary") == 0) {
		test->way = text[0] == 'm' ? SEARCH_MLR : SEARCH_BINARY;
		return 0;
	}
	say_usage(state->argv[0], "--search '%s' is not known: mlr or binary", text);
	return EINVAL;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct command_wish *wish = state->input;
	struct test_wish *test = &wish->test;
	error_t ret;

	switch (key) {
	case KEY_JSON:
		wish->is_json = true;
		return 0;
	case KEY_LOSS:
		return goals_set(test, text, state);
	case KEY_MAX_RATE:
		return test_number(state, "--max-rate", text, 1, 1e10, &test->most_rate);
	case KEY_MIN_RATE:
		return test_number(state, "--min-rate", text, 1, 1e10, &test->min_rate);
	case KEY_QUICK:
		test->is_quick = true;
		return 0;
	case KEY_REPEATS:
		return repeats_set(test, text, state);
	case KEY_REPORT:
		wish->report = text;
		return 0;
	case KEY_SEARCH:
		return way_set(test, text, state);
	case KEY_SECONDS:
		return test_number(state, "--seconds", text, 0.05, 3600, &test->seconds);
	case KEY_SIZES:
		return sizes_set(wish, text, state);
	case KEY_TESTS:
		return parts_set(test, text, state);
	case KEY_WIDTH:
		ret = test_number(state, "--width", text, 0.01, 50, &test->width);
		test->width /= 100;
		return ret;
	default:
		return test_device_parse(&test->bed, key, text, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Measure a device as RFC 2544 says: throughput (26.1), latency (26.2), frame loss (26.3), "
	       "back-to-back frames (26.4, RFC 9004) and recovery (26.5). Sizes are with FCS. Trials that "
	       "the machine makes doubtful are void: they are repeated, and never reported.\v"
	       "--dut self runs anywhere, without NIC, hugepages or rights.\n"
	       "Examples:\n"
	       "  nimbl test rfc2544 --dut self --quick --report out\n"
	       "  nimbl test rfc2544 --port a=0000:01:00.0 --port b=0000:01:00.1 --loss 0,0.1\n"
	       "  nimbl test rfc2544 --port a=0000:01:00.0 --sizes 64,imix --min-rate 1000000\n\n" OPTION_EXIT_TEXT,
};

// What was not said.
static void fill(struct test_wish *test)
{
	static const char *const sizes[] = {"64", "128", "256", "512", "1024", "1280", "1518"};
	bool quick = test->is_quick;

	if (test->size_count == 0) {
		test->size_count = 7;
		memcpy(test->sizes, sizes, sizeof(sizes));
	}
	test->seconds = test->seconds > 0 ? test->seconds : quick ? 0.3 : 60;
	test->first_seconds = fmin(test->seconds, quick ? 0.1 : 1);
	test->width = test->width > 0 ? test->width : quick ? 0.02 : 0.0025;
	test->step = quick ? 0.2 : 0.1;
	test->goal_count += test->goal_count == 0; // one: 0
	test->repeats += test->repeats == 0 ? 3 : 0;
	test->burst_repeats = quick ? 2 : 50;
	test->latency_repeats = quick ? 3 : 20;
	test->bed.times =
		quick ? (struct bed_times){.learn = 0, .settle = 0.1, .warmup = 0.2}
		      : (struct bed_times){.learn = 2, .settle = 2, .rest = 5, .warmup = 5};
}

static void told(const struct test_progress *now, const struct trial_result *trial)
{
	char left[48] = "";

	if (!test_is_live()) {
		json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:s}", "schema",
			"nimbl.test.progress/1", "event", "trial", "size", now->size, "part",
			now->part, "frames_per_s", trial->ask.rate, "left_s", now->left_s, "state",
			trial_doubt_word(trial->doubt));

		if (trial->doubt == TRIAL_GOOD)
			json_object_set_new(event, "loss", json_real(trial_loss(trial)));
		json_dumpf(event, stderr, JSON_COMPACT | JSON_REAL_PRECISION(6));
		fputc('\n', stderr);
		json_decref(event);
		return;
	}
	if (now->left_s >= 0)
		snprintf(left, sizeof(left), ", %s left",
			format_duration_ns((uint64_t)(1e9 * now->left_s)).text);
	if (trial->doubt != TRIAL_GOOD)
		test_live("%s bytes, %s: %s void, %s%s", now->size, now->part,
			format_packet_rate(trial->ask.rate).text, trial_doubt_word(trial->doubt),
			left);
	else
		test_live("%s bytes, %s: %s, %.3f %% lost%s", now->size, now->part,
			format_packet_rate(trial->ask.rate).text, 100 * trial_loss(trial), left);
}

static int report(const struct command_wish *wish, const struct test_result *result)
{
	json_t *json = test_json(result);
	int ret = wish->report != NULL ? test_page_write(wish->report, result, json) : 0;

	if (wish->is_json) {
		say_json(json);
		return ret;
	}
	json_decref(json);
	test_print(result, stdout);
	if (wish->report != NULL && ret == 0)
		printf("report: %s/index.html\n", wish->report);
	return ret;
}

static int verdict(const struct test_result *result)
{
	if (result->below > 0 || result->verdict[0] != '\0')
		return NIMBL_EXIT_FAILED;
	for (unsigned int i = 0; i < result->count; i++)
		if (result->rows[i].failure[0] != '\0')
			return NIMBL_EXIT_ENVIRONMENT; // what made trials void
	return NIMBL_EXIT_OK;
}

static int run(const struct command_wish *wish)
{
	struct test_result *result = calloc(1, sizeof(*result));
	struct bed bed;
	int ret = -ENOMEM;

	if (result == NULL) {
		nimbl_fail(ENOMEM, "no memory for a test");
		return say_error();
	}
	test_catch_ends();
	ret = bed_open(&bed, &wish->test.bed);
	if (ret == 0)
		ret = test_run(&bed, &wish->test, result, told);
	test_live_end();
	int status = ret < 0 ? test_status(ret) : 0;
	bed_close(&bed);
	snprintf(result->verdict, sizeof(result->verdict), "%s", bed.verdict);
	if (result->count > 0) {
		int written = report(wish, result);

		status = status != 0 ? status : written < 0 ? say_error() : verdict(result);
	}
	if (status == NIMBL_EXIT_FAILED && result->below > 0)
		fprintf(stderr, "%u of %u sizes are below --min-rate\n", result->below,
			result->count);
	test_result_free(result);
	free(result);
	return status;
}

int test_rfc2544(int argc, char **argv)
{
	struct command_wish wish = {
		.test = {.parts = TEST_ALL, .way = SEARCH_MLR, .bed = {.steal_most = 0.02}}};
	int status = option_parse(&argp, argc, argv, &wish);

	if (status == NIMBL_EXIT_OK) {
		fill(&wish.test);
		status = run(&wish);
	}
	free(wish.sizes);
	return status;
}
