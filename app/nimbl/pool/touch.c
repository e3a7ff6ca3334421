// SPDX-License-Identifier: BSD-3-Clause
// Accesses into lines, lines into places.
#include "touch.h"

#include <errno.h>
#include <rte_memory.h>
#include <rte_mempool.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_base.h"
#include "step.h"

#define LINES_MAX (1u << 15) // of a piece, a power of two

struct line {
	uintptr_t number; // 0: none
	bool is_written;
};

// Memory that holds elements.
struct chunk {
	uintptr_t begin, end;
};

struct pool_counter {
	struct step *step;
	struct chunk *chunks;
	size_t chunk_count;
	struct line lines[LINES_MAX]; // of this piece, hashed
	uint32_t used[LINES_MAX / 2]; // where, in order
	uint32_t line_count;
	uint64_t elements;
	uint64_t read[POOL_PLACE_COUNT], written[POOL_PLACE_COUNT];
	char why[96]; // it cannot be counted
};

static void chunk_add(
	struct rte_mempool *mp, void *arg, struct rte_mempool_memhdr *header, unsigned int i)
{
	struct pool_counter *counter = arg;
	struct chunk *chunks =
		realloc(counter->chunks, (counter->chunk_count + 1) * sizeof(*chunks));

	if (chunks == NULL)
		return;
	chunks[counter->chunk_count++] =
		(struct chunk){(uintptr_t)header->addr, (uintptr_t)header->addr + header->len};
	counter->chunks = chunks;
}

static void mempool_add(struct rte_mempool *mp, void *arg)
{
	rte_mempool_mem_iter(mp, chunk_add, arg);
}

struct pool_counter *pool_counter_new(void)
{
	struct pool_counter *counter = calloc(1, sizeof(*counter));

	if (counter == NULL) {
		nimbl_fail(ENOMEM, "no memory to count cache lines");
		return NULL;
	}
	counter->step = step_new();
	if (counter->step == NULL) {
		free(counter);
		return NULL;
	}
	return counter;
}

void pool_counter_learn(struct pool_counter *counter)
{
	rte_mempool_walk(mempool_add, counter);
}

void pool_counter_free(struct pool_counter *counter)
{
	if (counter == NULL)
		return;
	step_free(counter->step);
	free(counter->chunks);
	free(counter);
}

static void line_add(struct pool_counter *counter, uintptr_t number, bool writes)
{
	uint32_t at = (uint32_t)(number * 0x9e3779b97f4a7c15ull >> 40) % LINES_MAX;

	while (counter->lines[at].number != 0 && counter->lines[at].number != number)
		at = (at + 1) % LINES_MAX;
	if (counter->lines[at].number == 0) {
		if (counter->line_count == LINES_MAX / 2) {
			snprintf(counter->why, sizeof(counter->why),
				"a burst touches more than %u lines", LINES_MAX / 2);
			return;
		}
		counter->lines[at] = (struct line){.number = number};
		counter->used[counter->line_count++] = at;
	}
	counter->lines[at].is_written |= writes;
}

static void access_note(void *arg, uintptr_t address, uint32_t bytes, bool writes)
{
	uintptr_t last = (address + bytes - 1) / RTE_CACHE_LINE_SIZE;

	for (uintptr_t line = address / RTE_CACHE_LINE_SIZE; line <= last; line++)
		line_add(arg, line, writes);
}

static enum pool_place place_of(const struct pool_counter *counter, uintptr_t address)
{
	// A chunk may begin within a line.
	uintptr_t end = address + RTE_CACHE_LINE_SIZE;

	for (size_t i = 0; i < counter->chunk_count; i++)
		if (end > counter->chunks[i].begin && address < counter->chunks[i].end)
			return POOL_PLACE_ELEMENTS;
	return rte_mem_virt2memseg_list((const void *)address) != NULL ? POOL_PLACE_STRUCTURES
								       : POOL_PLACE_ELSEWHERE;
}

void pool_counter_begin(struct pool_counter *counter)
{
	step_begin(counter->step);
}

void pool_counter_end(struct pool_counter *counter, uint32_t elements)
{
	if (step_end(counter->step, access_note, counter) < 0)
		snprintf(counter->why, sizeof(counter->why), "%.95s", nimbl_last_error()->cause);
	counter->elements += elements;
	for (uint32_t i = 0; i < counter->line_count; i++) {
		struct line *line = &counter->lines[counter->used[i]];
		enum pool_place place = place_of(counter, line->number * RTE_CACHE_LINE_SIZE);

		counter->read[place] += !line->is_written;
		counter->written[place] += line->is_written;
		line->number = 0;
	}
	counter->line_count = 0;
}

void pool_counter_merge(struct pool_counter *counter, const struct pool_counter *other)
{
	counter->elements += other->elements;
	for (int i = 0; i < POOL_PLACE_COUNT; i++) {
		counter->read[i] += other->read[i];
		counter->written[i] += other->written[i];
	}
	if (other->why[0] != '\0')
		memcpy(counter->why, other->why, sizeof(counter->why));
}

void pool_counter_result(const struct pool_counter *counter, struct pool_touch *touch)
{
	*touch =
		(struct pool_touch){.is_counted = counter->why[0] == '\0' && counter->elements > 0};
	memcpy(touch->why, counter->why, sizeof(touch->why));
	for (int i = 0; touch->is_counted && i < POOL_PLACE_COUNT; i++) {
		touch->read[i] = (double)counter->read[i] / (double)counter->elements;
		touch->written[i] = (double)counter->written[i] / (double)counter->elements;
	}
}

double pool_touch_bytes(const struct pool_touch *touch)
{
	return RTE_CACHE_LINE_SIZE *
	       (touch->read[POOL_PLACE_ELEMENTS] + touch->written[POOL_PLACE_ELEMENTS] +
		       touch->read[POOL_PLACE_STRUCTURES] + touch->written[POOL_PLACE_STRUCTURES]);
}
