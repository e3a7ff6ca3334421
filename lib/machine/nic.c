// SPDX-License-Identifier: BSD-3-Clause
// Network devices on PCI: who drives them, what the kernel does with them, their IOMMU groups.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "machine.h"

#define PCI           "/sys/bus/pci"
#define CLASS_NETWORK 0x02
#define CLASS_BRIDGE  0x06
#define RIVALS_SAID   4

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(*words, word) == 0)
			return true;
	}
	return false;
}

bool machine_driver_is_for_dpdk(const char *driver)
{
	static const char *const words[] = {"vfio-pci", "uio_pci_generic", "igb_uio", NULL};

	return is_one_of(driver, words);
}

bool machine_driver_is_shared(const char *driver)
{
	static const char *const words[] = {"mlx4_core", "mlx5_core", "mana", NULL};

	return is_one_of(driver, words);
}

// "eth0\t00000000\t0103A8C0..." for each IPv4 route, behind a line of headers.
static bool has_routes(const char *interface, const char *routes, bool *is_default)
{
	size_t length = strlen(interface);
	bool any = false;

	for (const char *line = strchr(routes, '\n'); line != NULL; line = strchr(line, '\n')) {
		line++;
		if (strncmp(line, interface, length) != 0 || line[length] != '\t')
			continue;
		any = true;
		*is_default |= strncmp(line + length + 1, "00000000\t", 9) == 0;
	}
	return any;
}

// "20010db8... 02 40 00 80     eth0": the fourth word is the scope, 0 the whole world.
static bool has_ipv6(const char *interface)
{
	char *text = file_text("/proc/net/if_inet6"), *rest = NULL;
	bool any = false;

	for (char *line = text != NULL ? strtok_r(text, "\n", &rest) : NULL; line != NULL;
		line = strtok_r(NULL, "\n", &rest)) {
		unsigned int scope;
		char name[32];

		any |= sscanf(line, "%*s %*x %*x %x %*x %31s", &scope, name) == 2 && scope == 0 &&
		       strcmp(name, interface) == 0;
	}
	free(text);
	return any;
}

static void use_read(struct machine_netdev *netdev, const char *folder)
{
	char *routes = file_text("/proc/net/route"), master[40];
	bool is_default = false;

	file_link(master, sizeof(master), "%s/%s/master", folder, netdev->name);
	if (master[0] != '\0')
		snprintf(netdev->use, sizeof(netdev->use), "part of %s", master);
	else if (routes != NULL && has_routes(netdev->name, routes, &is_default))
		snprintf(netdev->use, sizeof(netdev->use), "%s",
			is_default ? "it has the default route of this machine"
				   : "it has IPv4 routes");
	else if (has_ipv6(netdev->name))
		snprintf(netdev->use, sizeof(netdev->use), "it has IPv6 addresses");
	free(routes);
}

static void netdevs_read(struct machine_nic *nic, const char *folder)
{
	struct file_names names = file_names("%s", folder);

	for (unsigned int i = 0; i < names.count && nic->netdev_count < MACHINE_NETDEVS_MAX; i++) {
		struct machine_netdev *netdev = &nic->netdevs[nic->netdev_count++];
		int64_t mbps = file_number(0, "%s/%s/speed", folder, names.list[i]);

		snprintf(netdev->name, sizeof(netdev->name), "%s", names.list[i]);
		netdev->is_up = (file_number(0, "%s/%s/flags", folder, names.list[i]) & 1) != 0;
		netdev->mbps = mbps > 0 ? mbps : 0;
		file_read(netdev->state, sizeof(netdev->state), "%s/%s/operstate", folder,
			names.list[i]);
		use_read(netdev, folder);
	}
	file_names_free(&names);
}

// Those of virtio are one bus below.
static void all_netdevs_read(struct machine_nic *nic)
{
	char folder[128];
	struct file_names below = file_names(PCI "/devices/%s", nic->address);

	snprintf(folder, sizeof(folder), PCI "/devices/%s/net", nic->address);
	netdevs_read(nic, folder);
	for (unsigned int i = 0; i < below.count; i++) {
		if (strncmp(below.list[i], "virtio", 6) != 0)
			continue;
		snprintf(folder, sizeof(folder), PCI "/devices/%s/%.32s/net", nic->address,
			below.list[i]);
		netdevs_read(nic, folder);
	}
	file_names_free(&below);
}

static void device_read(struct machine_nic *nic)
{
	const char *address = nic->address;
	char group[16];

	nic->class = (uint32_t)file_number(0, PCI "/devices/%s/class", address);
	nic->vendor = (uint16_t)file_number(0, PCI "/devices/%s/vendor", address);
	nic->device = (uint16_t)file_number(0, PCI "/devices/%s/device", address);
	nic->node = (int)file_number(-1, PCI "/devices/%s/numa_node", address);
	file_link(nic->driver, sizeof(nic->driver), PCI "/devices/%s/driver", address);
	file_read(nic->override, sizeof(nic->override), PCI "/devices/%s/driver_override", address);
	if (strcmp(nic->override, "(null)") == 0)
		nic->override[0] = '\0';
	file_link(group, sizeof(group), PCI "/devices/%s/iommu_group", address);
	nic->group = group[0] >= '0' && group[0] <= '9' ? atoi(group) : -1;
}

int machine_nic_read(const char *where, struct machine_nic *nic)
{
	char address[32]; // `where` may lie in `nic`
	unsigned int domain = 0, bus, device, function;
	int end = 0;

	snprintf(address, sizeof(address), "%s", where);
	memset(nic, 0, sizeof(*nic));
	if ((sscanf(address, "%8x:%2x:%2x.%1x%n", &domain, &bus, &device, &function, &end) != 4 ||
		    address[end] != '\0') &&
		(sscanf(address, "%2x:%2x.%1x%n", &bus, &device, &function, &end) != 3 ||
			address[end] != '\0'))
		return -EINVAL;
	if (strchr(address, ':') == strrchr(address, ':'))
		domain = 0;
	snprintf(nic->address, sizeof(nic->address), "%04x:%02x:%02x.%x", domain, bus & 0xff,
		device & 0x1f, function & 7);
	if (!file_exists(PCI "/devices/%s/class", nic->address))
		return -ENODEV;
	device_read(nic);
	if (nic->class >> 16 == CLASS_NETWORK)
		all_netdevs_read(nic);
	return 0;
}

struct machine_nic *machine_nics(unsigned int *count)
{
	struct file_names names = file_names(PCI "/devices");
	struct machine_nic *nics = names.count > 0 ? calloc(names.count, sizeof(*nics)) : NULL;

	*count = 0;
	for (unsigned int i = 0; nics != NULL && i < names.count; i++) {
		if (file_number(0, PCI "/devices/%.32s/class", names.list[i]) >> 16 ==
				CLASS_NETWORK &&
			machine_nic_read(names.list[i], &nics[*count]) == 0)
			(*count)++;
	}
	file_names_free(&names);
	return nics;
}

// The functions of a bridge move no data of their own, and vfio lets stubs be.
static bool is_rival(const struct machine_nic *other)
{
	static const char *const harmless[] = {"", "pci-stub", "pcieport", NULL};

	return other->class >> 16 != CLASS_BRIDGE && !is_one_of(other->driver, harmless) &&
	       !machine_driver_is_for_dpdk(other->driver);
}

static void rivals_add(struct machine_rivals *rivals, const struct machine_nic *other)
{
	size_t used = strlen(rivals->list), named = strlen(rivals->addresses);

	if (rivals->count++ < RIVALS_SAID) {
		snprintf(rivals->list + used, sizeof(rivals->list) - used, "%s%s (%s)",
			used > 0 ? ", " : "", other->address, other->driver);
		snprintf(rivals->addresses + named, sizeof(rivals->addresses) - named, " %s",
			other->address);
	} else if (rivals->count == RIVALS_SAID + 1) {
		snprintf(rivals->list + used, sizeof(rivals->list) - used, " and others");
	}
}

void machine_group_rivals(const struct machine_nic *nic, struct machine_rivals *rivals)
{
	struct file_names names = {0};

	*rivals = (struct machine_rivals){0};
	if (nic->group >= 0)
		names = file_names("/sys/kernel/iommu_groups/%d/devices", nic->group);
	for (unsigned int i = 0; i < names.count; i++) {
		struct machine_nic other;

		if (strcmp(names.list[i], nic->address) != 0 &&
			machine_nic_read(names.list[i], &other) == 0 && is_rival(&other))
			rivals_add(rivals, &other);
	}
	file_names_free(&names);
}

unsigned int machine_iommu_groups(void)
{
	struct file_names groups = file_names("/sys/kernel/iommu_groups");
	unsigned int count = groups.count;

	file_names_free(&groups);
	return count;
}

enum machine_module machine_vfio(void)
{
	char release[MACHINE_NAME_SIZE], *modules;
	bool is_there;

	if (file_exists(PCI "/drivers/vfio-pci"))
		return MACHINE_MODULE_READY;
	file_read(release, sizeof(release), "/proc/sys/kernel/osrelease");
	modules = file_text("/lib/modules/%s/modules.dep", release);
	is_there = modules != NULL && strstr(modules, "/vfio-pci.ko") != NULL;
	free(modules);
	return is_there ? MACHINE_MODULE_LOADABLE : MACHINE_MODULE_NONE;
}

bool machine_vfio_without_iommu(void)
{
	char text[8];

	file_read(text, sizeof(text), "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode");
	return text[0] == 'Y' || text[0] == '1';
}
