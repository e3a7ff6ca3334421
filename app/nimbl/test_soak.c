// SPDX-License-Identifier: BSD-3-Clause
// nimbl test soak: a fixed rate for a long time. Every interval is looked at: what is lost, damaged or sent
// twice, how latency and memory drift; at the end the ledgers have to balance.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "nimbl_tester.h"
#include "say.h"
#include "table.h"
#include "testing.h"

#define INTERVALS_MOST 100000
#define SETTLE_NS      250000000
#define SETTLE_MOST    12
#define TROUBLE_MOST   8 // that are told

enum {
	KEY_INTERVAL = OPTION_LONG,
	KEY_JSON,
	KEY_KEEP_GOING,
	KEY_RATE,
	KEY_SECONDS,
	KEY_SIZE,
};

struct interval {
	double at_s; // its end
	uint64_t asked, sent, received, missing, duplicates, corrupt,
		starved;              // since the beginning
	struct trial_latency latency; // of the interval only
	uint64_t memory_kib, device_kib;
};

struct soak {
	struct bed_wish bed_wish;
	double rate, seconds, interval_s;
	const char *size;
	bool is_json, keeps_going;
	struct bed bed;
	struct nimbl_histogram *before, *now;
	struct interval *intervals;
	size_t count;
	unsigned int troubles;
	char trouble[TROUBLE_MOST][160];
	struct bed_sums last;
	double begin;
};

static const struct argp_option options[] = {
	{"interval", KEY_INTERVAL, "SEC", 0,
		"How often it is looked at (10, or a tenth of the time)", 0},
	{"json", KEY_JSON, NULL, 0, "Print one JSON object (schema nimbl.test.soak/1)", 0},
	{"keep-going", KEY_KEEP_GOING, NULL, 0, "Note errors and go on; else the first one ends it",
		0},
	{"rate", KEY_RATE, "PPS", 0, "Frames/s of each direction; required", 0},
	{"seconds", KEY_SECONDS, "SEC", 0, "How long (3600)", 0},
	{"size", KEY_SIZE, "SIZE", 0, "Frame size with FCS, or imix (imix)", 0},
	TEST_DEVICE_OPTIONS, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct soak *soak = state->input;

	switch (key) {
	case KEY_INTERVAL:
		return test_number(state, "--interval", text, 0.1, 3600, &soak->interval_s);
	case KEY_JSON:
		soak->is_json = true;
		return 0;
	case KEY_KEEP_GOING:
		soak->keeps_going = true;
		return 0;
	case KEY_RATE:
		return test_number(state, "--rate", text, 1, 1e9, &soak->rate);
	case KEY_SECONDS:
		return test_number(state, "--seconds", text, 1, 1e7, &soak->seconds);
	case KEY_SIZE:
		soak->size = text;
		return 0;
	case ARGP_KEY_END:
		if (soak->rate == 0) {
			say_usage(state->argv[0], "--rate is missing: frames per second");
			return EINVAL;
		}
		break;
	default:
		break;
	}
	return test_device_parse(&soak->bed_wish, key, text, state);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// Latencies of the interval: what the sum of all has more than at its beginning.
static void latency_take(struct soak *soak, struct trial_latency *latency)
{
	struct nimbl_histogram *sum = soak->before, part;

	bed_latencies(&soak->bed, soak->now);
	part = *soak->now;
	for (unsigned int i = 0; i < NIMBL_HISTOGRAM_BUCKETS; i++)
		part.buckets[i] -= sum->buckets[i];
	*sum = *soak->now;
	bed_latency_of(&soak->bed, &part, latency);
}

static void trouble(struct soak *soak, const char *what, uint64_t frames, double at_s)
{
	if (soak->troubles < TROUBLE_MOST)
		snprintf(soak->trouble[soak->troubles], sizeof(soak->trouble[0]),
			"after %.1f s: %llu frames %s", at_s, (unsigned long long)frames, what);
	soak->troubles++;
}

static void judge(struct soak *soak, const struct bed_sums *sums, const struct interval *before,
	const struct interval *now)
{
	double at_s = now->at_s;

	if (now->missing > before->missing)
		trouble(soak, "lost", now->missing - before->missing, at_s);
	if (sums->duplicates > before->duplicates)
		trouble(soak, "came twice", sums->duplicates - before->duplicates, at_s);
	if (sums->corrupt > before->corrupt)
		trouble(soak, "damaged", sums->corrupt - before->corrupt, at_s);
	if (sums->refused > soak->last.refused)
		trouble(soak, "not taken by the port", sums->refused - soak->last.refused, at_s);
}

static void progress(const struct soak *soak, const struct interval *now)
{
	if (test_is_live()) {
		test_live("%.0f of %.0f s: %s sent, %s missing, median %s, %s left", now->at_s,
			soak->seconds, format_count(now->sent).text,
			format_count(now->missing).text,
			now->latency.samples > 0
				? format_duration_ns((uint64_t)now->latency.at[0]).text
				: "none",
			format_duration_ns((uint64_t)(1e9 * fmax(0, soak->seconds - now->at_s)))
				.text);
		return;
	}
	fprintf(stderr,
		"{\"schema\":\"nimbl.test.progress/1\",\"event\":\"interval\",\"at_s\":%.1f,\"of_s\":%.0f,"
		"\"sent\":%llu,\"missing\":%llu}\n",
		now->at_s, soak->seconds, (unsigned long long)now->sent,
		(unsigned long long)now->missing);
}

static void look(struct soak *soak, bool at_rest)
{
	static const struct interval none;
	const struct interval *before = soak->count > 0 ? &soak->intervals[soak->count - 1] : &none;
	struct interval *now = &soak->intervals[soak->count];
	struct bed_sums sums;

	bed_sum(&soak->bed, &sums);
	// What did not come before the last look and has not since is lost; less may be late.
	uint64_t skipped = sums.skipped < soak->last.skipped ? sums.skipped : soak->last.skipped;
	*now = (struct interval){
		.at_s = now_s() - soak->begin,
		.asked = sums.asked,
		.sent = sums.sent,
		.received = sums.received,
		.missing = at_rest ? sums.sent - sums.received : skipped,
		.duplicates = sums.duplicates,
		.corrupt = sums.corrupt,
		.starved = sums.starved,
		.memory_kib = dut_memory_kib(getpid()),
		.device_kib = soak->bed.dut.pid > 0 ? dut_memory_kib(soak->bed.dut.pid) : 0,
	};
	latency_take(soak, &now->latency);
	judge(soak, &sums, before, now);
	soak->last = sums;
	soak->count++;
	progress(soak, now);
}

// Until all has come, but not for ever; also when the user wants an end.
static void settle(struct soak *soak)
{
	const struct timespec grain = {.tv_nsec = SETTLE_NS};
	struct bed_sums sums;

	for (int i = 0; i < SETTLE_MOST; i++) {
		nanosleep(&grain, NULL);
		bed_sum(&soak->bed, &sums);
		if (sums.received >= sums.sent)
			return;
	}
}

static int soak_run(struct soak *soak)
{
	const struct nimbl_tester_override how = {
		.pps = soak->rate, .duration_ns = (uint64_t)(soak->seconds * 1e9)};
	int ret = bed_streams(&soak->bed, soak->size, 0, 0, 0);

	if (ret == 0)
		ret = bed_learn(&soak->bed);
	nimbl_tester_override(soak->bed.tester, &how);
	if (ret == 0)
		ret = nimbl_tester_start(soak->bed.tester);
	soak->begin = now_s();
	while (ret == 0 && soak->count + 1 < INTERVALS_MOST &&
		!nimbl_tester_is_done(soak->bed.tester)) {
		double left = soak->seconds - (now_s() - soak->begin);

		ret = bed_wait(&soak->bed, fmax(0.1, fmin(soak->interval_s, left)), NULL, NULL);
		if (ret == 0 && !nimbl_tester_is_done(soak->bed.tester))
			look(soak, false);
		if (soak->troubles > 0 && !soak->keeps_going)
			break;
	}
	nimbl_tester_stop(soak->bed.tester);
	int wanted_end = ret;
	ret = nimbl_tester_wait(soak->bed.tester, 2000) ? 0 : -ETIMEDOUT;
	settle(soak);
	look(soak, true);
	return wanted_end != 0 && wanted_end != -EINTR ? wanted_end : ret;
}

static double drift(const struct soak *soak, double (*of)(const struct interval *interval))
{
	double first = of(&soak->intervals[0]), last = of(&soak->intervals[soak->count - 1]);

	// The last look has little of its own: frames that were still under way.
	if (soak->count > 2)
		last = of(&soak->intervals[soak->count - 2]);
	return first > 0 && last > 0 ? last / first - 1 : NAN;
}

static double median_of(const struct interval *interval)
{
	return interval->latency.samples > 0 ? interval->latency.at[0] : 0;
}

static double memory_of(const struct interval *interval)
{
	return (double)interval->memory_kib;
}

static double device_of(const struct interval *interval)
{
	return (double)interval->device_kib;
}

static json_t *interval_json(const struct interval *interval)
{
	json_t *object = json_pack("{s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "at_s",
		interval->at_s, "sent", (json_int_t)interval->sent, "received",
		(json_int_t)interval->received, "missing", (json_int_t)interval->missing,
		"duplicates", (json_int_t)interval->duplicates, "corrupt",
		(json_int_t)interval->corrupt, "memory_kib", (json_int_t)interval->memory_kib,
		"latency_samples", (json_int_t)interval->latency.samples);

	if (interval->latency.samples > 0) {
		json_object_set_new(object, "p50_ns", json_real(interval->latency.at[0]));
		json_object_set_new(object, "p99_ns", json_real(interval->latency.at[2]));
	}
	if (interval->device_kib > 0)
		json_object_set_new(object, "device_memory_kib",
			json_integer((json_int_t)interval->device_kib));
	return object;
}

static void drift_json(json_t *object, const char *name, double value)
{
	if (!isnan(value))
		json_object_set_new(object, name, json_real(value));
}

static json_t *soak_json(const struct soak *soak)
{
	const struct interval *end = &soak->intervals[soak->count - 1];
	json_t *list = json_array(), *troubles = json_array(), *object;

	for (size_t i = 0; i < soak->count; i++)
		json_array_append_new(list, interval_json(&soak->intervals[i]));
	for (unsigned int i = 0; i < soak->troubles && i < TROUBLE_MOST; i++)
		json_array_append_new(troubles, json_string(soak->trouble[i]));
	object = json_pack("{s:s, s:o, s:f, s:f, s:s, s:I, s:I, s:I, s:I, s:i, s:o, s:s, s:o}",
		"schema", "nimbl.test.soak/1", "machine", bench_machine(), "rate", soak->rate,
		"seconds", end->at_s, "size", soak->size, "asked", (json_int_t)end->asked, "sent",
		(json_int_t)end->sent, "received", (json_int_t)end->received, "lost",
		(json_int_t)(end->sent - end->received), "errors", (int)soak->troubles,
		"first_errors", troubles, "ledgers",
		soak->bed.ends_bad ? soak->bed.verdict : "balanced", "intervals", list);
	drift_json(object, "median_latency_drift", drift(soak, median_of));
	drift_json(object, "memory_drift", drift(soak, memory_of));
	drift_json(object, "device_memory_drift", drift(soak, device_of));
	return object;
}

static void drift_print(const char *what, double value)
{
	if (isnan(value))
		printf("%s: not known\n", what);
	else
		printf("%s: %+.1f %%\n", what, 100 * value);
}

static void soak_print(const struct soak *soak)
{
	const struct interval *end = &soak->intervals[soak->count - 1];

	printf("%s of %s bytes in each direction, %.1f s: %s sent, ",
		format_packet_rate(soak->rate).text, soak->size, end->at_s,
		format_count(end->sent).text);
	printf("%s received, %s lost\n", format_count(end->received).text,
		format_count(end->sent - end->received).text);
	if ((double)end->sent < 0.999 * (double)end->asked)
		printf("own sending fell short: %s were asked for\n",
			format_count(end->asked).text);
	for (unsigned int i = 0; i < soak->troubles && i < TROUBLE_MOST; i++)
		printf("%s\n", soak->trouble[i]);
	if (soak->troubles > TROUBLE_MOST)
		printf("and %u more\n", soak->troubles - TROUBLE_MOST);
	printf("from the first interval to the last:\n");
	drift_print("  median latency", drift(soak, median_of));
	drift_print("  memory", drift(soak, memory_of));
	if (soak->bed_wish.is_self)
		drift_print("  memory of the device", drift(soak, device_of));
	printf("ledgers: %s\n", soak->bed.ends_bad ? soak->bed.verdict : "balanced");
}

static int soak_all(struct soak *soak)
{
	test_catch_ends();
	int ret = bed_open(&soak->bed, &soak->bed_wish);
	if (ret == 0)
		ret = soak_run(soak);
	test_live_end();
	int status = ret < 0 ? test_status(ret) : 0;
	bed_close(&soak->bed);
	if (soak->count > 0 && soak->is_json)
		say_json(soak_json(soak));
	else if (soak->count > 0)
		soak_print(soak);
	if (status != 0)
		return status;
	if (bed_interrupted)
		return test_status(-EINTR);
	return soak->troubles > 0 || soak->bed.ends_bad ? NIMBL_EXIT_FAILED : NIMBL_EXIT_OK;
}

int test_soak(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Send at a fixed rate for a long time. What is lost, damaged or comes twice ends it, "
		       "or is noted; latency and memory are compared from the beginning to the end, and "
		       "the ledgers have to balance.\v"
		       "Ctrl-C ends it early, with the report of what was done.\n"
		       "Example: nimbl test soak --dut self --rate 100000 --seconds 60\n\n" OPTION_EXIT_TEXT,
	};
	struct soak *soak = calloc(1, sizeof(*soak));
	int status = NIMBL_EXIT_ENVIRONMENT;

	if (soak == NULL)
		return status;
	soak->bed_wish = (struct bed_wish){.steal_most = 1};
	soak->seconds = 3600;
	soak->size = "imix";
	soak->before = calloc(1, sizeof(*soak->before));
	soak->now = calloc(1, sizeof(*soak->now));
	soak->intervals = calloc(INTERVALS_MOST, sizeof(*soak->intervals));
	if (soak->before != NULL && soak->now != NULL && soak->intervals != NULL)
		status = option_parse(&argp, argc, argv, soak);
	if (soak->interval_s == 0)
		soak->interval_s = fmin(10, soak->seconds / 10);
	if (status == NIMBL_EXIT_OK)
		status = soak_all(soak);
	free(soak->before);
	free(soak->now);
	free(soak->intervals);
	free(soak);
	return status;
}
