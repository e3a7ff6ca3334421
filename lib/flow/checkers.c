// SPDX-License-Identifier: BSD-3-Clause
// The checkers of a port: made, cleared, read. Control thread; lcores meanwhile check.
#include "checker_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define IDS (UINT16_MAX + 1u)

// What `bytes` at the end of `*size` begin at, each part on lines of its own.
static size_t part(size_t *size, size_t bytes)
{
	size_t at = *size;

	*size = (at + bytes + CHECKER_LINE - 1) / CHECKER_LINE * CHECKER_LINE;
	return at;
}

// Where the parts of a set are: offsets from its beginning.
struct plan {
	size_t size, slots, checkers, streams, delays, windows;
};

static struct plan plan_of(unsigned int streams, unsigned int lcores, uint32_t window)
{
	struct plan plan = {.size = 0};

	part(&plan.size, sizeof(struct nimbl_checkers));
	plan.slots = part(&plan.size, IDS * sizeof(uint16_t));
	plan.checkers = part(&plan.size, lcores * sizeof(struct nimbl_checker));
	plan.streams = part(&plan.size, (size_t)lcores * streams * sizeof(struct checker_stream));
	plan.delays = part(&plan.size, (size_t)lcores * streams * sizeof(struct nimbl_histogram));
	plan.windows = part(
		&plan.size, (size_t)streams * (window / NIMBL_CHECKER_BLOCK) * sizeof(uint64_t));
	return plan;
}

static void stream_clear(struct checker_stream *stream, uint32_t first)
{
	stream->first = stream->next = CHECKER_ORIGIN + first;
	stream->pending = stream->frames = stream->bytes = 0;
	stream->rejected = stream->jump_count = 0;
	memset(&stream->rare, 0, sizeof(stream->rare));
	// Pages that were never written stay so.
	if (stream->delays->most != 0 || stream->delays->least != UINT64_MAX)
		nimbl_histogram_clear(stream->delays);
}

static size_t window_words(const struct nimbl_checkers *set)
{
	return (size_t)set->stream_count * (set->window / NIMBL_CHECKER_BLOCK);
}

void nimbl_checkers_clear(struct nimbl_checkers *set, uint32_t first)
{
	for (unsigned int i = 0; i < set->lcores; i++) {
		struct nimbl_checker *checker = &set->checkers[i];

		checker->misrouted = checker->corrupt = checker->foreign = 0;
		for (unsigned int j = 0; j < set->stream_count; j++)
			stream_clear(&checker->streams[j], first);
	}
	if (set->stream_count > 0)
		memset(set->checkers[0].streams[0].window, 0, window_words(set) * sizeof(uint64_t));
}

static void checker_open(struct nimbl_checkers *set, const struct plan *plan, unsigned int lcore)
{
	struct nimbl_checker *checker = &set->checkers[lcore];
	uint32_t blocks = set->window / NIMBL_CHECKER_BLOCK;
	char *base = (char *)set;

	checker->slots = set->slots;
	checker->streams =
		(struct checker_stream *)(base + plan->streams) + (size_t)lcore * set->stream_count;
	for (unsigned int i = 0; i < set->stream_count; i++) {
		struct checker_stream *stream = &checker->streams[i];

		stream->block_mask = blocks - 1;
		stream->is_shared = set->lcores > 1;
		stream->window = (uint64_t *)(base + plan->windows) + (size_t)i * blocks;
		stream->delays = (struct nimbl_histogram *)(base + plan->delays) +
				 (size_t)lcore * set->stream_count + i;
		stream->delays->least = UINT64_MAX;
	}
}

static int options_weigh(const struct nimbl_checkers_options *options, uint32_t window)
{
	if (options->lcores == 0 || options->stream_count >= IDS)
		return nimbl_fail(EINVAL, "a checker of %u streams for %u lcores",
			options->stream_count, options->lcores);
	if (window < 2 * NIMBL_CHECKER_BLOCK || (window & (window - 1)) != 0)
		return nimbl_fail(EINVAL, "a window of %u frames is no power of two from %u on",
			window, 2 * NIMBL_CHECKER_BLOCK);
	return 0;
}

int nimbl_checkers_open(
	struct nimbl_checkers **checkers, const struct nimbl_checkers_options *options)
{
	uint32_t window = options->window != 0 ? options->window : NIMBL_CHECKER_WINDOW;
	struct nimbl_checkers *set;
	int ret = options_weigh(options, window);

	if (ret < 0)
		return ret;
	struct plan plan = plan_of(options->stream_count, options->lcores, window);
	// Zeros that take no memory until they are written.
	set = mmap(NULL, plan.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (set == MAP_FAILED)
		return nimbl_fail(ENOMEM, "no memory to check %u streams", options->stream_count);
	set->size = plan.size;
	set->stream_count = options->stream_count;
	set->lcores = options->lcores;
	set->window = window;
	set->slots = (uint16_t *)((char *)set + plan.slots);
	set->checkers = (struct nimbl_checker *)((char *)set + plan.checkers);
	for (unsigned int i = 0; i < options->stream_count; i++)
		set->slots[options->streams[i]] = (uint16_t)(i + 1);
	for (unsigned int i = 0; i < set->lcores; i++)
		checker_open(set, &plan, i);
	nimbl_checkers_clear(set, options->first);
	*checkers = set;
	return 0;
}

void nimbl_checkers_close(struct nimbl_checkers *set)
{
	if (set != NULL)
		munmap(set, set->size);
}

struct nimbl_checker *nimbl_checkers_at(struct nimbl_checkers *set, unsigned int lcore)
{
	return &set->checkers[lcore];
}

void nimbl_checker_figures_add(
	struct nimbl_checker_figures *sum, const struct nimbl_checker_figures *from)
{
	uint64_t extent_max =
		sum->extent_max > from->extent_max ? sum->extent_max : from->extent_max;
	const uint64_t *add = (const uint64_t *)from;
	uint64_t *to = (uint64_t *)sum;

	for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += add[i];
	sum->extent_max = extent_max;
}

// Of what waits on lcore `lcore` to go into the shared window, what others had or have waiting too: it will
// count as duplicates.
static uint64_t pending_twice(
	const struct nimbl_checkers *set, unsigned int lcore, unsigned int slot)
{
	const struct checker_stream *stream = &set->checkers[lcore].streams[slot];
	uint64_t pending = __atomic_load_n(&stream->pending, __ATOMIC_ACQUIRE);
	uint64_t word = __atomic_load_n(checker_place(stream, pending), __ATOMIC_ACQUIRE);
	uint64_t theirs = checker_age(pending, word) == 0 ? word : 0;

	for (unsigned int i = 0; i < lcore; i++) {
		word = __atomic_load_n(&set->checkers[i].streams[slot].pending, __ATOMIC_ACQUIRE);
		if (checker_age(pending, word) == 0)
			theirs |= word;
	}
	// It may have gone there in between.
	if (!stream->is_shared || __atomic_load_n(&stream->pending, __ATOMIC_ACQUIRE) != pending)
		return 0;
	return (uint64_t)__builtin_popcount((uint32_t)(pending & theirs));
}

static void stream_add(const struct checker_stream *stream, struct nimbl_checker_figures *sum)
{
	struct nimbl_checker_figures figures;
	const uint64_t *from = (const uint64_t *)&stream->rare;
	uint64_t *to = (uint64_t *)&figures;
	uint64_t span = __atomic_load_n(&stream->next, __ATOMIC_RELAXED) - stream->first;
	uint64_t widest = sum->span > span ? sum->span : span;

	for (size_t i = 0; i < sizeof(figures) / sizeof(*to); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	figures.frames = __atomic_load_n(&stream->frames, __ATOMIC_RELAXED);
	figures.bytes = __atomic_load_n(&stream->bytes, __ATOMIC_RELAXED);
	nimbl_checker_figures_add(sum, &figures);
	sum->span = widest;
}

static void slot_read(
	const struct nimbl_checkers *set, unsigned int slot, struct nimbl_checker_figures *figures)
{
	memset(figures, 0, sizeof(*figures));
	for (unsigned int i = 0; i < set->lcores; i++) {
		stream_add(&set->checkers[i].streams[slot], figures);
		figures->duplicates += pending_twice(set, i, slot);
	}
}

bool nimbl_checkers_read_stream(
	const struct nimbl_checkers *set, uint16_t stream, struct nimbl_checker_figures *figures)
{
	if (set->slots[stream] == 0)
		return false;
	slot_read(set, set->slots[stream] - 1u, figures);
	return true;
}

void nimbl_checkers_read(const struct nimbl_checkers *set, struct nimbl_checkers_figures *figures)
{
	memset(figures, 0, sizeof(*figures));
	for (unsigned int i = 0; i < set->stream_count; i++) {
		struct nimbl_checker_figures of_stream;

		slot_read(set, i, &of_stream);
		nimbl_checker_figures_add(&figures->streams, &of_stream);
	}
	for (unsigned int i = 0; i < set->lcores; i++) {
		const struct nimbl_checker *checker = &set->checkers[i];

		figures->misrouted += __atomic_load_n(&checker->misrouted, __ATOMIC_RELAXED);
		figures->corrupt += __atomic_load_n(&checker->corrupt, __ATOMIC_RELAXED);
		figures->foreign += __atomic_load_n(&checker->foreign, __ATOMIC_RELAXED);
	}
}

static void slot_add_delays(
	const struct nimbl_checkers *set, unsigned int slot, struct nimbl_histogram *sum)
{
	for (unsigned int i = 0; i < set->lcores; i++)
		nimbl_histogram_add(sum, set->checkers[i].streams[slot].delays);
}

bool nimbl_checkers_add_delays(
	const struct nimbl_checkers *set, uint16_t stream, struct nimbl_histogram *sum)
{
	if (set->slots[stream] == 0)
		return false;
	slot_add_delays(set, set->slots[stream] - 1u, sum);
	return true;
}

void nimbl_checkers_add_all_delays(const struct nimbl_checkers *set, struct nimbl_histogram *sum)
{
	for (unsigned int i = 0; i < set->stream_count; i++)
		slot_add_delays(set, i, sum);
}
