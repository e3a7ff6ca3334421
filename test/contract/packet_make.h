// SPDX-License-Identifier: BSD-3-Clause
// For tests of filters that look into packets: packets as flat bytes, lists of them in every form that
// NDIS allows, and what comes out on the other side, as flat bytes again.
#pragma once

#include "derive_make.h"
#include "stack_make.h"

#define PACKET_MAX  600u
#define PACKETS_MAX 4096u

struct packet {
	uint8_t bytes[PACKET_MAX];
	uint32_t length;
};

static uint64_t packet_seed = 1;

static inline uint32_t packet_random(uint32_t below)
{
	packet_seed ^= packet_seed << 13;
	packet_seed ^= packet_seed >> 7;
	packet_seed ^= packet_seed << 17;
	return (uint32_t)(packet_seed >> 16) % below;
}

static inline void packet_insert(struct packet *packet, uint32_t at, const void *bytes, uint32_t n)
{
	memmove(packet->bytes + at + n, packet->bytes + at, packet->length - at);
	memcpy(packet->bytes + at, bytes, n);
	packet->length += n;
}

static inline void packet_remove(struct packet *packet, uint32_t at, uint32_t n)
{
	memmove(packet->bytes + at, packet->bytes + at + n, packet->length - at - n);
	packet->length -= n;
}

static inline PVOID packet_slot(uint16_t tci)
{
	NDIS_NET_BUFFER_LIST_8021Q_INFO info = {.Value = NULL};

	info.TagHeader.UserPriority = tci >> 13;
	info.TagHeader.CanonicalFormatId = tci >> 12 & 1;
	info.TagHeader.VlanId = tci & 0xfff;
	return info.Value;
}

static inline void packet_tag(struct packet *packet, uint16_t type, uint16_t tci)
{
	const uint8_t tag[4] = {
		(uint8_t)(type >> 8), (uint8_t)type, (uint8_t)(tci >> 8), (uint8_t)tci};

	packet_insert(packet, 12, tag, 4);
}

// One packet of a list as it would lie on a wire: with the tag of the list's slot.
static inline void packet_of(struct packet *packet, const NET_BUFFER_LIST *nbl, NET_BUFFER *nb)
{
	NDIS_NET_BUFFER_LIST_8021Q_INFO info = {
		.Value = nimbl_nbl_slot(nbl, Ieee8021QNetBufferListInfo)};

	assert_nb_sound(nb);
	packet->length = nb_gather(nb, packet->bytes, PACKET_MAX);
	assert_true(packet->length <= PACKET_MAX - 8);
	if (info.Value != NULL)
		packet_tag(packet, 0x8100,
			(uint16_t)(info.TagHeader.UserPriority << 13 |
				   info.TagHeader.CanonicalFormatId << 12 | info.TagHeader.VlanId));
}

// Memory of a driver's own, in up to three MDLs, with some headroom.
static inline MDL *packet_mdls(const struct packet *packet, uint32_t headroom)
{
	uint32_t bytes = packet->length + headroom, done = 0;
	uint8_t *memory = malloc(bytes);
	MDL *first = NULL, **end = &first;

	assert_non_null(memory);
	memset(memory, 0xee, headroom);
	memcpy(memory + headroom, packet->bytes, packet->length);
	while (done < bytes) {
		uint32_t n = packet_random(3) == 0 ? bytes - done : 1 + packet_random(bytes - done);

		*end = NdisAllocateMdl(NULL, memory + done, n);
		assert_non_null(*end);
		end = &(*end)->Next;
		done += n;
	}
	*end = NULL;
	return first;
}

static inline void packet_mdls_free(MDL *mdl)
{
	free(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
	for (MDL *next; mdl != NULL; mdl = next) {
		next = mdl->Next;
		NdisFreeMdl(mdl);
	}
}

// A list of `count` packets over memory of the test's, for packets_free().
static inline NET_BUFFER_LIST *packets_list(
	NDIS_HANDLE lists, NDIS_HANDLE buffers, const struct packet *packets, uint32_t count)
{
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(lists, 0, 0);
	NET_BUFFER **end = &NET_BUFFER_LIST_FIRST_NB(nbl);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t headroom = packet_random(3) * 7;

		*end = NdisAllocateNetBuffer(
			buffers, packet_mdls(&packets[i], headroom), headroom, packets[i].length);
		assert_non_null(*end);
		end = &NET_BUFFER_NEXT_NB(*end);
	}
	return nbl;
}

static inline void packets_free(NET_BUFFER_LIST *nbl)
{
	for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl), *next; nb != NULL; nb = next) {
		next = NET_BUFFER_NEXT_NB(nb);
		packet_mdls_free(NET_BUFFER_FIRST_MDL(nb));
		NdisFreeNetBuffer(nb);
	}
	NET_BUFFER_LIST_FIRST_NB(nbl) = NULL;
	NdisFreeNetBufferList(nbl);
}

// A list as a miniport receives it, in one segment or two.
static inline NET_BUFFER_LIST *packet_received(NDIS_HANDLE pool, const struct packet *packet)
{
	uint32_t first = packet_random(2) == 0 ? packet->length : 1 + packet_random(packet->length);
	struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(pool));

	assert_non_null(m);
	memcpy(rte_pktmbuf_append(m, (uint16_t)first), packet->bytes, first);
	if (first < packet->length) {
		struct rte_mbuf *rest = rte_pktmbuf_alloc(nimbl_pool_mempool(pool));
		uint32_t n = packet->length - first;

		assert_non_null(rest);
		memcpy(rte_pktmbuf_append(rest, (uint16_t)n), packet->bytes + first, n);
		assert_int_equal(rte_pktmbuf_chain(m, rest), 0);
	}
	return adopt(m);
}

// A stack of one filter with these options, running.
struct packet_stack {
	struct stack stack;
	NDIS_HANDLE filter;
	NDIS_HANDLE
	received; // pool of lists that the miniport indicates, or the protocol gives away
	NDIS_HANDLE lists, buffers;
};

static inline void packet_stack_open(
	struct packet_stack *ps, const char *driver, const struct nimbl_option *options)
{
	stack_begin(&ps->stack);
	assert_true(test_miniport_initialized > test_miniport_halted);
	if (nimbl_filter_open(driver, ps->stack.adapter, 0, "f", options, &ps->filter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	stack_bind(&ps->stack);
	test_events();
	ps->received = list_pool_with(TRUE, 1024, 0,
		&(struct nimbl_pool_options){.capacity = 256, .node = NIMBL_NODE_ANY});
	ps->lists = list_pool(FALSE, 0, 0);
	ps->buffers = buffer_pool(0);
	assert_int_equal(nimbl_adapter_restart(ps->stack.adapter), 0);
	assert_int_equal(nimbl_filter_restart(ps->filter), 0);
	assert_int_equal(nimbl_binding_restart(ps->stack.binding), 0);
}

static inline void packet_stack_close(struct packet_stack *ps)
{
	assert_int_equal(nimbl_binding_pause(ps->stack.binding), 0);
	assert_int_equal(nimbl_filter_pause(ps->filter), 0);
	assert_int_equal(nimbl_adapter_pause(ps->stack.adapter), 0);
	nimbl_binding_close(ps->stack.binding);
	nimbl_adapter_close(ps->stack.adapter);
	assert_pools_whole();
	close_whole(ps->received);
	close_whole(ps->lists);
	close_whole(ps->buffers);
}

static inline uint64_t packet_figure(const struct packet_stack *ps, const char *name)
{
	static struct nimbl_figure figures[1100];
	unsigned int n = nimbl_filter_figures(ps->filter, figures, 1100);

	for (unsigned int i = 0; i < n; i++)
		if (strcmp(figures[i].name, name) == 0)
			return figures[i].value;
	fail_msg("no figure '%s'", name);
	return 0;
}

// What came out of the filter, in order.
struct packet_log {
	struct packet packets[PACKETS_MAX];
	uint32_t count;
};

static struct packet_log packet_out;

static inline void packet_log_list(NET_BUFFER_LIST *nbl)
{
	for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb != NULL;
		nb = NET_BUFFER_NEXT_NB(nb)) {
		assert_true(packet_out.count < PACKETS_MAX);
		packet_of(&packet_out.packets[packet_out.count++], nbl, nb);
	}
}

// The protocol of the test notes what it receives, and gives it back.
static inline void packet_on_receive(
	struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		packet_log_list(nbl);
		count--;
	}
	assert_int_equal(count, 0);
	if (NDIS_TEST_RECEIVE_CAN_PEND(flags))
		NdisReturnNetBufferLists(self->binding, chain, 0);
}

// The miniport notes what it was given to send, and completes it, or brings home what is its own now.
static inline void packet_take_sent(struct packet_stack *ps, bool given)
{
	struct test_miniport *mp = ps->stack.mp;

	for (uint32_t i = 0; i < mp->sent_count; i++)
		packet_log_list(mp->sent[i]);
	for (uint32_t i = mp->sent_count; i > 0; i--) {
		NET_BUFFER_LIST *nbl = mp->sent[i - 1];

		NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
		if (given && nbl->SourceHandle != ps->filter) {
			nimbl_nbl_drop_headers(nbl);
			NdisFreeNetBufferList(nbl);
		} else {
			NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_SUCCESS;
			NdisMSendNetBufferListsComplete(ps->stack.adapter, nbl, 0);
		}
	}
	mp->sent_count = 0;
}

static inline void packet_expect(const struct packet *want, uint32_t count)
{
	assert_int_equal(packet_out.count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(packet_out.packets[i].length, want[i].length);
		assert_memory_equal(packet_out.packets[i].bytes, want[i].bytes, want[i].length);
	}
	packet_out.count = 0;
}
