// SPDX-License-Identifier: BSD-3-Clause
// Events and levels.
#include <ndis.h>

#include "surface.h"

void waiting_run(void)
{
	LARGE_INTEGER Timeout;
	NDIS_EVENT Done;
	KIRQL OldIrql;
	KEVENT Event;

	KeInitializeEvent(&Event, NotificationEvent, FALSE);
	Timeout.QuadPart = 0;
	CHECK(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &Timeout) ==
		STATUS_TIMEOUT);
	CHECK(KeSetEvent(&Event, IO_NO_INCREMENT, FALSE) == 0 && KeReadStateEvent(&Event) != 0);
	CHECK(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL) == STATUS_WAIT_0);
	CHECK(KeResetEvent(&Event) != 0);
	KeClearEvent(&Event);
	KeInitializeEvent(&Event, SynchronizationEvent, TRUE);
	CHECK(KeWaitForSingleObject(&Event, UserRequest, KernelMode, TRUE, NULL) == STATUS_SUCCESS);

	NdisInitializeEvent(&Done);
	NdisSetEvent(&Done);
	CHECK(NdisWaitEvent(&Done, 0) == TRUE);
	NdisResetEvent(&Done);
	CHECK(NdisWaitEvent(&Done, 1) == FALSE);

	CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL && NDIS_CURRENT_IRQL() == PASSIVE_LEVEL);
	KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
	CHECK(OldIrql == PASSIVE_LEVEL && KeGetCurrentIrql() == DISPATCH_LEVEL);
	KeLowerIrql(OldIrql);
	NDIS_RAISE_IRQL_TO_DISPATCH(&OldIrql);
	NDIS_LOWER_IRQL(OldIrql, DISPATCH_LEVEL);
	OldIrql = KeRaiseIrqlToDpcLevel();
	KeLowerIrql(OldIrql);
	CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}
