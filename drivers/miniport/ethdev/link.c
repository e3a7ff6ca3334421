// SPDX-License-Identifier: BSD-3-Clause
// Whether the link is up, and telling those above when that changes. Many PMDs say nothing when the
// kernel interface under them goes down or away, so the interface itself is asked.
#include <rte_alarm.h>
#include <string.h>

#include "ethdev_priv.h"
#include "nimbl_interface.h"
#include "nimbl_log.h"

#define WATCH_US (100 * 1000)

// Interfaces are renamed; the socket or descriptor of the PMD does not mind.
static void name_follow(struct ethdev *dev)
{
	char name[IFNAMSIZ];

	if (dev->if_index == 0 || dev->interface[0] == '\0' ||
		if_indextoname(dev->if_index, name) == NULL || strcmp(name, dev->interface) == 0)
		return;
	nimbl_log(NIMBL_LOG_NOTICE, "%s: interface '%s' is called '%s' now",
		nimbl_object_name(dev->adapter), dev->interface, name);
	memcpy(dev->interface, name, sizeof(dev->interface));
}

void ethdev_link_get(struct ethdev *dev, struct rte_eth_link *link)
{
	memset(link, 0, sizeof(*link));
	rte_eth_link_get_nowait(dev->port_id, link);
	// A tap that is not here lives in another namespace: its descriptor is here, and works.
	if (dev->may_move && nimbl_interface_mtu(dev->interface) == 0)
		link->link_status = RTE_ETH_LINK_UP;
	else if (dev->interface[0] != '\0')
		link->link_status = nimbl_interface_is_up(dev->interface);
	dev->link_bps = link->link_speed == RTE_ETH_SPEED_NUM_UNKNOWN
				? 0
				: (uint64_t)link->link_speed * 1000000;
}

static void indicate(struct ethdev *dev)
{
	NDIS_LINK_STATE state = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NDIS_LINK_STATE_REVISION_1,
				.Size = NDIS_SIZEOF_LINK_STATE_REVISION_1,
			},
		.MediaConnectState =
			dev->link_up ? MediaConnectStateConnected : MediaConnectStateDisconnected,
		.MediaDuplexState = MediaDuplexStateFull,
		.XmitLinkSpeed = dev->link_bps,
		.RcvLinkSpeed = dev->link_bps,
	};
	NDIS_STATUS_INDICATION indication = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION,
				.Revision = NDIS_STATUS_INDICATION_REVISION_1,
				.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1,
			},
		.SourceHandle = dev->adapter,
		.StatusCode = NDIS_STATUS_LINK_STATE,
		.StatusBuffer = &state,
		.StatusBufferSize = sizeof(state),
	};

	NdisMIndicateStatusEx(dev->adapter, &indication);
}

static void watch(void *arg)
{
	struct ethdev *dev = arg;
	struct rte_eth_link link;

	name_follow(dev);
	ethdev_link_get(dev, &link);
	if (link.link_status != dev->link_up) {
		__atomic_store_n(&dev->link_up, link.link_status != 0, __ATOMIC_RELAXED);
		nimbl_log(NIMBL_LOG_NOTICE, "%s: link %s", nimbl_object_name(dev->adapter),
			dev->link_up ? "up" : "down");
		indicate(dev);
	}
	rte_eal_alarm_set(WATCH_US, watch, dev);
}

void ethdev_link_watch(struct ethdev *dev)
{
	struct rte_eth_link link;

	ethdev_link_get(dev, &link);
	dev->link_up = link.link_status != 0;
	indicate(dev);
	rte_eal_alarm_set(WATCH_US, watch, dev);
}

void ethdev_link_unwatch(struct ethdev *dev)
{
	rte_eal_alarm_cancel(watch, dev);
}

void ethdev_link_lost(struct ethdev *dev)
{
	__atomic_store_n(&dev->link_up, false, __ATOMIC_RELAXED);
	indicate(dev);
}
