// SPDX-License-Identifier: BSD-3-Clause
// The counting filter: frames and bytes that pass, up and down. It has handlers for what it counts
// only, so completions and returns go past it.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_lcore.h>

#include "nimbl_driver.h"
#include "nimbl_path.h"

// One for each lcore, the last one shared by all other threads.
struct count_block {
	uint64_t rx_frames, rx_bytes;
	uint64_t tx_frames, tx_bytes;
} __rte_cache_aligned;

struct count {
	NDIS_HANDLE filter;
	bool bytes; // option "bytes": whether to look into each list for its length
	struct count_block blocks[RTE_MAX_LCORE + 1];
};

// Add what a call has seen.
static inline void count_add(
	struct count *self, size_t frames_at, size_t bytes_at, uint64_t frames, uint64_t bytes)
{
	uint32_t lcore = nimbl_lcore_here();
	struct count_block *block = &self->blocks[lcore];

	if (likely(lcore < RTE_MAX_LCORE)) {
		nimbl_count(RTE_PTR_ADD(block, frames_at), frames);
		nimbl_count(RTE_PTR_ADD(block, bytes_at), bytes);
	} else {
		nimbl_count_shared(RTE_PTR_ADD(block, frames_at), frames);
		nimbl_count_shared(RTE_PTR_ADD(block, bytes_at), bytes);
	}
}

// attach.c
FILTER_ATTACH count_attach;
FILTER_DETACH count_detach;
FILTER_RESTART count_restart;
FILTER_PAUSE count_pause;
FILTER_STATUS count_status;

// rx.c
FILTER_RECEIVE_NET_BUFFER_LISTS count_receive;

// tx.c
FILTER_SEND_NET_BUFFER_LISTS count_send;
