// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the model share: its packets and lists, and where choices come from.
#pragma once

#include <ndis.h>
#include <nimbl_mbuf.h>
#include <nimbl_nbl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer_model.h"
#include "nb_check.h"

#define LISTS    24u
#define BUFFERS  12u   // NBs of one list at most
#define FRONT    1024u // of a model's bytes: what retreats may expose
#define ALL      3072u
#define LONGEST  1200u
#define CONTEXTS 6u

// `bytes[start, start + length)` is the data; from `known` on the model knows what lies before.
struct packet {
	uint8_t bytes[ALL];
	uint32_t start, length, known;
};

enum kind { NONE, ROOT, CLONE, ORIGINAL, FRAGMENTS, REASSEMBLED };

struct list {
	enum kind kind;
	NET_BUFFER_LIST *nbl;
	struct list *parent;
	uint32_t children, count;
	MDL *foreign; // of a root over a driver's memory
	struct packet packets[BUFFERS];
	USHORT contexts[CONTEXTS];
	uint32_t context_count;
	PVOID info[MaxNetBufferListInfo];
};

extern struct list lists[LISTS];
extern NDIS_HANDLE data_pool, bare_pool, buffer_pool_data, buffer_pool_bare;
extern uint8_t scratch[65536];
extern uint32_t driver_mdls; // out from driver_allocate
extern bool is_short;        // an allocation of this operation may fail

_Noreturn void model_fail(const char *what);

#define must(condition)                         \
	do {                                    \
		if (!(condition))               \
			model_fail(#condition); \
	} while (0)

// The next choice of this operation: 0 .. below - 1.
uint32_t roll(uint32_t below);

// What this operation does, for people.
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline uint32_t slot_of(const struct list *list)
{
	return (uint32_t)(list - lists);
}

// The place that the operation names, or NULL when it is taken: whatever operation is dropped from a
// program, the others put their lists where they did.
struct list *list_unused(void);

// The list at the place that the operation names, or the next; NULL when there is none.
struct list *list_any(void);

// One NB of the list, and which.
NET_BUFFER *list_pick(const struct list *list, uint32_t *i);

void list_start(struct list *list, enum kind kind, NET_BUFFER_LIST *nbl, struct list *parent);

// The slot is free again, and the parent has a child less.
void list_forget(struct list *list);

// The packets are those of the model.
void list_check(const struct list *list);

// The model takes over what is in the packet.
void packet_learn(struct packet *packet, const NET_BUFFER *nb);

// After a retreat by `delta`: the exposed bytes that the model does not know it reads.
void packet_retreat(struct packet *packet, const NET_BUFFER *nb, uint32_t delta);

// A driver's handlers for retreat and advance; the first fails now and then.
MDL *driver_allocate(ULONG *size);
void driver_free(MDL *mdl);

// pools.c
int pool_must_be_full(NDIS_HANDLE handle, void *arg);

// roots.c
void make_root(struct list *unused);
void free_list(struct list *list);

// pmd.c
void send_and_complete(struct list *list);
void give_away(struct list *list);
void pmd_is_done(struct list *unused);
void pmd_stop(void);

// derive.c
void derive_clone(struct list *parent);
void derive_fragments(struct list *parent);
void derive_reassembled(struct list *parent);

// move.c
void retreat(struct list *list);
void advance(struct list *list);
void read_some(struct list *list);
void copy_some(struct list *to);
void gather_some(struct list *list);
void gather_open(void);
void gather_close(void);

// side.c
void context(struct list *list);
void info_set(struct list *list);
void info_copy(struct list *to);
