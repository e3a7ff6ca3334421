// SPDX-License-Identifier: BSD-3-Clause
// Data that nobody may change while a list is on its way: lists that are marked read-only, and derived ones,
// which share their bytes. What it was stands in a table, under the list, how often it was handed on and where
// its data lies: whatever moved is not compared, and two lists in one place cost a look, never a false alarm.
#include "verify_priv.h"

#define PLACES 65536u // a power of two

static uint64_t places[PLACES]; // which list (32 bits) | what its data was (32)

static bool is_read_only(const NET_BUFFER_LIST *nbl)
{
	const ULONG flags = NDIS_NBL_FLAGS_SEND_READ_ONLY | NDIS_NBL_FLAGS_RECV_READ_ONLY;

	return (nbl->NblFlags & flags) != 0 || (nbl->NimblState & NIMBL_LIST_DERIVED) != 0;
}

static uint64_t mixed(uint64_t a, uint64_t b)
{
	a = (a ^ b) * 0x9e3779b97f4a7c15u;
	return a ^ a >> 29;
}

static uint64_t name_of(const NET_BUFFER_LIST *nbl)
{
	const NET_BUFFER *nb = nbl->FirstNetBuffer;
	uint64_t name = mixed((uintptr_t)nbl, word_of(nbl) >> 32);

	name = mixed(name, (uintptr_t)nb->CurrentMdl);
	return mixed(name, (uint64_t)nb->CurrentMdlOffset << 32 | nb->DataLength);
}

static uint64_t sum_of_bytes(uint64_t sum, const uint8_t *bytes, uint32_t count)
{
	for (uint64_t eight; count >= sizeof(eight); count -= sizeof(eight)) {
		memcpy(&eight, bytes, sizeof(eight));
		sum = mixed(sum, eight);
		bytes += sizeof(eight);
	}
	while (count-- > 0)
		sum = mixed(sum, *bytes++);
	return sum;
}

// Of all frames.
static uint32_t sum_of(const NET_BUFFER_LIST *nbl)
{
	uint64_t sum = 0;

	for (const NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		uint32_t left = nb->DataLength, offset = nb->CurrentMdlOffset;

		for (const MDL *mdl = nb->CurrentMdl; mdl != NULL && left > 0; mdl = mdl->Next) {
			uint32_t n = RTE_MIN(left, mdl->ByteCount - offset);

			sum = sum_of_bytes(sum, RTE_PTR_ADD(mdl->MappedSystemVa, offset), n);
			left -= n;
			offset = 0;
		}
	}
	return (uint32_t)(sum >> 32);
}

static uint64_t *place_of(uint64_t name)
{
	return &places[name & (PLACES - 1)];
}

void data_note(NET_BUFFER_LIST *nbl)
{
	if (!is_read_only(nbl) || nbl->FirstNetBuffer == NULL)
		return;
	uint64_t name = name_of(nbl);

	__atomic_store_n(place_of(name), (name >> 32) << 32 | sum_of(nbl), __ATOMIC_RELAXED);
}

bool data_is_same(const NET_BUFFER_LIST *nbl)
{
	if (!is_read_only(nbl) || nbl->FirstNetBuffer == NULL)
		return true;
	uint64_t name = name_of(nbl);
	uint64_t was = __atomic_load_n(place_of(name), __ATOMIC_RELAXED);

	return was >> 32 != name >> 32 || (uint32_t)was == sum_of(nbl);
}
