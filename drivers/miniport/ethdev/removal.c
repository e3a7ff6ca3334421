// SPDX-License-Identifier: BSD-3-Clause
// A device that goes away: learning of it from the PMD, and letting go of it while the stack above still
// runs, so that all that was sent comes back before anybody has to wait for it.
#include <errno.h>
#include <ndis/ndl/nblchain.h>

#include "ethdev_priv.h"
#include "nimbl_lcore.h"

// On EAL's interrupt thread: no more than passing it on. The adapter is the one that registered, so an
// event of an earlier port of the same number cannot be taken for one of this.
static int on_removal(uint16_t port, enum rte_eth_event_type type, void *arg, void *unused)
{
	const struct ethdev *dev = arg;

	NdisMRemoveMiniport(dev->adapter);
	return 0;
}

void ethdev_removal_watch(struct ethdev *dev)
{
	rte_eth_dev_callback_register(dev->port_id, RTE_ETH_EVENT_INTR_RMV, on_removal, dev);
	ethdev_unplug_watch(dev);
}

void ethdev_removal_unwatch(struct ethdev *dev)
{
	ethdev_unplug_unwatch(dev);
	while (rte_eth_dev_callback_unregister(
		       dev->port_id, RTE_ETH_EVENT_INTR_RMV, on_removal, dev) == -EAGAIN)
		;
}

void ethdev_removed_poll(struct ethdev_txq *txq, NDIS_POLL_TRANSMIT_DATA *data)
{
	data->NumberOfRemainingNbls = ethdev_inbox_drain(txq); // dropped
	ethdev_transmit_flush(txq, NIMBL_DROP_TX_REMOVED);
	if (!__atomic_load_n(&txq->dev->is_closed, __ATOMIC_ACQUIRE))
		return;
	data->CompletedNblChain = ethdev_transmit_reap(txq, &data->NumberOfCompletedNbls, false);
	if (data->CompletedNblChain != NULL || ethdev_waiting(txq) == 0)
		return;
	data->CompletedNblChain = ethdev_transmit_reap(txq, &data->NumberOfCompletedNbls, true);
	txq->forced += data->NumberOfCompletedNbls;
	NdisSetStatusInNblChain(data->CompletedNblChain, NDIS_STATUS_SEND_ABORTED);
}

// From the mark on lcores drop what they are to send and receive nothing. Once each has passed a point
// where it holds nothing old, the PMD is ours alone; what it had is theirs again when it is closed.
static void let_go(struct ethdev *dev)
{
	ethdev_link_unwatch(dev);
	__atomic_store_n(&dev->is_removed, true, __ATOMIC_RELEASE);
	ethdev_link_lost(dev);
	if (nimbl_lcores_publish() < 0)
		return; // the halt does the rest
	if (dev->passes_mbufs)
		ethdev_receive_flush(dev);
	ethdev_device_close(dev);
}

VOID ethdev_device_event(NDIS_HANDLE context, NET_DEVICE_PNP_EVENT *event)
{
	struct ethdev *dev = context;

	if (event->DevicePnPEvent == NdisDevicePnPEventSurpriseRemoved && !dev->is_removed)
		let_go(dev);
}
