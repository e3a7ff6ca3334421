// SPDX-License-Identifier: BSD-3-Clause
// NICs: who has them, who may, and what is missing for DPDK to drive them.
#include <string.h>

#include "facts.h"

// One that shares its driver with the kernel needs no vfio, one that this machine uses is not to be had.
static bool any_for_vfio(const struct facts *facts)
{
	for (unsigned int i = 0; i < facts->nic_count; i++) {
		const struct machine_nic *nic = &facts->nics[i];
		bool is_used = nic->netdev_count > 0 && nic->netdevs[0].use[0] != '\0';

		if (!is_used && !machine_driver_is_shared(nic->driver))
			return true;
	}
	return false;
}

static void iommu_look(const struct facts *facts, struct findings *findings)
{
	unsigned int groups = machine_iommu_groups();

	if (groups > 0) {
		finding(findings, "iommu", LEVEL_OK, "IOMMU on, %u groups", groups);
		return;
	}
	if (machine_vfio_without_iommu()) {
		finding(findings, "iommu", LEVEL_WARN,
			"no IOMMU, and vfio works without: a device could write anywhere in memory");
		return;
	}
	finding(findings, "iommu", any_for_vfio(facts) ? LEVEL_WARN : LEVEL_INFO,
		"no IOMMU: vfio-pci takes no device");
	finding_mend(findings,
		facts->cpus.is_virtual
			? "give this virtual machine one (QEMU: -device intel-iommu), or module vfio the "
			  "parameter enable_unsafe_noiommu_mode=1"
			: "turn VT-d or AMD-Vi on in the firmware; Intel: kernel arguments intel_iommu=on "
			  "iommu=pt");
}

void look_at_iommu(const struct facts *facts, struct findings *findings)
{
	enum machine_module vfio = machine_vfio();

	iommu_look(facts, findings);
	if (vfio == MACHINE_MODULE_READY) {
		finding(findings, "vfio", LEVEL_OK, "vfio-pci is loaded");
		return;
	}
	finding(findings, "vfio", any_for_vfio(facts) ? LEVEL_WARN : LEVEL_INFO,
		vfio == MACHINE_MODULE_LOADABLE ? "vfio-pci is not loaded"
						: "this kernel has no vfio-pci");
	finding_mend(findings,
		vfio == MACHINE_MODULE_LOADABLE
			? "sudo modprobe vfio-pci"
			: "a kernel with CONFIG_VFIO_PCI; Debian's linux-image-amd64 has it, "
			  "the -cloud- ones have not");
}

static void group_look(const struct machine_nic *nic, struct findings *findings)
{
	struct machine_rivals rivals;

	machine_group_rivals(nic, &rivals);
	if (rivals.count == 0 || machine_driver_is_shared(nic->driver))
		return;
	finding(findings, "nics", LEVEL_WARN,
		"%s shares IOMMU group %d with %s: vfio gives out whole groups", nic->address,
		nic->group, rivals.list);
	finding_mend(findings, "nimbl bind %s%s --dry-run", nic->address, rivals.addresses);
}

static void pmd_look(const struct machine_nic *nic, struct findings *findings)
{
	char name[MACHINE_NAME_SIZE];

	if (!machine_pmd_of(nic, name, sizeof(name))) {
		finding(findings, "nics", LEVEL_WARN,
			"%s: no installed driver of DPDK is for device %04x:%04x", nic->address,
			nic->vendor, nic->device);
		finding_mend(
			findings, "sudo apt install librte-meta-net, which brings all of them");
	} else if (!machine_pmd_is_installed(name)) {
		finding(findings, "nics", LEVEL_WARN, "%s: DPDK's driver %s is not installed",
			nic->address, name);
		finding_mend(findings, "sudo apt install %s", machine_pmd_package(name).text);
	}
}

// Whether DPDK could have it now; whose it is.
static bool owner_look(const struct machine_nic *nic, struct findings *findings)
{
	char pmd[MACHINE_NAME_SIZE] = "a driver of DPDK";
	const struct machine_netdev *netdev = nic->netdevs;
	bool is_known = machine_pmd_of(nic, pmd, sizeof(pmd));

	if (machine_driver_is_for_dpdk(nic->driver) || machine_driver_is_shared(nic->driver)) {
		finding(findings, "nics", LEVEL_OK, "%s is ready for DPDK: %s, by %s", nic->address,
			nic->driver, is_known ? pmd : "an unknown driver");
		return is_known && machine_pmd_is_installed(pmd);
	}
	if (nic->netdev_count > 0 && netdev->use[0] != '\0') {
		finding(findings, "nics", LEVEL_INFO, "%s is %s, with the kernel's %s: %s",
			nic->address, netdev->name, nic->driver, netdev->use);
		finding_mend(findings, "leave it there; a port can be the interface: device %s",
			netdev->name);
	} else if (nic->driver[0] != '\0') {
		finding(findings, "nics", LEVEL_INFO,
			"%s is %s, with the kernel's %s; DPDK could have it by %s", nic->address,
			nic->netdev_count > 0 ? netdev->name : "no interface", nic->driver, pmd);
		finding_mend(findings, "sudo nimbl bind %s", nic->address);
	} else {
		finding(findings, "nics", LEVEL_INFO, "%s has no driver; DPDK could have it by %s",
			nic->address, pmd);
		finding_mend(findings, "sudo nimbl bind %s", nic->address);
	}
	return false;
}

static void numa_look(
	const struct facts *facts, const struct machine_nic *nic, struct findings *findings)
{
	struct cpuset near;

	if (nic->node < 0 || facts->memory.node_count < 2)
		return;
	near = machine_node_cpus((unsigned int)nic->node);
	near = cpuset_and(&near, &facts->cpus.allowed);
	if (cpuset_count(&near) > 0)
		finding(findings, "numa", LEVEL_INFO, "%s is on node %d: CPUs %s are near",
			nic->address, nic->node, cpuset_text(&near).text);
	else
		finding(findings, "numa", LEVEL_WARN,
			"%s is on node %d, of which this process may use no CPU: every frame crosses nodes",
			nic->address, nic->node);
}

void look_at_nics(const struct facts *facts, struct findings *findings)
{
	unsigned int ready = 0;

	for (unsigned int i = 0; i < facts->nic_count; i++) {
		const struct machine_nic *nic = &facts->nics[i];

		ready += owner_look(nic, findings);
		pmd_look(nic, findings);
		group_look(nic, findings);
		numa_look(facts, nic, findings);
	}
	if (facts->nic_count == 0)
		finding(findings, "nics", LEVEL_INFO, "no NIC on PCI");
	if (ready > 0)
		return;
	finding(findings, "nics", facts->nic_count > 0 ? LEVEL_WARN : LEVEL_INFO,
		"no NIC is ready for DPDK: ports can be virtual devices and kernel interfaces");
	finding_bars_rate(findings);
}
