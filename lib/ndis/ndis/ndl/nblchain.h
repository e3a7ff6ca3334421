// SPDX-License-Identifier: BSD-3-Clause
// Counting and walking chains of lists and of packets, under the names of the NDIS driver library. A
// chain is linked by Next and ends with NULL; every function here costs a walk over it.
#pragma once

#include "../failure.h"
#include "../nbl.h"

#ifdef __cplusplus
extern "C" {
#endif

// A driver may have its own.
#ifndef NDIS_ASSERT
#define NDIS_ASSERT(x) NT_ASSERT(x)
#endif

// Lists in a chain, which may be empty.
static inline ULONG NdisNumNblsInNblChain(const NET_BUFFER_LIST *NblChain)
{
	ULONG count = 0;

	for (; NblChain != NULL; NblChain = NblChain->Next)
		count++;
	return count;
}

// Packets in a chain of packets, which may be empty.
static inline ULONG NdisNumNbsInNbChain(const NET_BUFFER *NbChain)
{
	ULONG count = 0;

	for (; NbChain != NULL; NbChain = NbChain->Next)
		count++;
	return count;
}

// Packets in all lists of a chain.
static inline ULONG NdisNumNbsInNblChain(const NET_BUFFER_LIST *NblChain)
{
	ULONG count = 0;

	for (; NblChain != NULL; NblChain = NblChain->Next)
		count += NdisNumNbsInNbChain(NblChain->FirstNetBuffer);
	return count;
}

// Data bytes of the packets in a chain of packets.
static inline ULONG64 NdisNumDataBytesInNbChain(const NET_BUFFER *NbChain)
{
	ULONG64 bytes = 0;

	for (; NbChain != NULL; NbChain = NbChain->Next)
		bytes += NbChain->DataLength;
	return bytes;
}

// Data bytes of all packets in a chain.
static inline ULONG64 NdisNumDataBytesInNblChain(const NET_BUFFER_LIST *NblChain)
{
	ULONG64 bytes = 0;

	for (; NblChain != NULL; NblChain = NblChain->Next)
		bytes += NdisNumDataBytesInNbChain(NblChain->FirstNetBuffer);
	return bytes;
}

// The last list of a chain, which must not be empty.
static inline NET_BUFFER_LIST *NdisLastNblInNblChain(NET_BUFFER_LIST *NblChain)
{
	while (NblChain->Next != NULL)
		NblChain = NblChain->Next;
	return NblChain;
}

// The same, and through `NblCount` how many lists there are.
static inline NET_BUFFER_LIST *NdisLastNblInNblChainWithCount(
	NET_BUFFER_LIST *NblChain, SIZE_T *NblCount)
{
	SIZE_T count = 1;

	for (; NblChain->Next != NULL; NblChain = NblChain->Next)
		count++;
	*NblCount = count;
	return NblChain;
}

// The last packet of a chain of packets, which must not be empty.
static inline NET_BUFFER *NdisLastNbInNbChain(NET_BUFFER *NbChain)
{
	while (NbChain->Next != NULL)
		NbChain = NbChain->Next;
	return NbChain;
}

static inline NET_BUFFER *NdisLastNbInNbChainWithCount(NET_BUFFER *NbChain, SIZE_T *NbCount)
{
	SIZE_T count = 1;

	for (; NbChain->Next != NULL; NbChain = NbChain->Next)
		count++;
	*NbCount = count;
	return NbChain;
}

// In checked builds, that the chains have no list in common: chains that meet end alike.
static inline VOID NDIS_ASSERT_NBL_CHAINS_DO_NOT_OVERLAP(
	const NET_BUFFER_LIST *Chain1, const NET_BUFFER_LIST *Chain2)
{
#if DBG
	if (Chain1 == NULL || Chain2 == NULL)
		return;
	NDIS_ASSERT(NdisLastNblInNblChain((NET_BUFFER_LIST *)(ULONG_PTR)Chain1) !=
		    NdisLastNblInNblChain((NET_BUFFER_LIST *)(ULONG_PTR)Chain2));
#else
	(void)Chain1;
	(void)Chain2;
#endif
}

// Set the status of every list of a chain, as each must carry one before it is completed.
static inline VOID NdisSetStatusInNblChain(NET_BUFFER_LIST *NblChain, NDIS_STATUS NdisStatus)
{
	for (; NblChain != NULL; NblChain = NblChain->Next)
		NblChain->Status = NdisStatus;
}

#ifdef __cplusplus
}
#endif
