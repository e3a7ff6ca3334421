// SPDX-License-Identifier: BSD-3-Clause
// Taking lists out of pools and giving them back, one by one and in bulk.
#include "list_priv.h"

int elements_get_far(struct nimbl_pool *pool, void **elements, unsigned int count)
{
	int ret = -1;

	if (shortage_failed())
		return -1;
	shortage_excuse(true); // one list is one taking, whichever chunk it comes from
	while (ret < 0) {
		uint16_t chunks = __atomic_load_n(&pool->chunk_count, __ATOMIC_ACQUIRE);

		for (uint16_t i = 1; i < chunks && ret < 0; i++)
			ret = rte_mempool_get_bulk(pool->chunks[i], elements, count);
		if (ret < 0 && pool_grow(pool, chunks) < 0)
			break;
	}
	shortage_excuse(false);
	return ret;
}

static inline void *element_of(const struct nimbl_pool *pool, NET_BUFFER_LIST *nbl)
{
	return pool->kind == POOL_NBL ? (void *)nbl : (void *)nimbl_mbuf_of_nb(nimbl_own_nb(nbl));
}

// The state in which every list leaves its pool: it is whole already, so only what depends on the
// kind of pool is written.
static inline NET_BUFFER_LIST *list_issue(const struct nimbl_pool *pool, void *element)
{
	NET_BUFFER_LIST *nbl = element;

	if (likely(pool->kind == POOL_NBL_NB_DATA)) {
		NET_BUFFER *nb = nimbl_nb_of_mbuf(element);

		nimbl_nb_aim_own(nb, pool->data_bytes, 0);
		nbl = nimbl_nbl_of_nb(nb);
	} else if (pool->kind == POOL_NBL_NB) {
		NET_BUFFER *nb = nimbl_nb_of_mbuf(element);

		nb_empty(nb);
		nbl = nimbl_nbl_of_nb(nb);
	}
	nbl->Next = NULL;
	nimbl_nbl_set_fresh(nbl, NIMBL_LIST_ALLOCATED);
	return nbl;
}

NET_BUFFER_LIST *list_get(struct nimbl_pool *pool)
{
	void *element = element_take(pool);

	return likely(element != NULL) ? list_issue(pool, element) : NULL;
}

uint16_t nimbl_nbl_get(NDIS_HANDLE handle, NET_BUFFER_LIST **lists, uint16_t count)
{
	struct nimbl_pool *pool = handle;
	void **elements = (void **)lists;

	if (unlikely(count == 0))
		return 0;
	if (unlikely(elements_get(pool, elements, count) < 0)) {
		// Not all at once: what is there, one by one.
		uint16_t got = 0;

		while (got < count && elements_get(pool, &elements[got], 1) == 0)
			got++;
		count = got;
	}
	for (uint16_t i = 0; i < count; i++)
		lists[i] = list_issue(pool, elements[i]);
	return count;
}

// Give the further segments of a received packet back and leave the first alone. Where a driver
// chained memory of its own behind ours, only the chain ends here; the memory is the driver's.
static void list_unchain(NET_BUFFER_LIST *nbl, struct rte_mbuf *head)
{
	struct rte_mbuf *m = nbl->NimblState & NIMBL_LIST_OWNS_SEGMENTS ? head->next : NULL;

	nimbl_mbuf_restore_mdls(head);
	head->next = NULL;
	head->nb_segs = 1;
	while (m != NULL) {
		struct rte_mbuf *next = m->next;

		m->next = NULL;
		m->nb_segs = 1;
		rte_pktmbuf_free_seg(m); // a derived list in a PMD may still use its room
		m = next;
	}
}

// A list without an NB of its own.
static void bare_list_make_whole(NET_BUFFER_LIST *nbl)
{
	nimbl_nbl_clear_info(nbl);
	nbl->FirstNetBuffer = NULL;
	nbl->NblFlags = nbl->Flags = 0;
	nbl->ChildRefCount = 0;
	nbl->Status = NDIS_STATUS_SUCCESS;
	nbl->SourceHandle = NULL;
}

// A list as it must be before it is free. False when it is free already: giving it to two owners
// would be worse than to count it and lose it.
static inline bool list_retire(struct nimbl_pool *pool, NET_BUFFER_LIST *nbl)
{
	enum nimbl_list_state state = nimbl_nbl_state(nbl);

	if (unlikely(state == NIMBL_LIST_FREE || state == NIMBL_LIST_HANDED)) {
		__atomic_fetch_add(&pool->double_frees, 1, __ATOMIC_RELAXED);
		pool_fault(NIMBL_POOL_TWICE, pool, nbl);
		return false;
	}
	if (likely(pool->kind != POOL_NBL)) {
		NET_BUFFER *nb = nimbl_own_nb(nbl);

		if (unlikely(nimbl_own_mdl(nb)->Next != NULL))
			list_unchain(nbl, nimbl_mbuf_of_nb(nb));
		nimbl_nbl_make_whole(nbl, nb, pool->owner, pool_headroom(pool));
	} else {
		bare_list_make_whole(nbl);
	}
	if (unlikely(nbl->Context != NULL))
		list_context_reset(pool, nbl);
	nbl->ParentNetBufferList = NULL;
	nimbl_nbl_set_fresh(nbl, NIMBL_LIST_FREE);
	return true;
}

// Free what the engine chained to an NB, and leave its own MDL whole.
static inline void nb_release_chain(NET_BUFFER *nb)
{
	MDL *own = nimbl_own_mdl(nb);

	for (MDL *mdl = nb->MdlChain, *next; mdl != NULL; mdl = next) {
		next = mdl->Next;
		if (mdl != own && (mdl->MdlFlags & NIMBL_MDL_OURS) != 0)
			ours_free(mdl);
	}
	mdl_make_whole(own);
}

// Free what belongs to a derived list but itself and its own NB.
static inline void derived_release(NET_BUFFER_LIST *nbl)
{
	bool is_over_original = (nbl->NimblState & NIMBL_LIST_ORIGINAL_MDLS) != 0;

	for (NET_BUFFER *nb = nbl->FirstNetBuffer, *next; nb != NULL; nb = next) {
		struct nimbl_pool *pool = nb->NdisPoolHandle;

		next = nb->Next;
		if (is_over_original) // the chain is the parent's
			nb->NdisReserved[1] = NULL;
		else
			nb_release_chain(nb);
		if (!pool_has_lists(pool))
			nb_put(pool, nb);
	}
}

// As list_retire, for lists that lent or borrow room. False also where the room is in use elsewhere: then
// the element goes home with the last that uses it.
static __attribute__((noinline)) bool list_retire_shared(
	struct nimbl_pool *pool, NET_BUFFER_LIST *nbl)
{
	if (nbl->ChildRefCount != 0)
		pool_fault(NIMBL_POOL_CHILDREN, pool, nbl);
	if ((nbl->NimblState & NIMBL_LIST_DERIVED) != 0)
		derived_release(nbl);
	if (!list_retire(pool, nbl))
		return false;
	if (pool->kind == POOL_NBL)
		return true;
	nimbl_nbl_set_fresh(nbl, NIMBL_LIST_HANDED);
	if (rte_pktmbuf_prefree_seg(nimbl_mbuf_of_nb(nimbl_own_nb(nbl))) == NULL)
		return false;
	nimbl_nbl_set_fresh(nbl, NIMBL_LIST_FREE);
	return true;
}

// The MDLs of all mbufs of a frame that goes to a PMD. The MDL chain may have foreign ones.
static void frame_make_whole(NET_BUFFER *nb)
{
	for (struct rte_mbuf *m = nimbl_frame_of_nb(nb), *next; m != NULL; m = next) {
		NET_BUFFER *segment = nimbl_nb_of_mbuf(m);

		next = m->next;
		mdl_make_whole(nimbl_own_mdl(segment));
		segment->NdisReserved[0] = NULL;
	}
}

void nimbl_nbl_let_go(NET_BUFFER_LIST *nbl)
{
	const struct nimbl_pool *pool = nbl->NdisPoolHandle;
	NET_BUFFER *nb = nimbl_own_nb(nbl);

	if (unlikely(nimbl_own_mdl(nb)->Next != NULL || nb->MdlChain != nimbl_own_mdl(nb) ||
		     (nbl->NimblState & NIMBL_LIST_DERIVED) != 0))
		frame_make_whole(nb);
	if (unlikely(nbl->Context != NULL))
		list_context_reset(pool, nbl);
	nbl->ParentNetBufferList = NULL;
	nimbl_nbl_make_whole(nbl, nb, pool->owner, pool_headroom(pool));
	nimbl_nbl_set_fresh(nbl, NIMBL_LIST_HANDED);
}

// Either of the two.
static inline bool list_retire_any(struct nimbl_pool *pool, NET_BUFFER_LIST *nbl)
{
	const uint32_t special = NIMBL_LIST_SHARED | NIMBL_LIST_DERIVED;

	return likely((nbl->NimblState & special) == 0) ? list_retire(pool, nbl)
							: list_retire_shared(pool, nbl);
}

void list_put(NET_BUFFER_LIST *nbl)
{
	struct nimbl_pool *pool = nbl->NdisPoolHandle;

	if (likely(list_retire_any(pool, nbl)))
		element_put(pool, element_of(pool, nbl));
}

// Elements on their way to the mempool that they came from. To be kept in registers: so the array lies
// apart, and the functions are inline whatever the compiler thinks of it.
struct bag {
	struct rte_mempool *mp;
	unsigned int count;
	void **elements; // NIMBL_BURST_MAX
};

static __rte_always_inline void bag_empty(struct bag *bag)
{
	if (bag->count > 0)
		rte_mempool_put_bulk(bag->mp, bag->elements, bag->count);
	bag->count = 0;
}

static __rte_always_inline void bag_add(struct bag *bag, NET_BUFFER_LIST *nbl)
{
	struct nimbl_pool *pool = nbl->NdisPoolHandle;

	if (unlikely(!list_retire_any(pool, nbl)))
		return;
	void *element = element_of(pool, nbl);
	element_goes(element);
	struct rte_mempool *mp = chunk_of(pool, element);
	if (unlikely(bag->count == NIMBL_BURST_MAX || (mp != bag->mp && bag->count > 0)))
		bag_empty(bag);
	bag->mp = mp;
	bag->elements[bag->count++] = element;
}

void nimbl_nbl_put(NET_BUFFER_LIST *const *lists, uint16_t count)
{
	void *elements[NIMBL_BURST_MAX];
	struct bag bag = {.elements = elements};

	for (uint16_t i = 0; i < count; i++)
		bag_add(&bag, lists[i]);
	bag_empty(&bag);
}

uint32_t nimbl_nbl_put_chain(NET_BUFFER_LIST *chain)
{
	void *elements[NIMBL_BURST_MAX];
	struct bag bag = {.elements = elements};
	uint32_t total = 0;

	for (NET_BUFFER_LIST *next; chain != NULL; chain = next, total++) {
		next = NET_BUFFER_LIST_NEXT_NBL(chain);
		bag_add(&bag, chain);
	}
	bag_empty(&bag);
	return total;
}
