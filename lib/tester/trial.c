// SPDX-License-Identifier: BSD-3-Clause
// Trials: what lanes have to send is written while they are idle, and published with a start.
#include <errno.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nimbl_path.h"
#include "tester_priv.h"

#define SOON_MS     5 // from a start to the first frame: more than a resting lcore sleeps
#define LOOK_NS     200000
#define TRIAL_SPACE 0x20000u // numbers between two trials: twice the window of a checker

struct nimbl_pace_spec tester_spec(
	const struct nimbl_tester *tester, const struct nimbl_flow *flow, unsigned int streams)
{
	const struct nimbl_tester_override *how = &tester->how;
	struct nimbl_pace_spec spec = *nimbl_flow_pace(flow);

	if (how->pps > 0) {
		spec.unit = NIMBL_PACE_PPS;
		spec.rate = (uint64_t)(how->pps * 1000 / streams + 0.5);
		spec.burst = 1;
		spec.gap_ns = 0;
	}
	if (how->frames != 0)
		spec.count = how->frames;
	if (how->duration_ns != 0)
		spec.duration_ns = how->duration_ns;
	return spec;
}

bool nimbl_tester_is_done(const struct nimbl_tester *tester)
{
	for (unsigned int i = 0; i < tester->port_count; i++) {
		const struct nimbl_tester_port *port = &tester->ports[i]->shared;

		for (unsigned int lane = 0; lane < port->lane_count; lane++) {
			if (__atomic_load_n(&port->lanes[lane].state, __ATOMIC_ACQUIRE) !=
				NIMBL_TESTER_IDLE)
				return false;
		}
	}
	return true;
}

bool nimbl_tester_wait(const struct nimbl_tester *tester, uint32_t ms)
{
	const struct timespec look = {.tv_nsec = LOOK_NS};
	uint64_t end = rte_get_timer_cycles() + ms * (rte_get_timer_hz() / 1000);

	while (!nimbl_tester_is_done(tester)) {
		if (rte_get_timer_cycles() > end)
			return false;
		nanosleep(&look, NULL);
	}
	return true;
}

void nimbl_tester_stop(struct nimbl_tester *tester)
{
	for (unsigned int i = 0; i < tester->port_count; i++) {
		const struct nimbl_tester_port *port = &tester->ports[i]->shared;

		for (unsigned int lane = 0; lane < port->lane_count; lane++)
			__atomic_store_n(&port->lanes[lane].stop, true, __ATOMIC_RELEASE);
	}
}

static int check_port(const struct port *port)
{
	if (port->flow_count > 0 && !port->is_bound) {
		nimbl_fail(ENOTCONN, "port '%s' has streams to send, and no protocol 'tester'",
			port->shared.name);
		return -ENOTCONN;
	}
	for (unsigned int i = 0; i < port->flow_count; i++) {
		uint32_t bytes = nimbl_flow_length_max(port->flows[i]);

		if (bytes <= port->room)
			continue;
		nimbl_fail(EMSGSIZE,
			"stream '%s' has frames of %u bytes, port '%s' sends at most %u",
			nimbl_flow_name(port->flows[i]), bytes + NIMBL_FCS_BYTES, port->shared.name,
			port->room + NIMBL_FCS_BYTES);
		nimbl_mend("make them shorter, or 'room' and the MTU of the port larger");
		return -EMSGSIZE;
	}
	return 0;
}

static int ids_gather(const struct nimbl_tester *tester, const struct port *but, uint16_t *ids)
{
	int count = 0;

	for (unsigned int p = 0; p < tester->port_count; p++) {
		const struct port *port = tester->ports[p];

		for (unsigned int i = 0; port != but && i < port->flow_count; i++) {
			if (count == NIMBL_TESTER_STREAMS_MAX)
				return nimbl_fail(ENOSPC, "a tester has at most %u streams",
					NIMBL_TESTER_STREAMS_MAX);
			ids[count++] = nimbl_flow_id(port->flows[i]);
		}
	}
	return count;
}

static int ids_check(const struct nimbl_tester *tester)
{
	uint16_t ids[NIMBL_TESTER_STREAMS_MAX];
	bool is_there[UINT16_MAX + 1] = {false};
	int count = ids_gather(tester, NULL, ids);

	for (int i = 0; i < count; i++) {
		if (is_there[ids[i]])
			return nimbl_fail(EEXIST, "there are two streams of id %u", ids[i]);
		is_there[ids[i]] = true;
	}
	return count < 0 ? count : 0;
}

static int checkers_make(const struct nimbl_tester *tester, struct port *port)
{
	uint16_t ids[NIMBL_TESTER_STREAMS_MAX];
	struct nimbl_checkers_options options = {.streams = ids,
		.lcores = port->shared.lane_count,
		.first = (uint32_t)tester->first};
	int count;

	if (port->has_expected) {
		options.streams = port->expected;
		count = (int)port->expected_count;
	} else {
		count = ids_gather(tester, tester->port_count > 1 ? port : NULL, ids);
	}
	options.stream_count = (unsigned int)RTE_MAX(count, 0);
	return nimbl_checkers_open(&port->checkers, &options);
}

// Nobody checks while the checkers are changed: the lcores have passed a point where they saw none.
static int checkers_replace(struct nimbl_tester *tester)
{
	int ret = 0;

	for (unsigned int i = 0; i < tester->port_count; i++) {
		const struct nimbl_tester_port *port = &tester->ports[i]->shared;

		for (unsigned int lane = 0; lane < port->lane_count; lane++)
			__atomic_store_n(&port->lanes[lane].checker, NULL, __ATOMIC_RELEASE);
	}
	nimbl_lcores_settle();
	for (unsigned int i = 0; ret == 0 && i < tester->port_count; i++) {
		struct port *port = tester->ports[i];

		nimbl_checkers_close(port->checkers);
		port->checkers = NULL;
		if (port->is_bound)
			ret = checkers_make(tester, port);
	}
	return ret;
}

// A rate that is asked goes before the times of a capture.
static int replay_make(const struct port *port, struct nimbl_tester_slice *slice,
	const struct nimbl_pace_spec *pace, uint64_t hz)
{
	const struct nimbl_flow_replay *replay = nimbl_flow_replay(slice->flow);
	struct nimbl_replay_spec spec = {.path = replay->path,
		.speed = pace->unit == NIMBL_PACE_MAX ? replay->speed : 0,
		.loops = replay->loops,
		.length_max = port->room,
		.hz = hz};
	int ret = nimbl_replay_open(&spec, &slice->replay);

	if (ret < 0)
		return ret;
	slice->ring = nimbl_replay_ring_of(slice->replay);
	return nimbl_replay_start(slice->replay);
}

static int slice_make(const struct nimbl_tester *tester, const struct port *port,
	struct nimbl_tester_slice *slice, const struct nimbl_flow *flow)
{
	struct nimbl_pace_spec spec = tester_spec(tester, flow, port->flow_count);
	struct nimbl_pace_line line = {.hz = tester->hz, .bps = port->link_bps};

	*slice = (struct nimbl_tester_slice){.flow = flow,
		.first = tester->first,
		.length = nimbl_flow_varies(flow) ? 0 : nimbl_flow_length_max(flow)};
	if (nimbl_flow_replay(flow) != NULL && replay_make(port, slice, &spec, tester->hz) < 0)
		return -nimbl_last_error()->code;
	return nimbl_pace_open(&slice->pace, &spec, &line, 0, 1, nimbl_flow_length_of, flow);
}

void tester_slices_free(struct nimbl_tester_lane *lane)
{
	for (unsigned int i = 0; i < lane->slice_count; i++)
		nimbl_replay_close(lane->slices[i].replay);
	free(lane->slices);
	lane->slices = NULL;
	lane->slice_count = 0;
}

static int lane_failed(const struct nimbl_tester_lane *lane)
{
	int ret = 0;

	for (unsigned int i = 0; i < lane->slice_count && ret == 0; i++)
		if (lane->slices[i].replay != NULL)
			ret = nimbl_replay_error(lane->slices[i].replay);
	return ret;
}

int nimbl_tester_failed(const struct nimbl_tester *tester)
{
	int ret = 0;

	for (unsigned int p = 0; p < tester->port_count; p++) {
		const struct nimbl_tester_port *port = &tester->ports[p]->shared;

		for (unsigned int i = 0; i < port->lane_count && ret == 0; i++)
			ret = lane_failed(&port->lanes[i]);
	}
	return ret;
}

static int lane_make(const struct nimbl_tester *tester, const struct port *port, unsigned int index)
{
	struct nimbl_tester_lane *lane = &port->shared.lanes[index];
	unsigned int stride = port->shared.lane_count, count = 0;
	int ret = 0;

	tester_slices_free(lane);
	if (index < port->flow_count)
		count = (port->flow_count - index + stride - 1) / stride;
	if (count > 0 && posix_memalign((void **)&lane->slices, RTE_CACHE_LINE_SIZE,
				 count * sizeof(lane->slices[0])) != 0)
		return nimbl_fail(ENOMEM, "no memory for %u streams", count);
	for (unsigned int i = 0; ret == 0 && i < count; i++) {
		ret = slice_make(tester, port, &lane->slices[i], port->flows[index + i * stride]);
		lane->slice_count = i + 1;
	}
	if (ret < 0)
		tester_slices_free(lane);
	return ret;
}

static void lane_clear(struct nimbl_tester_lane *lane)
{
	lane->stop = false;
	lane->ended = lane->start = 0;
	lane->starved = 0;
	__atomic_store_n(&lane->received, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&lane->received_bytes, 0, __ATOMIC_RELAXED);
}

int nimbl_tester_clear(struct nimbl_tester *tester)
{
	int ret;

	if (!nimbl_tester_is_done(tester))
		return tester_busy("the figures cannot be cleared");
	for (unsigned int i = 0; i < tester->port_count; i++) {
		for (unsigned int s = 0; s < tester->ports[i]->flow_count; s++) {
			const struct nimbl_tester_slice *slice = tester_slice(tester->ports[i], s);

			if (slice != NULL)
				tester->first = RTE_MAX(
					tester->first, slice->first + slice->given + TRIAL_SPACE);
		}
	}
	ret = checkers_replace(tester);
	for (unsigned int i = 0; ret == 0 && i < tester->port_count; i++) {
		const struct port *port = tester->ports[i];

		for (unsigned int lane = 0; ret == 0 && lane < port->shared.lane_count; lane++) {
			lane_clear(&port->shared.lanes[lane]);
			ret = lane_make(tester, port, lane);
		}
	}
	return ret;
}

static void port_start(struct port *port, uint64_t start)
{
	for (unsigned int i = 0; i < port->shared.lane_count; i++) {
		struct nimbl_tester_lane *lane = &port->shared.lanes[i];

		lane->start = start;
		__atomic_store_n(
			&lane->checker, nimbl_checkers_at(port->checkers, i), __ATOMIC_RELEASE);
		if (lane->slice_count > 0)
			__atomic_store_n(&lane->state, NIMBL_TESTER_SENDING, __ATOMIC_RELEASE);
	}
}

int nimbl_tester_start(struct nimbl_tester *tester)
{
	int ret = ids_check(tester);

	for (unsigned int i = 0; ret == 0 && i < tester->port_count; i++)
		ret = check_port(tester->ports[i]);
	if (ret == 0)
		ret = nimbl_tester_clear(tester);
	if (ret < 0)
		return ret;
	tester->start = rte_rdtsc() + tester->hz / 1000 * SOON_MS;
	for (unsigned int i = 0; i < tester->port_count; i++) {
		if (tester->ports[i]->is_bound)
			port_start(tester->ports[i], tester->start);
	}
	return 0;
}
