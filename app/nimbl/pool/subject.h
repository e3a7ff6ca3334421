// SPDX-License-Identifier: BSD-3-Clause
// What is measured: the pools of a cell, and taking from them and giving back in each of the ways of the
// grid. The ways are inline, so that a loop around one of them costs no call of the harness's.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_spinlock.h>

#include "cell.h"
#include "nimbl_mbuf.h"
#include "nimbl_nbl.h"

// Pools are shared by all cells that ask for the same ones.
struct pool_store {
	struct pool_cell cell;        // of which only what the pools depend on counts
	NDIS_HANDLE lists, buffers;   // buffers: of the ways in two steps
	struct rte_mempool *elements; // of bare elements and mbufs, where there is no pool of lists
	uint8_t *foreign;             // `size` pieces of `data` bytes
	uint64_t total_bytes;
	uint32_t element_bytes;
	char page_text[24]; // what the memory turned out to lie in
	struct pool_store *next;
};

struct pool_peer;

struct pool_subject {
	struct pool_cell cell;
	struct pool_store *store;
	// The driver's own list, for POOL_RECLAIM_LIST: last in, first out, and a lock where two lcores
	// meet on it, as a driver of NDIS has.
	NET_BUFFER_LIST *kept;
	rte_spinlock_t kept_lock;
	uint32_t foreign_next;
	uint16_t port;          // of DPDK, where the cell has one
	struct pool_peer *peer; // what feeds a device of the user's; NULL: none
	uint64_t
		aside_cycles; // that were not spent on the port or the pool: the peer's, and waiting for it
	struct pool_watch *watch; // of a proof; NULL while it is timed
};

// Make or find the pools. `lcore` is the one that takes from them. Returns 0 or -errno with the error set.
int pool_subject_open(struct pool_subject *subject, const struct pool_cell *cell,
	struct pool_store **stores, uint32_t lcore);

// What the driver kept goes back. On the lcore.
void pool_subject_flush(struct pool_subject *subject);

// Free all pools. Returns 0, or -EBUSY with the error set when elements are out.
int pool_stores_close(struct pool_store **stores);

// Elements of the pools that are free now, and that there are.
uint32_t pool_store_free(const struct pool_store *store);
uint32_t pool_store_size(const struct pool_store *store);

static inline uint32_t take_empty(struct pool_subject *self, void **objects, uint32_t n)
{
	return n;
}

static inline void give_empty(struct pool_subject *self, void **objects, uint32_t n)
{
	__asm__ volatile("" : : "r"(objects) : "memory");
}

static inline uint32_t take_mempool(struct pool_subject *self, void **objects, uint32_t n)
{
	return rte_mempool_get_bulk(self->store->elements, objects, n) == 0 ? n : 0;
}

static inline void give_mempool(struct pool_subject *self, void **objects, uint32_t n)
{
	rte_mempool_put_bulk(self->store->elements, objects, n);
}

static inline uint32_t take_bare(struct pool_subject *self, void **objects, uint32_t n)
{
	struct rte_mbuf **mbufs = (struct rte_mbuf **)objects;

	return rte_pktmbuf_alloc_bulk(self->store->elements, mbufs, n) == 0 ? n : 0;
}

static inline void give_bare(struct pool_subject *self, void **objects, uint32_t n)
{
	rte_pktmbuf_free_bulk((struct rte_mbuf **)objects, n);
}

static inline uint32_t take_bulk(struct pool_subject *self, void **objects, uint32_t n)
{
	uint32_t got = 0;

	while (got < n) {
		uint16_t wanted = (uint16_t)RTE_MIN(n - got, NIMBL_BURST_MAX);
		uint16_t part = nimbl_nbl_get(
			self->store->lists, (NET_BUFFER_LIST **)&objects[got], wanted);

		got += part;
		if (unlikely(part < wanted))
			break;
	}
	return got;
}

static inline void give_bulk(struct pool_subject *self, void **objects, uint32_t n)
{
	for (uint32_t i = 0; i < n; i += NIMBL_BURST_MAX)
		nimbl_nbl_put((NET_BUFFER_LIST *const *)&objects[i],
			(uint16_t)RTE_MIN(n - i, NIMBL_BURST_MAX));
}

// The same functions by another name: whatever is told of the two is an error of the method.
static inline uint32_t take_twin(struct pool_subject *self, void **objects, uint32_t n)
{
	return take_bulk(self, objects, n);
}

static inline void give_twin(struct pool_subject *self, void **objects, uint32_t n)
{
	give_bulk(self, objects, n);
}

static inline uint32_t take_slow(struct pool_subject *self, void **objects, uint32_t n)
{
	give_bulk(self, objects, take_bulk(self, objects, n));
	return take_bulk(self, objects, n);
}

static inline void give_slow(struct pool_subject *self, void **objects, uint32_t n)
{
	give_bulk(self, objects, n);
}

static inline NET_BUFFER_LIST *make_whole(struct pool_subject *self)
{
	return NdisAllocateNetBufferList(self->store->lists, 0, 0);
}

static inline NET_BUFFER_LIST *make_one_step(struct pool_subject *self)
{
	return NdisAllocateNetBufferAndNetBufferList(self->store->lists, 0, 0, NULL, 0, 0);
}

static inline NET_BUFFER_LIST *make_two(struct pool_subject *self, bool with_data)
{
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(self->store->lists, 0, 0);

	if (unlikely(nbl == NULL))
		return NULL;
	NET_BUFFER *nb = with_data ? NdisAllocateNetBufferMdlAndData(self->store->buffers)
				   : NdisAllocateNetBuffer(self->store->buffers, NULL, 0, 0);
	if (unlikely(nb == NULL)) {
		NdisFreeNetBufferList(nbl);
		return NULL;
	}
	NET_BUFFER_LIST_FIRST_NB(nbl) = nb;
	return nbl;
}

static inline NET_BUFFER_LIST *make_foreign(struct pool_subject *self)
{
	uint32_t i = self->foreign_next;
	uint8_t *memory = self->store->foreign + (size_t)i * self->cell.data;

	self->foreign_next = i + 1 < self->cell.size ? i + 1 : 0;
	MDL *mdl = NdisAllocateMdl(NULL, memory, self->cell.data);
	if (unlikely(mdl == NULL))
		return NULL;
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferAndNetBufferList(
		self->store->lists, 0, 0, mdl, 0, self->cell.data);
	if (unlikely(nbl == NULL))
		NdisFreeMdl(mdl);
	return nbl;
}

static inline void free_two(NET_BUFFER_LIST *nbl)
{
	NdisFreeNetBuffer(NET_BUFFER_LIST_FIRST_NB(nbl));
	NdisFreeNetBufferList(nbl);
}

static inline void free_foreign(NET_BUFFER_LIST *nbl)
{
	MDL *mdl = NET_BUFFER_FIRST_MDL(NET_BUFFER_LIST_FIRST_NB(nbl));

	NdisFreeNetBufferList(nbl);
	NdisFreeMdl(mdl);
}

// One by one, by what makes a list and what frees it.
#define POOL_WAY(word, make, unmake)                                                              \
	static inline uint32_t take_##word(struct pool_subject *self, void **objects, uint32_t n) \
	{                                                                                         \
		uint32_t got = 0;                                                                 \
		while (got < n && (objects[got] = (make)) != NULL)                                \
			got++;                                                                    \
		return got;                                                                       \
	}                                                                                         \
	static inline void give_##word(struct pool_subject *self, void **objects, uint32_t n)     \
	{                                                                                         \
		for (uint32_t i = 0; i < n; i++)                                                  \
			unmake(objects[i]);                                                       \
	}

POOL_WAY(whole, make_whole(self), NdisFreeNetBufferList)
POOL_WAY(one_step, make_one_step(self), NdisFreeNetBufferList)
POOL_WAY(two_steps, make_two(self, false), free_two)
POOL_WAY(two_steps_data, make_two(self, true), free_two)
POOL_WAY(foreign, make_foreign(self), free_foreign)

// The same with a list of the driver's own in front: what was given back is taken first.
static inline __attribute__((always_inline)) uint32_t take_kept(struct pool_subject *self,
	void **objects, uint32_t n, bool shared,
	uint32_t (*take)(struct pool_subject *, void **, uint32_t))
{
	uint32_t got = 0;

	if (shared)
		rte_spinlock_lock(&self->kept_lock);
	while (got < n && self->kept != NULL) {
		NET_BUFFER_LIST *nbl = self->kept;

		self->kept = NET_BUFFER_LIST_NEXT_NBL(nbl);
		NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
		objects[got++] = nbl;
	}
	if (shared)
		rte_spinlock_unlock(&self->kept_lock);
	return likely(got == n) ? n : got + take(self, objects + got, n - got);
}

static inline __attribute__((always_inline)) void give_kept(
	struct pool_subject *self, void **objects, uint32_t n, bool shared)
{
	for (uint32_t i = 0; i + 1 < n; i++)
		NET_BUFFER_LIST_NEXT_NBL((NET_BUFFER_LIST *)objects[i]) = objects[i + 1];
	if (shared)
		rte_spinlock_lock(&self->kept_lock);
	NET_BUFFER_LIST_NEXT_NBL((NET_BUFFER_LIST *)objects[n - 1]) = self->kept;
	self->kept = objects[0];
	if (shared)
		rte_spinlock_unlock(&self->kept_lock);
}
