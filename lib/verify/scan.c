// SPDX-License-Identifier: BSD-3-Clause
// Looking through all pools: who holds how many lists, for how long, and who holds what he must not. Off the
// datapath, while it goes on: what is read was so a moment ago.
#include <stdlib.h>
#include <string.h>

#include "nimbl_log.h"
#include "pool_priv.h"
#include "verify_priv.h"

#define OWNERS_MAX 4096u

static unsigned int stacks_unverified;
static bool sight_was_lost;

void nimbl_verify_stacks(int more, int verified)
{
	__atomic_store_n(&stacks_unverified,
		(unsigned int)((int)stacks_unverified + more - verified), __ATOMIC_RELAXED);
}

void nimbl_verify_lost_sight(void)
{
	__atomic_store_n(&sight_was_lost, true, __ATOMIC_RELAXED);
}

static bool stacks_are_unverified(void)
{
	return __atomic_load_n(&stacks_unverified, __ATOMIC_RELAXED) > 0 ||
	       __atomic_load_n(&sight_was_lost, __ATOMIC_RELAXED);
}

struct scan {
	struct nimbl_pool *pool;
	void (*look)(struct scan *scan, NET_BUFFER_LIST *nbl, uint64_t word);
	uint32_t now;
	uint16_t owner; // whom to look for
	uint32_t found;
	NET_BUFFER_LIST *first;
	struct nimbl_holding *holdings; // by owner
};

// What may be given away for good may be gone through a stack that nobody verifies; only pools that check
// notice when it is free again.
static bool may_be_gone(const struct scan *scan, uint64_t word)
{
	return (word & WORD_FREELY) != 0 && (!scan->pool->checked || stacks_are_unverified());
}

static void look_at_element(struct rte_mempool *mp, void *opaque, void *element, unsigned int index)
{
	struct scan *scan = opaque;
	NET_BUFFER_LIST *nbl = pool_list_of(scan->pool, element);
	uint64_t word = word_of(nbl);

	if (word_is_out(word) && nimbl_nbl_state(nbl) != NIMBL_LIST_FREE &&
		!may_be_gone(scan, word))
		scan->look(scan, nbl, word);
}

static int look_at_pool(NDIS_HANDLE handle, void *arg)
{
	struct scan *scan = arg;

	scan->pool = handle;
	for (uint16_t i = 0; pool_has_lists(scan->pool) && i < scan->pool->chunk_count; i++)
		rte_mempool_obj_iter(scan->pool->chunks[i], look_at_element, scan);
	return 0;
}

static void scan_run(struct scan *scan)
{
	scan->now = stamp_now();
	nimbl_pool_foreach(look_at_pool, scan);
}

static uint32_t age_ms(const struct scan *scan, NET_BUFFER_LIST *nbl, uint16_t owner)
{
	const struct nimbl_module *module = owner_module(owner);
	uint32_t age = scan->now - look_at(nbl)[1];

	if (module == NULL || module->verifier == NULL ||
		module->verifier->level < NIMBL_VERIFY_AGES || (int32_t)age < 0)
		return 0;
	return stamp_ms(age);
}

static void add_holding(struct scan *scan, NET_BUFFER_LIST *nbl, uint64_t word)
{
	uint16_t owner = word_owner(word);
	struct nimbl_holding *holding = &scan->holdings[owner % OWNERS_MAX];
	uint32_t age = age_ms(scan, nbl, owner);

	holding->owner = owner;
	if (holding->lists++ == 0 || age > holding->oldest_ms) {
		holding->oldest_ms = age;
		holding->oldest = nbl;
	}
}

static int by_lists(const void *a, const void *b)
{
	uint32_t x = ((const struct nimbl_holding *)a)->lists;
	uint32_t y = ((const struct nimbl_holding *)b)->lists;

	return (x < y) - (x > y);
}

unsigned int nimbl_holdings(struct nimbl_holding *holdings, unsigned int room)
{
	struct scan scan = {.look = add_holding};
	unsigned int count = 0;

	scan.holdings = calloc(OWNERS_MAX, sizeof(*scan.holdings));
	if (scan.holdings == NULL)
		return 0;
	scan_run(&scan);
	qsort(scan.holdings, OWNERS_MAX, sizeof(*scan.holdings), by_lists);
	for (; count < room && scan.holdings[count].lists > 0; count++)
		holdings[count] = scan.holdings[count];
	free(scan.holdings);
	return count;
}

static void check_age(struct scan *scan, NET_BUFFER_LIST *nbl, uint64_t word)
{
	const struct nimbl_module *module = owner_module(word_owner(word));

	if ((word & WORD_REPORTED) != 0 || module == NULL ||
		age_ms(scan, nbl, word_owner(word)) <= module->verifier->stuck_ms)
		return;
	if (module->verifier->level >= NIMBL_VERIFY_AGES &&
		__atomic_compare_exchange_n(word_at(nbl), &word, word | WORD_REPORTED, false,
			__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		nimbl_verify_blame_list(module, NIMBL_N10, "O2", nbl);
}

void nimbl_verify_look(void)
{
	struct scan scan = {.look = check_age};

	scan_run(&scan);
}

static void check_owner(struct scan *scan, NET_BUFFER_LIST *nbl, uint64_t word)
{
	if (word_owner(word) != scan->owner)
		return;
	if (scan->found++ == 0)
		scan->first = nbl;
}

void nimbl_verify_rest(const struct nimbl_module *module)
{
	struct scan scan = {.look = check_owner, .owner = module->id};

	if (!is_verified(module) || module->id == 0)
		return;
	scan_run(&scan);
	if (scan.found == 0)
		return;
	nimbl_verify_blame_list(module, NIMBL_N09, "S7", scan.first);
	nimbl_log(NIMBL_LOG_WARNING, "%s keeps %u lists that had to be back",
		nimbl_object_name((NDIS_HANDLE)(uintptr_t)module), scan.found);
}
