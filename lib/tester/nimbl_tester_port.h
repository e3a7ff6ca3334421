// SPDX-License-Identifier: BSD-3-Clause
// A tester from the side of the driver that sends and receives for it: the protocol `tester`.
//
// A port has a lane for each lcore that serves it. Each stream is sent by one lane, so that its order is
// that of its numbers. While a lane is idle its streams are the control thread's, from a start until the lane
// is idle again the lcore's. Figures are written by the lcore of the lane only, and read by whoever wants to.
#pragma once

#include "nimbl_checker.h"
#include "nimbl_flow.h"
#include "nimbl_pace.h"
#include "nimbl_replay.h"
#include "nimbl_stat.h"

#ifdef __cplusplus
extern "C" {
#endif

// A stream on its lane.
struct nimbl_tester_slice {
	const struct nimbl_flow *flow;
	struct nimbl_pace pace;
	uint64_t first;              // index of the first frame of this trial
	uint16_t length;             // of every frame; 0: they vary
	struct nimbl_replay *replay; // of a capture, instead of frames that are made; NULL: none
	struct nimbl_replay_ring *ring;
	// Figures: see struct nimbl_tester_sent.
	uint64_t given; // frames given to the port: the number of the next one
	uint64_t bytes, refused;
	uint64_t late_max; // cycles
} __attribute__((aligned(64)));

enum nimbl_tester_state {
	NIMBL_TESTER_IDLE,
	NIMBL_TESTER_SENDING, // or waiting for the start
	NIMBL_TESTER_DRAINING,
};

struct nimbl_tester_lane {
	uint32_t lcore;
	enum nimbl_tester_state
		state;         // to SENDING by the control thread, else by the lane; release
	bool stop;             // wanted
	uint64_t start, ended; // TSC; ended is written before the lane is idle again
	struct nimbl_tester_slice *slices;
	unsigned int slice_count;
	uint64_t starved;
	// Of the receiving side.
	struct nimbl_checker
		*checker; // NULL: none is to be checked; replaced while the lane is idle
	uint64_t received, received_bytes;
} __attribute__((aligned(64)));

struct nimbl_tester_port {
	char name[32];
	unsigned int lane_count;
	struct nimbl_tester_lane *lanes;
	uint64_t unchecked, unchecked_bytes; // received on threads that have no lane
};

// What a driver says of a port.
struct nimbl_tester_place {
	const char *port;
	const uint32_t *lcores; // that serve it
	unsigned int lcore_count;
	uint32_t room;     // bytes of the longest frame, without FCS
	uint64_t link_bps; // 0: not known
};

// The tester called `name` gets a port, whose lanes are idle. Returns NULL with the error set: there is no such
// tester, or the port is there. Control thread. Leave with detach: figures stay, and nothing is the driver's
// any more.
NIMBL_API struct nimbl_tester_port *nimbl_tester_attach(
	const char *name, const struct nimbl_tester_place *place);
NIMBL_API void nimbl_tester_detach(struct nimbl_tester_port *port);

// What a port has checked in this trial, or the last; all 0 before the first. Control thread.
NIMBL_API void nimbl_tester_port_checked(
	const struct nimbl_tester_port *port, struct nimbl_checkers_figures *figures);

// A tester called by the file of its streams, for ports of a configuration: there as long as somebody shares it. It
// is -errno as of nimbl_flows_read(). go: start it, once all ports that the file names are bound and run, and unless it
// has been started; what is in the way is said to the operator. Control thread.
NIMBL_API int nimbl_tester_share(const char *file);
NIMBL_API void nimbl_tester_unshare(const char *file);
NIMBL_API void nimbl_tester_go(const char *file);

// A port of a shared tester runs from now on, or does not.
NIMBL_API void nimbl_tester_set_running(struct nimbl_tester_port *port, bool is_running);

#ifdef __cplusplus
}
#endif
