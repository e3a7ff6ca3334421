// SPDX-License-Identifier: BSD-3-Clause
// Trials on the bench.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bed.h"
#include "doubt.h"
#include "nimbl_engine.h"
#include "nimbl_tester.h"

#define LEARN_FRAMES 16
#define LEARN_RATE   1000.0
#define GRACE_S      0.05
#define GRACE_MOST_S 1.0
#define STEAL_USUAL  0.02
#define SETTLE_MOST  20
#define START_S      0.02 // from a start to the first frame, and a little
#define SAMPLES      8192
#define SAMPLE_S     0.002

struct options {
	struct nimbl_option list[BED_SETTINGS + 16];
	char keys[BED_SETTINGS][40], values[BED_SETTINGS][96];
	unsigned int count;
};

static void option_add(struct options *options, const char *key, const char *value)
{
	options->list[options->count++] = (struct nimbl_option){.key = key, .value = value};
}

// What the user said of streams: for all ports, or "PORT:...". Keys of theirs take the place of ours.
static int settings_add(const struct bed *bed, const char *port, struct options *options)
{
	for (unsigned int i = 0; i < bed->wish->setting_count; i++) {
		const char *text = bed->wish->settings[i], *equal = strchr(text, '=');
		const char *colon = strchr(text, ':');

		if (equal == NULL || equal == text) {
			nimbl_fail(EINVAL, "--stream '%s' is not KEY=VALUE", text);
			nimbl_mend("for one port: PORT:KEY=VALUE");
			return -EINVAL;
		}
		if (colon != NULL && colon < equal) {
			if (strncmp(text, port, strlen(port)) != 0 || text + strlen(port) != colon)
				continue;
			text = colon + 1;
		}
		snprintf(options->keys[i], sizeof(options->keys[i]), "%.*s", (int)(equal - text),
			text);
		snprintf(options->values[i], sizeof(options->values[i]), "%s", equal + 1);
		option_add(options, options->keys[i], options->values[i]);
	}
	return 0;
}

static bool has(const struct options *options, const char *key)
{
	for (unsigned int i = 0; i < options->count; i++)
		if (strcmp(options->list[i].key, key) == 0)
			return true;
	return false;
}

static void preset(struct options *options, const char *key, const char *value)
{
	if (!has(options, key))
		option_add(options, key, value);
}

// One stream of port `i`; `rate` 0: trials say it.
static int stream_add(
	struct bed *bed, unsigned int i, const char *name, double rate, double seconds)
{
	unsigned int to = bed->port_count - 1 - i;
	char pps[40], duration[40], source[24], target[24];
	struct options options = {.count = 0};
	int ret = settings_add(bed, bed->names[i], &options);

	if (ret < 0)
		return ret;
	snprintf(source, sizeof(source), "198.18.%u.1", i); // RFC 2544 appendix C
	snprintf(target, sizeof(target), "198.18.%u.1", to);
	snprintf(pps, sizeof(pps), "%.0fpps", rate);
	snprintf(duration, sizeof(duration), "%.0fms", seconds * 1000);
	preset(&options, "name", name);
	preset(&options, "size", bed->size);
	preset(&options, "eth.src", bed->macs[i]);
	preset(&options, "eth.dst", bed->macs[to]);
	preset(&options, "ipv4.src", source);
	preset(&options, "ipv4.dst", target);
	preset(&options, "udp.src", "49184");
	preset(&options, "udp.dst", "7"); // as appendix C has it
	if (rate > 0) {
		option_add(&options, "rate", pps);
		option_add(&options, "duration", duration);
	}
	options.list[options.count] = (struct nimbl_option){.key = NULL};
	return nimbl_flows_add(bed->flows, bed->names[i], options.list);
}

static int streams_send(struct bed *bed)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < bed->port_count; i++) {
		const struct nimbl_flow *flows[4];
		unsigned int count = nimbl_flows_count(bed->flows, bed->names[i]);

		for (unsigned int n = 0; n < count && n < 4; n++)
			flows[n] = nimbl_flows_at(bed->flows, bed->names[i], n);
		ret = nimbl_tester_send(bed->tester, bed->names[i], flows, count);
	}
	return ret;
}

int bed_streams(struct bed *bed, const char *size, double over, double then, double seconds)
{
	struct nimbl_flows *old = bed->flows;
	char name[48];
	int ret = nimbl_flows_open(&bed->flows);

	if (ret < 0) {
		bed->flows = old;
		return ret;
	}
	snprintf(bed->size, sizeof(bed->size), "%s", size);
	for (unsigned int i = 0; ret == 0 && i < bed->sender_count; i++) {
		snprintf(name, sizeof(name), "%s", bed->names[i]);
		ret = stream_add(bed, i, name, then, 2 * seconds);
		snprintf(name, sizeof(name), "%s-over", bed->names[i]);
		if (ret == 0 && over > then)
			ret = stream_add(bed, i, name, over - then, seconds);
	}
	if (ret == 0)
		ret = streams_send(bed);
	nimbl_flows_close(old); // nobody refers to them any more
	return ret;
}

double bed_frame_bytes(const struct bed *bed)
{
	const struct nimbl_flow *flow = nimbl_flows_at(bed->flows, bed->names[0], 0);

	return flow != NULL ? (double)nimbl_flow_length_mean(flow) / 1000 + NIMBL_FCS_BYTES : 0;
}

void bed_sum(struct bed *bed, struct bed_sums *sums)
{
	struct nimbl_tester_stream stream;
	struct nimbl_tester_view view;

	*sums = (struct bed_sums){0};
	for (unsigned int i = 0; nimbl_tester_stream(bed->tester, i, &stream, NULL) == 0; i++) {
		sums->asked += stream.sent.asked;
		sums->sent += stream.sent.frames;
		sums->refused += stream.sent.refused;
		sums->late_s = fmax(sums->late_s, (double)stream.sent.late_max_ns / 1e9);
		sums->received += nimbl_checker_unique(&stream.received);
		sums->skipped += nimbl_checker_lost(&stream.received, stream.received.span);
		sums->duplicates += stream.received.duplicates;
		sums->reordered += stream.received.reordered;
	}
	for (unsigned int i = 0; i < bed->port_count; i++) {
		if (nimbl_tester_read(bed->tester, bed->names[i], &view) < 0)
			continue;
		sums->starved += view.sent.starved;
		sums->corrupt += view.check.corrupt;
		sums->elapsed_s = fmax(sums->elapsed_s, (double)view.elapsed_ns / 1e9);
	}
}

void bed_latencies(struct bed *bed, struct nimbl_histogram *sum)
{
	struct nimbl_tester_stream stream;

	nimbl_histogram_clear(sum);
	for (unsigned int i = 0;
		nimbl_tester_stream(bed->tester, i, &stream, bed->histogram + 1) == 0; i++)
		nimbl_histogram_add(sum, bed->histogram + 1);
}

void bed_latency_of(
	const struct bed *bed, const struct nimbl_histogram *sum, struct trial_latency *latency)
{
	double ns = 1e9 / bed->tsc_hz;
	uint64_t value;

	*latency = (struct trial_latency){.samples = nimbl_histogram_count(sum)};
	if (latency->samples == 0)
		return;
	nimbl_histogram_mean(sum, &latency->mean);
	latency->mean *= ns;
	latency->least = (double)sum->least * ns;
	latency->most = (double)sum->most * ns;
	for (unsigned int i = 0; i < TRIAL_PERCENTILES; i++) {
		nimbl_histogram_percentile(sum, trial_percentiles[i], &value);
		latency->at[i] = (double)value * ns;
	}
}

// Frames that our own ports had no room for.
static uint64_t own_drops(struct bed *bed)
{
	uint64_t sum = 0;

	nimbl_engine_snapshot(bed->engine, bed->snapshot);
	for (uint16_t i = 0; i < bed->snapshot->port_count; i++)
		sum += bed->snapshot->ports[i].rx_missed + bed->snapshot->ports[i].rx_no_buffer;
	return sum;
}

int bed_learn(struct bed *bed)
{
	const struct nimbl_tester_override few = {.pps = LEARN_RATE, .frames = LEARN_FRAMES};
	int ret;

	nimbl_tester_override(bed->tester, &few);
	ret = nimbl_tester_start(bed->tester);
	if (ret == 0)
		ret = bed_wait(bed, START_S + LEARN_FRAMES / LEARN_RATE + bed->wish->times.learn,
			NULL, NULL);
	if (ret < 0)
		return ret;
	nimbl_tester_stop(bed->tester);
	nimbl_tester_wait(bed->tester, 2000);
	return 0;
}

// Wait for the end of sending: `seconds`, and longer when it hangs. Returns -EINTR when the user ended it.
static int sending_wait(struct bed *bed, double seconds, struct doubt_facts *facts)
{
	int ret = bed_wait(bed, START_S + seconds, &facts->late_s, &facts->link_went_down);

	for (int i = 0; ret == 0 && i < 150 && !nimbl_tester_is_done(bed->tester); i++)
		ret = bed_wait(bed, 0.01, &facts->late_s, NULL);
	if (!nimbl_tester_is_done(bed->tester))
		nimbl_tester_stop(bed->tester);
	return ret;
}

// Wait for what is under way: the time for that, and as often again as there still comes something.
static int settle(struct bed *bed)
{
	struct bed_sums before, after;
	int ret;

	bed_sum(bed, &after);
	for (unsigned int i = 0; i < SETTLE_MOST; i++) {
		before = after;
		ret = bed_wait(bed, bed->wish->times.settle, NULL, NULL);
		bed_sum(bed, &after);
		if (ret < 0 || after.received == before.received)
			return ret;
	}
	return 0;
}

static void result_make(struct bed *bed, struct doubt_facts *facts, double seconds,
	uint64_t drops_before, struct trial_result *result)
{
	struct doubt_limits limits = doubt_limits_usual(seconds);
	struct bed_sums sums;

	bed_sum(bed, &sums);
	// Who lets others have the CPU has threads that come late.
	limits.steal = bed->wish->steal_most;
	limits.late_s = fmax(limits.late_s, limits.steal * seconds);
	if (limits.steal > STEAL_USUAL)
		limits.shortfall = fmax(limits.shortfall, limits.steal);
	facts->wanted_s = seconds;
	facts->took_s = sums.elapsed_s;
	facts->asked = sums.asked;
	facts->sent = sums.sent;
	facts->is_pushed_back = sums.starved + sums.refused > 0;
	facts->own_drops = own_drops(bed) - drops_before;
	facts->sending_late_s = facts->is_pushed_back ? 0 : sums.late_s;
	facts->cpus = bed->cpus;
	facts->tsc_hz = bed->tsc_hz;
	result->seconds = seconds;
	// What a device did not take it has lost, as if it had been on a wire.
	result->sent = sums.sent;
	if (facts->is_pushed_back &&
		(double)(sums.asked - sums.sent) > limits.shortfall * (double)sums.asked)
		result->sent = sums.asked;
	result->taken = sums.sent;
	result->received = sums.received;
	result->duplicates = sums.duplicates;
	result->reordered = sums.reordered;
	result->corrupt = sums.corrupt;
	bed_latencies(bed, bed->histogram);
	bed_latency_of(bed, bed->histogram, &result->latency);
	doubt_judge(facts, &limits, result);
}

// All frames are sent, if need be a little late: a lcore that was kept off its CPU at the end makes up for it.
static void override(struct bed *bed, const struct trial_ask *ask, double seconds)
{
	double grace = fmin(fmax(GRACE_S, bed->wish->steal_most * seconds), GRACE_MOST_S);
	const struct nimbl_tester_override how = {
		.pps = ask->rate,
		.frames = ask->frames > 0 ? ask->frames : (uint64_t)fmax(1, ask->rate * seconds),
		.duration_ns = (uint64_t)((seconds + grace) * 1e9),
	};

	nimbl_tester_override(bed->tester, &how);
}

int bed_run(void *context, const struct trial_ask *ask, struct trial_result *result)
{
	double seconds = ask->frames > 0 ? (double)ask->frames / ask->rate : ask->seconds;
	struct bed *bed = context;
	struct doubt_facts facts = {0};
	int ret = bed->wish->times.rest > 0 ? bed_wait(bed, bed->wish->times.rest, NULL, NULL) : 0;

	if (ret == 0 && bed->wish->times.learn > 0)
		ret = bed_learn(bed);
	if (ret < 0)
		return ret;
	uint64_t drops = own_drops(bed);
	override(bed, ask, seconds);
	doubt_read(&facts.before, bed->dut.pid);
	ret = nimbl_tester_start(bed->tester);
	if (ret == 0)
		ret = sending_wait(bed, seconds, &facts);
	doubt_read(&facts.after, bed->dut.pid);
	if (ret == 0)
		ret = settle(bed);
	if (ret < 0) {
		nimbl_tester_stop(bed->tester);
		return ret;
	}
	nimbl_tester_wait(bed->tester, 2000);
	result_make(bed, &facts, seconds, drops, result);
	return 0;
}

// The counts from the change on, as often as the thread comes to it.
static int samples_take(struct bed *bed, double change, struct recovery_sample *samples)
{
	struct bed_sums sums;
	int count = 0;

	do {
		int ret = bed_wait(bed, SAMPLE_S, NULL, NULL);

		if (ret < 0)
			return ret;
		bed_sum(bed, &sums);
		samples[count++] =
			(struct recovery_sample){sums.elapsed_s - change, sums.sent, sums.received};
	} while (count < SAMPLES && !nimbl_tester_is_done(bed->tester));
	return count;
}

int bed_recover(void *context, const struct trial_ask *over, const struct trial_ask *then,
	struct trial_result *result, double *seconds)
{
	static struct recovery_sample samples[SAMPLES + 1];
	struct bed *bed = context;
	struct doubt_facts facts = {0};
	struct bed_sums sums;
	char size[sizeof(bed->size)];

	snprintf(size, sizeof(size), "%s", bed->size);
	int ret = bed_streams(bed, size, over->rate, then->rate, over->seconds);
	if (ret < 0)
		return ret;
	uint64_t drops = own_drops(bed);
	nimbl_tester_override(bed->tester, NULL);
	doubt_read(&facts.before, bed->dut.pid);
	ret = nimbl_tester_start(bed->tester);
	if (ret == 0)
		ret = bed_wait(bed, over->seconds, &facts.late_s, &facts.link_went_down);
	int count = ret == 0 ? samples_take(bed, over->seconds, samples) : ret;
	doubt_read(&facts.after, bed->dut.pid);
	nimbl_tester_stop(bed->tester);
	if (count > 0)
		ret = settle(bed);
	if (count < 0 || ret < 0)
		return count < 0 ? count : ret;
	nimbl_tester_wait(bed->tester, 2000);
	bed_sum(bed, &sums);
	samples[count] = (struct recovery_sample){sums.elapsed_s, sums.sent, sums.received};
	result_make(bed, &facts, 2 * over->seconds, drops, result);
	unsigned int first = 0;
	while (first < (unsigned int)count && samples[first].seconds < 0)
		first++;
	*seconds = recovery_time(samples + first, (unsigned int)count + 1 - first);
	return bed_streams(bed, size, 0, 0, 0);
}
