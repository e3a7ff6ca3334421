// SPDX-License-Identifier: BSD-3-Clause
// Work items, on one thread at PASSIVE_LEVEL.
#include <ndis.h>
#include <stdlib.h>

#include "nimbl_ke.h"
#include "worker.h"

// Both kinds of item. One that runs may be freed or put in line again by its routine.
struct _IO_WORKITEM {
	LIST_ENTRY link;
	bool queued;
	NDIS_IO_WORKITEM_ROUTINE ndis_routine; // or
	IO_WORKITEM_ROUTINE *io_routine;
	DEVICE_OBJECT *device;
	PVOID context;
};

static bool item_step(struct worker *worker, LONGLONG *again);

static struct worker items = WORKER_INIT("nimbl-work", PASSIVE_LEVEL, item_step);
static LIST_ENTRY line = {&line, &line}; // under the lock of the worker

static bool item_step(struct worker *worker, LONGLONG *again)
{
	struct _IO_WORKITEM *item, now;

	if (IsListEmpty(&line))
		return false;
	item = CONTAINING_RECORD(RemoveHeadList(&line), struct _IO_WORKITEM, link);
	item->queued = false;
	now = *item;
	pthread_mutex_unlock(&items.lock);
	if (now.ndis_routine != NULL)
		now.ndis_routine(now.context, item);
	else
		now.io_routine(now.device, now.context);
	pthread_mutex_lock(&items.lock);
	return true;
}

static void queue(struct _IO_WORKITEM *item, NDIS_IO_WORKITEM_ROUTINE ndis_routine,
	IO_WORKITEM_ROUTINE *io_routine, PVOID context)
{
	pthread_mutex_lock(&items.lock);
	if (!item->queued) {
		item->queued = true;
		item->ndis_routine = ndis_routine;
		item->io_routine = io_routine;
		item->context = context;
		InsertTailList(&line, &item->link);
		worker_wake(&items);
	}
	pthread_mutex_unlock(&items.lock);
}

IO_WORKITEM *IoAllocateWorkItem(DEVICE_OBJECT *device)
{
	struct _IO_WORKITEM *item = calloc(1, sizeof(*item));

	if (item != NULL)
		item->device = device;
	return item;
}

VOID IoFreeWorkItem(IO_WORKITEM *item)
{
	free(item);
}

VOID IoQueueWorkItem(
	IO_WORKITEM *item, IO_WORKITEM_ROUTINE *routine, WORK_QUEUE_TYPE type, PVOID context)
{
	queue(item, NULL, routine, context);
}

NDIS_HANDLE NdisAllocateIoWorkItem(NDIS_HANDLE handle)
{
	return IoAllocateWorkItem(NULL);
}

VOID NdisFreeIoWorkItem(NDIS_HANDLE item)
{
	IoFreeWorkItem(item);
}

VOID NdisQueueIoWorkItem(NDIS_HANDLE item, NDIS_IO_WORKITEM_ROUTINE routine, PVOID context)
{
	queue(item, routine, NULL, context);
}

void nimbl_ke_flush(void)
{
	KeFlushQueuedDpcs();
	worker_flush(&items);
	KeFlushQueuedDpcs(); // what the last work items put in line
}

void nimbl_ke_stop(void)
{
	worker_stop(&items);
	dpcs_stop();
	worker_stop(&items); // what the last DPCs put in line
}
