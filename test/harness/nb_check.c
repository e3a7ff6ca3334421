// SPDX-License-Identifier: BSD-3-Clause
// The invariants of a NET_BUFFER, in the numbering of our NDIS reference (1.1, rules 1 to 9).
#include "nb_check.h"

#include <stdbool.h>
#include <string.h>

// A chain with more MDLs than this is taken for a ring.
#define CHAIN_MAX 100000u

static const char *mdl_check(const MDL *mdl)
{
	if ((uintptr_t)mdl->StartVa % PAGE_SIZE != 0)
		return "an MDL's StartVa is not page aligned";
	if (mdl->ByteOffset >= PAGE_SIZE)
		return "an MDL's ByteOffset is not in its first page";
	if (MmGetMdlVirtualAddress(mdl) != MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority))
		return "an MDL's two addresses differ";
	return NULL;
}

static const char *empty_check(const NET_BUFFER *nb)
{
	if (nb->CurrentMdl != NULL || nb->DataOffset != 0 || nb->CurrentMdlOffset != 0 ||
		nb->stDataLength != 0)
		return "6: without a chain everything is zero";
	return NULL;
}

const char *nb_check(const NET_BUFFER *nb)
{
	uint64_t total = 0, before = 0;
	uint32_t count = 0;
	bool found = false;

	if (nb->MdlChain == NULL)
		return empty_check(nb);
	for (const MDL *mdl = nb->MdlChain; mdl != NULL; mdl = mdl->Next) {
		const char *broken = mdl_check(mdl);

		if (broken != NULL)
			return broken;
		if (++count > CHAIN_MAX)
			return "the MDL chain has no end";
		if (mdl == nb->CurrentMdl) {
			found = true;
			before = total;
		}
		total += mdl->ByteCount;
	}
	if (!found)
		return "3: CurrentMdl is on the chain";
	if (nb->CurrentMdlOffset > nb->CurrentMdl->ByteCount)
		return "5: CurrentMdlOffset lies in CurrentMdl";
	if (nb->CurrentMdlOffset == nb->CurrentMdl->ByteCount && nb->DataLength > 0 &&
		nb->CurrentMdl->Next != NULL)
		return "5: data that starts where an MDL ends starts in the next";
	if (nb->DataOffset != before + nb->CurrentMdlOffset)
		return "1, 2: DataOffset is where CurrentMdl and CurrentMdlOffset point";
	if (nb->DataOffset + (uint64_t)nb->stDataLength > total)
		return "4: the data lies in the chain";
	if (nb->stDataLength > UINT32_MAX)
		return "9: DataLength has 32 bits";
	return NULL;
}

// By DataOffset from the head of the chain, not by CurrentMdl: the way nobody else takes.
uint32_t nb_gather(const NET_BUFFER *nb, void *to, uint32_t room)
{
	uint32_t skip = nb->DataOffset, left = nb->DataLength, done = 0;

	for (const MDL *mdl = nb->MdlChain; mdl != NULL && left > 0; mdl = mdl->Next) {
		const uint8_t *va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
		uint32_t count = MmGetMdlByteCount(mdl);

		if (skip >= count) {
			skip -= count;
			continue;
		}
		uint32_t n = count - skip < left ? count - skip : left;
		if (done < room)
			memcpy((uint8_t *)to + done, va + skip, n < room - done ? n : room - done);
		done += n;
		left -= n;
		skip = 0;
	}
	return done;
}

uint32_t mdl_count(const MDL *chain)
{
	uint32_t count = 0;

	for (; chain != NULL; chain = chain->Next)
		count++;
	return count;
}
