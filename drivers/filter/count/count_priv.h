// SPDX-License-Identifier: BSD-3-Clause
// The counting filter: frames and bytes that pass, up and down. It has handlers for what it counts
// only, so completions and returns go past it.
#pragma once

#include "nimbl_filter.h"

enum {
	COUNT_RX_FRAMES,
	COUNT_RX_BYTES,
	COUNT_TX_FRAMES,
	COUNT_TX_BYTES,
};

struct count {
	struct nimbl_filter_base base;
	bool bytes; // whether to look into each list for its length
};

// rx.c
FILTER_RECEIVE_NET_BUFFER_LISTS count_receive;

// tx.c
FILTER_SEND_NET_BUFFER_LISTS count_send;
