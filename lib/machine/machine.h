// SPDX-License-Identifier: BSD-3-Clause
// What this machine has and allows, read when asked: CPUs, hugepages, limits, network devices and who
// drives them, other processes with DPDK. Nothing is changed but by bind.h and the functions that say
// so. Any thread; a reader needs no rights, what it may not read is as if it were not there.
#pragma once

#include "cpuset.h"

#define MACHINE_NODES_MAX 64
#define MACHINE_NAME_SIZE 48

// cpus.c
struct machine_cpus {
	struct cpuset online;
	struct cpuset allowed;  // to this process
	struct cpuset isolated; // from the scheduler
	struct cpuset nohz;     // without timer ticks
	struct cpuset siblings; // of the allowed: those that share a core with another allowed one
	struct cpuset slow;     // of the allowed: governor other than "performance"
	char governor[MACHINE_NAME_SIZE]; // of the first of these; or of all; "": not to be read
	int turbo;                        // 1 on, 0 off, -1 not to be read
	bool is_virtual;                  // a hypervisor runs this machine
	double steal;                     // part of the time since boot that it took, 0 to 1
	bool tsc_constant, tsc_nonstop;
	char clock[MACHINE_NAME_SIZE]; // of the kernel
};
void machine_cpus_read(struct machine_cpus *cpus);
struct cpuset machine_node_cpus(unsigned int node);

// limits.c: 0 is no limit, unless said otherwise.
struct machine_limits {
	int64_t uid;
	uint64_t capabilities; // of the process, in effect
	uint64_t memlock;      // bytes; UINT64_MAX: no limit
	double cpus;           // time of so many CPUs: cgroup
	uint64_t memory;       // bytes: cgroup
	uint64_t hugepages;    // bytes of 2 MiB pages: cgroup; UINT64_MAX: no limit
	uint64_t total;        // bytes of memory that the machine has, UINT64_MAX: unknown
	uint64_t available;    // bytes of memory that may still be had, UINT64_MAX: unknown
};
void machine_limits_read(struct machine_limits *limits);

// hugepages.c: pages of one size on one node.
struct machine_hugepages {
	unsigned int node;
	uint64_t page_bytes;
	uint64_t total, free; // free: not promised to anybody either
};
#define MACHINE_HUGEPAGES_MAX 128
struct machine_memory {
	struct machine_hugepages pages[MACHINE_HUGEPAGES_MAX];
	unsigned int count;
	unsigned int node_count;
	char mount[256];  // the first hugetlbfs; "": none
	bool is_writable; // by this process
};
void machine_memory_read(struct machine_memory *memory);

// Change how many pages of that size node `node` has. The kernel may give fewer: returns how many there are
// now, or -errno.
int64_t machine_hugepages_reserve(unsigned int node, uint64_t page_bytes, uint64_t count);

// nic.c: network devices on PCI.
#define MACHINE_PCI_SIZE    16 // "0000:03:00.0", or a domain of eight digits
#define MACHINE_NETDEVS_MAX 8
struct machine_netdev {
	char name[16];
	bool is_up;
	char state[16]; // operstate: "up", "down"
	int64_t mbps;   // 0: unknown
	char use[120];  // what the machine needs it for, in words; "": nothing
};
struct machine_nic {
	char address[MACHINE_PCI_SIZE];
	uint16_t vendor, device;
	uint32_t class;
	char driver[MACHINE_NAME_SIZE]; // of the kernel; "": none
	char override[MACHINE_NAME_SIZE];
	int node;  // -1: unknown
	int group; // of the IOMMU, -1: none
	struct machine_netdev netdevs[MACHINE_NETDEVS_MAX];
	unsigned int netdev_count;
};

// All of them, sorted, to be freed; NULL and 0 when there is none.
struct machine_nic *machine_nics(unsigned int *count);

// Any PCI device. `address` may lack its domain. Returns 0, -EINVAL for no address, or -ENODEV.
int machine_nic_read(const char *address, struct machine_nic *nic);

// pci_ids.c: "Intel Corporation 82599ES ..."; false and "" when the machine has no table of names, or not this one.
bool machine_nic_name(const struct machine_nic *nic, char *name, size_t size);

// The devices of its group that keep `nic` from being used by vfio: how many, and the first of them as text.
struct machine_rivals {
	unsigned int count;
	char list[320];      // "0000:44:00.2 (i40e), 0000:44:00.1 (i40e)"
	char addresses[120]; // " 0000:44:00.2 0000:44:00.1"
};
void machine_group_rivals(const struct machine_nic *nic, struct machine_rivals *rivals);

// Whether DPDK takes a device that the kernel's `driver` has: it has been bound for it, or shares it.
bool machine_driver_is_for_dpdk(const char *driver);
bool machine_driver_is_shared(const char *driver);

unsigned int machine_iommu_groups(void);
enum machine_module { MACHINE_MODULE_NONE, MACHINE_MODULE_LOADABLE, MACHINE_MODULE_READY };
enum machine_module machine_vfio(void);
bool machine_vfio_without_iommu(void);

// pmd.c: drivers of DPDK for network devices, as plugins.
#define MACHINE_PMDS_MAX 128
struct machine_pmds {
	char names[MACHINE_PMDS_MAX][MACHINE_NAME_SIZE]; // "net_null"
	unsigned int count;
};
void machine_pmds_read(struct machine_pmds *pmds);

// The plugin that drives a device ("net_ixgbe"): first by what the installed ones say of themselves, then
// by the driver that the kernel has for it. False: not known.
bool machine_pmd_of(const struct machine_nic *nic, char *name, size_t size);
bool machine_pmd_is_installed(const char *name);

// Debian's package of a plugin: "librte-net-null23".
struct machine_package {
	char text[80];
};
struct machine_package machine_pmd_package(const char *name);

// processes.c: processes that run DPDK, others than this one.
struct machine_process {
	int pid;
	char name[MACHINE_NAME_SIZE];
	char prefix[64];       // of its files; "": not to be read
	struct cpuset workers; // CPUs of its worker lcores
	struct cpuset cpus;    // of its main lcore too
};

// All of them, to be freed; NULL and 0 when there is none.
struct machine_process *machine_processes(unsigned int *count);

// stale.c: what processes left behind that are dead, as far as this one may see it.
enum machine_stale_kind {
	MACHINE_STALE_PAGE,   // a file in hugepages, which takes memory
	MACHINE_STALE_FOLDER, // of a file prefix
};
struct machine_stale {
	enum machine_stale_kind kind;
	char path[512];
	uint64_t bytes;
};
struct machine_stale *machine_stales(unsigned int *count);

// Remove it if its owner is still dead. Returns 0, -EBUSY, or -errno.
int machine_stale_remove(const struct machine_stale *stale);
