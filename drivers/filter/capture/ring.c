// SPDX-License-Identifier: BSD-3-Clause
// Opening, closing and emptying the ring.
#include "ring.h"

#include <errno.h>
#include <rte_common.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_base.h"

int capture_ring_open(struct capture_ring *ring, uint64_t size)
{
	ring->size = rte_align64pow2(size);
	ring->bytes = aligned_alloc(64, ring->size);
	if (ring->bytes == NULL)
		return nimbl_fail(
			ENOMEM, "no memory for a buffer of %llu bytes", (unsigned long long)size);
	memset(ring->bytes, 0, ring->size);
	return 0;
}

void capture_ring_close(struct capture_ring *ring)
{
	free(ring->bytes);
	ring->bytes = NULL;
}

const struct capture_record *capture_ring_first(struct capture_ring *ring)
{
	for (;;) {
		const struct capture_record *record =
			(const struct capture_record *)(ring->bytes +
							(ring->tail & (ring->size - 1)));

		if (__atomic_load_n(&record->size, __ATOMIC_ACQUIRE) == 0)
			return NULL;
		if (record->caught != CAPTURE_GAP)
			return record;
		capture_ring_drop(ring, record);
	}
}

// Zeros first: a record that will lie anywhere in here is none until its size is written.
void capture_ring_drop(struct capture_ring *ring, const struct capture_record *record)
{
	uint32_t size = record->size;

	memset((void *)(uintptr_t)record, 0, size);
	__atomic_store_n(&ring->tail, ring->tail + size, __ATOMIC_RELEASE);
}
