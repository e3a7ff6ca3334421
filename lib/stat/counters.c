// SPDX-License-Identifier: BSD-3-Clause
// Summing counter blocks, and the names of the drop reasons.
#include "nimbl_stat.h"

static const char *const keys[] = {
#define X(name, key, text) key,
	NIMBL_DROPS(X)
#undef X
};

static const char *const texts[] = {
#define X(name, key, text) text,
	NIMBL_DROPS(X)
#undef X
};

_Static_assert(sizeof(struct nimbl_counters) % 64 == 0, "a block ends on its own cache line");

void nimbl_counters_add(struct nimbl_counters *sum, const struct nimbl_counters *from)
{
	// The block is nothing but uint64_t, so that a new counter is summed without a word here.
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *add = (const uint64_t *)from;

	for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += __atomic_load_n(&add[i], __ATOMIC_RELAXED);
}

uint64_t nimbl_counters_dropped(const struct nimbl_counters *counters)
{
	uint64_t sum = 0;

	for (int i = 0; i < NIMBL_DROP_COUNT; i++)
		sum += __atomic_load_n(&counters->drops[i], __ATOMIC_RELAXED);
	return sum;
}

const char *nimbl_drop_key(enum nimbl_drop reason)
{
	return keys[reason];
}

const char *nimbl_drop_text(enum nimbl_drop reason)
{
	return texts[reason];
}
