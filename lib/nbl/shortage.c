// SPDX-License-Identifier: BSD-3-Clause
// Shortage on demand: pools that check are dry when they are told to be, to see what drivers make of it.
#include <rte_branch_prediction.h>

#include "nimbl_random.h"
#include "pool_priv.h"

static struct {
	uint32_t rate; // in a million; 0: none
	uint64_t seed;
	uint64_t nth;   // the taking that fails, counted from when it was asked for; 0: none
	uint64_t asked; // takings since then
	uint64_t failed;
	bool is_on;
} shortage;

// Whether the last taking of this thread failed by demand: then no other chunk may help out.
static __thread bool failed_here, is_excused;

void nimbl_pools_set_shortage(const struct nimbl_pool_shortage *how)
{
	__atomic_store_n(&shortage.is_on, false, __ATOMIC_RELEASE);
	__atomic_store_n(&shortage.rate, how->rate, __ATOMIC_RELAXED);
	__atomic_store_n(&shortage.seed, how->seed, __ATOMIC_RELAXED);
	__atomic_store_n(&shortage.nth, how->nth, __ATOMIC_RELAXED);
	__atomic_store_n(&shortage.asked, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&shortage.failed, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&shortage.is_on, how->rate > 0 || how->nth > 0, __ATOMIC_RELEASE);
}

void nimbl_pools_shortage(struct nimbl_pool_shortage *how)
{
	how->rate = __atomic_load_n(&shortage.rate, __ATOMIC_RELAXED);
	how->seed = __atomic_load_n(&shortage.seed, __ATOMIC_RELAXED);
	how->nth = __atomic_load_n(&shortage.nth, __ATOMIC_RELAXED);
	how->asked = __atomic_load_n(&shortage.asked, __ATOMIC_RELAXED);
	how->failed = __atomic_load_n(&shortage.failed, __ATOMIC_RELAXED);
}

static bool is_due(void)
{
	uint64_t n = __atomic_add_fetch(&shortage.asked, 1, __ATOMIC_RELAXED);
	uint64_t seed = __atomic_load_n(&shortage.seed, __ATOMIC_RELAXED);

	return n == __atomic_load_n(&shortage.nth, __ATOMIC_RELAXED) ||
	       nimbl_draw_hits(
		       nimbl_draw(seed, n), __atomic_load_n(&shortage.rate, __ATOMIC_RELAXED));
}

bool shortage_fails(void)
{
	failed_here = unlikely(__atomic_load_n(&shortage.is_on, __ATOMIC_ACQUIRE)) && !is_excused &&
		      is_due();
	if (unlikely(failed_here))
		__atomic_add_fetch(&shortage.failed, 1, __ATOMIC_RELAXED);
	return failed_here;
}

bool shortage_failed(void)
{
	bool failed = failed_here;

	failed_here = false;
	return failed;
}

void shortage_excuse(bool excused)
{
	is_excused = excused;
}
