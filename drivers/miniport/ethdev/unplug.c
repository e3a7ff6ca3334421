// SPDX-License-Identifier: BSD-3-Clause
// Learning from the kernel that a PCI device goes: it is out, or vfio-pci is asked for it and waits for us.
// Few of their PMDs say so themselves.
#define ALLOW_EXPERIMENTAL_API // events of devices are, in every DPDK so far

#include <errno.h>
#include <rte_dev.h>

#include "ethdev_priv.h"
#include "nimbl_log.h"

// On EAL's interrupt thread: no more than passing it on.
static void on_device(const char *name, enum rte_dev_event_type type, void *arg)
{
	const struct ethdev *dev = arg;

	if (type == RTE_DEV_EVENT_REMOVE)
		NdisMRemoveMiniport(dev->adapter);
}

void ethdev_unplug_watch(struct ethdev *dev)
{
	if (!dev->is_pci)
		return;
	if (rte_dev_event_monitor_start() < 0)
		nimbl_log(NIMBL_LOG_NOTICE,
			"%s: the kernel does not tell when devices are unplugged",
			nimbl_object_name(dev->adapter));
	rte_dev_event_callback_register(dev->name, on_device, dev);
}

void ethdev_unplug_unwatch(struct ethdev *dev)
{
	if (!dev->is_pci)
		return;
	while (rte_dev_event_callback_unregister(dev->name, on_device, dev) == -EAGAIN)
		;
	rte_dev_event_monitor_stop();
}
