// SPDX-License-Identifier: BSD-3-Clause
// Offloads asked for frames in memory of others: that memory is never written, headers are made anew,
// and the payload is sent as it lies, whoever cuts it.
#include "foreign_bench.h"

#include <rte_ip.h>
#include <rte_tcp.h>

#define HEADERS (RTE_ETHER_HDR_LEN + 20u + 20u)

static uint8_t memory_before[MEMORY];

// TCP over IPv4 at the start of the memory, `bytes` of payload behind it.
static void headers_write(uint32_t bytes)
{
	struct rte_ether_hdr *ether = (struct rte_ether_hdr *)bench.page;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(ether + 1);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(ip + 1);

	bench.dev->may_lend = true;
	ether->ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	*ip = (struct rte_ipv4_hdr){.version_ihl = 0x45,
		.total_length = rte_cpu_to_be_16((uint16_t)(40 + bytes)),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_TCP,
		.src_addr = 1,
		.dst_addr = 2};
	*tcp = (struct rte_tcp_hdr){.data_off = 0x50, .sent_seq = rte_cpu_to_be_32(1000)};
	tcp->cksum = rte_ipv4_phdr_cksum(ip, 0);
	memcpy(memory_before, bench.page, MEMORY);
}

static void assert_memory_untouched(void)
{
	assert_memory_equal(memory_before, bench.page, MEMORY);
}

// A frame with headers of its own and right sums, over the payload where it lies.
static void assert_over_payload(const struct rte_mbuf *m, uint32_t at, uint32_t bytes)
{
	const uint8_t *data = rte_pktmbuf_read(m, 0, HEADERS + bytes, frame_bytes);
	const struct rte_ipv4_hdr *ip = (const void *)(data + RTE_ETHER_HDR_LEN);

	assert_int_equal(m->pkt_len, HEADERS + bytes);
	assert_int_equal(m->data_len, HEADERS);
	assert_lies_at(m->next, bench.page + at);
	assert_int_equal(rte_ipv4_cksum(ip), 0);
	uint32_t sum = rte_raw_cksum(ip + 1, 20 + bytes) + rte_ipv4_phdr_cksum(ip, 0);
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
}

static NET_BUFFER_LIST *list_asking(MDL *chain, uint32_t bytes, uint32_t mss)
{
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO sum = {.Transmit = {
								 .IsIPv4 = 1,
								 .IpHeaderChecksum = 1,
								 .TcpChecksum = 1,
								 .TcpHeaderOffset = 34,
							 }};
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large = {
		.LsoV2Transmit = {.MSS = mss,
			.TcpHeaderOffset = 34,
			.Type = NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE,
			.IPVersion = NDIS_TCP_LARGE_SEND_OFFLOAD_IPv4}};
	NET_BUFFER_LIST *nbl = list_over(chain, 0, bytes);

	NET_BUFFER_LIST_INFO(nbl, TcpIpChecksumNetBufferListInfo) = sum.Value;
	if (mss > 0)
		NET_BUFFER_LIST_INFO(nbl, TcpLargeSendNetBufferListInfo) = large.Value;
	return nbl;
}

static void sums_are_written_into_headers_made_anew(void **state)
{
	bench_open(NIMBL_REACH_PROCESS);
	headers_write(1000);
	MDL *chain = foreign_chain(bench.page, (const uint32_t[]){300, 754, END});
	NET_BUFFER_LIST *nbl = list_asking(chain, HEADERS + 1000, 0);

	lend(nbl);
	assert_over_payload(bench.frame, HEADERS, 1000);
	assert_memory_untouched();
	assert_counted(1, 0);
	run();
	assert_int_equal(bench.user->completed, 0);
	let_go();
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	bench_close();
}

static void headers_in_pieces_are_copied_with_all(void **state)
{
	bench_open(NIMBL_REACH_PROCESS);
	headers_write(1000);
	MDL *chain = foreign_chain(bench.page, (const uint32_t[]){20, 1034, END});
	NET_BUFFER_LIST *nbl = list_asking(chain, HEADERS + 1000, 0);

	lend(nbl);
	assert_memory_untouched();
	assert_memory_equal(rte_pktmbuf_read(bench.frame, HEADERS, 1000, frame_bytes),
		bench.page + HEADERS, 1000);
	assert_counted(0, 1);
	run();
	assert_int_equal(bench.user->completed, 1); // nobody needs its memory
	rte_pktmbuf_free(bench.frame);
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	bench_close();
}

static void a_large_send_is_cut_over_the_payload_where_it_lies(void **state)
{
	struct rte_mbuf *frames[10];

	bench_open(NIMBL_REACH_PROCESS);
	headers_write(9500);
	MDL *chain = foreign_chain(bench.page, (const uint32_t[]){HEADERS + 700, 5000, 3800, END});
	NET_BUFFER_LIST *nbl = list_asking(chain, HEADERS + 9500, 1000);

	test_send(bench.user, &nbl, 1, 0);
	for (uint32_t i = 0; i < 10; i++) {
		take();
		frames[i] = bench.frame;
		assert_over_payload(bench.frame, HEADERS + i * 1000, i < 9 ? 1000 : 500);
	}
	assert_memory_untouched();
	assert_counted(1, 0);
	for (int i = 9; i >= 0; i--) {
		run();
		assert_int_equal(bench.user->completed, 0);
		rte_pktmbuf_free(frames[i]);
	}
	run();
	assert_int_equal(bench.user->completed, 1);
	assert_int_equal(bench.user->completions[0].status, NDIS_STATUS_SUCCESS);
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	bench_close();
}

static void what_cannot_be_done_is_refused_and_leaves_nothing(void **state)
{
	bench_open(NIMBL_REACH_PROCESS);
	headers_write(1000);
	bench.page[23] = IPPROTO_UDP; // TCP was asked for
	MDL *chain = foreign_chain(bench.page, (const uint32_t[]){HEADERS, 1000, END});
	NET_BUFFER_LIST *nbl = list_asking(chain, HEADERS + 1000, 0);

	test_send(bench.user, &nbl, 1, 0);
	run();
	assert_null(ring_port_take(&bench.port));
	assert_int_equal(bench.user->completed, 1);
	assert_int_equal(bench.user->completions[0].status, NDIS_STATUS_INVALID_PARAMETER);
	assert_counted(0, 0);
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	bench_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_written_into_headers_made_anew),
		cmocka_unit_test(headers_in_pieces_are_copied_with_all),
		cmocka_unit_test(a_large_send_is_cut_over_the_payload_where_it_lies),
		cmocka_unit_test(what_cannot_be_done_is_refused_and_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, bench_start, NULL);
}
