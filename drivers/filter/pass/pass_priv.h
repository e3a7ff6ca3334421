// SPDX-License-Identifier: BSD-3-Clause
// The smallest filter, a template for the next: everything goes on as it came.
#pragma once

#include "nimbl_filter.h"

struct pass {
	struct nimbl_filter_base base;
};

// rx.c
FILTER_RECEIVE_NET_BUFFER_LISTS pass_receive;
FILTER_RETURN_NET_BUFFER_LISTS pass_return;

// tx.c
FILTER_SEND_NET_BUFFER_LISTS pass_send;
FILTER_SEND_NET_BUFFER_LISTS_COMPLETE pass_send_complete;
