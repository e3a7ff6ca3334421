// SPDX-License-Identifier: BSD-3-Clause
// Queues, the lcores that serve them, and their poll objects.
#include <errno.h>
#include <rte_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ethdev_priv.h"
#include "nimbl_log.h"

#define INBOX_CHAINS 1024

// Parse "1,1,2" into lcores; returns how many.
static uint16_t lcore_list(const char *text, uint32_t *lcores)
{
	uint16_t count = 0;

	while (*text != '\0' && count < ETHDEV_QUEUES_MAX) {
		char *end;

		lcores[count++] = (uint32_t)strtoul(text, &end, 10);
		text = *end == ',' ? end + 1 : end;
	}
	return count;
}

static void routes_set(struct ethdev *dev)
{
	for (uint16_t q = 0; q < dev->tx_count; q++)
		dev->tx_of_lcore[dev->txqs[q].lcore] = &dev->txqs[q];
	// One sender, one queue: what a thread sends stays in order.
	for (unsigned int lcore = 0; lcore <= RTE_MAX_LCORE; lcore++)
		dev->inbox_of_lcore[lcore] = &dev->txqs[lcore % dev->tx_count];
}

int ethdev_queues_plan(struct ethdev *dev, const struct rte_eth_dev_info *info)
{
	uint32_t rx[ETHDEV_QUEUES_MAX], tx[ETHDEV_QUEUES_MAX];

	dev->rx_count = lcore_list(nimbl_option(dev->adapter, "rx_lcores", ""), rx);
	dev->tx_count = lcore_list(nimbl_option(dev->adapter, "tx_lcores", ""), tx);
	if (dev->rx_count > info->max_rx_queues) {
		nimbl_fail(EINVAL, "device '%s' has %u receive queues, not %u", dev->name,
			info->max_rx_queues, dev->rx_count);
		nimbl_mend("'queues: %u' is the most it can do", info->max_rx_queues);
		return -EINVAL;
	}
	// Fewer transmit queues than lcores is no error: the others reach one through its inbox.
	dev->tx_count = RTE_MIN(dev->tx_count, info->max_tx_queues);
	for (uint16_t q = 0; q < dev->rx_count; q++)
		dev->rxqs[q] = (struct ethdev_rxq){
			.port_id = dev->port_id,
			.queue_id = q,
			.is_foreign = dev->passes_mbufs,
			.adapter = dev->adapter,
			.seen = &ethdev_seen[rx[q]],
			.counters = &dev->counters[rx[q]],
		};
	for (uint16_t q = 0; q < dev->tx_count; q++)
		dev->txqs[q] = (struct ethdev_txq){
			.port_id = dev->port_id,
			.queue_id = q,
			.lcore = tx[q],
			.dev = dev,
			.seen = &ethdev_seen[tx[q]],
			.counters = &dev->counters[tx[q]],
		};
	routes_set(dev);
	return 0;
}

static int txq_open(struct ethdev_txq *txq, uint32_t descriptors)
{
	uint32_t waiting = rte_align32pow2(2 * descriptors), backlog = rte_align32pow2(descriptors);

	txq->pending.mask = waiting - 1;
	txq->pending.lists = calloc(waiting, sizeof(txq->pending.lists[0]));
	txq->backlog.mask = backlog - 1;
	txq->backlog.frames = calloc(backlog, sizeof(txq->backlog.frames[0]));
	txq->inbox = nimbl_handoff_open(txq->dev->name, INBOX_CHAINS, SOCKET_ID_ANY);
	if (txq->inbox == NULL)
		return -nimbl_last_error()->code;
	if (txq->pending.lists == NULL || txq->backlog.frames == NULL)
		return nimbl_fail(ENOMEM, "no memory for the queues of '%s'", txq->dev->name);
	return 0;
}

static int poll_add(struct ethdev *dev, struct ethdev_rxq *rxq, struct ethdev_txq *txq)
{
	static const NDIS_POLL_CHARACTERISTICS characteristics = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NDIS_POLL_CHARACTERISTICS_REVISION_1,
				.Size = NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1,
			},
		.PollHandler = ethdev_poll,
	};
	struct ethdev_poll *poll = &dev->polls[dev->poll_count];
	uint32_t lcore = rxq != NULL ? (uint32_t)(rxq->counters - dev->counters) : txq->lcore;
	PROCESSOR_NUMBER processor = {.Group = (USHORT)(lcore / 64), .Number = (UCHAR)(lcore % 64)};

	*poll = (struct ethdev_poll){.rxq = rxq, .txq = txq, .dev = dev};
	if (NdisRegisterPoll(dev->adapter, poll, &characteristics, &poll->handle) !=
		NDIS_STATUS_SUCCESS)
		return nimbl_fail(ENOMEM, "no memory for the poll objects of '%s'", dev->name);
	NdisSetPollAffinity(poll->handle, &processor);
	dev->poll_count++;
	return 0;
}

// A poll object for each queue; a transmit queue joins a receive queue of its lcore.
static int polls_open(struct ethdev *dev)
{
	bool joined[ETHDEV_QUEUES_MAX] = {false};
	int ret = 0;

	for (uint16_t r = 0; ret == 0 && r < dev->rx_count; r++) {
		uint32_t lcore = (uint32_t)(dev->rxqs[r].counters - dev->counters);
		struct ethdev_txq *txq = dev->tx_of_lcore[lcore];

		if (txq != NULL && joined[txq->queue_id])
			txq = NULL;
		if (txq != NULL)
			joined[txq->queue_id] = true;
		ret = poll_add(dev, &dev->rxqs[r], txq);
	}
	for (uint16_t t = 0; ret == 0 && t < dev->tx_count; t++) {
		if (!joined[t])
			ret = poll_add(dev, NULL, &dev->txqs[t]);
	}
	return ret;
}

static int descriptors_adjust(const struct ethdev *dev, uint16_t *rx, uint16_t *tx)
{
	uint16_t asked_rx = *rx, asked_tx = *tx;
	int ret = rte_eth_dev_adjust_nb_rx_tx_desc(dev->port_id, rx, tx);

	if (ret == 0 && (*rx != asked_rx || *tx != asked_tx))
		nimbl_log(NIMBL_LOG_NOTICE,
			"%s: the device takes %u receive and %u transmit descriptors",
			nimbl_object_name(dev->adapter), *rx, *tx);
	return ret;
}

int ethdev_queues_setup(
	struct ethdev *dev, const struct rte_eth_dev_info *info, uint16_t *tx_descriptors)
{
	uint16_t rx = (uint16_t)nimbl_option_u32(dev->adapter, "rx_descriptors", 512);
	uint16_t tx = (uint16_t)nimbl_option_u32(dev->adapter, "tx_descriptors", 512);
	unsigned int node = (unsigned int)rte_eth_dev_socket_id(dev->port_id);
	struct rte_eth_rxconf rxconf = info->default_rxconf;
	int ret = descriptors_adjust(dev, &rx, &tx);

	for (uint16_t q = 0; ret == 0 && q < dev->rx_count; q++)
		ret = rte_eth_rx_queue_setup(dev->port_id, q, rx, node, &rxconf,
			nimbl_pool_mempool(dev->pools[RTE_MIN(q, dev->pool_count - 1)]));
	for (uint16_t q = 0; ret == 0 && tx_descriptors != NULL && q < dev->tx_count; q++)
		ret = rte_eth_tx_queue_setup(dev->port_id, q, tx, node, NULL);
	if (ret < 0) {
		nimbl_fail(-ret,
			"device '%s' refuses its queues (%u and %u descriptors, buffers of %u "
			"bytes): %s",
			dev->name, rx, tx, nimbl_option_u32(dev->adapter, "data_size", 2048),
			rte_strerror(-ret));
		nimbl_mend("frames that must fit one buffer want a larger 'data_size' in the pool; "
			   "--verbose shows what the driver says");
		return ret;
	}
	if (tx_descriptors != NULL)
		*tx_descriptors = tx;
	return 0;
}

int ethdev_queues_open(struct ethdev *dev, const struct rte_eth_dev_info *info)
{
	uint16_t tx;
	int ret = ethdev_queues_setup(dev, info, &tx);

	for (uint16_t q = 0; q < dev->rx_count; q++)
		dev->rxqs[q].info = dev->offloads.enabled != 0 ? &dev->info : NULL;
	for (uint16_t q = 0; ret == 0 && q < dev->tx_count; q++)
		ret = txq_open(&dev->txqs[q], tx);
	return ret < 0 ? ret : polls_open(dev);
}

void ethdev_queues_close(struct ethdev *dev)
{
	while (dev->poll_count > 0)
		NdisDeregisterPoll(dev->polls[--dev->poll_count].handle);
	for (uint16_t q = 0; q < dev->tx_count; q++) {
		free(dev->txqs[q].pending.lists);
		free(dev->txqs[q].backlog.frames);
		nimbl_handoff_close(dev->txqs[q].inbox);
	}
}
