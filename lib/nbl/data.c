// SPDX-License-Identifier: BSD-3-Clause
// Reading the data of NBs in one piece, and copying it from one to another.
#include "list_priv.h"

// Not contiguous where we looked first, or not aligned. Q14: never allocate.
static __attribute__((cold, noinline)) PVOID get_data_far(
	const NET_BUFFER *nb, uint32_t bytes, void *storage, uint32_t multiple, uint32_t rest)
{
	const MDL *mdl = nb->CurrentMdl;
	uint32_t skip = nb->CurrentMdlOffset;

	if (bytes > nb->stDataLength || mdl == NULL)
		return NULL;
	while (skip >= mdl->ByteCount && mdl->Next != NULL) {
		skip -= mdl->ByteCount;
		mdl = mdl->Next;
	}
	uint8_t *at = RTE_PTR_ADD(mdl->MappedSystemVa, skip);
	if (mdl->ByteCount - skip >= bytes &&
		(multiple <= 1 || ((uintptr_t)at & (multiple - 1)) == rest))
		return at;
	if (storage != NULL)
		nimbl_nb_read(nb, 0, storage, bytes);
	return storage;
}

PVOID(NdisGetDataBuffer)
(NET_BUFFER *nb, ULONG bytes, PVOID storage, ULONG multiple, ULONG rest)
{
	PVOID at = nimbl_data_here(nb, bytes, multiple, rest);

	return likely(at != NULL) ? at : get_data_far(nb, bytes, storage, multiple, rest);
}

// Where a copy stands: `left` bytes from `at` on, in this MDL.
struct place {
	const MDL *mdl;
	uint8_t *at;
	uint32_t left;
};

static void place_enter(struct place *place, uint64_t skip)
{
	while (place->mdl != NULL && skip >= place->mdl->ByteCount) {
		skip -= place->mdl->ByteCount;
		place->mdl = place->mdl->Next;
	}
	if (place->mdl != NULL) {
		place->at = RTE_PTR_ADD(place->mdl->MappedSystemVa, skip);
		place->left = place->mdl->ByteCount - (uint32_t)skip;
	}
}

static struct place place_of(const NET_BUFFER *nb, uint32_t offset)
{
	struct place place = {.mdl = nb->CurrentMdl};

	place_enter(&place, (uint64_t)nb->CurrentMdlOffset + offset);
	return place;
}

static void place_step(struct place *place, uint32_t bytes)
{
	place->at += bytes;
	place->left -= bytes;
	if (place->left == 0) {
		place->mdl = place->mdl->Next;
		place_enter(place, 0);
	}
}

// As NdisCopyFromNetBufferToNetBuffer. Returns how many bytes were copied. The two may share memory.
static uint32_t copy(NET_BUFFER *destination, uint32_t to_offset, uint32_t bytes,
	const NET_BUFFER *source, uint32_t from_offset)
{
	uint32_t done = 0;

	if (from_offset >= source->DataLength)
		return 0;
	bytes = RTE_MIN(bytes, source->DataLength - from_offset);
	struct place to = place_of(destination, to_offset), from = place_of(source, from_offset);
	while (done < bytes && to.mdl != NULL && from.mdl != NULL) {
		uint32_t n = RTE_MIN(RTE_MIN(to.left, from.left), bytes - done);

		memmove(to.at, from.at, n);
		place_step(&to, n);
		place_step(&from, n);
		done += n;
	}
	return done;
}

NDIS_STATUS NdisCopyFromNetBufferToNetBuffer(NET_BUFFER *destination, ULONG to_offset, ULONG bytes,
	const NET_BUFFER *source, ULONG from_offset, ULONG *copied)
{
	*copied = copy(destination, to_offset, bytes, source, from_offset);
	return NDIS_STATUS_SUCCESS; // mapping cannot fail here
}
