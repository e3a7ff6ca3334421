// SPDX-License-Identifier: BSD-3-Clause
// Room for figures that lcores count, and their sums.
#include <errno.h>
#include <rte_common.h>
#include <stdlib.h>
#include <string.h>

#include "bind_priv.h"
#include "nimbl_tally.h"

int nimbl_tally_open(struct nimbl_tally *tally, const char *const *names, unsigned int count)
{
	size_t stride = RTE_ALIGN_CEIL(count * sizeof(uint64_t), RTE_CACHE_LINE_SIZE);
	size_t size = stride * (RTE_MAX_LCORE + 1);
	void *words;

	if (posix_memalign(&words, RTE_CACHE_LINE_SIZE, size) != 0)
		return nimbl_fail(ENOMEM, "no memory for %u figures", count);
	memset(words, 0, size);
	*tally = (struct nimbl_tally){
		.names = names,
		.words = words,
		.count = count,
		.stride = (unsigned int)(stride / sizeof(uint64_t)),
		.shared_row = RTE_MAX_LCORE,
	};
	return 0;
}

void nimbl_tally_close(struct nimbl_tally *tally)
{
	free(tally->words);
	tally->words = NULL;
}

static uint64_t sum(const struct nimbl_tally *tally, unsigned int figure)
{
	uint64_t all = 0;

	for (size_t row = 0; row <= tally->shared_row; row++)
		all += __atomic_load_n(
			&tally->words[row * tally->stride + figure], __ATOMIC_RELAXED);
	return all;
}

unsigned int nimbl_tally_read(
	const struct nimbl_tally *tally, struct nimbl_figure *figures, unsigned int room)
{
	room = tally->words != NULL ? RTE_MIN(room, tally->count) : 0;
	for (unsigned int i = 0; i < room; i++)
		figures[i] = (struct nimbl_figure){tally->names[i], sum(tally, i)};
	return room;
}
