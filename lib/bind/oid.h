// SPDX-License-Identifier: BSD-3-Clause
// Between the way of requests (oid.c) and what NDIS answers for miniports (oid_answer.c).
#pragma once

#include "bind_priv.h"

// What a request gets that the miniport ended with `status`: an answer from what the miniport said of
// itself when it was initialised, where it does not know the identifier; else `status`.
NDIS_STATUS oid_answer(
	const struct adapter *adapter, NDIS_OID_REQUEST *request, NDIS_STATUS status);
