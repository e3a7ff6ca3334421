// SPDX-License-Identifier: BSD-3-Clause
// The smallest filter, a template for the next: everything goes on as it came.
#pragma once

#include "nimbl_driver.h"

struct pass {
	NDIS_HANDLE filter;
};

// attach.c
FILTER_ATTACH pass_attach;
FILTER_DETACH pass_detach;
FILTER_RESTART pass_restart;
FILTER_PAUSE pass_pause;
FILTER_STATUS pass_status;

// rx.c
FILTER_RECEIVE_NET_BUFFER_LISTS pass_receive;
FILTER_RETURN_NET_BUFFER_LISTS pass_return;

// tx.c
FILTER_SEND_NET_BUFFER_LISTS pass_send;
FILTER_SEND_NET_BUFFER_LISTS_COMPLETE pass_send_complete;
