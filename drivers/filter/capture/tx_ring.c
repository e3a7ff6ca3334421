// SPDX-License-Identifier: BSD-3-Clause
// Putting frames into the ring.
#include <rte_common.h>
#include <string.h>

#include "ring.h"

// Take `need` bytes in one piece, and what is left before the end of the ring with them where they do
// not fit there. NULL when the ring is full.
static uint8_t *reserve(struct capture_ring *ring, uint32_t need)
{
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED), left, all;

	do {
		left = ring->size - (head & (ring->size - 1));
		all = need <= left ? need : left + need;
		if (head + all - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) > ring->size)
			return NULL;
	} while (!__atomic_compare_exchange_n(
		&ring->head, &head, head + all, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	uint8_t *at = ring->bytes + (head & (ring->size - 1));
	if (all == need)
		return at;
	struct capture_record *gap = (struct capture_record *)at;
	gap->caught = CAPTURE_GAP;
	__atomic_store_n(&gap->size, (uint32_t)left, __ATOMIC_RELEASE);
	return ring->bytes;
}

bool capture_ring_put(
	struct capture_ring *ring, const struct capture_record *from, const void *data)
{
	uint32_t size = RTE_ALIGN_CEIL((uint32_t)sizeof(*from) + from->caught, CAPTURE_ALIGN);
	struct capture_record *record = (struct capture_record *)reserve(ring, size);

	if (record == NULL)
		return false;
	record->length = from->length;
	record->caught = from->caught;
	record->is_tx = from->is_tx;
	record->cycles = from->cycles;
	memcpy(record + 1, data, from->caught);
	__atomic_store_n(&record->size, size, __ATOMIC_RELEASE);
	return true;
}
