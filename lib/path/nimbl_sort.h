// SPDX-License-Identifier: BSD-3-Clause
// What a filter does with the lists of one call: some go on, some are dropped, of some only parts go
// on, or another list in their stead. They go on in the order in which they came.
//
// A part is a list of the filter's own over one packet of a list, the parent: for packets that are to
// look different while somebody else sees the parent's data, and for lists of which not all packets go
// on. The parent goes back when its last part is back.
#pragma once

#include "nimbl_path.h"

#ifdef __cplusplus
extern "C" {
#endif

// The parts of a module that are out, and one more while it runs.
struct nimbl_parts {
	uint32_t out;
};

struct nimbl_sort {
	NDIS_HANDLE filter;
	struct nimbl_parts *parts;
	NDIS_PORT_NUMBER port;
	ULONG flags; // as the lists came
	bool is_send;
	bool is_own; // what is gathered are parts
	ULONG count; // of what is gathered
	ULONG dropped_count;
	enum nimbl_drop reason;
	NET_BUFFER_LIST *first, **end;
	NET_BUFFER_LIST *dropped, **dropped_end;
};

// Begin with the flags that came with a chain. Every list of it is then passed, dropped, or opened and
// closed; at last comes nimbl_sort_end. Lcores; nothing of the struct outlives the handler.
static inline void nimbl_sort_begin(struct nimbl_sort *sort, NDIS_HANDLE filter,
	struct nimbl_parts *parts, bool is_send, NDIS_PORT_NUMBER port, ULONG flags)
{
	sort->filter = filter;
	sort->parts = parts;
	sort->port = port;
	sort->flags = flags;
	sort->is_send = is_send;
	sort->is_own = false;
	sort->count = sort->dropped_count = 0;
	sort->reason = NIMBL_DROP_FILTERED;
	sort->end = &sort->first;
	sort->dropped_end = &sort->dropped;
}

// Send or indicate what is gathered; drop what is to be dropped.
NIMBL_API void nimbl_sort_flush(struct nimbl_sort *sort);
NIMBL_API void nimbl_sort_flush_dropped(struct nimbl_sort *sort);

static inline void nimbl_sort_pass(struct nimbl_sort *sort, NET_BUFFER_LIST *nbl)
{
	if (__builtin_expect(sort->is_own, 0)) {
		nimbl_sort_flush(sort);
		sort->is_own = false;
	}
	*sort->end = nbl;
	sort->end = &nbl->Next;
	sort->count++;
}

static inline void nimbl_sort_drop(
	struct nimbl_sort *sort, NET_BUFFER_LIST *nbl, enum nimbl_drop reason)
{
	if (__builtin_expect(reason != sort->reason, 0)) {
		nimbl_sort_flush_dropped(sort);
		sort->reason = reason;
	}
	*sort->dropped_end = nbl;
	sort->dropped_end = &nbl->Next;
	sort->dropped_count++;
}

// The end of the handler: what is gathered goes on, the rest goes back.
static inline void nimbl_sort_end(struct nimbl_sort *sort)
{
	if (sort->dropped_count != 0)
		nimbl_sort_flush_dropped(sort);
	if (sort->count != 0)
		nimbl_sort_flush(sort);
}

// Take a list apart: between open and close, each of its packets becomes a part, or is dropped alone.
NIMBL_API void nimbl_sort_open(NET_BUFFER_LIST *parent);
NIMBL_API void nimbl_sort_close(struct nimbl_sort *sort, NET_BUFFER_LIST *parent);

// A part over packet `nb` of an open list: `room` bytes for the caller to write, in one piece, and behind
// them the packet's data from byte `skip` on, which is shared. It has the parent's out-of-band data and
// goes on in its turn. NULL: no buffer is left, and the packet is dropped for that.
NIMBL_API NET_BUFFER_LIST *nimbl_sort_part(
	struct nimbl_sort *sort, NET_BUFFER_LIST *parent, NET_BUFFER *nb, ULONG skip, ULONG room);

// Drop one packet of an open list.
NIMBL_API void nimbl_sort_drop_packet(struct nimbl_sort *sort, enum nimbl_drop reason);

// Handlers of completions and returns for a filter that has parts: those are freed, lists of others go
// on. And for its restart and pause: pause returns NDIS_STATUS_PENDING while parts are out, and the
// last one completes it.
NIMBL_API void nimbl_parts_complete(
	NDIS_HANDLE filter, struct nimbl_parts *parts, NET_BUFFER_LIST *chain, ULONG flags);
NIMBL_API void nimbl_parts_return(
	NDIS_HANDLE filter, struct nimbl_parts *parts, NET_BUFFER_LIST *chain, ULONG flags);
NIMBL_API void nimbl_parts_restart(struct nimbl_parts *parts);
NIMBL_API NDIS_STATUS nimbl_parts_pause(struct nimbl_parts *parts);

#ifdef __cplusplus
}
#endif
