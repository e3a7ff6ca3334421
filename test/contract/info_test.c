// SPDX-License-Identifier: BSD-3-Clause
// Out-of-band data and identity of lists, by rule (NDIS reference 3.6, 3.8).
#include "pool_make.h"

// The table of the reference, slot by slot, written down a second time.
static const bool sent[MaxNetBufferListInfo] = {
	[TcpIpChecksumNetBufferListInfo] = true,
	[IPsecOffloadV1NetBufferListInfo] = true,
	[TcpLargeSendNetBufferListInfo] = true,
	[Ieee8021QNetBufferListInfo] = true,
	[NetBufferListCancelId] = true,
	[MediaSpecificInformation] = true,
	[NetBufferListProtocolId] = true,
	[WfpNetBufferListInfo] = true,
	[IPsecOffloadV2TunnelNetBufferListInfo] = true,
	[IPsecOffloadV2HeaderNetBufferListInfo] = true,
	[NetBufferListFilteringInfo] = true,
	[NblOriginalInterfaceIfIndex] = true,
	[VirtualSubnetInfo] = true,
};
static const bool received[MaxNetBufferListInfo] = {
	[TcpIpChecksumNetBufferListInfo] = true,
	[IPsecOffloadV1NetBufferListInfo] = true,
	[TcpReceiveNoPush] = true,
	[Ieee8021QNetBufferListInfo] = true,
	[MediaSpecificInformation] = true,
	[NetBufferListFrameType] = true,
	[NetBufferListHashValue] = true,
	[NetBufferListHashInfo] = true,
	[WfpNetBufferListInfo] = true,
	[IPsecOffloadV2TunnelNetBufferListInfo] = true,
	[IPsecOffloadV2HeaderNetBufferListInfo] = true,
	[NetBufferListFilteringInfo] = true,
	[NblOriginalInterfaceIfIndex] = true,
	[VirtualSubnetInfo] = true,
};

static PVOID value(int i)
{
	return (PVOID)(uintptr_t)(1000 + i);
}

static void copy_and_check(VOID (*copy)(NET_BUFFER_LIST *, const NET_BUFFER_LIST *),
	const bool *table, bool from_has, bool to_has)
{
	NDIS_HANDLE pool = list_pool(TRUE, 64, 0);
	NET_BUFFER_LIST *from = NdisAllocateNetBufferList(pool, 0, 0);
	NET_BUFFER_LIST *to = NdisAllocateNetBufferList(pool, 0, 0);

	for (int i = 0; i < MaxNetBufferListInfo; i++) {
		if (from_has)
			NET_BUFFER_LIST_INFO(from, i) = value(i);
		if (to_has)
			NET_BUFFER_LIST_INFO(to, i) = value(100 + i);
	}
	from->NblFlags = NDIS_NBL_FLAGS_IS_IPV4;
	from->Status = NDIS_STATUS_FAILURE;
	from->SourceHandle = pool;
	copy(to, from);
	for (int i = 0; i < MaxNetBufferListInfo; i++) {
		PVOID kept = to_has ? value(100 + i) : NULL;

		assert_ptr_equal(
			to->NetBufferListInfo[i], table[i] ? from_has ? value(i) : NULL : kept);
	}
	assert_int_equal(to->NblFlags, 0);
	assert_int_equal(to->Status, NDIS_STATUS_SUCCESS);
	assert_null(to->SourceHandle);
	nimbl_nbl_put(&to, 1); // and what was copied does not outlive the list
	for (int i = 0; i < MaxNetBufferListInfo; i++)
		assert_null(to->NetBufferListInfo[i]);
	nimbl_nbl_put(&from, 1);
	close_whole(pool);
}

static void send_copies_the_slots_of_its_column(void **state)
{
	for (int i = 0; i < 4; i++)
		copy_and_check(NdisCopySendNetBufferListInfo, sent, i & 1, i & 2);
}

static void receive_copies_the_slots_of_its_column(void **state)
{
	for (int i = 0; i < 4; i++)
		copy_and_check(NdisCopyReceiveNetBufferListInfo, received, i & 1, i & 2);
}

static void protocol_is_the_lists_else_the_pools(void **state)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = list_parameters(TRUE, 64, 0);

	parameters.ProtocolId = NDIS_PROTOCOL_ID_IPX;
	NDIS_HANDLE pool = NdisAllocateNetBufferListPool(NULL, &parameters);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
	assert_int_equal(NdisGetNetBufferListProtocolId(nbl), NDIS_PROTOCOL_ID_IPX);
	NdisSetNetBufferListProtocolId(nbl, NDIS_PROTOCOL_ID_TCP_IP);
	assert_int_equal(NdisGetNetBufferListProtocolId(nbl), NDIS_PROTOCOL_ID_TCP_IP);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void partial_cancel_ids_differ_and_are_never_zero(void **state)
{
	bool seen[256] = {false};

	for (int i = 0; i < 255; i++) {
		UCHAR id = NdisGeneratePartialCancelId();

		assert_int_not_equal(id, 0);
		assert_false(seen[id]);
		seen[id] = true;
	}
}

static void generic_object_owns_pools(void **state)
{
	DRIVER_OBJECT driver = {0};

	assert_null(NdisAllocateGenericObject(&driver, 1, sizeof(NDIS_GENERIC_OBJECT) - 1));
	NDIS_GENERIC_OBJECT *object =
		NdisAllocateGenericObject(&driver, 0x74736574, sizeof(*object) + 100);
	assert_non_null(object);
	assert_ptr_equal(object->DriverObject, &driver);
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = list_parameters(TRUE, 64, 0);
	NDIS_HANDLE pool = NdisAllocateNetBufferListPool(object, &parameters);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
	assert_int_equal(nimbl_pool_close(pool), -EBUSY);
	assert_error_says("generic object test");
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
	NdisFreeGenericObject(object);
	NdisFreeGenericObject(NULL);
}

static void memory_needs_a_tag_and_is_aligned(void **state)
{
	for (UINT bytes = 1; bytes < 5000; bytes += 333) {
		void *memory =
			NdisAllocateMemoryWithTagPriority(NULL, bytes, 1, NormalPoolPriority);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % MEMORY_ALLOCATION_ALIGNMENT, 0);
		memset(memory, 1, bytes);
		NdisFreeMemory(memory, bytes, 0);
	}
	assert_null(NdisAllocateMemoryWithTagPriority(NULL, 1, 0, NormalPoolPriority));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(send_copies_the_slots_of_its_column),
		cmocka_unit_test(receive_copies_the_slots_of_its_column),
		cmocka_unit_test(protocol_is_the_lists_else_the_pools),
		cmocka_unit_test(partial_cancel_ids_differ_and_are_never_zero),
		cmocka_unit_test(generic_object_owns_pools),
		cmocka_unit_test(memory_needs_a_tag_and_is_aligned),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
