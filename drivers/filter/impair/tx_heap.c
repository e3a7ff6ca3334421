// SPDX-License-Identifier: BSD-3-Clause
// Lists in the order in which they are due. With a constant delay each comes last, so that putting it
// in costs one look.
#include "impair_priv.h"

static inline bool is_before(const struct impair_entry *a, const struct impair_entry *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void sift_up(struct impair_heap *heap, uint32_t i, struct impair_entry entry)
{
	while (i > 0 && is_before(&entry, &heap->entries[(i - 1) / 2])) {
		heap->entries[i] = heap->entries[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap->entries[i] = entry;
}

static void sift_down(struct impair_heap *heap, uint32_t i, struct impair_entry entry)
{
	for (uint32_t child; (child = 2 * i + 1) < heap->count; i = child) {
		if (child + 1 < heap->count &&
			is_before(&heap->entries[child + 1], &heap->entries[child]))
			child++;
		if (!is_before(&heap->entries[child], &entry))
			break;
		heap->entries[i] = heap->entries[child];
	}
	heap->entries[i] = entry;
}

bool impair_heap_push(struct impair_heap *heap, const struct impair_entry *entry)
{
	struct impair_entry last = *entry;

	if (heap->count == heap->room)
		return false;
	last.order = heap->order++;
	sift_up(heap, heap->count++, last);
	return true;
}

static void take_out(struct impair_heap *heap, uint32_t i, struct impair_entry *entry)
{
	struct impair_entry last = heap->entries[--heap->count];

	*entry = heap->entries[i];
	if (i == heap->count)
		return;
	if (i > 0 && is_before(&last, &heap->entries[(i - 1) / 2]))
		sift_up(heap, i, last);
	else
		sift_down(heap, i, last);
}

bool impair_heap_take(struct impair_heap *heap, uint64_t now, struct impair_entry *entry)
{
	if (heap->count == 0 || heap->entries[0].due > now)
		return false;
	take_out(heap, 0, entry);
	return true;
}

bool impair_heap_pick(struct impair_heap *heap,
	bool (*is_meant)(const struct impair_entry *entry, const void *arg), const void *arg,
	struct impair_entry *entry)
{
	for (uint32_t i = 0; i < heap->count; i++) {
		if (!is_meant(&heap->entries[i], arg))
			continue;
		take_out(heap, i, entry);
		return true;
	}
	return false;
}
