// SPDX-License-Identifier: BSD-3-Clause
// Devices before DPDK sees them: whether they exist, and the arguments that open them.
#include <errno.h>
#include <net/if.h>
#include <rte_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_interface.h"
#include "plan.h"
#include "pmd_guess.h"

#define NAMES_MAX 128

struct names {
	char text[NAMES_MAX][40];
	const char *list[NAMES_MAX + 1]; // ends with NULL
	unsigned int count;
};

static void names_add(struct names *names, const char *name)
{
	if (names->count == NAMES_MAX)
		return;
	snprintf(names->text[names->count], sizeof(names->text[0]), "%s", name);
	names->list[names->count] = names->text[names->count];
	names->list[++names->count] = NULL;
}

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int vdev_check(const struct nimbl_conf_port *port)
{
	if (pmd_guess_is_known(port->device))
		return 0;
	nimbl_fail(ENODEV, "there is no driver for '%s'", port->device);
	pmd_guess_mend(port->device);
	return -ENODEV;
}

static int interface_check(const struct nimbl_conf_port *port)
{
	struct if_nameindex *all = if_nameindex();
	struct names names = {0};
	char list[256] = "";
	size_t used = 0;

	for (struct if_nameindex *i = all; i != NULL && i->if_index != 0; i++) {
		names_add(&names, i->if_name);
		if (used < sizeof(list) - 20)
			used += (size_t)snprintf(
				list + used, sizeof(list) - used, " %s", i->if_name);
	}
	if_freenameindex(all);
	if (if_nametoindex(port->device) != 0)
		return 0;
	const char *guess = nimbl_did_you_mean(port->device, names.list);
	nimbl_fail(ENODEV, "there is no interface '%s'", port->device);
	if (guess != NULL)
		nimbl_mend("did you mean '%s'? Interfaces here:%s", guess, list);
	else
		nimbl_mend(
			"interfaces here:%s; a virtual device starts with net_, a PCI address looks "
			"like 0000:03:00.0",
			list);
	return -ENODEV;
}

// The af_packet PMD maps rings of frames of one size; a frame must fit with the kernel's header.
#define AF_PACKET_FRAME  2048u
#define AF_PACKET_HEADER 112u
#define DATA_SIZE_MAX    65000u // of a pool in the configuration

static int interface_devargs(const struct plan *plan, uint16_t i)
{
	const struct nimbl_conf_port *port = &plan->conf->ports[i];
	struct plan_port *to = (struct plan_port *)&plan->ports[i];
	uint32_t mtu = port->mtu != 0 ? port->mtu : nimbl_interface_mtu(port->device);
	uint32_t needed = mtu + 22 + AF_PACKET_HEADER;
	uint32_t frame =
		needed <= AF_PACKET_FRAME ? AF_PACKET_FRAME : RTE_ALIGN_CEIL(needed, 4096u);
	uint32_t block = RTE_MAX(frame, 4096u);
	uint32_t frames = rte_align32pow2(RTE_MAX(port->rx_descriptors, port->tx_descriptors));

	to->mtu = mtu;
	snprintf(to->interface, sizeof(to->interface), "%.15s", port->device);
	snprintf(to->devargs, sizeof(to->devargs),
		"net_af_packet_%.15s,iface=%.15s,qpairs=%u,blocksz=%u,framesz=%u,framecnt=%u",
		port->device, port->device, port->queues, block, frame, frames);
	uint32_t room = plan->conf->pools[port->pool].data_size;
	if (frame - 32 <= room)
		return 0;
	nimbl_fail(EINVAL,
		"an MTU of %u on interface '%s' needs buffers of %u bytes; pool '%s' has "
		"'data_size: %u'",
		mtu, port->device, frame - 32, plan->conf->pools[port->pool].name, room);
	nimbl_mend("set 'data_size: %u' in pool '%s', or 'mtu: 1500' in the port", frame - 32,
		plan->conf->pools[port->pool].name);
	if (frame - 32 > DATA_SIZE_MAX)
		nimbl_mend("no pool has buffers that large: set 'mtu: 1500' in the port");
	return -EINVAL;
}

static int devargs_make(struct plan *plan, uint16_t i)
{
	const struct nimbl_conf_port *port = &plan->conf->ports[i];
	struct plan_port *to = &plan->ports[i];
	const char *iface = strstr(port->device, "iface=");

	if (port->kind == NIMBL_DEVICE_INTERFACE)
		return interface_devargs(plan, i);
	to->mtu = port->mtu;
	snprintf(to->devargs, sizeof(to->devargs), "%s", port->device);
	// A tap or af_packet vdev stands on a kernel interface too; vhost's iface is a socket.
	if (iface != NULL && !starts_with(port->device, "net_vhost"))
		snprintf(to->interface, sizeof(to->interface), "%.*s",
			(int)RTE_MIN(strcspn(iface + 6, ","), (size_t)15), iface + 6);
	return 0;
}

int plan_devices(struct plan *plan)
{
	for (uint16_t i = 0; i < plan->conf->port_count; i++) {
		const struct nimbl_conf_port *port = &plan->conf->ports[i];
		int ret = 0;

		if (port->kind == NIMBL_DEVICE_PCI)
			ret = plan_pci(port);
		else if (port->kind == NIMBL_DEVICE_VDEV)
			ret = vdev_check(port);
		else if (port->kind == NIMBL_DEVICE_INTERFACE)
			ret = interface_check(port);
		else // a miniport without a device, which says itself what it stands on
			plan->ports[i].mtu = port->mtu;
		if (ret == 0 && port->kind != NIMBL_DEVICE_NONE)
			ret = devargs_make(plan, i);
		if (ret < 0)
			return plan_port_fails(plan, i, ret);
	}
	return 0;
}
