// SPDX-License-Identifier: BSD-3-Clause
// The order of a whole test.
#include "test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nimbl_base.h"
#include "nimbl_engine.h"
#include "nimbl_tester.h"

#define VOID_MOST   8   // in a row
#define VOID_ALL    200 // of a size
#define VOID_QUICK  40
#define TRIALS_MOST 400    // of a size
#define LOWEST      1e-3   // of the highest rate: below it is no throughput; nor below...
#define LOWEST_RATE 1000.0 // ...this, when that is less
#define STEPS_DOWN  12     // of 15 %, until our own sending keeps up
#define ASSUMED_BPS 10000000000ull
#define GUESS       30.0 // trials of a size, before anything is known

static const double latency_parts[] = {1, 0.9, 0.5, 0.1};

struct run {
	struct bed *bed;
	const struct test_wish *wish;
	struct test_result *result;
	struct test_progress now;
	double begin, size_begin;
	void (*told)(const struct test_progress *now, const struct trial_result *trial);
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// By what the sizes so far took; for the first one by the number of trials that is usual.
static double left_s(const struct run *run)
{
	double done = run->now.row, sizes = run->wish->size_count, now = now_s();
	double trials = (double)run->result->trials.count;
	double each = done > 0     ? (run->size_begin - run->begin) / done
		      : trials > 0 ? fmax(GUESS, trials + 4) * (now - run->begin) / trials
				   : -1;

	return each < 0 ? -1 : fmax(0, each * (sizes - done) - (now - run->size_begin));
}

static void told(void *context, const struct trials *trials, const struct trial_result *result)
{
	struct run *run = context;

	run->now.left_s = left_s(run);
	if (run->told != NULL)
		run->told(&run->now, result);
}

// The highest rate: of the medium or the user, but no more than we can send ourselves. Ports of shared memory
// say fabulous speeds and push back: what they take, and half as much again, is enough.
static int most_find(struct run *run, struct test_row *row)
{
	struct trial_result result;
	double seconds = fmin(run->wish->seconds, 0.5);

	row->most = run->wish->most_rate > 0 ? fmin(run->wish->most_rate, row->line_rate)
					     : row->line_rate;
	run->now.part = "own limit";
	for (int i = 0; i < STEPS_DOWN; i++) {
		struct trial_ask ask = {.rate = row->most, .seconds = seconds};

		result = (struct trial_result){.ask = ask};
		int ret = bed_run(run->bed, &ask, &result);
		double taken = (double)result.taken / seconds / run->bed->sender_count;
		if (ret == 0 && result.taken < result.sent && result.taken > 0) {
			row->is_full = 1.5 * taken < row->most;
			row->most = fmin(row->most, 1.5 * taken);
		}
		if (ret < 0 || result.doubt != TRIAL_SHORT)
			return ret;
		row->is_ours = true;
		row->most = fmax(fmin(0.95 * taken, 0.85 * row->most), row->most / 4);
	}
	return 0;
}

// What a trial says when our own sending cannot keep up: the highest rate was too high.
static bool was_short(const struct trials *trials)
{
	return trials->count > 0 && trials->all[trials->count - 1].doubt == TRIAL_SHORT;
}

static int throughput(struct run *run, struct test_row *row)
{
	const struct test_wish *wish = run->wish;
	struct trials *trials = &run->result->trials;
	int ret = most_find(run, row);

	run->now.part = "throughput";
	for (int i = 0; ret == 0 && i < STEPS_DOWN; i++) {
		struct search_settings settings = {
			.way = wish->way,
			.least = fmin(row->most * LOWEST, LOWEST_RATE),
			.most = row->most,
			.width = wish->width,
			.seconds = wish->seconds,
			.first_seconds = wish->first_seconds,
			.repeats = wish->repeats,
			.trials_most = TRIALS_MOST,
			.goal_count = wish->goal_count,
		};

		memcpy(settings.goals, wish->goals, sizeof(settings.goals));
		ret = search_run(trials, &settings, row->answers);
		if (ret != -EAGAIN || !was_short(trials))
			break;
		row->is_ours = true;
		row->most *= 0.85;
		ret = 0;
	}
	row->has_throughput = ret == 0;
	return ret;
}

static int part_run(struct run *run, struct test_row *row, enum test_part part)
{
	const struct test_wish *wish = run->wish;
	struct trials *trials = &run->result->trials;
	double rate = row->answers[0].lower;

	switch (part) {
	case TEST_LATENCY:
		run->now.part = "latency";
		return latencies_run(trials, rate, latency_parts,
			sizeof(latency_parts) / sizeof(latency_parts[0]), wish->seconds,
			wish->latency_repeats, &row->latencies);
	case TEST_LOSS:
		run->now.part = "frame loss";
		return curve_run(trials, row->most, wish->step, wish->seconds, &row->curve);
	case TEST_BURST:
		run->now.part = "back-to-back";
		return bursts_run(trials, row->most, rate, fmin(2, 2 * wish->seconds),
			wish->burst_repeats, &row->bursts);
	default:
		run->now.part = "recovery";
		return recovery_run(
			trials, row->most, rate, wish->seconds, wish->repeats, &row->recovery);
	}
}

static void row_begin(struct run *run, struct test_row *row, const char *size)
{
	struct test_result *result = run->result;

	*row = (struct test_row){.bytes = bed_frame_bytes(run->bed)};
	snprintf(row->size, sizeof(row->size), "%s", size);
	row->line_rate = (double)result->link_bps / ((row->bytes + NIMBL_L1_BYTES) * 8);
}

// Void trials leave a size without figures, and the test goes on; other errors end it.
static int row_run(struct run *run, struct test_row *row, const char *size)
{
	struct trials *trials = &run->result->trials;
	size_t count = trials->count, voids = trials_void(trials);
	int ret = bed_streams(run->bed, size, 0, 0, 0);

	if (ret == 0)
		ret = bed_learn(run->bed);
	if (ret < 0)
		return ret;
	row_begin(run, row, size);
	trials->void_from = voids;
	run->result->count++;
	ret = throughput(run, row);
	for (unsigned int part = 1; ret == 0 && part < TEST_ALL; part <<= 1) {
		if ((run->wish->parts & part) == 0 || row->answers[0].lower == 0)
			continue;
		ret = part_run(run, row, (enum test_part)part);
		row->parts |= ret == 0 ? part : 0;
	}
	row->trials = trials->count - count;
	row->voids = trials_void(trials) - voids;
	if (ret < 0)
		snprintf(row->failure, sizeof(row->failure), "%s: %.180s", run->now.part,
			ret == -EINTR ? "interrupted" : nimbl_last_error()->cause);
	return ret == -EAGAIN ? 0 : ret;
}

static int warm_up(struct run *run)
{
	struct trial_ask ask = {.rate = 10000, .seconds = run->wish->bed.times.warmup};
	struct trial_result result;

	run->now.part = "warm-up";
	int ret = bed_streams(run->bed, run->wish->sizes[0], 0, 0, 0);
	return ret < 0 || ask.seconds <= 0 ? ret : bed_run(run->bed, &ask, &result);
}

int test_run(struct bed *bed, const struct test_wish *wish, struct test_result *result,
	void (*told_to)(const struct test_progress *now, const struct trial_result *trial))
{
	struct run run = {.bed = bed, .wish = wish, .result = result, .told = told_to};

	*result = (struct test_result){.wish = wish, .cpus = bed->cpus};
	result->link_bps = bed->link_bps > 0 ? bed->link_bps : ASSUMED_BPS;
	result->is_assumed = bed->link_bps == 0;
	result->shares_cpus = bed->shares_cpus;
	result->plan = strdup(nimbl_engine_plan_text(bed->engine));
	snprintf(result->dut, sizeof(result->dut), "%s", bed->dut.config);
	result->trials = (struct trials){
		.device = {.run = bed_run, .recover = bed_recover, .context = bed},
		.void_most = VOID_MOST,
		.void_all = wish->is_quick ? VOID_QUICK : VOID_ALL,
		.told = told,
		.told_context = &run,
	};
	run.begin = run.size_begin = now_s();
	int ret = warm_up(&run);
	for (unsigned int i = 0; ret == 0 && i < wish->size_count; i++) {
		run.now.size = wish->sizes[i];
		run.now.row = i;
		run.size_begin = now_s();
		ret = row_run(&run, &result->rows[i], wish->sizes[i]);
		result->below += result->rows[i].answers[0].lower < wish->min_rate;
	}
	result->seconds = now_s() - run.begin;
	result->trials.told = NULL;
	return ret;
}

void test_result_free(struct test_result *result)
{
	trials_free(&result->trials);
	free(result->plan);
	result->plan = NULL;
}
