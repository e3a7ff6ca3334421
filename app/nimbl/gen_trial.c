// SPDX-License-Identifier: BSD-3-Clause
// The course of a trial: wait for links, start, wait for the end, let come what is under way; and the verdict.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gen.h"
#include "nimbl_log.h"
#include "report.h"
#include "say.h"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool has_links(const struct gen *gen, const struct nimbl_engine *engine)
{
	for (unsigned int i = 0; i < gen->port_count; i++) {
		struct nimbl_adapter_info info;

		nimbl_adapter_query(nimbl_engine_adapter(engine, gen->ports[i].name), &info);
		if (!info.link_up)
			return false;
	}
	return true;
}

// False: it cannot.
static bool start(struct gen *gen, const struct nimbl_engine *engine)
{
	if (gen->since_ns == 0)
		gen->since_ns = now_ns();
	if (!has_links(gen, engine)) {
		if (now_ns() - gen->since_ns < gen->wait_s * 1000000000ull)
			return true;
		nimbl_log(NIMBL_LOG_WARNING,
			"not all links are up after %u s; sending all the same", gen->wait_s);
	}
	if (nimbl_tester_start(gen->tester) < 0) {
		gen->status = say_error();
		if (gen->is_json)
			report_error(gen->status);
		return false;
	}
	gen->is_started = true;
	gen->since_ns = 0;
	if (gen->is_json)
		gen_json_started(gen);
	return true;
}

bool gen_tick(void *context, struct nimbl_engine *engine, bool is_ending)
{
	struct gen *gen = context;

	if (is_ending) {
		if (!gen->is_started)
			return false;
		nimbl_tester_stop(gen->tester);
	}
	if (!gen->is_started)
		return start(gen, engine);
	if (!nimbl_tester_is_done(gen->tester))
		return true;
	if (gen->since_ns == 0)
		gen->since_ns = now_ns();
	return now_ns() - gen->since_ns < gen->settle_ms * 1000000ull;
}

struct gen_rates gen_rates_of(uint64_t frames, uint64_t l2_bytes, uint64_t elapsed_ns)
{
	double seconds = (double)elapsed_ns / 1e9;

	if (elapsed_ns == 0)
		return (struct gen_rates){.seconds = 0};
	return (struct gen_rates){
		.seconds = seconds,
		.pps = (double)frames / seconds,
		.l1_bps = (double)(l2_bytes + frames * NIMBL_L1_BYTES) * 8 / seconds,
		.l2_bps = (double)l2_bytes * 8 / seconds,
	};
}

static uint64_t short_by(const struct nimbl_tester_sent *sent)
{
	uint64_t given = sent->frames + sent->refused;

	return sent->asked > given && sent->asked - given > sent->asked / 1000 ? sent->asked - given
									       : 0;
}

const char *gen_short_why(const struct nimbl_tester_sent *sent)
{
	if (sent->refused > 0)
		return "the port refused frames: its drops say why";
	if (short_by(sent) == 0)
		return NULL;
	return sent->starved > 0 ? "the port takes no more: its transmit ring is full"
				 : "the lcore is too slow, or does not get its CPU for itself";
}

struct gen_verdict gen_judge(const struct gen *gen)
{
	struct gen_verdict verdict = {.sent = 0};
	struct nimbl_tester_stream stream;
	struct nimbl_tester_view view;

	for (unsigned int i = 0; nimbl_tester_stream(gen->tester, i, &stream, NULL) == 0; i++) {
		if (!nimbl_flow_is_signed(stream.flow))
			continue;
		verdict.lost += nimbl_checker_lost(&stream.received, stream.sent.frames);
		verdict.duplicates += stream.received.duplicates;
		verdict.reordered += stream.received.reordered;
	}
	for (unsigned int i = 0; i < gen->port_count; i++) {
		if (nimbl_tester_read(gen->tester, gen->ports[i].name, &view) < 0)
			continue;
		verdict.sent += view.sent.frames;
		verdict.short_by += short_by(&view.sent) + view.sent.refused;
		verdict.received += view.received;
		verdict.corrupt += view.check.corrupt;
		verdict.misrouted += view.check.misrouted;
		verdict.foreign += view.check.foreign;
	}
	return verdict;
}

bool gen_is_clean(const struct gen_verdict *verdict)
{
	return verdict->sent > 0 && verdict->short_by == 0 && verdict->lost == 0 &&
	       verdict->duplicates == 0 && verdict->reordered == 0 && verdict->corrupt == 0 &&
	       verdict->misrouted == 0;
}

static double ns_at(const struct nimbl_histogram *histogram, double percent, double ns_per_cycle)
{
	uint64_t value = 0;

	nimbl_histogram_percentile(histogram, percent, &value);
	return (double)value * ns_per_cycle;
}

bool gen_delays_of(const struct nimbl_histogram *histogram, uint64_t hz, struct gen_delays *delays)
{
	double unit = 1e9 / (double)hz, mean, deviation;

	delays->count = nimbl_histogram_count(histogram);
	if (delays->count == 0 || hz == 0)
		return false;
	nimbl_histogram_mean(histogram, &mean);
	nimbl_histogram_deviation(histogram, &deviation);
	delays->mean = mean * unit;
	delays->deviation = deviation * unit;
	delays->least = ns_at(histogram, 0, unit);
	delays->p50 = ns_at(histogram, 50, unit);
	delays->p90 = ns_at(histogram, 90, unit);
	delays->p99 = ns_at(histogram, 99, unit);
	delays->p999 = ns_at(histogram, 99.9, unit);
	delays->p9999 = ns_at(histogram, 99.99, unit);
	delays->most = ns_at(histogram, 100, unit);
	return true;
}

static int hgrm_fail(const struct gen *gen)
{
	int code = errno;

	nimbl_fail(code, "the delays cannot be written to '%s': %s", gen->hgrm, strerror(code));
	nimbl_mend("look at the folder, its rights and its space");
	return -code;
}

int gen_write_delays(const struct gen *gen)
{
	struct nimbl_histogram *sum = calloc(1, sizeof(*sum));
	FILE *file = fopen(gen->hgrm, "we");
	struct nimbl_tester_stream stream;
	int ret = 0;

	if (sum == NULL || file == NULL) {
		ret = hgrm_fail(gen);
		goto done;
	}
	nimbl_histogram_clear(sum);
	for (unsigned int i = 0; nimbl_tester_stream(gen->tester, i, &stream, gen->latency) == 0;
		i++)
		nimbl_histogram_add(sum, gen->latency);
	errno = EIO;
	if (nimbl_histogram_print(sum, file, (double)nimbl_tester_hz(gen->tester) / 1e6) == -EIO)
		ret = hgrm_fail(gen);
done:
	if (file != NULL && fclose(file) != 0 && ret == 0)
		ret = hgrm_fail(gen);
	free(sum);
	return ret;
}
