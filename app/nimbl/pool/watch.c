// SPDX-License-Identifier: BSD-3-Clause
// Bitmap, distinct elements and reuse distance.
#include "watch.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX (1u << 17) // takings whose reuse distance is computed

struct element {
	uintptr_t address;
	uint32_t last; // step at which it was taken last, from 1; 0: never
	bool is_out;
};

struct pool_watch {
	atomic_flag is_busy;      // lcores of work "pass" tell at the same time
	struct element *elements; // by address
	uint32_t count;
	struct pool_watch_result result;
	uint32_t *tree;      // Fenwick: 1 at the step where an element was taken last
	uint32_t *distances; // of takings that were no element's first
	uint32_t step, distance_count;
};

static int by_address(const void *a, const void *b)
{
	uintptr_t x = ((const struct element *)a)->address;
	uintptr_t y = ((const struct element *)b)->address;

	return (x > y) - (x < y);
}

struct pool_watch *pool_watch_new(void *const *elements, uint32_t count)
{
	struct pool_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->count = count;
	watch->elements = calloc(count + 1, sizeof(*watch->elements));
	watch->tree = calloc(STEPS_MAX + 1, sizeof(*watch->tree));
	watch->distances = calloc(STEPS_MAX, sizeof(*watch->distances));
	if (watch->elements == NULL || watch->tree == NULL || watch->distances == NULL) {
		pool_watch_free(watch);
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++)
		watch->elements[i].address = (uintptr_t)elements[i];
	qsort(watch->elements, count, sizeof(*watch->elements), by_address);
	return watch;
}

void pool_watch_free(struct pool_watch *watch)
{
	if (watch == NULL)
		return;
	free(watch->elements);
	free(watch->tree);
	free(watch->distances);
	free(watch);
}

static struct element *find(const struct pool_watch *watch, const void *object)
{
	struct element wanted = {.address = (uintptr_t)object};

	return bsearch(&wanted, watch->elements, watch->count, sizeof(wanted), by_address);
}

static void tree_add(struct pool_watch *watch, uint32_t step, uint32_t n)
{
	for (; step <= STEPS_MAX; step += step & -step)
		watch->tree[step] += n;
}

static uint32_t tree_sum(const struct pool_watch *watch, uint32_t step)
{
	uint32_t sum = 0;

	for (; step > 0; step -= step & -step)
		sum += watch->tree[step];
	return sum;
}

// How many different elements were taken since this one was.
static void note_reuse(struct pool_watch *watch, struct element *element)
{
	if (watch->step == STEPS_MAX)
		return;
	watch->step++;
	if (element->last > 0) {
		uint32_t since = tree_sum(watch, watch->step - 1) - tree_sum(watch, element->last);

		watch->distances[watch->distance_count++] = since;
		tree_add(watch, element->last, (uint32_t)-1);
	}
	element->last = watch->step;
	tree_add(watch, element->last, 1);
}

static void lock(struct pool_watch *watch)
{
	while (atomic_flag_test_and_set_explicit(&watch->is_busy, memory_order_acquire))
		sched_yield();
}

static void unlock(struct pool_watch *watch)
{
	atomic_flag_clear_explicit(&watch->is_busy, memory_order_release);
}

void pool_watch_take(struct pool_watch *watch, void *const *objects, uint32_t n)
{
	lock(watch);
	for (uint32_t i = 0; i < n; i++) {
		struct element *element = find(watch, objects[i]);

		watch->result.taken++;
		if (element == NULL) {
			watch->result.strangers++;
			continue;
		}
		watch->result.twice += element->is_out;
		watch->result.distinct += element->last == 0;
		watch->result.out += !element->is_out;
		element->is_out = true;
		note_reuse(watch, element);
	}
	unlock(watch);
}

void pool_watch_give(struct pool_watch *watch, void *const *objects, uint32_t n)
{
	lock(watch);
	for (uint32_t i = 0; i < n; i++) {
		struct element *element = find(watch, objects[i]);

		watch->result.given++;
		if (element == NULL) {
			watch->result.strangers++;
			continue;
		}
		watch->result.not_out += !element->is_out;
		watch->result.out -= element->is_out;
		element->is_out = false;
	}
	unlock(watch);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void pool_watch_result(const struct pool_watch *watch, struct pool_watch_result *result)
{
	uint32_t n = watch->distance_count;

	*result = watch->result;
	if (n == 0)
		return;
	qsort(watch->distances, n, sizeof(*watch->distances), by_number);
	result->reuse_median = watch->distances[(n - 1) / 2];
	result->reuse_p90 = watch->distances[(uint32_t)((double)(n - 1) * 0.9)];
}

bool pool_watch_is_right(const struct pool_watch_result *result)
{
	return result->twice == 0 && result->strangers == 0 && result->not_out == 0 &&
	       result->out == 0 && result->taken == result->given;
}
