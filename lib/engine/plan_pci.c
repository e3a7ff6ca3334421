// SPDX-License-Identifier: BSD-3-Clause
// PCI devices before DPDK sees them: EAL passes over what it cannot have, without a word.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "plan.h"

// "0000:00:03.0 virtio-pci (eth0)" for each network device.
static void present_write(FILE *out)
{
	unsigned int count;
	struct machine_nic *nics = machine_nics(&count);

	for (unsigned int i = 0; i < count; i++) {
		fprintf(out, "%s%s %s", i > 0 ? ", " : " ", nics[i].address,
			nics[i].driver[0] != '\0' ? nics[i].driver : "without a driver");
		if (nics[i].netdev_count > 0)
			fprintf(out, " (%s)", nics[i].netdevs[0].name);
	}
	if (count == 0)
		fputs(" none", out);
	free(nics);
}

static int missing(const char *address)
{
	char text[400] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	nimbl_fail(ENODEV, "there is no PCI device %s", address);
	if (out != NULL) {
		present_write(out);
		fclose(out);
	}
	nimbl_mend("network devices on this machine:%s", text);
	return -ENODEV;
}

static int with_kernel(const struct machine_nic *nic)
{
	const char *interface = nic->netdev_count > 0 ? nic->netdevs[0].name : "";
	const char *use = nic->netdev_count > 0 ? nic->netdevs[0].use : "";

	if (nic->driver[0] == '\0')
		nimbl_fail(EBUSY, "PCI device %s has no driver that DPDK can use", nic->address);
	else
		nimbl_fail(EBUSY, "PCI device %s is with the kernel's driver %s%s%s%s%s",
			nic->address, nic->driver, interface[0] != '\0' ? ", as " : "", interface,
			use[0] != '\0' ? ": " : "", use);
	if (use[0] != '\0')
		nimbl_mend("leave it there and write the interface as device: %s", interface);
	else
		nimbl_mend("sudo nimbl bind %s", nic->address);
	return -EBUSY;
}

static int pmd_missing(const struct machine_nic *nic)
{
	char name[MACHINE_NAME_SIZE];

	if (!machine_pmd_of(nic, name, sizeof(name)) || machine_pmd_is_installed(name))
		return 0; // EAL knows better, or it is there
	nimbl_fail(ENODEV, "PCI device %s needs DPDK's driver %s, which is not installed",
		nic->address, name);
	nimbl_mend("sudo apt install %s", machine_pmd_package(name).text);
	return -ENODEV;
}

static int group_shared(const struct machine_nic *nic)
{
	struct machine_rivals rivals;

	machine_group_rivals(nic, &rivals);
	if (rivals.count == 0 || strcmp(nic->driver, "vfio-pci") != 0)
		return 0;
	nimbl_fail(EBUSY,
		"PCI device %s shares IOMMU group %d with %s: vfio gives out whole groups",
		nic->address, nic->group, rivals.list);
	nimbl_mend("sudo nimbl bind %s%s", nic->address, rivals.addresses);
	return -EBUSY;
}

static void address_of(const struct nimbl_conf_port *port, char address[MACHINE_PCI_SIZE])
{
	snprintf(address, MACHINE_PCI_SIZE, "%.*s", (int)strcspn(port->device, ","), port->device);
}

int plan_pci_group(const struct nimbl_conf_port *port)
{
	char address[MACHINE_PCI_SIZE];
	struct machine_nic nic;

	address_of(port, address);
	return machine_nic_read(address, &nic) < 0 ? 0 : group_shared(&nic);
}

int plan_pci(const struct nimbl_conf_port *port)
{
	char address[MACHINE_PCI_SIZE];
	struct machine_nic nic;
	int ret;

	address_of(port, address);
	if (machine_nic_read(address, &nic) < 0)
		return missing(address);
	if (!machine_driver_is_for_dpdk(nic.driver) && !machine_driver_is_shared(nic.driver))
		return with_kernel(&nic);
	ret = pmd_missing(&nic);
	return ret < 0 ? ret : group_shared(&nic);
}
