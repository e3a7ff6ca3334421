// SPDX-License-Identifier: BSD-3-Clause
// Figures that lcores count without sharing a cache line: a row of them per lcore, the last one for all
// other threads. Opened, closed and read by control threads.
#pragma once

#include "nimbl_driver.h"
#include "nimbl_path.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nimbl_tally {
	const char *const *names;
	uint64_t *words;     // NULL: closed
	unsigned int count;  // figures
	unsigned int stride; // words of a row, whole cache lines
	uint32_t shared_row; // of threads without an lcore
};

// Make room for `count` figures, all zero. `names` has to live as long. Returns 0 or -ENOMEM with the
// error set.
NIMBL_API int nimbl_tally_open(
	struct nimbl_tally *tally, const char *const *names, unsigned int count);
NIMBL_API void nimbl_tally_close(struct nimbl_tally *tally);

// The sums over all threads, at most `room` of them, as a nimbl_figures_fn stores them.
NIMBL_API unsigned int nimbl_tally_read(
	const struct nimbl_tally *tally, struct nimbl_figure *figures, unsigned int room);

// Add to a figure. Any thread; once per burst rather than per frame.
static inline void nimbl_tally_add(const struct nimbl_tally *tally, unsigned int figure, uint64_t n)
{
	uint32_t row = nimbl_lcore_here();
	uint64_t *word = tally->words + (size_t)row * tally->stride + figure;

	if (__builtin_expect(row != tally->shared_row, 1))
		nimbl_count(word, n);
	else
		nimbl_count_shared(word, n);
}

#ifdef __cplusplus
}
#endif
