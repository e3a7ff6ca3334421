// SPDX-License-Identifier: BSD-3-Clause
// Lists over memory that is no mbuf's: chains of MDLs over pieces of one stretch of memory.
#pragma once

#include "pool_make.h"

// Without a period, so that no stretch looks like another.
static inline uint8_t foreign_byte(uint32_t i)
{
	return (uint8_t)(i * 2654435761u >> 24);
}

static inline void foreign_fill(uint8_t *memory, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		memory[i] = foreign_byte(i);
}

// MDLs over pieces that follow each other in `memory`; `bytes` ends with UINT32_MAX.
static inline MDL *foreign_chain(uint8_t *memory, const uint32_t *bytes)
{
	MDL *first = NULL, **end = &first;

	for (; *bytes != UINT32_MAX; memory += *bytes++) {
		*end = NdisAllocateMdl(NULL, memory, *bytes);
		assert_non_null(*end);
		end = &NDIS_MDL_LINKAGE(*end);
		*end = NULL;
	}
	return first;
}

static inline void foreign_chain_free(MDL *chain)
{
	for (MDL *next; chain != NULL; chain = next) {
		next = NDIS_MDL_LINKAGE(chain);
		NdisFreeMdl(chain);
	}
}

static inline void assert_data(const uint8_t *data, uint32_t first, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		if (data[i] != foreign_byte(first + i))
			fail_msg("byte %u of %u is 0x%02x, not 0x%02x", i, bytes, data[i],
				foreign_byte(first + i));
	}
}
