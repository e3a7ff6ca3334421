// SPDX-License-Identifier: BSD-3-Clause
// Sending memory as it lies that is no mbuf's, or an mbuf's that may not be touched: a frame of
// wrappers, which are mbufs of the engine's with the memory attached as external buffers.
#pragma once

#include <ndis.h>
#include <rte_mbuf.h>

// What a PMD can read beside the mbufs of pools.
enum nimbl_reach {
	NIMBL_REACH_POOLS,   // nothing
	NIMBL_REACH_HEAP,    // memory of EAL's own
	NIMBL_REACH_EAL,     // all that EAL knows, also what was registered with it
	NIMBL_REACH_PROCESS, // everything: the CPU reads it
};

// A frame over the data of `nb`, of at most `segments_max` segments. Nothing of `nb` changes, and its
// memory has to stay until the frame is freed. NULL when the PMD cannot reach all of the memory, the
// segments do not suffice or no wrapper is left: then nothing has happened, and the data is to be
// copied. Lcores.
struct rte_mbuf *nimbl_frame_wrap(
	const NET_BUFFER *nb, enum nimbl_reach reach, uint16_t segments_max);

// Whether `m` begins a frame of wrappers.
bool nimbl_frame_is_wrapped(const struct rte_mbuf *m);

// Whether nobody but the caller refers to any wrapper of the frame, or to the memory by way of it.
bool nimbl_frame_is_alone(const struct rte_mbuf *frame);

// Give the wrappers back, whoever still refers to them.
void nimbl_frame_unwrap(struct rte_mbuf *frame);
