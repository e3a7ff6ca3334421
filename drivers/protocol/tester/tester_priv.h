// SPDX-License-Identifier: BSD-3-Clause
// The tester protocol: sends what a tester says, and checks what comes.
//
// Each lcore that serves the port has a lane with a ring of lists of its own, made once and used strictly in
// order: a list is sent again when it is home and all others have been sent since.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_lcore.h>

#include "nimbl_driver.h"
#include "nimbl_path.h"
#include "nimbl_setting.h"
#include "nimbl_tester_port.h"

#define TESTER_BURST 32u
#define TESTER_BYTES 16384u // the longest frame that is checked in one piece

struct tester;

struct tester_lane {
	struct tester *self;
	struct nimbl_tester_lane *shared;
	NDIS_POLL_HANDLE poll;
	uint64_t *born; // counter of this lcore
	// The ring: list, its data, what frame that holds (stream and length), and whether it is home.
	NET_BUFFER_LIST **lists;
	uint8_t **data;
	uint32_t *made;
	uint8_t *
		home; // of lists that came before their turn: set by whoever completes, cleared by the lane
	uint32_t size;
	uint32_t head;  // the next to be sent
	uint32_t tail;  // the next that is to come home
	uint32_t ready; // lists from head on that are home
	uint32_t turn;  // stream that is served first
	bool is_begun;  // this trial
	bool is_drained;
	uint8_t *scratch; // of a frame in several pieces
} __rte_cache_aligned;

struct tester {
	NDIS_HANDLE binding, pool;
	struct nimbl_tester_port *port;
	struct nimbl_counters *counters;
	struct tester_lane *lanes;
	unsigned int lane_count;
	struct tester_lane *lane_of[RTE_MAX_LCORE + 1]; // NULL: none
	bool is_running;                                // between Restart and Pause
	NET_PNP_EVENT_NOTIFICATION *pausing;            // that pends until all is home
	// Settings.
	const char *name, *streams; // one of them
	uint32_t lists, room;
};

extern NDIS_HANDLE tester_protocol;
extern const struct nimbl_setting tester_settings[];

// bind.c
PROTOCOL_BIND_ADAPTER_EX tester_bind;
PROTOCOL_UNBIND_ADAPTER_EX tester_unbind;

// lane.c: the lanes of a port with their lists. Open undoes itself on failure.
int tester_lanes_open(struct tester *self, const uint32_t *lcores, unsigned int count);
void tester_lanes_close(struct tester *self);

// state.c
PROTOCOL_NET_PNP_EVENT tester_net_pnp_event;
// A lane has all its lists while a pause waits: the last of them ends it.
void tester_drained(struct tester_lane *lane);

// tx_replay.c: send what is due of a capture.
void tester_replay_send(struct tester_lane *lane, uint32_t number, uint64_t elapsed);

// tx.c
NDIS_POLL tester_poll;
PROTOCOL_SEND_NET_BUFFER_LISTS_COMPLETE tester_send_complete;

// rx.c
PROTOCOL_RECEIVE_NET_BUFFER_LISTS tester_receive;
