// SPDX-License-Identifier: BSD-3-Clause
// Received lists that are sent on: what is known of them becomes what is asked, and nothing else.
#include "frames.h"
#include "pool_make.h"

typedef NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO checksums;
typedef NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large_send;

static NDIS_HANDLE pool;

static int pool_open(void **state)
{
	pool = list_pool_with(TRUE, 4096, 0,
		&(struct nimbl_pool_options){.capacity = 16, .node = NIMBL_NODE_ANY});
	return 0;
}

static int pool_close(void **state)
{
	assert_pool_whole(pool);
	close_whole(pool);
	return 0;
}

#define rule(name) cmocka_unit_test_setup_teardown(name, pool_open, pool_close)

static PVOID slot(const NET_BUFFER_LIST *nbl, NDIS_NET_BUFFER_LIST_INFO id)
{
	return nbl->NetBufferListInfo[id];
}

// Turn a chain of one, and give it back; what it asked is then in these.
static struct {
	bool asks;
	ULONG used, flags;
	checksums sums;
	large_send large;
	PVOID slots[MaxNetBufferListInfo];
} turned;

static void turn(NET_BUFFER_LIST *nbl)
{
	turned.asks = nimbl_nbl_turn_chain(nbl);
	turned.used = nbl->NimblInfoUsed;
	turned.flags = nbl->NblFlags;
	memcpy(turned.slots, nbl->NetBufferListInfo, sizeof(turned.slots));
	turned.sums.Value = slot(nbl, TcpIpChecksumNetBufferListInfo);
	turned.large.Value = slot(nbl, TcpLargeSendNetBufferListInfo);
	nimbl_nbl_put(&nbl, 1);
}

static void turn_sums(checksums sums, ULONG flags)
{
	NET_BUFFER_LIST *nbl = receive_one(pool, 100);

	NET_BUFFER_LIST_INFO(nbl, TcpIpChecksumNetBufferListInfo) = sums.Value;
	nbl->NblFlags = flags;
	turn(nbl);
}

static void a_list_without_data_beside_its_bytes_asks_nothing(void **state)
{
	turn(receive_one(pool, 100));
	assert_false(turned.asks);
	assert_int_equal(turned.used, 0);
}

static void slots_that_mean_something_else_on_a_send_are_cleared(void **state)
{
	for (int id = 0; id < MaxNetBufferListInfo; id++) {
		NET_BUFFER_LIST *nbl = receive_one(pool, 100);
		bool stays = id == Ieee8021QNetBufferListInfo || id == MediaSpecificInformation ||
			     id == VirtualSubnetInfo;

		NET_BUFFER_LIST_INFO(nbl, id) = (PVOID)0x1;
		nbl->NblFlags = NDIS_NBL_FLAGS_IS_IPV4 | NDIS_NBL_FLAGS_IS_TCP;
		turn(nbl);
		for (int other = 0; other < MaxNetBufferListInfo; other++)
			assert_ptr_equal(
				turned.slots[other], stays && other == id ? (PVOID)0x1 : NULL);
		assert_int_equal(turned.used, stays ? 1u << id : 0);
		assert_int_equal(turned.asks, stays);
		assert_int_equal(turned.flags, 0);
	}
}

static void flags_alone_are_cleared_and_ask_nothing(void **state)
{
	NET_BUFFER_LIST *nbl = receive_one(pool, 100);

	nbl->NblFlags = 0xffffffff;
	turn(nbl);
	assert_false(turned.asks);
	assert_int_equal(turned.flags, 0);
}

static void a_tag_goes_back_in(void **state)
{
	NDIS_NET_BUFFER_LIST_8021Q_INFO tag = {.Value = NULL};
	NET_BUFFER_LIST *nbl = receive_one(pool, 100);

	tag.TagHeader.UserPriority = 5;
	tag.TagHeader.VlanId = 0x123;
	NET_BUFFER_LIST_INFO(nbl, Ieee8021QNetBufferListInfo) = tag.Value;
	turn(nbl);
	assert_true(turned.asks);
	assert_ptr_equal(turned.slots[Ieee8021QNetBufferListInfo], tag.Value);
}

static void checksums_that_are_in_the_frame_are_not_asked(void **state)
{
	for (ULONG bits = 0; bits < 0x80; bits++) { // all but the two that say they are not
		turn_sums((checksums){.Value = (PVOID)(uintptr_t)bits},
			NDIS_NBL_FLAGS_IS_IPV4 | NDIS_NBL_FLAGS_IS_TCP);
		assert_false(turned.asks);
		assert_null(turned.sums.Value);
	}
}

static void assert_asked(ULONG flags, checksums is, bool ip, bool tcp, bool udp)
{
	turn_sums(is, flags);
	assert_true(turned.asks);
	assert_int_equal(turned.sums.Transmit.IsIPv4, (flags & NDIS_NBL_FLAGS_IS_IPV4) != 0);
	assert_int_equal(turned.sums.Transmit.IsIPv6, (flags & NDIS_NBL_FLAGS_IS_IPV6) != 0);
	assert_int_equal(turned.sums.Transmit.IpHeaderChecksum, ip);
	assert_int_equal(turned.sums.Transmit.TcpChecksum, tcp);
	assert_int_equal(turned.sums.Transmit.UdpChecksum, udp);
	assert_int_equal(turned.sums.Transmit.Reserved, 0);
}

static void a_checksum_that_is_only_promised_is_asked(void **state)
{
	const ULONG v4 = NDIS_NBL_FLAGS_IS_IPV4, v6 = NDIS_NBL_FLAGS_IS_IPV6;
	checksums tcp = {.Value = NULL}, udp = {.Value = NULL}, ip = {.Value = NULL}, all;

	tcp.Receive.TcpChecksumValueInvalid = tcp.Receive.TcpChecksumSucceeded = 1;
	udp.Receive.TcpChecksumValueInvalid = udp.Receive.UdpChecksumSucceeded = 1;
	ip.Receive.IpChecksumValueInvalid = ip.Receive.IpChecksumSucceeded = 1;
	all = tcp;
	all.Receive.IpChecksumValueInvalid = all.Receive.IpChecksumSucceeded = 1;
	assert_asked(v4 | NDIS_NBL_FLAGS_IS_TCP, tcp, false, true, false);
	assert_asked(v6 | NDIS_NBL_FLAGS_IS_TCP, tcp, false, true, false);
	assert_asked(v4 | NDIS_NBL_FLAGS_IS_UDP, udp, false, false, true);
	assert_asked(v6 | NDIS_NBL_FLAGS_IS_UDP, udp, false, false, true);
	assert_asked(v4, ip, true, false, false);
	assert_asked(v4 | NDIS_NBL_FLAGS_IS_TCP, all, true, true, false);
}

static NET_BUFFER_LIST *joined(uint16_t bytes, USHORT count, ULONG flags)
{
	NDIS_RSC_NBL_INFO rsc = {.Value = NULL};
	NET_BUFFER_LIST *nbl = receive_one(pool, bytes);

	rsc.Info.CoalescedSegCount = count;
	NET_BUFFER_LIST_INFO(nbl, TcpRecvSegCoalesceInfo) = rsc.Value;
	nbl->NblFlags = flags | NDIS_NBL_FLAGS_IS_TCP;
	return nbl;
}

static void joined_segments_are_cut_as_the_device_says_they_came(void **state)
{
	for (int v6 = 0; v6 < 2; v6++) {
		NET_BUFFER_LIST *nbl =
			joined(3000, 3, v6 ? NDIS_NBL_FLAGS_IS_IPV6 : NDIS_NBL_FLAGS_IS_IPV4);
		struct rte_mbuf *m = nimbl_mbuf_of_nb(NET_BUFFER_LIST_FIRST_NB(nbl));

		m->ol_flags |= RTE_MBUF_F_RX_LRO;
		m->tso_segsz = 1448;
		turn(nbl);
		assert_true(turned.asks);
		assert_int_equal(turned.large.LsoV2Transmit.MSS, 1448);
		assert_int_equal(
			turned.large.LsoV2Transmit.Type, NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE);
		assert_int_equal(turned.large.LsoV2Transmit.IPVersion,
			v6 ? NDIS_TCP_LARGE_SEND_OFFLOAD_IPv6 : NDIS_TCP_LARGE_SEND_OFFLOAD_IPv4);
		assert_null(turned.slots[TcpRecvSegCoalesceInfo]);
	}
}

// Frames as long as they came: the headers are in each of them.
static void joined_segments_of_which_nothing_is_said_become_none_longer(void **state)
{
	static const struct frame_spec specs[] = {{0}, {.tcp_options = 12, .tagged = true},
		{.ip_options = 40, .tcp_options = 40}, {.v6 = true, .tcp_options = 12}};
	static struct frame frame;

	for (size_t i = 0; i < RTE_DIM(specs); i++) {
		for (USHORT count = 2; count < 5; count++) {
			struct frame_spec spec = specs[i];

			spec.payload = 700u * count - 1;
			frame_make(&frame, &spec);
			NET_BUFFER_LIST *nbl = joined((uint16_t)frame.length, count,
				spec.v6 ? NDIS_NBL_FLAGS_IS_IPV6 : NDIS_NBL_FLAGS_IS_IPV4);
			memcpy(rte_pktmbuf_mtod(nimbl_mbuf_of_nb(nbl->FirstNetBuffer), void *),
				frame.bytes, frame.length);
			turn(nbl);
			assert_true(turned.asks);
			assert_int_equal(turned.large.LsoV2Transmit.MSS, 700);
		}
	}
}

// Nothing is read that is not there.
static void joined_bytes_without_headers_are_cut_somehow(void **state)
{
	for (uint16_t bytes = 1; bytes < 80; bytes++) {
		NET_BUFFER_LIST *nbl = joined(bytes, 2, 0);

		memset(rte_pktmbuf_mtod(nimbl_mbuf_of_nb(nbl->FirstNetBuffer), void *), 0xff,
			bytes);
		turn(nbl);
		assert_in_range(turned.large.LsoV2Transmit.MSS, 1, bytes);
	}
}

static void one_segment_is_not_cut(void **state)
{
	for (USHORT count = 0; count < 2; count++) {
		turn(joined(1000, count, NDIS_NBL_FLAGS_IS_IPV4));
		assert_false(turned.asks);
		assert_null(turned.large.Value);
	}
}

static void one_list_of_a_chain_that_asks_is_enough(void **state)
{
	for (int which = 0; which < 4; which++) {
		NET_BUFFER_LIST *lists[3];

		for (int i = 0; i < 3; i++) {
			lists[i] = receive_one(pool, 100);
			lists[i]->NblFlags = NDIS_NBL_FLAGS_IS_IPV4;
			if (i > 0)
				NET_BUFFER_LIST_NEXT_NBL(lists[i - 1]) = lists[i];
			if (i == which)
				NET_BUFFER_LIST_INFO(lists[i], Ieee8021QNetBufferListInfo) =
					(PVOID)0x10;
		}
		assert_int_equal(nimbl_nbl_turn_chain(lists[0]), which < 3);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(lists[i]->NblFlags, 0);
			assert_ptr_equal(
				NET_BUFFER_LIST_NEXT_NBL(lists[i]), i < 2 ? lists[i + 1] : NULL);
		}
		assert_int_equal(nimbl_nbl_put_chain(lists[0]), 3);
	}
	assert_false(nimbl_nbl_turn_chain(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(a_list_without_data_beside_its_bytes_asks_nothing),
		rule(slots_that_mean_something_else_on_a_send_are_cleared),
		rule(flags_alone_are_cleared_and_ask_nothing),
		rule(a_tag_goes_back_in),
		rule(checksums_that_are_in_the_frame_are_not_asked),
		rule(a_checksum_that_is_only_promised_is_asked),
		rule(joined_segments_are_cut_as_the_device_says_they_came),
		rule(joined_segments_of_which_nothing_is_said_become_none_longer),
		rule(joined_bytes_without_headers_are_cut_somehow),
		rule(one_segment_is_not_cut),
		rule(one_list_of_a_chain_that_asks_is_enough),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
