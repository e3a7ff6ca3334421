// SPDX-License-Identifier: BSD-3-Clause
// A program of frames: each either of any bytes, or signed with a stream and a sequence and then perhaps damaged.
// Every one counts as one thing, and figures hold together.
#include <stdlib.h>
#include <string.h>

#include "nimbl_checker.h"
#include "nimbl_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LCORES = 2, STREAMS = 2, ROOM = 255 };

// What is left of the input.
struct input {
	const uint8_t *at;
	size_t left;
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static uint32_t take(struct input *input, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = 0; i < bytes && input->left > 0; i++, input->at++, input->left--)
		value |= (uint32_t)*input->at << 8 * i;
	return value;
}

// Sign what is long enough for it, as if it were one payload behind an Ethernet header.
static void sign(struct input *input, uint8_t *bytes, uint32_t length)
{
	uint16_t stream = (uint16_t)take(input, 1);
	uint32_t sequence = take(input, 4), damaged = take(input, 1), tsc = take(input, 2);

	if (length < 14 + NIMBL_SIGNATURE_BYTES)
		return;
	memset(bytes + 12, 0xff, 2);
	nimbl_signature_write(bytes + length - NIMBL_SIGNATURE_BYTES,
		nimbl_crc32c(UINT32_MAX, bytes + 14, length - 14 - NIMBL_SIGNATURE_BYTES), stream,
		sequence, tsc);
	if (damaged < length)
		bytes[damaged] ^= 1;
}

static void check(struct input *input, struct nimbl_checkers *set)
{
	uint32_t how = take(input, 1), length = take(input, 1);
	uint8_t *bytes = malloc(length > 0 ? length : 1); // no byte more than it may read
	struct nimbl_checker_frame frame = {.bytes = bytes, .length = length};

	must(bytes != NULL);
	for (uint32_t i = 0; i < length; i++)
		bytes[i] = how & 1 ? (uint8_t)i : (uint8_t)take(input, 1);
	if (how & 1)
		sign(input, bytes, length);
	nimbl_checker_burst(nimbl_checkers_at(set, how >> 1 & 1), &frame, 1, 1 << 15);
	free(bytes);
}

static void figures_hold(const struct nimbl_checkers *set, uint64_t frames)
{
	static struct nimbl_histogram delays;
	struct nimbl_checkers_figures all;
	const struct nimbl_checker_figures *of = &all.streams;

	nimbl_checkers_read(set, &all);
	must(of->frames + all.misrouted + all.corrupt + all.foreign == frames);
	must(of->duplicates + of->reordered + of->stale + of->strays <= of->frames);
	must(nimbl_checker_unique(of) <= of->frames && nimbl_checker_unique(of) <= of->span);
	must(of->extent_sum >= of->reordered && of->extent_max <= of->extent_sum);
	nimbl_histogram_clear(&delays);
	nimbl_checkers_add_all_delays(set, &delays);
	must(nimbl_histogram_count(&delays) + of->early == of->frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	const uint16_t ids[STREAMS] = {1, 2};
	struct nimbl_checkers_options options = {.streams = ids,
		.stream_count = STREAMS,
		.lcores = 1 + take(&input, 1) % LCORES * (LCORES - 1),
		.window = 64u << take(&input, 1) % 5};
	struct nimbl_checkers *set;
	uint64_t frames = 0;

	options.first = take(&input, 4);
	must(nimbl_checkers_open(&set, &options) == 0);
	for (; input.left > 0; frames++) {
		// Only one lcore there: the program cannot ask for the second.
		struct input one = input;

		if (options.lcores == 1 && (take(&one, 1) & 2))
			break;
		check(&input, set);
	}
	figures_hold(set, frames);
	nimbl_checkers_close(set);
	return 0;
}
