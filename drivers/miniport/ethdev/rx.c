// SPDX-License-Identifier: BSD-3-Clause
// Receive: a burst of mbufs becomes a chain of lists in place; returned lists go home.
#include <rte_cycles.h>

#include "ethdev_priv.h"

struct ethdev_seen ethdev_seen[RTE_MAX_LCORE];

// What comes from the pool of another port says so in its source; it is this port's now. Returns
// whether there was any: such lists must be made whole again before they go to a PMD.
static bool claim(NET_BUFFER_LIST *chain, NDIS_HANDLE adapter)
{
	bool any = false;

	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		any |= nbl->SourceHandle != adapter;
		nbl->SourceHandle = adapter;
	}
	return any;
}

static void untag_all(const struct ethdev_info *info, const struct ethdev_seen *seen)
{
	for (uint16_t i = 0; i < seen->count; i++)
		ethdev_receive_untag(info, seen->frames[i]);
}

static void info_all(const struct ethdev_info *info, const struct ethdev_seen *seen)
{
	uint64_t now = rte_rdtsc();

	for (uint16_t i = 0; i < seen->count; i++)
		ethdev_receive_info(info, nimbl_nbl_of_mbuf(seen->frames[i]), seen->frames[i], now);
}

static inline void receive(const struct ethdev_rxq *rxq, NDIS_POLL_RECEIVE_DATA *data)
{
	struct ethdev_seen *seen = rxq->seen;
	uint16_t max = (uint16_t)RTE_MIN(data->MaxNblsToIndicate, (ULONG)ETHDEV_BURST);
	uint16_t n = rte_eth_rx_burst(rxq->port_id, rxq->queue_id, seen->frames, max);
	struct nimbl_counters *counters = rxq->counters;
	NET_BUFFER_LIST *chain = NULL;
	uint64_t bytes = 0;
	uint32_t excess = 0, unusual = 0;

	seen->count = n;
	nimbl_count(&counters->rx_polls, 1);
	if (n == 0) {
		nimbl_count(&counters->rx_empty_polls, 1);
		return;
	}
	if (unlikely(rxq->info != NULL))
		untag_all(rxq->info, seen);
		// From the last to the first, so that each list knows what follows it when it is written.
#pragma GCC unroll 4
	for (size_t i = n; i > 0; i--) {
		struct rte_mbuf *m = seen->frames[i - 1];
		uint32_t length = m->pkt_len;

		bytes += length;
		excess |= length - RTE_ETHER_HDR_LEN;
		chain = nimbl_nbl_adopt(m, chain, &unusual);
	}
	seen->is_plain = unusual == 0;
	seen->excess = excess;
	seen->bytes = bytes;
	data->Flags = NIMBL_RECEIVE_FLAGS_HANDOVER | NIMBL_RECEIVE_FLAGS_UNTOUCHED;
	if (unlikely(rxq->info != NULL)) {
		info_all(rxq->info, seen);
		data->Flags = NIMBL_RECEIVE_FLAGS_HANDOVER;
		seen->is_plain = false; // slots must be cleared before a PMD has them
	}
	if (unlikely(rxq->is_foreign) && claim(chain, rxq->adapter))
		seen->is_plain = false;
	nimbl_count(&counters->rx_frames, n);
	nimbl_count(&counters->rx_bytes, bytes);
	data->IndicatedNblChain = chain;
	data->NumberOfIndicatedNbls = n;
	data->NumberOfRemainingNbls = n == max ? NDIS_ANY_NUMBER_OF_NBLS : 0;
}

VOID ethdev_poll(void *context, NDIS_POLL_DATA *data)
{
	const struct ethdev_poll *poll = context;

	if (unlikely(__atomic_load_n(&poll->dev->is_removed, __ATOMIC_RELAXED))) {
		if (poll->txq != NULL)
			ethdev_removed_poll(poll->txq, &data->Transmit);
		return;
	}
	if (poll->txq != NULL)
		ethdev_transmit_poll(poll->txq, &data->Transmit);
	if (poll->rxq != NULL && data->Receive.MaxNblsToIndicate > 0)
		receive(poll->rxq, &data->Receive);
}

VOID ethdev_return(NDIS_HANDLE context, PNET_BUFFER_LIST chain, ULONG flags)
{
	struct ethdev *dev = context;
	uint32_t count = nimbl_nbl_put_chain(chain);

	nimbl_count_here(dev->counters, offsetof(struct nimbl_counters, lists_returned), count);
}

void ethdev_receive_flush(struct ethdev *dev)
{
	struct rte_mbuf *burst[ETHDEV_BURST];
	struct nimbl_counters *counters = nimbl_counters_here(dev->counters);

	for (uint16_t q = 0; q < dev->rx_count; q++) {
		uint16_t n;

		while ((n = rte_eth_rx_burst(dev->port_id, q, burst, ETHDEV_BURST)) > 0) {
			counters->rx_frames += n;
			counters->drops[NIMBL_DROP_RX_PAUSED] += n;
			rte_pktmbuf_free_bulk(burst, n);
		}
	}
}
