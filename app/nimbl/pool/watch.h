// SPDX-License-Identifier: BSD-3-Clause
// The proof that a way of taking and giving back is right, and what it touches: a bitmap says which
// elements are out; none may be taken twice, none given back that is not out. The order in which elements
// are taken gives the distinct ones and the reuse distance. Not part of any timed loop.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool_watch;

// For elements at these addresses (unsorted, copied). NULL: no memory.
struct pool_watch *pool_watch_new(void *const *elements, uint32_t count);
void pool_watch_free(struct pool_watch *watch);

// Several lcores may tell at the same time.
void pool_watch_take(struct pool_watch *watch, void *const *objects, uint32_t n);
void pool_watch_give(struct pool_watch *watch, void *const *objects, uint32_t n);

struct pool_watch_result {
	uint64_t taken, given;
	uint64_t twice;     // taken while it was out
	uint64_t strangers; // no element of the pool
	uint64_t not_out;   // given back while it was not out
	uint32_t out;       // not given back
	uint32_t distinct;  // different elements that were taken
	// Different elements that were taken between two takings of one: 0 when the last one comes again.
	double reuse_median, reuse_p90;
};

// Of all that was told so far. Any time.
void pool_watch_result(const struct pool_watch *watch, struct pool_watch_result *result);

bool pool_watch_is_right(const struct pool_watch_result *result);
