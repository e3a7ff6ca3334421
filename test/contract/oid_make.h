// SPDX-License-Identifier: BSD-3-Clause
// Requests for the contract tests.
#pragma once

#include <ndis/ndl/oidrequest.h>

#include "stack_make.h"

#define OID_UNKNOWN 0xff0000aau

// A request with its buffer.
struct ask {
	NDIS_OID_REQUEST request;
	uint8_t buffer[1024];
};

static inline void ask_make(struct ask *ask, NDIS_REQUEST_TYPE type, NDIS_OID oid, uint32_t bytes)
{
	memset(ask, 0, sizeof(*ask));
	ask->request = (NDIS_OID_REQUEST){
		.Header = {NDIS_OBJECT_TYPE_OID_REQUEST, NDIS_OID_REQUEST_REVISION_1,
			NDIS_SIZEOF_OID_REQUEST_REVISION_1},
		.RequestType = type,
		.RequestId = ask,
		.DATA.QUERY_INFORMATION = {.Oid = oid,
			.InformationBuffer = ask->buffer,
			.InformationBufferLength = bytes},
	};
}

static inline NDIS_OID_REQUEST *ask_query(struct ask *ask, NDIS_OID oid, uint32_t bytes)
{
	ask_make(ask, NdisRequestQueryInformation, oid, bytes);
	return &ask->request;
}

static inline NDIS_OID_REQUEST *ask_set(
	struct ask *ask, NDIS_OID oid, const void *from, uint32_t bytes)
{
	ask_make(ask, NdisRequestSetInformation, oid, bytes);
	memcpy(ask->buffer, from, bytes);
	return &ask->request;
}

static inline uint32_t ask_written(const struct ask *ask)
{
	return ask->request.DATA.QUERY_INFORMATION.BytesWritten;
}

static inline uint32_t ask_needed(const struct ask *ask)
{
	return ask->request.DATA.QUERY_INFORMATION.BytesNeeded;
}
