// SPDX-License-Identifier: BSD-3-Clause
// The machine as a doctor sees it, and who looks at what of it.
#pragma once

#include "findings.h"
#include "machine.h"
#include "nimbl_engine.h"

struct facts {
	struct machine_cpus cpus;
	struct machine_limits limits;
	struct machine_memory memory;
	struct machine_nic *nics;
	struct machine_process *processes;
	struct machine_stale *stales;
	unsigned int nic_count, process_count, stale_count;
	const struct nimbl_conf *conf;    // NULL: none was given
	const struct nimbl_memory *needs; // of it; NULL: it is wrong, or there is none
	char refused[768],
		refused_mend[512]; // why it cannot run here, but for hugepages; "": it can
};

void facts_read(struct facts *facts);
void facts_free(struct facts *facts);

// Pages of 2 MiB that are free on all nodes, and those that the configuration needs; 0 without one.
uint64_t facts_pages_free(const struct facts *facts);
uint64_t facts_pages_needed(const struct facts *facts);

void look_at_dpdk(const struct facts *facts, struct findings *findings);
void look_at_rights(const struct facts *facts, struct findings *findings);
void look_at_clock(const struct facts *facts, struct findings *findings);
void look_at_cpus(const struct facts *facts, struct findings *findings);
void look_at_processes(const struct facts *facts, struct findings *findings);
void look_at_hugepages(const struct facts *facts, struct findings *findings);
void look_at_stales(const struct facts *facts, struct findings *findings);
void look_at_iommu(const struct facts *facts, struct findings *findings);
void look_at_nics(const struct facts *facts, struct findings *findings);
void look_at_config(const struct facts *facts, struct findings *findings);

// The same as figures.
json_t *facts_json(const struct facts *facts);
