// SPDX-License-Identifier: BSD-3-Clause
// Counters: one block per port and lcore, written by that lcore only with plain adds once per
// burst, summed by the reader. The reasons for a drop are a closed list; there is no "other".
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "nimbl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

// name, key in JSON, what it means to a person
#define NIMBL_DROPS(X)                                                                       \
	X(RX_UNBOUND, "rx_unbound", "received while no protocol is bound to the port")       \
	X(RX_PAUSED, "rx_paused", "received while the binding is paused")                    \
	X(RX_LENT, "rx_lent", "lent for a moment only, and this protocol copies nothing")    \
	X(FILTERED, "filtered", "a filter took it out")                                      \
	X(IMPAIRED, "impaired", "lost on purpose, by a filter that impairs")                 \
	X(QUEUE_FULL, "queue_full", "the queue of a filter that holds frames is full")       \
	X(NO_COPY, "no_copy", "a filter could not copy the frame that it was lent")          \
	X(ACL, "acl", "a rule of an access list denies it")                                  \
	X(POLICED, "policed", "above the rate that is allowed")                              \
	X(VLAN, "vlan", "of another VLAN than the filter lets through")                      \
	X(FILTER_NO_BUFFER, "filter_no_buffer", "no buffer left for what a filter makes")    \
	X(NO_PEER, "no_peer", "the connected port is not running")                           \
	X(TX_RUNT, "tx_runt", "shorter than an Ethernet header (14 bytes)")                  \
	X(TX_TOO_LONG, "tx_too_long", "longer than the MTU of the sending port allows")      \
	X(TX_LINK_DOWN, "tx_link_down", "the link of the sending port is down")              \
	X(TX_RING_FULL, "tx_ring_full", "transmit ring and backlog of the port are full")    \
	X(TX_HANDOFF_FULL, "tx_handoff_full", "ring to the transmit lcore is full")          \
	X(TX_SEGMENTED, "tx_segmented", "in several buffers, and the device sends only one") \
	X(TX_OFFLOAD, "tx_offload", "asks for an offload that does not fit its headers")     \
	X(TX_NO_BUFFER, "tx_no_buffer", "no buffer left to copy the frame into")             \
	X(TX_FAILED, "tx_failed", "the driver of the port says that it failed")              \
	X(TX_PAUSED, "tx_paused", "sent while the port is paused or stopping")               \
	X(TX_REMOVED, "tx_removed", "the device of the sending port is gone")                \
	X(TX_CANCELLED, "tx_cancelled", "its sender cancelled it while it waited")           \
	X(VERIFIER, "verifier", "not sound, so the verifier took it out")

enum nimbl_drop {
#define X(name, key, text) NIMBL_DROP_##name,
	NIMBL_DROPS(X)
#undef X
		NIMBL_DROP_COUNT
};

// One block of counters. "list" counts NET_BUFFER_LISTs, "frame" NET_BUFFERs.
struct nimbl_counters {
	uint64_t rx_frames;       // adopted from the PMD
	uint64_t rx_bytes;        // L2 bytes without FCS
	uint64_t rx_polls;        // bursts asked of the PMD
	uint64_t rx_empty_polls;  // of these, without a frame
	uint64_t lists_indicated; // edge upward, given: miniport to protocol
	uint64_t lists_returned;  // edge upward, taken back
	uint64_t lists_sent;      // edge downward, given to this port's miniport for the round trip
	uint64_t lists_completed; // of these, completed
	uint64_t lists_handed;    // given to this port's miniport for good, gone or dropped
	uint64_t chains_posted;   // chains put on the ring to a transmit lcore
	uint64_t chains_taken;    // chains taken off it
	uint64_t frames_asked;    // frames of all lists that the miniport began to send
	uint64_t tx_frames;       // accepted by the PMD
	uint64_t tx_bytes;        // L2 bytes without FCS
	uint64_t tx_copied;       // of these, copied first because the PMD cannot use the memory
	uint64_t tx_foreign;      // of these, sent as they lie in memory that is no buffer's
	uint64_t tx_cut;   // large sends that the engine cut; the frames beyond the first are born
	uint64_t born;     // frames that a driver made (not received)
	uint64_t consumed; // frames that a driver took and did not drop
	uint64_t drops[NIMBL_DROP_COUNT];
} __attribute__((aligned(64)));

// Add to a counter of the own lcore: a plain add that readers on other threads see whole.
static inline void nimbl_count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

// Add to a counter that several threads write: threads without an lcore share one block.
static inline void nimbl_count_shared(uint64_t *counter, uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

// Add every counter of `from` to `sum`. Any thread, any time.
NIMBL_API void nimbl_counters_add(struct nimbl_counters *sum, const struct nimbl_counters *from);

// All drops of a block together.
NIMBL_API uint64_t nimbl_counters_dropped(const struct nimbl_counters *counters);

// The key of a reason ("tx_ring_full") and what it means; never NULL for a valid reason.
NIMBL_API const char *nimbl_drop_key(enum nimbl_drop reason);
NIMBL_API const char *nimbl_drop_text(enum nimbl_drop reason);

#ifdef __cplusplus
}
#endif
