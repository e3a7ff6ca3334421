// SPDX-License-Identifier: BSD-3-Clause
// The accessor macros of lists and MDLs: which bits they touch, which slot they take. No EAL.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <ndis.h>

static void flag_macros_tell_any_from_all(void **state)
{
	NET_BUFFER_LIST nbl = {0};

	NBL_SET_FLAG(&nbl, 0x00010000u);
	assert_true(NBL_TEST_FLAG(&nbl, 0x00030000u));
	assert_false(NBL_TEST_FLAGS(&nbl, 0x00030000u));
	NBL_SET_FLAG(&nbl, 0x00020000u);
	assert_true(NBL_TEST_FLAGS(&nbl, 0x00030000u));
	NBL_CLEAR_FLAG(&nbl, 0x00010000u);
	assert_int_equal(nbl.Flags, 0x00020000u);
	NdisSetNblFlag(&nbl, NDIS_NBL_FLAGS_IS_IPV4 | NDIS_NBL_FLAGS_IS_TCP);
	assert_true(NdisTestNblFlag(&nbl, NDIS_NBL_FLAGS_IS_IPV4 | NDIS_NBL_FLAGS_IS_UDP));
	assert_false(NdisTestNblFlags(&nbl, NDIS_NBL_FLAGS_IS_IPV4 | NDIS_NBL_FLAGS_IS_UDP));
	NdisClearNblFlag(&nbl, NDIS_NBL_FLAGS_IS_TCP);
	assert_int_equal(nbl.NblFlags, NDIS_NBL_FLAGS_IS_IPV4);
	assert_int_equal(nbl.Flags, 0x00020000u); // two words
}

static void protocol_flags_stay_inside_their_mask(void **state)
{
	NET_BUFFER_LIST nbl = {0};

	NBL_SET_PROTOCOL_RSVD_FLAG(&nbl, UINT32_MAX);
	assert_int_equal(nbl.Flags, NBL_FLAGS_PROTOCOL_RESERVED);
	nbl.Flags = UINT32_MAX;
	NBL_CLEAR_PROTOCOL_RSVD_FLAG(&nbl, UINT32_MAX);
	assert_int_equal(nbl.Flags, ~NBL_FLAGS_PROTOCOL_RESERVED);
	assert_false(NBL_TEST_PROTOCOL_RSVD_FLAG(&nbl, UINT32_MAX));
}

static void masks_of_the_private_word_are_apart_and_cover_it(void **state)
{
	static const ULONG masks[] = {NBL_FLAGS_PROTOCOL_RESERVED, NBL_FLAGS_SCRATCH,
		NBL_FLAGS_MINIPORT_RESERVED, NBL_FLAGS_NDIS_RESERVED};
	ULONG all = 0;

	for (size_t i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		assert_int_equal(all & masks[i], 0);
		all |= masks[i];
	}
	assert_int_equal(all, UINT32_MAX);
}

static void slot_macros_note_the_slot_they_take(void **state)
{
	NET_BUFFER_LIST nbl = {0};

	NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(&nbl, &nbl);
	assert_int_equal(nbl.NimblInfoUsed, 1u << NetBufferListCancelId);
	assert_ptr_equal(NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(&nbl), &nbl);
	NDIS_SET_NET_BUFFER_LIST_VLAN_ID(&nbl, 0x1fff);
	assert_int_equal(NDIS_GET_NET_BUFFER_LIST_VLAN_ID(&nbl), 0xfff);
	assert_int_equal(
		nbl.NimblInfoUsed, 1u << NetBufferListCancelId | 1u << Ieee8021QNetBufferListInfo);
	NDIS_SET_NET_BUFFER_LIST_IM_RESERVED(&nbl, &nbl);
	assert_ptr_equal(NDIS_GET_NET_BUFFER_LIST_IM_RESERVED(&nbl), &nbl);
	NET_BUFFER_LIST_SET_HASH_VALUE(&nbl, 0xdeadbeefu);
	assert_int_equal(NET_BUFFER_LIST_GET_HASH_VALUE(&nbl), 0xdeadbeefu);
	assert_int_not_equal(nbl.NimblInfoUsed & 1u << NetBufferListHashValue, 0);
}

static void hash_function_and_type_share_a_slot(void **state)
{
	NET_BUFFER_LIST nbl = {0};

	NET_BUFFER_LIST_SET_HASH_TYPE(&nbl, NDIS_HASH_TYPE_MASK);
	NET_BUFFER_LIST_SET_HASH_FUNCTION(&nbl, 1);
	assert_int_equal(NET_BUFFER_LIST_GET_HASH_TYPE(&nbl), NDIS_HASH_TYPE_MASK);
	assert_int_equal(NET_BUFFER_LIST_GET_HASH_FUNCTION(&nbl), 1);
	NET_BUFFER_LIST_SET_HASH_TYPE(&nbl, 0);
	assert_int_equal(NET_BUFFER_LIST_GET_HASH_FUNCTION(&nbl), 1);
	assert_int_equal(NET_BUFFER_LIST_GET_HASH_TYPE(&nbl), 0);
}

static void media_information_is_found_by_its_tag_newest_first(void **state)
{
	NET_BUFFER_LIST nbl = {0};
	NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX entries[3] = {{.Tag = 1}, {.Tag = 2}, {.Tag = 1}};
	NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX *found;

	NDIS_NBL_REMOVE_MEDIA_SPECIFIC_INFO_EX(&nbl, 1, &found);
	assert_null(found);
	for (int i = 0; i < 3; i++)
		NDIS_NBL_ADD_MEDIA_SPECIFIC_INFO_EX(&nbl, &entries[i]);
	NDIS_NBL_GET_MEDIA_SPECIFIC_INFO_EX(&nbl, 1, &found);
	assert_ptr_equal(found, &entries[2]);
	NDIS_NBL_REMOVE_MEDIA_SPECIFIC_INFO_EX(&nbl, 2, &found); // from the middle
	assert_ptr_equal(found, &entries[1]);
	NDIS_NBL_REMOVE_MEDIA_SPECIFIC_INFO_EX(&nbl, 1, &found);
	assert_ptr_equal(found, &entries[2]);
	NDIS_NBL_GET_MEDIA_SPECIFIC_INFO_EX(&nbl, 2, &found);
	assert_null(found);
	NDIS_NBL_REMOVE_MEDIA_SPECIFIC_INFO_EX(&nbl, 1, &found);
	assert_ptr_equal(found, &entries[0]);
	assert_null(NET_BUFFER_LIST_INFO(&nbl, MediaSpecificInformationEx));
}

static void timestamp_keeps_64_bits(void **state)
{
	NET_BUFFER_LIST from = {0}, to = {0};
	NET_BUFFER_LIST_TIMESTAMP stamp = {.Timestamp = 0x123456789abcdef0ull}, got = {0};

	NdisSetNblTimestampInfo(&from, &stamp);
	NdisCopyNblTimestampInfo(&to, &from);
	NdisGetNblTimestampInfo(&to, &got);
	assert_true(got.Timestamp == stamp.Timestamp);
}

static void mdl_accessors_tell_address_length_and_pages(void **state)
{
	static NIMBL_NDIS_ALIGNED(4096) uint8_t pages[4 * PAGE_SIZE];
	MDL mdl = {.MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL,
		.MappedSystemVa = pages + 4000,
		.StartVa = pages,
		.ByteOffset = 4000,
		.ByteCount = 200};
	PVOID va;
	UINT length, offset;
	MDL *next = &mdl;

	NdisQueryMdl(&mdl, &va, &length, NormalPagePriority);
	assert_ptr_equal(va, pages + 4000);
	assert_int_equal(length, 200);
	NdisQueryMdl(&mdl, NULL, &length, NormalPagePriority);
	NdisQueryMdlOffset(&mdl, &offset, &length);
	assert_int_equal(offset, 4000);
	assert_ptr_equal(MmGetMdlVirtualAddress(&mdl), pages + 4000);
	assert_int_equal(NDIS_MDL_TO_SPAN_PAGES(&mdl), 2);
	NdisAdjustMdlLength(&mdl, 96);
	assert_int_equal(NDIS_MDL_TO_SPAN_PAGES(&mdl), 1);
	NdisAdjustMdlLength(&mdl, 0);
	assert_int_equal(NDIS_MDL_TO_SPAN_PAGES(&mdl), 1);
	NdisGetNextMdl(&mdl, &next);
	assert_null(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flag_macros_tell_any_from_all),
		cmocka_unit_test(protocol_flags_stay_inside_their_mask),
		cmocka_unit_test(masks_of_the_private_word_are_apart_and_cover_it),
		cmocka_unit_test(slot_macros_note_the_slot_they_take),
		cmocka_unit_test(hash_function_and_type_share_a_slot),
		cmocka_unit_test(media_information_is_found_by_its_tag_newest_first),
		cmocka_unit_test(timestamp_keeps_64_bits),
		cmocka_unit_test(mdl_accessors_tell_address_length_and_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
