// SPDX-License-Identifier: BSD-3-Clause
// Schedules: from what was asked to steps in cycles, and what should have been sent by now.
#include "nimbl_pace.h"

#include <errno.h>
#include <inttypes.h>

#define SECOND_NS  1000000000ull
#define RATE_MAX   100000000000000000ull // 10^14 a second, in thousandths
#define HZ_MAX     10000000000ull
#define GRACE_PART 1000 // of a second: how late a frame of a duration that is over may be

typedef unsigned __int128 wide;

static bool is_in_bits(const struct nimbl_pace_spec *spec)
{
	return spec->unit != NIMBL_PACE_MAX && spec->unit != NIMBL_PACE_PPS;
}

static uint32_t extra_of(const struct nimbl_pace_spec *spec)
{
	return NIMBL_FCS_BYTES + (spec->unit == NIMBL_PACE_L2 ? 0 : NIMBL_L1_BYTES);
}

static uint64_t work_of(const struct nimbl_pace_spec *spec, uint32_t length)
{
	return is_in_bits(spec) ? 8ull * (length + extra_of(spec)) : 1;
}

uint64_t nimbl_pace_rate(const struct nimbl_pace_spec *spec, const struct nimbl_pace_line *line)
{
	if (spec->unit == NIMBL_PACE_MAX)
		return 0;
	if (spec->unit == NIMBL_PACE_PERCENT)
		return (uint64_t)((wide)line->bps * spec->rate / 1000);
	return spec->rate;
}

static uint64_t cycles_of(uint64_t ns, uint64_t hz)
{
	wide cycles = (wide)ns * hz / SECOND_NS;

	return cycles > UINT64_MAX / 4 ? UINT64_MAX / 4 : (uint64_t)cycles;
}

static struct nimbl_pace_step step_of(wide work, uint64_t per)
{
	return (struct nimbl_pace_step){(uint64_t)(work / per), (uint64_t)(work % per)};
}

void nimbl_pace_resize(struct nimbl_pace *pace, uint32_t length)
{
	uint64_t work = pace->in_bits ? 8ull * (length + pace->extra) : 1;

	pace->length = length;
	if (pace->rate != 0)
		pace->step = step_of((wide)work * 1000 * pace->hz, pace->rate);
}

static int check(const struct nimbl_pace_spec *spec, const struct nimbl_pace_line *line)
{
	uint64_t rate = nimbl_pace_rate(spec, line);

	if (spec->unit == NIMBL_PACE_PERCENT && line->bps == 0) {
		nimbl_fail(
			EINVAL, "the speed of the line is not known, so there is no share of it");
		nimbl_mend("give the rate in pps or in bit/s, such as 1Mpps or '1Gbit/s L1'");
		return -EINVAL;
	}
	if (spec->unit != NIMBL_PACE_MAX && (rate == 0 || rate > RATE_MAX)) {
		nimbl_fail(EINVAL, "a rate of %" PRIu64 ".%03u a second cannot be kept",
			rate / 1000, (unsigned int)(rate % 1000));
		nimbl_mend("allowed: 0.001 to 100T frames or bits per second");
		return -EINVAL;
	}
	if (line->hz == 0 || line->hz > HZ_MAX || spec->burst == 0) {
		nimbl_fail(EINVAL, "a schedule needs a clock and bursts of at least one frame");
		nimbl_mend("give a clock of 1 to 10^10 cycles per second");
		return -EINVAL;
	}
	return 0;
}

static void skip(struct nimbl_pace *pace, uint32_t frames,
	uint16_t (*length)(const void *context, uint64_t index), const void *context)
{
	uint32_t stride = pace->stride;

	pace->stride = frames;
	nimbl_pace_take_varying(pace, length, context);
	pace->stride = stride;
}

int nimbl_pace_open(struct nimbl_pace *pace, const struct nimbl_pace_spec *spec,
	const struct nimbl_pace_line *line, uint32_t first, uint32_t stride,
	uint16_t (*length)(const void *context, uint64_t index), const void *context)
{
	uint64_t delay = cycles_of(spec->delay_ns, line->hz);
	int ret = check(spec, line);

	if (ret < 0)
		return ret;
	*pace = (struct nimbl_pace){
		.due = delay,
		.at = delay,
		.end = spec->count != 0 ? spec->count : UINT64_MAX,
		.end_at = UINT64_MAX,
		.late_at = UINT64_MAX,
		.rate = nimbl_pace_rate(spec, line),
		.hz = line->hz,
		.gap = step_of((wide)spec->gap_ns * line->hz, SECOND_NS),
		.extra = extra_of(spec),
		.burst = spec->burst,
		.left = spec->burst,
		.stride = stride,
		.in_bits = is_in_bits(spec),
	};
	if (spec->duration_ns != 0) {
		pace->end_at = delay + cycles_of(spec->duration_ns, line->hz);
		pace->late_at = pace->end_at + (pace->rate != 0 ? line->hz / GRACE_PART : 0);
	}
	nimbl_pace_resize(pace, pace->in_bits ? length(context, 0) : 0);
	skip(pace, first, length, context);
	return 0;
}

// Frames that begin in `span` units of time, the first at 0, one each `step`; at most `most`.
static uint64_t begun(wide span, wide step, uint64_t most)
{
	wide n = step == 0 ? most : (span + step) / step;

	return n < most ? (uint64_t)n : most;
}

// In units of 1 / (rate * 10^9) cycles all is whole, but too large for 128 bits after a while: the time before the
// last whole burst is counted by itself.
static uint64_t asked_in_bursts(const struct nimbl_pace_spec *spec,
	const struct nimbl_pace_line *line, uint64_t elapsed, uint32_t length)
{
	uint64_t rate = nimbl_pace_rate(spec, line);
	long double step = rate != 0 ? 1000.0L * work_of(spec, length) * line->hz / rate : 0;
	long double whole = step * spec->burst + (long double)spec->gap_ns * line->hz / SECOND_NS;
	uint64_t bursts = (uint64_t)(elapsed / whole);
	long double left = elapsed - bursts * whole;
	uint64_t more = spec->gap_ns == 0 || step == 0 || left / step >= spec->burst - 1
				? spec->burst
				: (uint64_t)(left / step) + 1;

	return bursts * spec->burst + more;
}

uint64_t nimbl_pace_asked(const struct nimbl_pace_spec *spec, const struct nimbl_pace_line *line,
	uint64_t elapsed, uint32_t length)
{
	uint64_t delay = cycles_of(spec->delay_ns, line->hz), rate = nimbl_pace_rate(spec, line);
	uint64_t lasts = cycles_of(spec->duration_ns, line->hz);
	uint64_t most = spec->count != 0 ? spec->count : UINT64_MAX, n;

	if (elapsed < delay)
		return 0;
	elapsed -= delay;
	if (spec->duration_ns != 0 && elapsed >= lasts)
		elapsed = lasts - 1;
	if (rate == 0 && spec->gap_ns == 0)
		return most;
	if (spec->burst > 1 || spec->gap_ns != 0) {
		n = asked_in_bursts(spec, line, elapsed, length);
		return n < most ? n : most;
	}
	return begun((wide)elapsed * rate, (wide)work_of(spec, length) * 1000 * line->hz, most);
}
