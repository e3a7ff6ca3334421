// SPDX-License-Identifier: BSD-3-Clause
// The level of each thread, a note that nothing but its own thread reads.
#include <ndis.h>

static __thread KIRQL current;

KIRQL KeGetCurrentIrql(VOID)
{
	return current;
}

VOID KeRaiseIrql(KIRQL level, KIRQL *old)
{
	NT_ASSERT(level >= current);
	*old = current;
	current = level;
}

VOID KeLowerIrql(KIRQL level)
{
	NT_ASSERT(level <= current);
	current = level;
}
