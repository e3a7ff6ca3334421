// SPDX-License-Identifier: BSD-3-Clause
// What a configuration means on this machine: lcores, queues, pool sizes, memory. Plain arithmetic,
// done before DPDK starts.
#pragma once

#include "nimbl_engine.h"

#define PLAN_LCORES_MAX 130

struct plan_lcore {
	uint32_t id;  // of EAL
	uint32_t cpu; // that it runs on
};

// What of a pool is spoken for: descriptors filled and frames in flight.
struct plan_need {
	uint32_t receive, transmit, backlog, ring, cut, held, flight, lcores;
};

struct plan_port {
	uint16_t rx_count, tx_count;
	uint32_t rx_lcores[NIMBL_CONF_QUEUES_MAX];
	uint32_t tx_lcores[NIMBL_TX_QUEUES_MAX];
	const struct nimbl_conf_port *peer; // NULL: not connected
	const char *completion;             // "handover" or "full"
	struct plan_need need;
	uint32_t lists;
	uint32_t cache;
	uint32_t list_bytes; // with all headers, estimated
	char arithmetic[320];
	char devargs[640];
	uint32_t mtu;       // 0: the device's own
	char interface[16]; // of the kernel, if the port stands on one
};

struct plan {
	const struct nimbl_conf *conf;
	bool dev;
	enum nimbl_idle idle;
	struct plan_lcore main;
	struct plan_lcore lcores[PLAN_LCORES_MAX]; // workers, or receivers and then transmitters
	uint16_t lcore_count;
	uint16_t rx_lcore_count; // the first of them receive
	bool pipeline;           // receivers and transmitters are different lcores
	struct plan_port ports[NIMBL_CONF_PORTS_MAX];
	uint64_t memory_bytes; // of pools and DPDK together
	uint64_t pool_bytes;   // of these, the pools
	bool own_pages;        // the pools' memory is the process's own, not EAL's
	uint64_t eal_bytes;    // that EAL must have
	char *text;            // for people
};

// Make the plan, or say what does not fit. Returns 0 or -errno. Free with plan_free().
int plan_make(const struct nimbl_conf *conf, struct plan **plan);
void plan_free(struct plan *plan);

// plan_lcores.c: which lcores there are, and who polls what.
int plan_lcores(struct plan *plan);

// plan_pools.c: how many lists each port needs.
int plan_pools(struct plan *plan);

// plan_devices.c: whether the devices exist, and how EAL is to open them.
int plan_devices(struct plan *plan);

// plan_pci.c: whether a PCI device is there, and DPDK may have it.
int plan_pci(const struct nimbl_conf_port *port);

// That vfio can have it as far as its IOMMU group goes. Returns 0, or -EBUSY with the error set.
int plan_pci_group(const struct nimbl_conf_port *port);

// Fail for the text of port `i`: puts place and name in front of the last error.
int plan_port_fails(const struct plan *plan, uint16_t i, int ret);
