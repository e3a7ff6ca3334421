// SPDX-License-Identifier: BSD-3-Clause
// What pools say of frees: who did it is who is being called on this thread.
#include "pool_priv.h"
#include "verify_priv.h"

// Frees from outside of any verified call have nobody to name.
static void on_fault(enum nimbl_pool_fault fault, struct nimbl_pool *pool, void *element)
{
	static const struct {
		enum nimbl_violation_code code;
		const char *rule;
	} violations[] = {
		[NIMBL_POOL_TWICE] = {NIMBL_N01, "B4"},
		[NIMBL_POOL_WRONG] = {NIMBL_N04, "B7"},
		[NIMBL_POOL_CHILDREN] = {NIMBL_N07, "B6"},
		[NIMBL_POOL_ADVANCE] = {NIMBL_N18, "B11"},
		[NIMBL_POOL_CONTEXT] = {NIMBL_N04, "B12"},
		[NIMBL_POOL_OUT] = {NIMBL_N09, "B9"},
		[NIMBL_POOL_FENCE] = {NIMBL_N14, "B1"},
	};
	const struct nimbl_module *inside = verify_inside;

	if (inside == NULL && is_stack_member(pool->owner))
		inside = pool->owner;
	if (inside != NULL)
		nimbl_verify_blame(inside, violations[fault].code, violations[fault].rule);
}

// A list goes into a pool that checks. It must not be with anybody but who frees it; what a PMD frees was
// given away, as far as anybody says.
static bool on_freed(struct nimbl_pool *pool, void *element)
{
	NET_BUFFER_LIST *nbl = pool_list_of(pool, element);
	const struct nimbl_module *inside = verify_inside;
	uint64_t word;

	if (!pool_has_lists(pool))
		return true;
	word = word_of(nbl);
	if (word_way(word) == WAY_QUARANTINED)
		return false;
	if (inside != NULL && word_is_out(word) && nimbl_nbl_state(nbl) == NIMBL_LIST_FREE &&
		word_owner(word) != inside->id &&
		!owner_is_same_driver(word_owner(word), inside->id))
		nimbl_verify_blame_list(inside, NIMBL_N03, "O1", nbl);
	// Who gives it back once more, or has kept what was lent, is still known by this.
	if (word_way(word) != WAY_HOME && word_way(word) != WAY_LENT_OVER)
		word_set(nbl, word, key_of(0, WAY_NONE), 0);
	return true;
}

void nimbl_verify_watch_pools(void)
{
	static const struct nimbl_pool_watch watch = {.fault = on_fault, .freed = on_freed};

	nimbl_pools_watch(&watch);
}
