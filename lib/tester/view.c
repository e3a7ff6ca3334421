// SPDX-License-Identifier: BSD-3-Clause
// What a trial has come to, read while it runs or afterwards.
#include <errno.h>
#include <rte_common.h>
#include <rte_cycles.h>

#include "tester_priv.h"

#define SECOND_NS 1000000000ull

uint64_t nimbl_tester_hz(const struct nimbl_tester *tester)
{
	return tester->hz;
}

static uint64_t ns_of(const struct nimbl_tester *tester, uint64_t cycles)
{
	return tester->hz == 0 ? 0 : (uint64_t)((unsigned __int128)cycles * SECOND_NS / tester->hz);
}

// Cycles since the start; of a lane that is done, until it was.
static uint64_t elapsed_of(const struct nimbl_tester_lane *lane)
{
	uint64_t now = rte_rdtsc();

	if (lane->start == 0 || now < lane->start)
		return 0;
	if (__atomic_load_n(&lane->state, __ATOMIC_ACQUIRE) == NIMBL_TESTER_IDLE &&
		lane->slice_count > 0)
		now = lane->ended;
	return now > lane->start ? now - lane->start : 0;
}

// Frames that are due by now and were not given to the port, where lengths vary and time is told in bits: only
// the schedule itself knows when the next is due, and how many follow is told by the mean.
static uint64_t owed(const struct nimbl_tester_slice *slice, uint64_t elapsed)
{
	const struct nimbl_pace *pace = &slice->pace;
	uint64_t due = __atomic_load_n(&pace->due, __ATOMIC_RELAXED);
	double mean = (double)nimbl_flow_length_mean(slice->flow) / 1000 + pace->extra;
	double step = 8000 * mean * (double)pace->hz / (double)pace->rate;
	uint64_t most = pace->end - __atomic_load_n(&pace->index, __ATOMIC_RELAXED);

	elapsed = RTE_MIN(elapsed, pace->end_at - 1);
	if (elapsed < due || most == 0)
		return 0;
	return RTE_MIN(most, (uint64_t)((double)(elapsed - due) / step) + 1);
}

static void slice_read(const struct nimbl_tester *tester, const struct port *port, unsigned int i,
	struct nimbl_tester_sent *sent)
{
	const struct nimbl_tester_slice *slice = tester_slice(port, i);
	struct nimbl_pace_line line = {.hz = tester->hz, .bps = port->link_bps};
	struct nimbl_pace_spec spec = tester_spec(tester, port->flows[i], port->flow_count);
	uint64_t refused, given;

	*sent = (struct nimbl_tester_sent){.frames = 0};
	if (slice == NULL)
		return;
	// Refused first: what is refused was given before.
	refused = __atomic_load_n(&slice->refused, __ATOMIC_ACQUIRE);
	given = __atomic_load_n(&slice->given, __ATOMIC_RELAXED);
	sent->frames = given - refused;
	sent->refused = refused;
	sent->bytes = __atomic_load_n(&slice->bytes, __ATOMIC_RELAXED);
	sent->late_max_ns = ns_of(tester, __atomic_load_n(&slice->late_max, __ATOMIC_RELAXED));
	sent->asked = given;
	if (spec.unit == NIMBL_PACE_MAX)
		return;
	uint64_t elapsed = elapsed_of(&port->shared.lanes[i % port->shared.lane_count]);
	if (slice->length == 0 && slice->pace.in_bits)
		sent->asked += owed(slice, elapsed);
	else
		sent->asked = nimbl_pace_asked(&spec, &line, elapsed, slice->length);
}

static void sent_add(struct nimbl_tester_sent *sum, const struct nimbl_tester_sent *sent)
{
	sum->asked += sent->asked;
	sum->frames += sent->frames;
	sum->bytes += sent->bytes;
	sum->refused += sent->refused;
	sum->late_max_ns = RTE_MAX(sum->late_max_ns, sent->late_max_ns);
}

static void lane_read(const struct nimbl_tester *tester, const struct nimbl_tester_lane *lane,
	struct nimbl_tester_view *view)
{
	view->sent.starved += __atomic_load_n(&lane->starved, __ATOMIC_RELAXED);
	view->received += __atomic_load_n(&lane->received, __ATOMIC_RELAXED);
	view->received_bytes += __atomic_load_n(&lane->received_bytes, __ATOMIC_RELAXED);
	view->elapsed_ns = RTE_MAX(view->elapsed_ns, ns_of(tester, elapsed_of(lane)));
}

void nimbl_tester_port_checked(
	const struct nimbl_tester_port *shared, struct nimbl_checkers_figures *figures)
{
	const struct port *port = (const struct port *)shared;

	*figures = (struct nimbl_checkers_figures){.corrupt = 0};
	if (port->checkers != NULL)
		nimbl_checkers_read(port->checkers, figures);
}

int nimbl_tester_read(
	const struct nimbl_tester *tester, const char *name, struct nimbl_tester_view *view)
{
	const struct port *port = tester_port_find(tester, name);
	struct nimbl_tester_sent sent;

	if (port == NULL)
		return nimbl_fail(ENOENT, "the tester has no port '%s'", name);
	*view = (struct nimbl_tester_view){.streams = port->flow_count};
	for (unsigned int i = 0; i < port->flow_count; i++) {
		slice_read(tester, port, i, &sent);
		sent_add(&view->sent, &sent);
	}
	for (unsigned int i = 0; i < port->shared.lane_count; i++)
		lane_read(tester, &port->shared.lanes[i], view);
	view->unchecked = __atomic_load_n(&port->shared.unchecked, __ATOMIC_RELAXED);
	view->received += view->unchecked;
	view->received_bytes += __atomic_load_n(&port->shared.unchecked_bytes, __ATOMIC_RELAXED);
	nimbl_tester_port_checked(&port->shared, &view->check);
	return 0;
}

// What all ports received of a stream.
static void received_read(const struct nimbl_tester *tester, uint16_t id,
	struct nimbl_tester_stream *stream, struct nimbl_histogram *latency)
{
	struct nimbl_checker_figures figures;

	for (unsigned int p = 0; p < tester->port_count; p++) {
		struct nimbl_checkers *checkers = tester->ports[p]->checkers;

		if (checkers == NULL || !nimbl_checkers_read_stream(checkers, id, &figures))
			continue;
		nimbl_checker_figures_add(&stream->received, &figures);
		if (latency != NULL)
			nimbl_checkers_add_delays(checkers, id, latency);
	}
}

int nimbl_tester_stream(const struct nimbl_tester *tester, unsigned int i,
	struct nimbl_tester_stream *stream, struct nimbl_histogram *latency)
{
	for (unsigned int p = 0; p < tester->port_count; p++) {
		const struct port *port = tester->ports[p];

		if (i >= port->flow_count) {
			i -= port->flow_count;
			continue;
		}
		*stream = (struct nimbl_tester_stream){
			.flow = port->flows[i], .port = port->shared.name};
		slice_read(tester, port, i, &stream->sent);
		if (latency != NULL)
			nimbl_histogram_clear(latency);
		received_read(tester, nimbl_flow_id(port->flows[i]), stream, latency);
		return 0;
	}
	return nimbl_fail(ENOENT, "the tester has no stream of this number");
}
