// SPDX-License-Identifier: BSD-3-Clause
// What a tester is made of.
#pragma once

#include <sys/queue.h>

#include "nimbl_tester.h"
#include "nimbl_tester_port.h"

struct port {
	struct nimbl_tester_port shared; // with the driver; first
	bool is_bound, is_running, has_expected;
	const struct nimbl_flow **flows; // sent
	unsigned int flow_count;
	uint16_t *expected;
	unsigned int expected_count;
	uint32_t room;
	uint64_t link_bps;
	struct nimbl_checkers *checkers;
};

struct nimbl_tester {
	char name[NIMBL_TESTER_NAME_SIZE];
	struct port *ports[NIMBL_TESTER_PORTS_MAX];
	unsigned int port_count;
	struct nimbl_tester_override how;
	uint64_t hz, start;
	struct nimbl_flows *own; // of a shared one
	unsigned int shares;
	bool is_started;
	uint64_t first; // index with which streams begin: behind those of trials before
	TAILQ_ENTRY(nimbl_tester) link;
};

// A tester by its name, or NULL without an error.
struct nimbl_tester *tester_find(const char *name);

// A port by its name, or NULL without an error.
struct port *tester_port_find(const struct nimbl_tester *tester, const char *name);

// The schedule of a flow with what the tester overrides. `streams`: those of its port.
struct nimbl_pace_spec tester_spec(
	const struct nimbl_tester *tester, const struct nimbl_flow *flow, unsigned int streams);

// Cycles of the TSC per second: measured between begin and the first call, which waits where that is too short.
void tester_clock_begin(void);
uint64_t tester_clock_hz(void);

// Drop the streams of a lane that is idle.
void tester_slices_free(struct nimbl_tester_lane *lane);

// Fail with -EBUSY, for `what`.
int tester_busy(const char *what);

// Where stream `i` of a port is; NULL before the first start.
static inline struct nimbl_tester_slice *tester_slice(const struct port *port, unsigned int i)
{
	const struct nimbl_tester_port *shared = &port->shared;
	const struct nimbl_tester_lane *lane =
		shared->lane_count > 0 ? &shared->lanes[i % shared->lane_count] : NULL;

	return lane != NULL && i / shared->lane_count < lane->slice_count
		       ? &lane->slices[i / shared->lane_count]
		       : NULL;
}
