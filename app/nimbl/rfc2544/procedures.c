// SPDX-License-Identifier: BSD-3-Clause
// Frame loss rate, back-to-back frames, latency, system recovery.
#include "procedures.h"

#include <errno.h>
#include <math.h>

int curve_run(struct trials *trials, double most, double step, double seconds, struct curve *curve)
{
	unsigned int clean = 0;

	curve->count = 0;
	for (unsigned int i = 0; i < CURVE_POINTS && clean < 2; i++) {
		struct trial_ask ask = {.rate = most * (1 - i * step), .seconds = seconds};
		struct trial_result result;

		if (ask.rate < most * step / 2)
			break;
		int ret = trials_run(trials, &ask, &result);
		if (ret < 0)
			return ret;
		double loss = trial_loss(&result);
		curve->points[curve->count++] = (struct curve_point){ask.rate, loss};
		clean = loss > 0 ? 0 : clean + 1;
	}
	return 0;
}

// Whether a burst passes without loss: 1, 0 or -errno.
static int burst_passes(struct trials *trials, double rate, uint64_t frames)
{
	struct trial_ask ask = {.rate = rate, .frames = frames};
	struct trial_result result;
	int ret = trials_run(trials, &ask, &result);

	return ret < 0 ? ret : trial_loss(&result) == 0;
}

// The longest burst up to `most`, looked for from `guess` on; the answer is exact to a thousandth.
static int burst_search(
	struct trials *trials, double rate, uint64_t most, uint64_t guess, uint64_t *longest)
{
	uint64_t low = 0, high = most + 1, probe = guess;

	while (high - low > 1 + low / 1000) {
		int ret = burst_passes(trials, rate, probe);

		if (ret < 0)
			return ret;
		if (ret > 0)
			low = probe;
		else
			high = probe;
		// Double or halve until both ends are known, then bisect.
		if (high > most)
			probe = low * 2 < most ? low * 2 : most;
		else
			probe = low == 0 ? (high + 1) / 2 : low + (high - low) / 2;
		if (low == most || (low == 0 && high == 1))
			break;
	}
	*longest = low;
	return 0;
}

static void bursts_sum(struct bursts *bursts, double most, double throughput)
{
	double sum = 0, squares = 0;

	bursts->least = bursts->most = bursts->frames[0];
	for (unsigned int i = 0; i < bursts->count; i++) {
		uint64_t frames = bursts->frames[i];

		sum += (double)frames;
		bursts->least = frames < bursts->least ? frames : bursts->least;
		bursts->most = frames > bursts->most ? frames : bursts->most;
	}
	bursts->mean = sum / bursts->count;
	for (unsigned int i = 0; i < bursts->count; i++)
		squares += pow((double)bursts->frames[i] - bursts->mean, 2);
	bursts->deviation = bursts->count > 1 ? sqrt(squares / (bursts->count - 1)) : 0;
	bursts->implied_s = bursts->mean / most;
	bursts->corrected_s = bursts->implied_s * fmax(0, 1 - throughput / most);
}

int bursts_run(struct trials *trials, double most, double throughput, double seconds,
	unsigned int repeats, struct bursts *bursts)
{
	uint64_t longest = (uint64_t)fmax(most * seconds, 1), guess = longest;

	*bursts = (struct bursts){0};
	for (unsigned int i = 0; i < repeats && i < BURST_REPEATS; i++) {
		int ret = burst_search(trials, most, longest, guess, &bursts->frames[i]);

		if (ret < 0)
			return ret;
		bursts->count++;
		guess = bursts->frames[i] > 0 ? bursts->frames[i] : 1;
		bursts->is_endless |= bursts->frames[i] == longest;
	}
	if (bursts->count > 0)
		bursts_sum(bursts, most, throughput);
	return 0;
}

static int latency_of(struct trials *trials, const struct trial_ask *ask, unsigned int repeats,
	struct latency_point *point)
{
	struct trial_latency all[LATENCY_REPEATS];

	for (unsigned int i = 0; i < repeats && i < LATENCY_REPEATS; i++) {
		struct trial_result result;
		int ret = trials_run(trials, ask, &result);

		if (ret < 0)
			return ret;
		point->loss = fmax(point->loss, trial_loss(&result));
		if (result.latency.samples == 0)
			continue;
		// Sorted by the median.
		unsigned int place = point->repeats++;
		for (; place > 0 && all[place - 1].at[0] > result.latency.at[0]; place--)
			all[place] = all[place - 1];
		all[place] = result.latency;
	}
	for (unsigned int i = 0; i < point->repeats; i++)
		point->medians[i] = all[i].at[0];
	if (point->repeats > 0)
		point->latency = all[point->repeats / 2];
	return 0;
}

int latencies_run(struct trials *trials, double throughput, const double *parts, unsigned int count,
	double seconds, unsigned int repeats, struct latencies *latencies)
{
	latencies->count = 0;
	for (unsigned int i = 0; i < count && i < LATENCY_POINTS; i++) {
		struct trial_ask ask = {.rate = throughput * parts[i], .seconds = seconds};
		struct latency_point point = {.part = parts[i], .rate = ask.rate};
		int ret = latency_of(trials, &ask, repeats, &point);

		if (ret < 0)
			return ret;
		latencies->points[latencies->count++] = point;
	}
	return 0;
}

int recovery_run(struct trials *trials, double most, double throughput, double seconds,
	unsigned int repeats, struct recovery *recovery)
{
	*recovery = (struct recovery){
		.over_rate = fmin(throughput * 1.1, most), .then_rate = throughput / 2};
	if (throughput <= 0 || throughput >= most) {
		recovery->why = throughput <= 0 ? "the device has no throughput"
						: "nothing can overload the device: its throughput "
						  "is the highest rate";
		return 0;
	}
	for (unsigned int i = 0; i < repeats && i < RECOVERY_REPEATS; i++) {
		struct trial_ask over = {.rate = recovery->over_rate, .seconds = seconds};
		struct trial_ask then = {.rate = recovery->then_rate, .seconds = seconds};
		struct trial_result result;
		int ret = trials_recover(trials, &over, &then, &result, &recovery->seconds[i]);

		if (ret == -ENOTSUP) {
			recovery->why = "this device cannot change its rate within a trial";
			return 0;
		}
		if (ret < 0)
			return ret;
		recovery->count++;
	}
	return 0;
}

double recovery_time(const struct recovery_sample *samples, unsigned int count)
{
	if (count < 2)
		return -1;
	const struct recovery_sample *last = &samples[count - 1];
	uint64_t missing = last->sent - last->received;
	unsigned int first = count - 1;

	// What is under way varies by what is sent between two samples.
	for (unsigned int i = count - 1; i-- > 0;) {
		uint64_t slack = samples[i + 1].sent - samples[i].sent;

		if (samples[i].sent - samples[i].received > missing + slack)
			break;
		first = i;
	}
	return first == count - 1 ? -1 : samples[first].seconds;
}
