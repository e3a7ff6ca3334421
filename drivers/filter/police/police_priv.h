// SPDX-License-Identifier: BSD-3-Clause
// The policer: what is above a rate is dropped. Each direction has a meter that all lcores share.
#pragma once

#include "meter.h"
#include "nimbl_filter.h"

enum police_action {
	POLICE_PASS,
	POLICE_DROP,
};

enum police_direction {
	POLICE_RX,
	POLICE_TX,
	POLICE_BOTH,
};

#define POLICE_COLORS 3 // of rte_meter: green, yellow, red

// Of one direction: frames of each color, then bytes.
#define POLICE_FIGURES (2 * POLICE_COLORS)

struct police {
	struct nimbl_filter_base base;
	uint64_t rate, burst, peak, excess;
	uint32_t overhead;
	enum police_action yellow, red;
	enum police_direction direction;
	bool drops[POLICE_COLORS];
	struct police_meter up, down;
};

// list.c: all lists of a chain.
void police_lists(struct police *self, NET_BUFFER_LIST *chain, struct nimbl_sort *sort);

// rx.c
FILTER_RECEIVE_NET_BUFFER_LISTS police_receive;

// tx.c
FILTER_SEND_NET_BUFFER_LISTS police_send;
