// SPDX-License-Identifier: BSD-3-Clause
// Receiving: every frame is counted and checked, and every chain goes back at once.
#include <rte_cycles.h>
#include <rte_prefetch.h>

#include "nimbl_nbl.h"
#include "tester_priv.h"

#define BATCH 64u

// The bytes of a frame in one piece.
static inline const uint8_t *bytes_of(struct tester_lane *lane, const NET_BUFFER *nb)
{
	const MDL *mdl = NET_BUFFER_CURRENT_MDL(nb);
	uint32_t offset = NET_BUFFER_CURRENT_MDL_OFFSET(nb);

	if (likely(mdl->ByteCount - offset >= NET_BUFFER_DATA_LENGTH(nb)))
		return (const uint8_t *)MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) +
		       offset;
	nimbl_nb_read(nb, 0, lane->scratch, TESTER_BYTES);
	return lane->scratch;
}

// A frame in pieces is checked by itself, for there is one scratch.
static inline bool is_apart(const NET_BUFFER *nb)
{
	return NET_BUFFER_CURRENT_MDL(nb)->ByteCount - NET_BUFFER_CURRENT_MDL_OFFSET(nb) <
	       NET_BUFFER_DATA_LENGTH(nb);
}

static void check_apart(
	struct tester_lane *lane, struct nimbl_checker *checker, const NET_BUFFER *nb, uint64_t now)
{
	struct nimbl_checker_frame frame = {.length = NET_BUFFER_DATA_LENGTH(nb)};

	frame.bytes = bytes_of(lane, nb);
	frame.length = RTE_MIN(frame.length, TESTER_BYTES);
	nimbl_checker_burst(checker, &frame, 1, now);
}

// Returns the bytes of all frames.
static uint64_t check(struct tester_lane *lane, struct nimbl_checker *checker,
	const NET_BUFFER_LIST *chain, uint64_t now)
{
	struct nimbl_checker_frame frames[BATCH];
	uint32_t count = 0;
	uint64_t bytes = 0;

	for (const NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

		bytes += NET_BUFFER_DATA_LENGTH(nb);
		if (unlikely(is_apart(nb)) || count == BATCH) {
			nimbl_checker_burst(checker, frames, count, now);
			count = 0;
		}
		if (unlikely(is_apart(nb))) {
			check_apart(lane, checker, nb, now);
			continue;
		}
		frames[count].bytes = bytes_of(lane, nb);
		frames[count].length = NET_BUFFER_DATA_LENGTH(nb);
		rte_prefetch0(frames[count].bytes);
		count++;
	}
	if (count > 0)
		nimbl_checker_burst(checker, frames, count, now);
	return bytes;
}

static uint64_t bytes_count(const NET_BUFFER_LIST *chain)
{
	uint64_t bytes = 0;

	for (; chain != NULL; chain = NET_BUFFER_LIST_NEXT_NBL(chain))
		bytes += NET_BUFFER_DATA_LENGTH(NET_BUFFER_LIST_FIRST_NB(chain));
	return bytes;
}

// Without a checker there is no trial, and nothing to count: meanwhile others clear the figures.
static inline void receive_here(
	struct tester_lane *lane, const NET_BUFFER_LIST *chain, ULONG count, uint64_t now)
{
	struct nimbl_tester_lane *shared = lane->shared;
	struct nimbl_checker *checker = __atomic_load_n(&shared->checker, __ATOMIC_ACQUIRE);

	if (unlikely(checker == NULL))
		return;
	uint64_t bytes = check(lane, checker, chain, now);

	nimbl_count(&shared->received, count);
	nimbl_count(&shared->received_bytes, bytes + (uint64_t)count * NIMBL_FCS_BYTES);
}

static void unchecked(struct tester *self, const NET_BUFFER_LIST *chain, ULONG count)
{
	nimbl_count_shared(&self->port->unchecked, count);
	nimbl_count_shared(&self->port->unchecked_bytes,
		bytes_count(chain) + (uint64_t)count * NIMBL_FCS_BYTES);
}

VOID tester_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG count,
	ULONG flags)
{
	struct tester *self = context;
	struct tester_lane *lane = self->lane_of[nimbl_lcore_here()];

	if (likely(lane != NULL))
		receive_here(lane, chain, count, rte_rdtsc());
	else
		unchecked(self, chain, count);
	nimbl_count_here(self->counters, offsetof(struct nimbl_counters, consumed), count);
	if (!NDIS_TEST_RECEIVE_CANNOT_PEND(flags))
		NdisReturnNetBufferLists(self->binding, chain,
			NDIS_TEST_RECEIVE_AT_DISPATCH_LEVEL(flags)
				? NDIS_RETURN_FLAGS_DISPATCH_LEVEL
				: 0);
}
