// SPDX-License-Identifier: BSD-3-Clause
// A helper header in the manner of published ones: plain `inline`, callbacks declared before they are
// defined, private names behind macros, no include of ndis.h.
#pragma once

#pragma region System Family
#include <winapifamily.h>
#if WINAPI_FAMILY_PARTITION(WINAPI_PARTITION_SYSTEM | WINAPI_PARTITION_DESKTOP)

typedef _IRQL_requires_max_(DISPATCH_LEVEL) _IRQL_requires_same_ _Function_class_(TALLY_CALLBACK)
BOOLEAN TALLY_CALLBACK(_In_opt_ PVOID Context, _In_ NET_BUFFER_LIST const *Nbl);

#define WithBytes _TallyPrivate_WithBytes

TALLY_CALLBACK WithBytes;

_Use_decl_annotations_ inline BOOLEAN WithBytes(PVOID Context, NET_BUFFER_LIST const *Nbl)
{
	UNREFERENCED_PARAMETER(Context);
	{
		C_ASSERT(FIELD_OFFSET(NET_BUFFER_LIST, Next) == 0);
	}
	return Nbl->FirstNetBuffer != NULL && Nbl->FirstNetBuffer->DataLength > 0;
}

_IRQL_requires_max_(DISPATCH_LEVEL) inline ULONG TallyNbls(_In_opt_ NET_BUFFER_LIST const *NblChain,
	_In_ TALLY_CALLBACK *Callback, _In_opt_ PVOID Context)
{
	ULONG Count = 0;

	while (NblChain) {
		PreFetchCacheLine(PF_TEMPORAL_LEVEL_1, NblChain->Next);
		Count += Callback(Context, NblChain) ? 1 : 0;
		NblChain = NblChain->Next;
	}
	NT_ASSERT(Count < 1000);
	return Count;
}

_IRQL_requires_max_(DISPATCH_LEVEL) inline ULONG
	TallyNblsWithBytes(_In_opt_ NET_BUFFER_LIST const *NblChain)
{
	return TallyNbls(NblChain, WithBytes, NULL);
}

#endif
#pragma endregion
