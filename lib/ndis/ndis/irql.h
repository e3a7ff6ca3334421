// SPDX-License-Identifier: BSD-3-Clause
// At which level a thread runs: DISPATCH_LEVEL on a polling lcore, in a timer, a DPC or under a spin
// lock, PASSIVE_LEVEL elsewhere. It is a note of the thread for drivers that ask or assert: nothing is
// masked by it, and a thread at DISPATCH_LEVEL must not wait.
#pragma once

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// The level of the calling thread.
NIMBL_NDIS_API KIRQL KeGetCurrentIrql(VOID);

// Raise the calling thread to `NewIrql`, which is not below its level, and store the old one in
// `OldIrql`; or lower it back. Each raise has its lowering, on the same thread.
NIMBL_NDIS_API VOID KeRaiseIrql(KIRQL NewIrql, KIRQL *OldIrql);
NIMBL_NDIS_API VOID KeLowerIrql(KIRQL NewIrql);

static inline KIRQL KeRaiseIrqlToDpcLevel(VOID)
{
	KIRQL old;

	KeRaiseIrql(DISPATCH_LEVEL, &old);
	return old;
}

#define NDIS_CURRENT_IRQL()              KeGetCurrentIrql()
#define NDIS_RAISE_IRQL_TO_DISPATCH(Old) (*(Old) = KeRaiseIrqlToDpcLevel())
#define NDIS_LOWER_IRQL(OldIrql, CurrIrql) \
	((OldIrql) != (CurrIrql) ? KeLowerIrql(OldIrql) : (void)0)

#ifdef __cplusplus
}
#endif
