// SPDX-License-Identifier: BSD-3-Clause
// Counting and walking chains of lists, under the names of the NDIS driver library. A chain is
// linked by Next and ends with NULL; every function here costs a walk over it.
#pragma once

#include "../nbl.h"

#ifdef __cplusplus
extern "C" {
#endif

// Lists in a chain, which may be empty.
static inline SIZE_T NdisNumNblsInNblChain(const NET_BUFFER_LIST *NblChain)
{
	SIZE_T count = 0;

	for (; NblChain != NULL; NblChain = NblChain->Next)
		count++;
	return count;
}

// Packets in all lists of a chain.
static inline SIZE_T NdisNumNbsInNblChain(const NET_BUFFER_LIST *NblChain)
{
	SIZE_T count = 0;

	for (; NblChain != NULL; NblChain = NblChain->Next) {
		for (const NET_BUFFER *nb = NblChain->FirstNetBuffer; nb != NULL; nb = nb->Next)
			count++;
	}
	return count;
}

// Data bytes of all packets in a chain.
static inline SIZE_T NdisNumDataBytesInNblChain(const NET_BUFFER_LIST *NblChain)
{
	SIZE_T bytes = 0;

	for (; NblChain != NULL; NblChain = NblChain->Next) {
		for (const NET_BUFFER *nb = NblChain->FirstNetBuffer; nb != NULL; nb = nb->Next)
			bytes += nb->DataLength;
	}
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

// Set the status of every list of a chain, as each must carry one before it is completed.
static inline void NdisSetStatusInNblChain(NET_BUFFER_LIST *NblChain, NDIS_STATUS NdisStatus)
{
	for (; NblChain != NULL; NblChain = NblChain->Next)
		NblChain->Status = NdisStatus;
}

#ifdef __cplusplus
}
#endif
