// SPDX-License-Identifier: BSD-3-Clause
// The helpers that read and write across MDL chains, against one flat buffer with the same bytes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// The overflow report of these tests comes back here.
static jmp_buf overflown;
#define MDL_REPORT_FATAL_OVERFLOW(Mdl, Offset) longjmp(overflown, 1)
#include <ndis/ndl/mdl.h>

#include "random.h"

#define MDLS   12
#define ROUNDS 4000

// A chain over pieces of `memory`, at any distance from each other, and its bytes in one row.
struct chain {
	MDL mdls[MDLS];
	uint8_t memory[MDLS][256];
	uint8_t flat[MDLS * 256];
	uint32_t bytes;
	uint32_t count;
};

static uint64_t randomness = 11;
static struct chain one, two;

static MDL mdl_at(void *at, uint32_t bytes)
{
	uintptr_t va = (uintptr_t)at;

	return (MDL){.MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL,
		.MappedSystemVa = at,
		.StartVa = (void *)(va & ~(uintptr_t)(PAGE_SIZE - 1)),
		.ByteOffset = va & (PAGE_SIZE - 1),
		.ByteCount = bytes};
}

// Random pieces, some of them empty, with random bytes; `limit` is what values a byte may have.
static void chain_make(struct chain *chain, uint32_t limit)
{
	chain->count = 1 + random_below(&randomness, MDLS);
	chain->bytes = 0;
	for (uint32_t i = 0; i < chain->count; i++) {
		uint32_t skip = random_below(&randomness, 40);
		uint32_t bytes =
			random_below(&randomness, 4) == 0 ? 0 : random_below(&randomness, 200);

		for (uint32_t j = 0; j < sizeof(chain->memory[i]); j++)
			chain->memory[i][j] = (uint8_t)random_below(&randomness, limit);
		chain->mdls[i] = mdl_at(&chain->memory[i][skip], bytes);
		chain->mdls[i].Next = i + 1 < chain->count ? &chain->mdls[i + 1] : NULL;
		memcpy(chain->flat + chain->bytes, &chain->memory[i][skip], bytes);
		chain->bytes += bytes;
	}
}

// The bytes of the chain, read without the helpers, are those of the row.
static void chain_is_flat(const struct chain *chain)
{
	uint32_t at = 0;

	for (const MDL *mdl = chain->mdls; mdl != NULL; mdl = mdl->Next) {
		assert_memory_equal(mdl->MappedSystemVa, chain->flat + at, mdl->ByteCount);
		at += mdl->ByteCount;
	}
	assert_int_equal(at, chain->bytes);
}

// A stretch of the chain: anywhere, of any length, also none.
static void stretch(const struct chain *chain, uint32_t *offset, uint32_t *length)
{
	*offset = random_below(&randomness, chain->bytes + 1);
	*length = random_below(&randomness, chain->bytes - *offset + 1);
}

static void a_chain_is_described(void **state)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		MDL_CHAIN_INFORMATION information;
		SIZE_T filled = 0, pages = 0, alignment = PAGE_SIZE;

		chain_make(&one, 256);
		for (uint32_t i = 0; i < one.count; i++) {
			const MDL *mdl = &one.mdls[i];

			if (mdl->ByteCount == 0)
				continue;
			filled++;
			pages += (mdl->ByteOffset + mdl->ByteCount - 1) / PAGE_SIZE + 1;
			while (mdl->ByteOffset % alignment != 0)
				alignment /= 2;
		}
		MdlChainGetInformation(one.mdls, &information);
		assert_int_equal(information.NumberOfMdls, one.count);
		assert_int_equal(information.NumberOfNonEmptyMdls, filled);
		assert_int_equal(information.NumberOfMdlsMappedToSystemVA, one.count);
		assert_int_equal(information.TotalByteCount, one.bytes);
		assert_int_equal(information.TotalPageCount, pages);
		assert_int_equal(information.MaximumAlignment, alignment);
		assert_int_equal(MdlChainGetMdlCount(one.mdls), one.count);
		assert_int_equal(MdlChainGetByteCount(one.mdls), one.bytes);
		assert_int_equal(MdlChainGetPageCount(one.mdls), information.TotalPageCount);
		assert_int_equal(MdlChainEnsureMappedSystemAddress(one.mdls), STATUS_SUCCESS);
	}
	assert_int_equal(MdlChainGetByteCount(NULL), 0);
}

static void a_place_is_found_and_moved(void **state)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint32_t offset, length;
		MDL_POINTER at = {.Mdl = one.mdls};
		SIZE_T inside;
		MDL *found;

		chain_make(&one, 256);
		stretch(&one, &offset, &length);
		MdlChainAdvanceBytes(one.mdls, offset, &found, &inside);
		MdlPointerAdvanceBytes(&at, offset);
		assert_ptr_equal(found, at.Mdl);
		assert_int_equal(inside, at.Offset);
		if (offset < one.bytes)
			assert_int_equal(
				((uint8_t *)found->MappedSystemVa)[inside], one.flat[offset]);
		MdlPointerAdvanceBytes(&at, length);
		if (offset + length == one.bytes) {
			assert_null(at.Mdl);
			assert_int_equal(at.Offset, 0);
			MdlPointerNormalize(&at); // the end stays the end
			MdlPointerAdvanceBytes(&at, 0);
			assert_null(at.Mdl);
		} else {
			assert_int_equal(((uint8_t *)at.Mdl->MappedSystemVa)[at.Offset],
				one.flat[offset + length]);
		}
	}
}

static void fill(MDL_SPAN span, uint8_t byte)
{
	MDL *mdl = span.Start.Mdl;
	SIZE_T offset = span.Start.Offset, length = span.Length;

	switch (random_below(&randomness, 4)) {
	case 0:
		assert_int_equal(MdlSpanFillBuffers(&span, byte), STATUS_SUCCESS);
		break;
	case 1:
		assert_int_equal(MdlSpanFillBuffersNonTemporal(&span, byte), STATUS_SUCCESS);
		break;
	case 2:
		assert_int_equal(
			MdlChainFillBuffersAtOffset(mdl, offset, length, byte), STATUS_SUCCESS);
		break;
	default:
		assert_int_equal(MdlChainFillBuffersAtOffsetNonTemporal(mdl, offset, length, byte),
			STATUS_SUCCESS);
	}
}

static void zero(MDL_SPAN span)
{
	MDL *mdl = span.Start.Mdl;
	SIZE_T offset = span.Start.Offset, length = span.Length;
	NTSTATUS status;

	switch (random_below(&randomness, 6)) {
	case 0:
		status = MdlSpanZeroBuffers(&span);
		break;
	case 1:
		status = MdlSpanZeroBuffersNonTemporal(&span);
		break;
	case 2:
		status = MdlSpanZeroBuffersSecure(&span);
		break;
	case 3:
		status = MdlChainZeroBuffersAtOffset(mdl, offset, length);
		break;
	case 4:
		status = MdlChainZeroBuffersAtOffsetNonTemporal(mdl, offset, length);
		break;
	default:
		status = MdlChainZeroBuffersAtOffsetSecure(mdl, offset, length);
	}
	assert_int_equal(status, STATUS_SUCCESS);
}

static void filling_a_stretch_touches_that_stretch(void **state)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint32_t offset, length;
		uint8_t byte = round % 2 == 0 ? (uint8_t)round : 0;

		chain_make(&one, 256);
		memcpy(&two, &one, sizeof(one)); // what lies around the pieces
		stretch(&one, &offset, &length);
		MDL_SPAN span = {{one.mdls, offset}, length};
		if (round % 2 == 0)
			fill(span, byte);
		else
			zero(span);
		memset(one.flat + offset, byte, length);
		chain_is_flat(&one);
		for (uint32_t i = 0; i < one.count; i++) {
			uint8_t *start = one.mdls[i].MappedSystemVa;
			size_t skip = (size_t)(start - one.memory[i]);
			size_t end = skip + one.mdls[i].ByteCount;

			assert_memory_equal(one.memory[i], two.memory[i], skip);
			assert_memory_equal(one.memory[i] + end, two.memory[i] + end,
				sizeof(one.memory[i]) - end);
		}
	}
}

static void filling_a_chain_touches_all_of_it(void **state)
{
	typedef NTSTATUS(zero_chain)(MDL *);
	zero_chain *const zeros[] = {
		MdlChainZeroBuffers, MdlChainZeroBuffersNonTemporal, MdlChainZeroBuffersSecure};

	for (uint32_t way = 0; way < 5; way++) {
		chain_make(&one, 256);
		uint8_t byte = way < 3 ? 0 : 0xa5;
		NTSTATUS status = way < 3    ? zeros[way](one.mdls)
				  : way == 3 ? MdlChainFillBuffers(one.mdls, byte)
					     : MdlChainFillBuffersNonTemporal(one.mdls, byte);
		assert_int_equal(status, STATUS_SUCCESS);
		memset(one.flat, byte, one.bytes);
		chain_is_flat(&one);
	}
}

static void bytes_go_into_a_chain_and_come_out(void **state)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint8_t in[MDLS * 256], out[MDLS * 256] = {0};
		uint32_t offset, length;
		NTSTATUS to, from;

		chain_make(&one, 256);
		stretch(&one, &offset, &length);
		for (uint32_t i = 0; i < length; i++)
			in[i] = (uint8_t)random_below(&randomness, 256);
		MDL_SPAN span = {{one.mdls, offset}, length};
		switch (round % 4) {
		case 0:
			to = MdlCopyFlatBufferToMdlSpan(&span, in);
			from = MdlCopyMdlSpanToFlatBuffer(out, &span);
			break;
		case 1:
			to = MdlCopyFlatBufferToMdlSpanNonTemporal(&span, in);
			from = MdlCopyMdlSpanToFlatBufferNonTemporal(out, &span);
			break;
		case 2:
			to = MdlCopyFlatBufferToMdlChainAtOffset(one.mdls, offset, in, length);
			from = MdlCopyMdlChainAtOffsetToFlatBuffer(out, one.mdls, offset, length);
			break;
		default:
			to = MdlCopyFlatBufferToMdlChainAtOffsetNonTemporal(
				one.mdls, offset, in, length);
			from = MdlCopyMdlChainAtOffsetToFlatBufferNonTemporal(
				out, one.mdls, offset, length);
		}
		assert_int_equal(to, STATUS_SUCCESS);
		assert_int_equal(from, STATUS_SUCCESS);
		memcpy(one.flat + offset, in, length);
		chain_is_flat(&one);
		assert_memory_equal(out, in, length);
	}
}

static void copy(MDL_POINTER *to, MDL_POINTER *from, uint32_t length, uint32_t way)
{
	NTSTATUS status;

	switch (way) {
	case 0:
		status = MdlCopyMdlPointerToMdlPointer(to, from, length);
		break;
	case 1:
		status = MdlCopyMdlPointerToMdlPointerNonTemporal(to, from, length);
		break;
	case 2:
		status = MdlCopyMdlChainToMdlChainAtOffset(
			to->Mdl, to->Offset, from->Mdl, from->Offset, length);
		break;
	case 3:
		status = MdlCopyMdlChainToMdlChainAtOffsetNonTemporal(
			to->Mdl, to->Offset, from->Mdl, from->Offset, length);
		break;
	case 4:
		status = MdlCopyMdlPointerToMdlPointerUpdateInputs(to, from, length);
		break;
	default:
		status = MdlCopyMdlPointerToMdlPointerUpdateInputsNonTemporal(to, from, length);
	}
	assert_int_equal(status, STATUS_SUCCESS);
}

static void chains_are_copied_across_other_borders(void **state)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint32_t to_offset, from_offset, length, other, way = round % 6;
		MDL *mdl;
		SIZE_T inside;

		chain_make(&one, 256);
		chain_make(&two, 256);
		stretch(&one, &to_offset, &length);
		stretch(&two, &from_offset, &other);
		length = length < other ? length : other;
		MDL_POINTER to = {one.mdls, to_offset}, from = {two.mdls, from_offset};
		copy(&to, &from, length, way);
		memcpy(one.flat + to_offset, two.flat + from_offset, length);
		chain_is_flat(&one);
		chain_is_flat(&two);
		if (way < 4) {
			assert_ptr_equal(to.Mdl, one.mdls); // only UpdateInputs moves them
			continue;
		}
		MdlChainAdvanceBytes(one.mdls, to_offset + length, &mdl, &inside);
		assert_ptr_equal(to.Mdl, mdl);
		assert_int_equal(to.Offset, inside);
		MdlChainAdvanceBytes(two.mdls, from_offset + length, &mdl, &inside);
		assert_ptr_equal(from.Mdl, mdl);
		assert_int_equal(from.Offset, inside);
	}
}

static void chains_compare_like_their_bytes(void **state)
{
	uint32_t equal_ones = 0;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint32_t at, behind, length, other;
		BOOLEAN equal = 2, again = 2, moved = 2;

		chain_make(&one, round % 2 + 1); // often the same bytes
		chain_make(&two, round % 2 + 1);
		stretch(&one, &at, &length);
		stretch(&two, &behind, &other);
		length = length < other ? length : other;
		MDL_POINTER first = {one.mdls, at}, second = {two.mdls, behind};
		assert_int_equal(
			MdlEqualBufferContents(&first, &second, length, &equal), STATUS_SUCCESS);
		assert_int_equal(MdlEqualBufferContentsAtOffset(
					 one.mdls, at, two.mdls, behind, length, &again),
			STATUS_SUCCESS);
		assert_int_equal(
			MdlEqualBufferContentsUpdateInputs(&first, &second, length, &moved),
			STATUS_SUCCESS);
		BOOLEAN expected = memcmp(one.flat + at, two.flat + behind, length) == 0;
		assert_int_equal(equal, expected);
		assert_int_equal(again, expected);
		assert_int_equal(moved, expected);
		equal_ones += expected;
	}
	assert_in_range(equal_ones, ROUNDS / 4, ROUNDS - ROUNDS / 8); // both happened often
}

// Sees pieces; stops at the one whose number it is told.
struct pieces {
	uint32_t seen, stop_at;
	uint32_t bytes;
};

static MDL_BUFFER_OPERATOR count_piece;
static NTSTATUS count_piece(PVOID context, const MDL_SPAN *span)
{
	struct pieces *pieces = context;

	assert_true(span->Length > 0);
	assert_true(span->Start.Offset + span->Length <= span->Start.Mdl->ByteCount);
	pieces->bytes += (uint32_t)span->Length;
	return ++pieces->seen == pieces->stop_at ? STATUS_CANCELLED : STATUS_SUCCESS;
}

static MDL_BUFFER_PAIRWISE_OPERATOR count_pair;
static NTSTATUS count_pair(
	PVOID context, const MDL_POINTER *first, const MDL_POINTER *second, SIZE_T bytes)
{
	MDL_SPAN left = {*first, bytes}, right = {*second, bytes};
	NTSTATUS status = count_piece(context, &left);

	((struct pieces *)context)->seen--;
	((struct pieces *)context)->bytes -= (uint32_t)bytes;
	(void)count_piece(context, &right);
	return status;
}

static void a_status_ends_the_walk_and_is_its_result(void **state)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct pieces all = {0}, some = {.stop_at = 1 + random_below(&randomness, 6)};
		MDL_CHAIN_INFORMATION information;

		chain_make(&one, 256);
		MdlChainGetInformation(one.mdls, &information);
		assert_int_equal(
			MdlChainIterateBuffers(one.mdls, count_piece, &all), STATUS_SUCCESS);
		assert_int_equal(all.seen, information.NumberOfNonEmptyMdls);
		assert_int_equal(all.bytes, one.bytes);
		MDL_SPAN whole = {{one.mdls, 0}, one.bytes};
		assert_int_equal(MdlSpanIterateBuffers(&whole, count_piece, &some),
			some.stop_at <= all.seen ? STATUS_CANCELLED : STATUS_SUCCESS);
		assert_int_equal(some.seen, some.stop_at <= all.seen ? some.stop_at : all.seen);

		chain_make(&two, 256);
		uint32_t length = one.bytes < two.bytes ? one.bytes : two.bytes;
		MDL_POINTER first = {one.mdls, 0}, second = {two.mdls, 0};
		struct pieces pairs = {0}, stopped = {.stop_at = 1};
		assert_int_equal(
			MdlPairwiseIterateBuffers(&first, &second, length, count_pair, &pairs),
			STATUS_SUCCESS);
		assert_int_equal(pairs.bytes, length);
		assert_int_equal(MdlPairwiseIterateBuffersUpdateInputs(
					 &first, &second, length, count_pair, &stopped),
			length > 0 ? STATUS_CANCELLED : STATUS_SUCCESS);
	}
}

#define assert_overflows(call)                 \
	do {                                   \
		if (setjmp(overflown) == 0) {  \
			(void)(call);          \
			fail_msg("%s", #call); \
		}                              \
	} while (0)

static void advance(MDL_POINTER at, SIZE_T bytes)
{
	MdlPointerAdvanceBytes(&at, bytes);
}

static void behind_the_end_is_reported(void **state)
{
	static uint8_t room[MDLS * 256 + 1];
	BOOLEAN equal;

	chain_make(&one, 256);
	chain_make(&two, 256);
	MDL_POINTER start = {one.mdls, 0}, end = {NULL, 0}, other = {two.mdls, two.bytes};
	MDL_SPAN long_span = {start, one.bytes + 1};
	assert_overflows(advance(start, one.bytes + 1));
	assert_overflows(advance(end, 1));
	assert_overflows(MdlSpanZeroBuffers(&long_span));
	assert_overflows(MdlCopyMdlSpanToFlatBuffer(room, &long_span));
	assert_overflows(MdlCopyFlatBufferToMdlChainAtOffset(one.mdls, one.bytes, room, 1));
	assert_overflows(MdlCopyMdlPointerToMdlPointer(&end, &end, 1));
	assert_overflows(MdlEqualBufferContents(&other, &start, 1, &equal));
	assert_int_equal(MdlCopyMdlPointerToMdlPointer(&end, &end, 0), STATUS_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_is_described),
		cmocka_unit_test(a_place_is_found_and_moved),
		cmocka_unit_test(filling_a_stretch_touches_that_stretch),
		cmocka_unit_test(filling_a_chain_touches_all_of_it),
		cmocka_unit_test(bytes_go_into_a_chain_and_come_out),
		cmocka_unit_test(chains_are_copied_across_other_borders),
		cmocka_unit_test(chains_compare_like_their_bytes),
		cmocka_unit_test(a_status_ends_the_walk_and_is_its_result),
		cmocka_unit_test(behind_the_end_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
