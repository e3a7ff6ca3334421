// SPDX-License-Identifier: BSD-3-Clause
// Send: lists that nobody wants back are what the other end receives. Of all others it gets a copy, and
// they are complete at once.
#include <ndis/ndl/nblchain.h>
#include <rte_ether.h>

#include "loopback_priv.h"

// One call's worth, counted once.
struct batch {
	struct loopback *to;
	NET_BUFFER_LIST *lists[NIMBL_BURST_MAX];
	unsigned int count;
	uint64_t frames, bytes; // put on the ring
	uint64_t drops[NIMBL_DROP_COUNT];
};

// What the ring has no room for is dropped. One sender, one queue: what a thread sends stays in order.
static void batch_flush(struct batch *batch)
{
	const struct loopback_queue *queue =
		&batch->to->queues[nimbl_lcore_here() % batch->to->queue_count];
	uint64_t bytes[NIMBL_BURST_MAX];

	// Once on the ring they are no longer ours to look at.
	for (unsigned int i = 0; i < batch->count; i++)
		bytes[i] = NET_BUFFER_LIST_FIRST_NB(batch->lists[i])->stDataLength;
	unsigned int n = rte_ring_mp_enqueue_burst(
		queue->waiting, (void **)batch->lists, batch->count, NULL);
	for (unsigned int i = 0; i < n; i++)
		batch->bytes += bytes[i];
	batch->frames += n;
	batch->drops[NIMBL_DROP_TX_RING_FULL] += batch->count - n;
	nimbl_nbl_put(batch->lists + n, (uint16_t)(batch->count - n));
	batch->count = 0;
}

// `list` is received by the other end from now on.
static void batch_add(struct batch *batch, NET_BUFFER_LIST *list)
{
	list->SourceHandle = batch->to->adapter;
	batch->lists[batch->count++] = list;
	if (batch->count == NIMBL_BURST_MAX)
		batch_flush(batch);
}

static bool length_is_legal(const struct loopback *self, uint64_t length, struct batch *batch)
{
	bool is_short = length < RTE_ETHER_HDR_LEN;
	bool is_long = length > self->frame_max || length > batch->to->room;

	batch->drops[NIMBL_DROP_TX_RUNT] += is_short;
	batch->drops[NIMBL_DROP_TX_TOO_LONG] += is_long;
	return !is_short && !is_long;
}

// A checksum that was left to the sender stays open: whoever receives is told so, as of a frame that never
// was on a wire. A tag beside the frame stays there.
static void info_copy(const NET_BUFFER_LIST *from, NET_BUFFER_LIST *to)
{
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO asks = {
		.Value = nimbl_nbl_slot(from, TcpIpChecksumNetBufferListInfo)};
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO is = {.Value = NULL};
	PVOID tag = nimbl_nbl_slot(from, Ieee8021QNetBufferListInfo);

	if (tag != NULL)
		NET_BUFFER_LIST_INFO(to, Ieee8021QNetBufferListInfo) = tag;
	if (asks.Value == NULL)
		return;
	is.Receive.TcpChecksumValueInvalid = asks.Transmit.TcpChecksum || asks.Transmit.UdpChecksum;
	is.Receive.TcpChecksumSucceeded = asks.Transmit.TcpChecksum;
	is.Receive.UdpChecksumSucceeded = asks.Transmit.UdpChecksum;
	is.Receive.IpChecksumValueInvalid = asks.Transmit.IpHeaderChecksum;
	is.Receive.IpChecksumSucceeded = asks.Transmit.IpHeaderChecksum;
	NET_BUFFER_LIST_INFO(to, TcpIpChecksumNetBufferListInfo) = is.Value;
	to->NblFlags = (asks.Transmit.IsIPv4 ? NDIS_NBL_FLAGS_IS_IPV4 : 0) |
		       (asks.Transmit.IsIPv6 ? NDIS_NBL_FLAGS_IS_IPV6 : 0);
}

static void frame_copy(const struct loopback *self, const NET_BUFFER_LIST *nbl,
	const NET_BUFFER *nb, struct batch *batch)
{
	NET_BUFFER_LIST *copy;

	if (!length_is_legal(self, nb->stDataLength, batch))
		return;
	if (nimbl_nbl_slot(nbl, TcpLargeSendNetBufferListInfo) != NULL) {
		batch->drops[NIMBL_DROP_TX_OFFLOAD]++;
		return;
	}
	if (nimbl_nbl_get(batch->to->pool, &copy, 1) == 0) {
		batch->drops[NIMBL_DROP_TX_NO_BUFFER]++;
		return;
	}
	NET_BUFFER *to = nimbl_own_nb(copy);
	uint8_t *room = MmGetSystemAddressForMdlSafe(nimbl_own_mdl(to), NormalPagePriority);
	nimbl_nb_aim_own(to, RTE_PKTMBUF_HEADROOM, nb->DataLength);
	nimbl_nb_read(nb, 0, room + RTE_PKTMBUF_HEADROOM, nb->DataLength);
	nimbl_nbl_set_fresh(copy, NIMBL_LIST_INDICATED);
	info_copy(nbl, copy);
	batch_add(batch, copy);
}

static void list_copy(const struct loopback *self, const NET_BUFFER_LIST *nbl, struct batch *batch)
{
	for (const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb != NULL;
		nb = NET_BUFFER_NEXT_NB(nb))
		frame_copy(self, nbl, nb, batch);
}

// Whether a list that was given for good is one frame in room of its own, with nothing asked: then it goes
// on as it is.
static bool is_passable(const NET_BUFFER_LIST *nbl)
{
	return nimbl_nbl_is_plain(nbl, nimbl_own_nb(nbl)) && nbl->Context == NULL;
}

static void send_for_good(const struct loopback *self, NET_BUFFER_LIST *chain, struct batch *batch)
{
	for (NET_BUFFER_LIST *nbl = chain, *next; nbl != NULL; nbl = next) {
		bool passes = batch->to != NULL && is_passable(nbl);

		next = NET_BUFFER_LIST_NEXT_NBL(nbl);
		if (passes && length_is_legal(self, nimbl_own_nb(nbl)->stDataLength, batch)) {
			if (nbl->NimblInfoUsed != 0)
				nimbl_nbl_clear_info(nbl);
			nimbl_nbl_set_fresh(nbl, NIMBL_LIST_INDICATED);
			nbl->NblFlags = 0;
			batch_add(batch, nbl);
			continue;
		}
		if (!passes && batch->to != NULL)
			list_copy(self, nbl, batch);
		nimbl_nbl_drop_headers(nbl);
		nimbl_nbl_put(&nbl, 1);
	}
}

static void batch_count(const struct loopback *self, const struct batch *batch)
{
	uint64_t asked = batch->frames;

	for (unsigned int i = 0; i < NIMBL_DROP_COUNT; i++) {
		asked += batch->drops[i];
		if (batch->drops[i] > 0)
			nimbl_count_dropped(self->adapter, (enum nimbl_drop)i, batch->drops[i]);
	}
	nimbl_count_here(self->counters, offsetof(struct nimbl_counters, tx_frames), batch->frames);
	nimbl_count_here(self->counters, offsetof(struct nimbl_counters, tx_bytes), batch->bytes);
	nimbl_count_here(self->counters, offsetof(struct nimbl_counters, frames_asked), asked);
}

VOID loopback_send(NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	struct loopback *self = context;
	struct batch batch = {.to = __atomic_load_n(&self->peer, __ATOMIC_ACQUIRE)};
	uint64_t lists = NdisNumNblsInNblChain(chain);
	bool for_good = (flags & NIMBL_SEND_FLAGS_HANDOVER) != 0;

	if (for_good)
		nimbl_count_here(
			self->counters, offsetof(struct nimbl_counters, lists_handed), lists);
	else
		nimbl_count_here(
			self->counters, offsetof(struct nimbl_counters, lists_sent), lists);
	if (batch.to == NULL)
		batch.drops[NIMBL_DROP_TX_LINK_DOWN] = NdisNumNbsInNblChain(chain);
	if (for_good)
		send_for_good(self, chain, &batch);
	else if (batch.to != NULL)
		for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl))
			list_copy(self, nbl, &batch);
	if (batch.count > 0)
		batch_flush(&batch);
	batch_count(self, &batch);
	if (for_good)
		return;
	NdisSetStatusInNblChain(
		chain, batch.to != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE);
	nimbl_count_here(self->counters, offsetof(struct nimbl_counters, lists_completed), lists);
	NdisMSendNetBufferListsComplete(self->adapter, chain,
		NDIS_TEST_SEND_AT_DISPATCH_LEVEL(flags) ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL
							: 0);
}

// Nothing that is sent waits here.
VOID loopback_cancel_send(NDIS_HANDLE context, PVOID cancel_id)
{
}
