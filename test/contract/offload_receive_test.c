// SPDX-License-Identifier: BSD-3-Clause
// What a received list says beside its bytes: found out by the engine, on a port over rings of the
// test that offers nothing, and told by a device, on mbufs as a PMD would fill them.
#include "pool_make.h"

#include <netinet/in.h>
#include <rte_ether.h>
#include <rte_mbuf_dyn.h>

#include "../../drivers/miniport/ethdev/ethdev_priv.h"
#include "frames.h"
#include "nimbl_bind.h"
#include "nimbl_lcore.h"
#include "ring_port.h"

#define BIT(name) NIMBL_OFFLOAD_BIT(name)
#define ALL       (BIT(RX_CHECKSUM) | BIT(VLAN_STRIP) | BIT(RSS_HASH) | BIT(TIMESTAMP) | BIT(PACKET_TYPE))
#define DEVICE    (ALL | BIT(LRO))

typedef NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO checksums;

static struct {
	struct ring_port port;
	struct test_binding *user;
	NDIS_HANDLE pool;
} bench;

static struct frame frame;

static void bench_open(uint32_t offloads)
{
	struct nimbl_pool_options options = {
		.name = "injector", .capacity = 256, .node = NIMBL_NODE_ANY};

	memset(&bench, 0, sizeof(bench));
	if (ring_port_open(&bench.port, "a", &(struct ring_port_options){.offloads = offloads}) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	bench.user = bench.port.user;
	bench.pool = list_pool_with(TRUE, 2048, 0, &options);
}

static void bench_close(void)
{
	test_return_held(bench.user);
	assert_pool_whole(bench.pool);
	assert_int_equal(ring_port_close(&bench.port), 0);
	close_whole(bench.pool);
}

// The frame in an mbuf, or in several with `first` bytes in the first and 100 in each other.
static struct rte_mbuf *mbuf_of_frame(uint32_t first)
{
	struct rte_mbuf *head = NULL;

	for (uint32_t done = 0; done < frame.length;) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(bench.pool));
		uint32_t n = RTE_MIN(frame.length - done, done == 0 ? first : 100);

		assert_non_null(m);
		memcpy(rte_pktmbuf_append(m, (uint16_t)n), frame.bytes + done, n);
		done += n;
		if (head == NULL)
			head = m;
		else
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
	}
	return head;
}

// The frame comes in; its list is the protocol's until the next one comes.
static NET_BUFFER_LIST *receive_mbuf(struct rte_mbuf *m)
{
	test_return_held(bench.user);
	assert_true(ring_port_inject(&bench.port, m));
	nimbl_lcore_run(0, 1);
	assert_int_equal(bench.user->held_count, 1);
	assert_nb_sound(NET_BUFFER_LIST_FIRST_NB(bench.user->held[0]));
	return bench.user->held[0];
}

static NET_BUFFER_LIST *receive(void)
{
	return receive_mbuf(mbuf_of_frame(UINT32_MAX));
}

static NET_BUFFER_LIST *receive_made(struct frame_spec spec)
{
	frame_make(&frame, &spec);
	return receive();
}

static checksums sums_of(const NET_BUFFER_LIST *nbl)
{
	return (checksums){.Value = NET_BUFFER_LIST_INFO(nbl, TcpIpChecksumNetBufferListInfo)};
}

// IP, TCP and UDP: 'g' good, 'b' bad, '-' nothing is known; then "i" and "t" for fields that are not
// what was checked.
static void assert_sums(const NET_BUFFER_LIST *nbl, const char *want)
{
	checksums is = sums_of(nbl);
	char got[6] = {is.Receive.IpChecksumSucceeded ? 'g'
		       : is.Receive.IpChecksumFailed  ? 'b'
						      : '-',
		is.Receive.TcpChecksumSucceeded ? 'g'
		: is.Receive.TcpChecksumFailed  ? 'b'
						: '-',
		is.Receive.UdpChecksumSucceeded ? 'g'
		: is.Receive.UdpChecksumFailed  ? 'b'
						: '-'};
	int n = 3;

	assert_false(is.Receive.IpChecksumSucceeded && is.Receive.IpChecksumFailed);
	assert_false(is.Receive.TcpChecksumSucceeded && is.Receive.TcpChecksumFailed);
	assert_false(is.Receive.UdpChecksumSucceeded && is.Receive.UdpChecksumFailed);
	if (is.Receive.IpChecksumValueInvalid)
		got[n++] = 'i';
	if (is.Receive.TcpChecksumValueInvalid)
		got[n++] = 't';
	assert_false(is.Receive.Loopback);
	assert_string_equal(got, want);
}

static void assert_nothing(const NET_BUFFER_LIST *nbl)
{
	for (int i = 0; i < MaxNetBufferListInfo; i++)
		assert_null(nbl->NetBufferListInfo[i]);
	assert_int_equal(nbl->NimblInfoUsed, 0);
	assert_int_equal(nbl->NblFlags, 0);
}

static PVOID slot(const NET_BUFFER_LIST *nbl, NDIS_NET_BUFFER_LIST_INFO id)
{
	return NET_BUFFER_LIST_INFO(nbl, id);
}

// Ports

static void a_port_without_offloads_says_nothing_and_that_it_is_plain(void **state)
{
	bench_open(0);
	assert_nothing(receive_made((struct frame_spec){.tagged = true, .payload = 100}));
	assert_true((bench.user->last_flags & NIMBL_RECEIVE_FLAGS_UNTOUCHED) != 0);
	assert_int_equal(bench.user->held[0]->FirstNetBuffer->DataLength, frame.length);
	bench_close();
	bench_open(BIT(PACKET_TYPE));
	receive_made((struct frame_spec){.payload = 100});
	assert_true((bench.user->last_flags & NIMBL_RECEIVE_FLAGS_UNTOUCHED) == 0);
	bench_close();
}

static void only_what_was_asked_is_said(void **state)
{
	static const struct {
		uint32_t bit;
		ULONG slots;
	} kinds[] = {
		{BIT(RX_CHECKSUM), 1u << TcpIpChecksumNetBufferListInfo},
		{BIT(VLAN_STRIP), 1u << Ieee8021QNetBufferListInfo},
		{BIT(RSS_HASH), 1u << NetBufferListHashValue | 1u << NetBufferListHashInfo},
		{BIT(TIMESTAMP), 1u << NetBufferListInfoReserved3},
		{BIT(PACKET_TYPE), 1u << NetBufferListFrameType},
	};

	for (size_t i = 0; i < RTE_DIM(kinds); i++) {
		bench_open(kinds[i].bit);
		receive_made((struct frame_spec){.tagged = true, .payload = 100});
		assert_int_equal(bench.user->held[0]->NimblInfoUsed, kinds[i].slots);
		bench_close();
	}
}

static void nothing_of_an_older_frame_stays_in_an_element(void **state)
{
	bench_open(ALL);
	NET_BUFFER_LIST *first = receive_made((struct frame_spec){.tagged = true, .payload = 100});
	assert_int_not_equal(first->NblFlags, 0);
	assert_non_null(slot(first, Ieee8021QNetBufferListInfo));
	test_return_held(bench.user);
	bool seen = false;
	for (int i = 0; i < 300; i++) { // through all of the pool, so that `first` comes again
		memset(frame.bytes, 0xff, 60);
		frame.length = 60;
		NET_BUFFER_LIST *nbl = receive();
		seen |= nbl == first;
		assert_int_equal(nbl->NblFlags, 0);
		for (int id = 0; id < MaxNetBufferListInfo; id++) {
			if (id != NetBufferListInfoReserved3 && id != NetBufferListFrameType)
				assert_null(nbl->NetBufferListInfo[id]);
		}
	}
	assert_true(seen);
	bench_close();
}

// The sender says that nobody touched the lists; they are whole all the same in their pool.
static void what_is_sent_on_untouched_takes_nothing_along(void **state)
{
	struct ring_port_options options = {.lists = "256", .offloads = BIT(TIMESTAMP)};
	struct ring_port port;

	assert_int_equal(device_port_open(&port, "net_null_o", "n", &options), 0);
	nimbl_lcore_run(0, 1);
	assert_int_equal(port.user->held_count, NIMBL_BURST_MAX);
	test_send(port.user, port.user->held, NIMBL_BURST_MAX,
		NIMBL_SEND_FLAGS_HANDOVER | NIMBL_SEND_FLAGS_UNTOUCHED);
	for (uint32_t i = 0; i < NIMBL_BURST_MAX; i++)
		assert_nothing(port.user->held[i]);
	port.user->held_count = 0;
	assert_int_equal(ring_port_close(&port), 0);
}

// Checksums, by the engine

static void right_checksums_are_good(void **state)
{
	bench_open(BIT(RX_CHECKSUM));
	for (uint32_t payload = 0; payload < 70; payload++) {
		for (uint32_t options = 0; options <= 40; options += 20) {
			assert_sums(receive_made((struct frame_spec){.payload = payload,
					    .ip_options = options,
					    .tcp_options = options}),
				"gg-");
			assert_sums(
				receive_made((struct frame_spec){
					.udp = true, .payload = payload, .ip_options = options}),
				"g-g");
			assert_sums(receive_made((struct frame_spec){.v6 = true,
					    .payload = payload,
					    .extensions = options / 20}),
				"-g-");
			assert_sums(receive_made((struct frame_spec){.v6 = true,
					    .udp = true,
					    .tagged = true,
					    .payload = payload}),
				"--g");
		}
	}
	bench_close();
}

static void each_wrong_bit_makes_a_checksum_bad(void **state)
{
	static const struct {
		struct frame_spec spec;
		const char *ip, *l4;
	} kinds[] = {
		{{.payload = 30}, "b", "gb-"},
		{{.udp = true, .payload = 31}, "b", "g-b"},
		{{.v6 = true, .payload = 30, .extensions = 1}, NULL, "-b-"},
		{{.v6 = true, .udp = true, .payload = 1}, NULL, "--b"},
	};

	bench_open(BIT(RX_CHECKSUM));
	for (size_t k = 0; k < RTE_DIM(kinds); k++) {
		frame_make(&frame, &kinds[k].spec);
		uint32_t ip_bits = kinds[k].ip != NULL ? 8 * frame.l3 : 0;
		for (uint32_t bit = 9 * 8; bit < 12 * 8 && bit < ip_bits; bit++) {
			if (bit / 8 == 9)
				continue; // the protocol
			frame.bytes[frame.l2 + bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_true(sums_of(receive()).Receive.IpChecksumFailed);
			frame.bytes[frame.l2 + bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		uint32_t from = frame.l2 + frame.l3 + (frame.udp ? 6 : 13);
		for (uint32_t bit = 8 * from; bit < 8 * frame.length; bit++) {
			frame.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_sums(receive(), kinds[k].l4);
			frame.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
	bench_close();
}

static void a_udp_datagram_without_checksum_is_not_checked(void **state)
{
	bench_open(BIT(RX_CHECKSUM));
	frame_make(&frame, &(struct frame_spec){.udp = true, .payload = 20});
	frame_put16(&frame, frame_l4_sum_at(&frame), 0);
	assert_sums(receive(), "g--");
	frame_make(&frame, &(struct frame_spec){.v6 = true, .udp = true, .payload = 20});
	frame_put16(&frame, frame_l4_sum_at(&frame), 0);
	assert_sums(receive(), "--b"); // which IPv6 does not allow
	bench_close();
}

// A datagram may be shorter than the packet that carries it.
static void a_udp_checksum_covers_what_its_own_length_says(void **state)
{
	bench_open(BIT(RX_CHECKSUM));
	frame_make(&frame, &(struct frame_spec){.udp = true, .payload = 40});
	uint32_t udp = frame.l2 + frame.l3;
	frame_put16(&frame, udp + 4, 8 + 30);
	frame.payload = 30;
	frame_set_l4_sum(&frame);
	assert_sums(receive(), "g-g");
	frame_put16(&frame, udp + 4, 7);
	assert_sums(receive(), "g--");
	frame_put16(&frame, udp + 4, 8 + 41);
	assert_sums(receive(), "g--");
	bench_close();
}

static void fragments_are_checked_as_ip_only(void **state)
{
	bench_open(ALL);
	for (int udp = 0; udp < 2; udp++) {
		for (int tail = 0; tail < 2; tail++) {
			frame_make(&frame, &(struct frame_spec){.udp = udp, .payload = 64});
			frame_put16(&frame, frame.l2 + 6, tail ? 0x0010 : 0x2000);
			frame_set_ip_sum(&frame);
			NET_BUFFER_LIST *nbl = receive();
			assert_sums(nbl, "g--");
			assert_int_equal(nbl->NblFlags, NDIS_NBL_FLAGS_IS_IPV4);
			assert_int_equal(NET_BUFFER_LIST_GET_HASH_TYPE(nbl), NDIS_HASH_IPV4);
			// The extension header of IPv6 that says the same.
			frame_make(&frame,
				&(struct frame_spec){
					.v6 = true, .udp = udp, .extensions = 1, .payload = 64});
			frame.bytes[frame.l2 + 6] = 44;
			frame_put16(&frame, frame.l2 + 42, tail ? 0x0010 : 0x0001);
			nbl = receive();
			assert_sums(nbl, "---");
			assert_int_equal(nbl->NblFlags, NDIS_NBL_FLAGS_IS_IPV6);
			assert_int_equal(NET_BUFFER_LIST_GET_HASH_TYPE(nbl), NDIS_HASH_IPV6);
		}
	}
	bench_close();
}

static void bytes_behind_the_packet_belong_to_no_checksum(void **state)
{
	bench_open(BIT(RX_CHECKSUM));
	for (uint32_t padding = 1; padding < 20; padding++) {
		assert_sums(
			receive_made((struct frame_spec){.payload = 1, .padding = padding}), "gg-");
		assert_sums(receive_made((struct frame_spec){
				    .v6 = true, .udp = true, .payload = 1, .padding = padding}),
			"--g");
	}
	bench_close();
}

static void checksums_are_right_in_any_segmentation(void **state)
{
	bench_open(BIT(RX_CHECKSUM) | BIT(RSS_HASH));
	for (uint32_t first = 1; first < 200; first++) {
		frame_make(&frame, &(struct frame_spec){.payload = 401, .ip_options = 12});
		assert_sums(receive_mbuf(mbuf_of_frame(first)), "gg-");
		frame_make(&frame, &(struct frame_spec){.v6 = true, .udp = true, .payload = 300});
		NET_BUFFER_LIST *nbl = receive_mbuf(mbuf_of_frame(first));
		assert_sums(nbl, "--g");
		ULONG hash = NET_BUFFER_LIST_GET_HASH_VALUE(nbl);
		assert_int_equal(hash, NET_BUFFER_LIST_GET_HASH_VALUE(receive()));
	}
	bench_close();
}

static void headers_that_contradict_the_frame_say_nothing(void **state)
{
	static const struct {
		const char *what;
		bool v6;
		uint32_t at;
		uint8_t value;
		ULONG flags;
	} kinds[] = {
		{"an IPv4 header of 16 bytes", false, 14, 0x44, 0},
		{"of version 6", false, 14, 0x65, 0},
		{"an IPv4 length beyond the frame", false, 16, 0x40, NDIS_NBL_FLAGS_IS_IPV4},
		{"an IPv6 length beyond the frame", true, 18, 0x40, NDIS_NBL_FLAGS_IS_IPV6},
		{"a TCP header of 16 bytes", false, 46, 0x40, NDIS_NBL_FLAGS_IS_IPV4},
		{"a TCP header of 0 bytes", true, 66, 0, NDIS_NBL_FLAGS_IS_IPV6},
		{"a TCP header beyond the packet", false, 46, 0xf0, NDIS_NBL_FLAGS_IS_IPV4},
	};

	bench_open(ALL);
	for (size_t i = 0; i < RTE_DIM(kinds); i++) {
		for (int udp = 0; udp < 2; udp++) {
			frame_make(&frame, &(struct frame_spec){.v6 = kinds[i].v6, .udp = udp});
			if (udp && kinds[i].at > 20)
				continue;
			frame.bytes[kinds[i].at] = kinds[i].value;
			NET_BUFFER_LIST *nbl = receive();
			checksums sums = sums_of(nbl);
			if (sums.Receive.TcpChecksumSucceeded || sums.Receive.TcpChecksumFailed ||
				sums.Receive.UdpChecksumSucceeded || sums.Receive.UdpChecksumFailed)
				fail_msg("%s: checked", kinds[i].what);
			if ((nbl->NblFlags & ~(NDIS_NBL_FLAGS_IS_TCP | NDIS_NBL_FLAGS_IS_UDP)) !=
				kinds[i].flags)
				fail_msg("%s: flags %x", kinds[i].what, nbl->NblFlags);
			if (kinds[i].flags == 0)
				assert_int_equal(nbl->NblFlags, 0);
		}
	}
	bench_close();
}

// Every length from nothing on: what is not all there is not read.
static void cut_off_frames_are_never_read_beyond_their_end(void **state)
{
	static const struct frame_spec specs[] = {{.ip_options = 8}, {.udp = true, .tagged = true},
		{.v6 = true, .extensions = 2}, {.v6 = true, .udp = true, .tagged = true}};

	bench_open(ALL);
	for (size_t i = 0; i < RTE_DIM(specs); i++) {
		frame_make(&frame, &specs[i]);
		for (uint32_t whole = frame.length--; frame.length > 0; frame.length--) {
			NET_BUFFER_LIST *nbl = receive();
			checksums sums = sums_of(nbl);

			assert_false(sums.Receive.TcpChecksumSucceeded);
			assert_false(sums.Receive.UdpChecksumSucceeded);
			assert_true(frame.length < whole);
			if (frame.length < 14)
				assert_null(slot(nbl, NetBufferListFrameType));
		}
	}
	bench_close();
}

// Tags

static void a_tag_comes_out_of_the_data_field_by_field(void **state)
{
	static const uint16_t tcis[] = {1, 0xfff, 0x1000, 0x2000, 0x4000, 0x8000, 0x0555, 0xffff};

	bench_open(BIT(VLAN_STRIP));
	for (size_t i = 0; i < RTE_DIM(tcis); i++) {
		frame_make(&frame, &(struct frame_spec){.payload = 100});
		static struct frame untagged;
		untagged = frame;
		frame_tag(&frame, tcis[i]);
		NET_BUFFER_LIST *nbl = receive();
		NDIS_NET_BUFFER_LIST_8021Q_INFO tag = {
			.Value = slot(nbl, Ieee8021QNetBufferListInfo)};
		uint8_t got[2048];
		assert_int_equal(tag.TagHeader.UserPriority, tcis[i] >> 13);
		assert_int_equal(tag.TagHeader.CanonicalFormatId, tcis[i] >> 12 & 1);
		assert_int_equal(tag.TagHeader.VlanId, tcis[i] & 0xfff);
		assert_int_equal(tag.TagHeader.Reserved, 0);
		assert_int_equal(nb_gather(nbl->FirstNetBuffer, got, sizeof(got)), untagged.length);
		assert_memory_equal(got, untagged.bytes, untagged.length);
	}
	assert_null(slot(receive_made((struct frame_spec){0}), Ieee8021QNetBufferListInfo));
	bench_close();
}

static void a_second_tag_stays_in_the_data(void **state)
{
	bench_open(ALL);
	frame_make(&frame, &(struct frame_spec){.payload = 10});
	frame_tag(&frame, 7);
	frame_tag(&frame, 9);
	NET_BUFFER_LIST *nbl = receive();
	NDIS_NET_BUFFER_LIST_8021Q_INFO tag = {.Value = slot(nbl, Ieee8021QNetBufferListInfo)};
	assert_int_equal(tag.TagHeader.VlanId, 9);
	assert_sums(nbl, "gg-");
	assert_int_equal(nbl->FirstNetBuffer->DataLength, frame.length - 4);
	assert_int_equal((uintptr_t)slot(nbl, NetBufferListFrameType), htons(0x0800));
	bench_close();
}

// Types

static void types_are_told_in_flags_and_in_the_order_of_the_wire(void **state)
{
	static const struct {
		struct frame_spec spec;
		ULONG flags;
		uint16_t type;
	} kinds[] = {
		{{0}, NDIS_NBL_FLAGS_IS_IPV4 | NDIS_NBL_FLAGS_IS_TCP, 0x0800},
		{{.udp = true}, NDIS_NBL_FLAGS_IS_IPV4 | NDIS_NBL_FLAGS_IS_UDP, 0x0800},
		{{.v6 = true}, NDIS_NBL_FLAGS_IS_IPV6 | NDIS_NBL_FLAGS_IS_TCP, 0x86dd},
		{{.v6 = true, .udp = true, .tagged = true, .extensions = 1},
			NDIS_NBL_FLAGS_IS_IPV6 | NDIS_NBL_FLAGS_IS_UDP, 0x86dd},
	};

	bench_open(BIT(PACKET_TYPE));
	for (size_t i = 0; i < RTE_DIM(kinds); i++) {
		NET_BUFFER_LIST *nbl = receive_made(kinds[i].spec);

		assert_int_equal(nbl->NblFlags, kinds[i].flags);
		assert_int_equal(
			(uintptr_t)slot(nbl, NetBufferListFrameType), htons(kinds[i].type));
	}
	frame_put16(&frame, 12, 0x0806);
	assert_int_equal((uintptr_t)slot(receive(), NetBufferListFrameType), htons(0x0806));
	assert_int_equal(bench.user->held[0]->NblFlags, 0);
	bench_close();
}

// Hashes: the verification vectors of RSS

static void assert_hash(const NET_BUFFER_LIST *nbl, ULONG value, ULONG type)
{
	assert_int_equal(NET_BUFFER_LIST_GET_HASH_VALUE(nbl), value);
	assert_int_equal(NET_BUFFER_LIST_GET_HASH_TYPE(nbl), type);
	assert_int_equal(
		NET_BUFFER_LIST_GET_HASH_FUNCTION(nbl), value != 0 ? NdisHashFunctionToeplitz : 0);
}

static void hashes_are_those_of_the_verification_vectors(void **state)
{
	static const uint8_t v4[] = {66, 9, 149, 187, 161, 142, 100, 80};
	// 3ffe:2501:200:1fff::7 and 3ffe:2501:200:3::1
	static const uint8_t v6[] = {0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0, 0, 0, 0, 0,
		0, 0, 7, 0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x00, 0x03, 0, 0, 0, 0, 0, 0, 0, 1};

	bench_open(BIT(RSS_HASH));
	for (int udp = 0; udp < 2; udp++) {
		frame_make(&frame, &(struct frame_spec){.udp = udp, .payload = 10});
		memcpy(frame.bytes + 26, v4, sizeof(v4));
		frame_put16(&frame, 34, 2794);
		frame_put16(&frame, 36, 1766);
		assert_hash(receive(), 0x51ccc178, udp ? NDIS_HASH_UDP_IPV4 : NDIS_HASH_TCP_IPV4);
		frame.bytes[14 + 9] = IPPROTO_ICMP;
		assert_hash(receive(), 0x323e8fc2, NDIS_HASH_IPV4);
		frame_make(&frame, &(struct frame_spec){.v6 = true, .udp = udp, .payload = 10});
		memcpy(frame.bytes + 22, v6, sizeof(v6));
		frame_put16(&frame, 54, 2794);
		frame_put16(&frame, 56, 1766);
		assert_hash(receive(), 0x40207d3d, udp ? NDIS_HASH_UDP_IPV6 : NDIS_HASH_TCP_IPV6);
		frame.bytes[14 + 6] = IPPROTO_ICMPV6;
		assert_hash(receive(), 0x2cc18cd5, NDIS_HASH_IPV6);
	}
	frame_put16(&frame, 12, 0x0806);
	assert_hash(receive(), 0, 0);
	bench_close();
}

// Times

static void a_frame_without_a_time_of_its_own_has_that_of_the_burst(void **state)
{
	NET_BUFFER_LIST_TIMESTAMP stamp;
	uint64_t before = rte_rdtsc();

	bench_open(BIT(TIMESTAMP));
	NdisGetNblTimestampInfo(receive_made((struct frame_spec){0}), &stamp);
	assert_true(stamp.Timestamp >= before && stamp.Timestamp <= rte_rdtsc());
	bench_close();
}

static void a_time_in_the_mbuf_is_told_as_it_is(void **state)
{
	NET_BUFFER_LIST_TIMESTAMP stamp;
	uint64_t flag;
	int offset;

	bench_open(BIT(TIMESTAMP));
	assert_int_equal(rte_mbuf_dyn_rx_timestamp_register(&offset, &flag), 0);
	frame_make(&frame, &(struct frame_spec){0});
	struct rte_mbuf *m = mbuf_of_frame(UINT32_MAX);
	*RTE_MBUF_DYNFIELD(m, offset, uint64_t *) = 0x123456789abcdef0;
	m->ol_flags |= flag;
	NdisGetNblTimestampInfo(receive_mbuf(m), &stamp);
	assert_int_equal(stamp.Timestamp, 0x123456789abcdef0);
	bench_close();
}

// Send a list with these flags; returns the time that it has when it is complete.
static uint64_t time_of_send(ULONG flags)
{
	NET_BUFFER_LIST_TIMESTAMP stamp;
	NET_BUFFER_LIST *nbl;
	struct rte_mbuf *m;

	assert_int_equal(nimbl_nbl_get(bench.pool, &nbl, 1), 1);
	assert_int_equal(
		NdisRetreatNetBufferDataStart(NET_BUFFER_LIST_FIRST_NB(nbl), 60, 0, NULL), 0);
	nbl->NblFlags |= flags;
	test_send(bench.user, &nbl, 1, 0);
	for (int i = 0; i < 100 && bench.user->completed == 0; i++) {
		nimbl_lcore_run(0, 1);
		while ((m = ring_port_take(&bench.port)) != NULL)
			rte_pktmbuf_free(m);
	}
	assert_int_equal(bench.user->completed, 1);
	NdisGetNblTimestampInfo(nbl, &stamp);
	NdisFreeNetBufferList(nbl);
	return stamp.Timestamp;
}

static void a_send_has_a_time_when_it_asked_and_the_port_tells(void **state)
{
	const ULONG asks = NDIS_NBL_FLAGS_CAPTURE_TIMESTAMP_ON_TRANSMIT;
	uint64_t before = rte_rdtsc();

	bench_open(BIT(TIMESTAMP));
	uint64_t time = time_of_send(asks);
	assert_true(time >= before && time <= rte_rdtsc());
	bench_close();
	bench_open(BIT(TIMESTAMP));
	assert_int_equal(time_of_send(0), 0);
	bench_close();
	bench_open(0);
	assert_int_equal(time_of_send(asks), 0);
	bench_close();
}

// What a device says

static const struct ethdev_info device = {
	.enabled = DEVICE, .in_device = DEVICE, .has_types = true};

#define IPV4 (RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4_EXT_UNKNOWN)
#define IPV6 (RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV6_EXT_UNKNOWN)

// A list over the frame as the device describes it.
static NET_BUFFER_LIST *tell(
	const struct ethdev_info *info, uint32_t ptype, uint64_t flags, struct rte_mbuf *m)
{
	m->packet_type = ptype;
	m->ol_flags |= flags;
	ethdev_receive_untag(info, m);
	NET_BUFFER_LIST *nbl = adopt(m);
	ethdev_receive_info(info, nbl, m, 4711);
	assert_nb_sound(NET_BUFFER_LIST_FIRST_NB(nbl));
	return nbl;
}

static void assert_told_sums(uint32_t ptype, uint64_t flags, const char *want)
{
	NET_BUFFER_LIST *nbl = tell(&device, ptype, flags, mbuf_of_frame(UINT32_MAX));

	assert_sums(nbl, want);
	nimbl_nbl_put(&nbl, 1);
}

static void checksum_states_of_a_device_are_told(void **state)
{
	static const struct {
		uint64_t ip, l4;
		const char *tcp4, *udp6, *fragment;
	} states[] = {
		{RTE_MBUF_F_RX_IP_CKSUM_GOOD, RTE_MBUF_F_RX_L4_CKSUM_GOOD, "gg-", "--g", "g--"},
		{RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_L4_CKSUM_BAD, "bb-", "--b", "b--"},
		{RTE_MBUF_F_RX_IP_CKSUM_NONE, RTE_MBUF_F_RX_L4_CKSUM_NONE, "gg-it", "--gt", "g--i"},
		{RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN, "---", "---",
			"---"},
		{RTE_MBUF_F_RX_IP_CKSUM_GOOD, RTE_MBUF_F_RX_L4_CKSUM_BAD, "gb-", "--b", "g--"},
		{RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN, "b--", "---", "b--"},
	};

	bench_open(0);
	frame_make(&frame, &(struct frame_spec){.payload = 64});
	for (size_t i = 0; i < RTE_DIM(states); i++) {
		uint64_t flags = states[i].ip | states[i].l4;

		assert_told_sums(IPV4 | RTE_PTYPE_L4_TCP, flags, states[i].tcp4);
		assert_told_sums(IPV6 | RTE_PTYPE_L4_UDP, flags, states[i].udp6);
		assert_told_sums(IPV4 | RTE_PTYPE_L4_FRAG, flags, states[i].fragment);
		assert_told_sums(RTE_PTYPE_L2_ETHER, flags, "---");
	}
	bench_close();
}

static void a_tag_that_the_device_took_out_is_told(void **state)
{
	bench_open(0);
	frame_make(&frame, &(struct frame_spec){0});
	struct rte_mbuf *m = mbuf_of_frame(UINT32_MAX);
	m->vlan_tci = 0xb123;
	NET_BUFFER_LIST *nbl = tell(&device, IPV4 | RTE_PTYPE_L4_TCP,
		RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED, m);
	NDIS_NET_BUFFER_LIST_8021Q_INFO tag = {.Value = slot(nbl, Ieee8021QNetBufferListInfo)};
	assert_int_equal(tag.TagHeader.UserPriority, 5);
	assert_int_equal(tag.TagHeader.CanonicalFormatId, 1);
	assert_int_equal(tag.TagHeader.VlanId, 0x123);
	nimbl_nbl_put(&nbl, 1);
	// Seen, but left where it was.
	m = mbuf_of_frame(UINT32_MAX);
	m->vlan_tci = 0xb123;
	nbl = tell(&device, IPV4 | RTE_PTYPE_L4_TCP, RTE_MBUF_F_RX_VLAN, m);
	assert_null(slot(nbl, Ieee8021QNetBufferListInfo));
	nimbl_nbl_put(&nbl, 1);
	bench_close();
}

// The device says that there is a tag, and the engine takes it out.
static void the_type_behind_a_tag_is_told_whoever_took_it_out(void **state)
{
	struct ethdev_info info = device;

	bench_open(0);
	frame_make(&frame, &(struct frame_spec){.tagged = true});
	for (int ours = 0; ours < 2; ours++) {
		info.in_device = ours ? DEVICE & ~BIT(VLAN_STRIP) : DEVICE;
		NET_BUFFER_LIST *nbl =
			tell(&info, RTE_PTYPE_L2_ETHER_VLAN | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_TCP,
				0, mbuf_of_frame(UINT32_MAX));
		assert_int_equal((uintptr_t)slot(nbl, NetBufferListFrameType), htons(0x0800));
		assert_int_equal(slot(nbl, Ieee8021QNetBufferListInfo) != NULL, ours);
		nimbl_nbl_put(&nbl, 1);
	}
	frame_tag(&frame, 5);
	frame_put16(&frame, 12, 0x88a8);
	NET_BUFFER_LIST *nbl =
		tell(&device, RTE_PTYPE_L2_ETHER_QINQ | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_TCP, 0,
			mbuf_of_frame(UINT32_MAX));
	assert_int_equal((uintptr_t)slot(nbl, NetBufferListFrameType), htons(0x0800));
	nimbl_nbl_put(&nbl, 1);
	bench_close();
}

static void a_hash_of_the_device_is_told_with_its_type(void **state)
{
	static const struct {
		uint32_t ptype;
		ULONG type;
	} kinds[] = {
		{IPV4 | RTE_PTYPE_L4_TCP, NDIS_HASH_TCP_IPV4},
		{IPV4 | RTE_PTYPE_L4_UDP, NDIS_HASH_UDP_IPV4},
		{IPV4, NDIS_HASH_IPV4},
		{IPV6 | RTE_PTYPE_L4_TCP, NDIS_HASH_TCP_IPV6},
		{IPV6 | RTE_PTYPE_L4_UDP, NDIS_HASH_UDP_IPV6},
		{IPV6 | RTE_PTYPE_L4_FRAG, NDIS_HASH_IPV6},
	};

	bench_open(0);
	frame_make(&frame, &(struct frame_spec){0});
	for (size_t i = 0; i < RTE_DIM(kinds); i++) {
		for (int has = 0; has < 2; has++) {
			struct rte_mbuf *m = mbuf_of_frame(UINT32_MAX);

			m->hash.rss = 0xcafe0123;
			NET_BUFFER_LIST *nbl =
				tell(&device, kinds[i].ptype, has ? RTE_MBUF_F_RX_RSS_HASH : 0, m);
			assert_hash(nbl, has ? 0xcafe0123 : 0, has ? kinds[i].type : 0);
			nimbl_nbl_put(&nbl, 1);
		}
	}
	bench_close();
}

static void joined_segments_are_counted(void **state)
{
	bench_open(0);
	for (uint32_t payload = 1; payload < 1000; payload += 37) {
		frame_make(
			&frame, &(struct frame_spec){
					.v6 = payload % 2, .tcp_options = 12, .payload = payload});
		struct rte_mbuf *m = mbuf_of_frame(UINT32_MAX);
		m->tso_segsz = 100;
		NET_BUFFER_LIST *nbl =
			tell(&device, 0, RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_NONE, m);
		NDIS_RSC_NBL_INFO rsc = {.Value = slot(nbl, TcpRecvSegCoalesceInfo)};
		assert_int_equal(rsc.Info.CoalescedSegCount, (payload + 99) / 100);
		assert_int_equal(rsc.Info.DupAckCount, 0);
		assert_true(sums_of(nbl).Receive.TcpChecksumValueInvalid);
		assert_true(sums_of(nbl).Receive.TcpChecksumSucceeded);
		nimbl_nbl_put(&nbl, 1);
	}
	bench_close();
}

static void bytes_behind_joined_segments_are_not_counted(void **state)
{
	bench_open(0);
	frame_make(&frame, &(struct frame_spec){.payload = 200, .padding = 6});
	struct rte_mbuf *m = mbuf_of_frame(UINT32_MAX);
	m->tso_segsz = 100;
	NET_BUFFER_LIST *nbl = tell(&device, 0, RTE_MBUF_F_RX_LRO, m);
	NDIS_RSC_NBL_INFO rsc = {.Value = slot(nbl, TcpRecvSegCoalesceInfo)};
	assert_int_equal(rsc.Info.CoalescedSegCount, 2);
	nimbl_nbl_put(&nbl, 1);
	bench_close();
}

static void a_frame_that_was_not_joined_is_not_counted(void **state)
{
	bench_open(0);
	frame_make(&frame, &(struct frame_spec){.payload = 200});
	for (int i = 0; i < 2; i++) {
		struct rte_mbuf *m = mbuf_of_frame(UINT32_MAX);

		m->tso_segsz = i == 0 ? 100 : 0;
		NET_BUFFER_LIST *nbl = tell(&device, 0, i == 0 ? 0 : RTE_MBUF_F_RX_LRO, m);
		assert_null(slot(nbl, TcpRecvSegCoalesceInfo));
		nimbl_nbl_put(&nbl, 1);
	}
	bench_close();
}

static int start(void **state)
{
	if (eal_harness_start(state) != 0 ||
		nimbl_lcores_init(NIMBL_BURST_MAX, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_without_offloads_says_nothing_and_that_it_is_plain),
		cmocka_unit_test(only_what_was_asked_is_said),
		cmocka_unit_test(nothing_of_an_older_frame_stays_in_an_element),
		cmocka_unit_test(what_is_sent_on_untouched_takes_nothing_along),
		cmocka_unit_test(right_checksums_are_good),
		cmocka_unit_test(each_wrong_bit_makes_a_checksum_bad),
		cmocka_unit_test(a_udp_datagram_without_checksum_is_not_checked),
		cmocka_unit_test(a_udp_checksum_covers_what_its_own_length_says),
		cmocka_unit_test(fragments_are_checked_as_ip_only),
		cmocka_unit_test(bytes_behind_the_packet_belong_to_no_checksum),
		cmocka_unit_test(checksums_are_right_in_any_segmentation),
		cmocka_unit_test(headers_that_contradict_the_frame_say_nothing),
		cmocka_unit_test(cut_off_frames_are_never_read_beyond_their_end),
		cmocka_unit_test(a_tag_comes_out_of_the_data_field_by_field),
		cmocka_unit_test(a_second_tag_stays_in_the_data),
		cmocka_unit_test(types_are_told_in_flags_and_in_the_order_of_the_wire),
		cmocka_unit_test(hashes_are_those_of_the_verification_vectors),
		cmocka_unit_test(a_frame_without_a_time_of_its_own_has_that_of_the_burst),
		cmocka_unit_test(a_time_in_the_mbuf_is_told_as_it_is),
		cmocka_unit_test(a_send_has_a_time_when_it_asked_and_the_port_tells),
		cmocka_unit_test(checksum_states_of_a_device_are_told),
		cmocka_unit_test(a_tag_that_the_device_took_out_is_told),
		cmocka_unit_test(the_type_behind_a_tag_is_told_whoever_took_it_out),
		cmocka_unit_test(a_hash_of_the_device_is_told_with_its_type),
		cmocka_unit_test(joined_segments_are_counted),
		cmocka_unit_test(bytes_behind_joined_segments_are_not_counted),
		cmocka_unit_test(a_frame_that_was_not_joined_is_not_counted),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
