// SPDX-License-Identifier: BSD-3-Clause
// Requests under way: who made them, who has them, and how they end.
#pragma once

#include "calls.h"

// What NDIS notes in a request while it is under way.
struct oid_note {
	NDIS_HANDLE issuer; // binding or filter
	NDIS_HANDLE holder; // filter or adapter
	NDIS_OID_REQUEST *next;
	bool is_direct;
	bool waits;     // for the miniport, which has another one
	bool was_ended; // its holder was asked to end it
};

C_ASSERT(sizeof(struct oid_note) <= FIELD_SIZE(NDIS_OID_REQUEST, NdisReserved));

static inline struct oid_note *oid_note_of(NDIS_OID_REQUEST *request)
{
	return (struct oid_note *)(void *)request->NdisReserved;
}

// Why a request is refused; NDIS_STATUS_SUCCESS when it is not. Under the lock.
NDIS_STATUS oid_refusal(
	const struct adapter *adapter, NDIS_HANDLE issuer, const NDIS_OID_REQUEST *request);

// The list of an adapter's requests, oldest first. All under the lock of calls.h.
bool oid_list_has(const struct adapter *adapter, const NDIS_OID_REQUEST *request);
void oid_list_add(struct adapter *adapter, NDIS_OID_REQUEST *request);

// Take a request out of the list, and count the call of its issuer: oid_deliver() makes it. False when
// it is not under way with this holder.
bool oid_list_take(struct adapter *adapter, NDIS_HANDLE holder, NDIS_OID_REQUEST *request,
	struct oid_note *note);

// Call the completion handler of whoever made a request that was taken. Not under the lock.
void oid_deliver(const struct oid_note *note, NDIS_OID_REQUEST *request, NDIS_STATUS status);

// Take and deliver; what is not under way is said to the operator. `holder` completes it.
void oid_complete(
	struct adapter *adapter, NDIS_HANDLE holder, NDIS_OID_REQUEST *request, NDIS_STATUS status);

// A handler has answered at once: nobody is called.
void oid_answered(struct adapter *adapter, NDIS_HANDLE holder, NDIS_OID_REQUEST *request);

// The miniport: its handlers for a request, and the queue before them. oid_miniport_serve() calls for
// those that wait, unless somebody does already; on a raised level it leaves that to another thread.
NDIS_STATUS oid_miniport_call(struct adapter *adapter, NDIS_OID_REQUEST *request, bool is_direct);
NDIS_STATUS oid_miniport_run(struct adapter *adapter, NDIS_OID_REQUEST *request);
void oid_miniport_serve(struct adapter *adapter);
void oid_miniport_stop(struct adapter *adapter);
void oid_miniport_cancel(struct adapter *adapter, NDIS_HANDLE issuer, PVOID id, bool is_direct);

// What a request gets that the miniport ended with `status`: an answer from what the miniport said of
// itself when it was initialised, where it does not know the identifier; else `status`.
NDIS_STATUS oid_answer(
	const struct adapter *adapter, NDIS_OID_REQUEST *request, NDIS_STATUS status);
