// SPDX-License-Identifier: BSD-3-Clause
// Hugepages, their folders, and what dead processes left in them.
#include "facts.h"

#define PAGES_USUAL 512

// How many to have, where nobody says what for.
static unsigned long long pages_wanted(const struct facts *facts)
{
	uint64_t needed = facts_pages_needed(facts);

	return needed > 0 ? needed : PAGES_USUAL;
}

static unsigned int sizes_look(const struct facts *facts, struct findings *findings)
{
	unsigned int reserved = 0;

	for (unsigned int i = 0; i < facts->memory.count; i++) {
		const struct machine_hugepages *pages = &facts->memory.pages[i];
		bool is_full = pages->total > 0 && pages->free == 0;

		if (pages->total == 0)
			continue;
		reserved++;
		finding(findings, "hugepages", is_full ? LEVEL_WARN : LEVEL_OK,
			"node %u: %llu hugepages of %llu MiB, %llu free", pages->node,
			(unsigned long long)pages->total,
			(unsigned long long)pages->page_bytes >> 20,
			(unsigned long long)pages->free);
		if (is_full)
			finding_mend(findings, "more of them: sudo sysctl vm.nr_hugepages=%llu",
				(unsigned long long)pages->total + pages_wanted(facts));
	}
	return reserved;
}

// A node that has NICs wants pages of its own.
static void nodes_look(const struct facts *facts, struct findings *findings)
{
	for (unsigned int i = 0; i < facts->memory.count; i++) {
		const struct machine_hugepages *pages = &facts->memory.pages[i];
		bool has_nic = false;

		for (unsigned int n = 0; n < facts->nic_count; n++)
			has_nic |= facts->nics[n].node == (int)pages->node;
		if (pages->page_bytes != 2 << 20 || pages->total > 0 || !has_nic)
			continue;
		finding(findings, "hugepages", LEVEL_WARN,
			"node %u has NICs, but no hugepages: their frames would lie on another node",
			pages->node);
		finding_mend(findings,
			"echo %llu | sudo tee /sys/devices/system/node/node%u/hugepages/"
			"hugepages-2048kB/nr_hugepages",
			pages_wanted(facts), pages->node);
	}
}

static void mount_look(const struct facts *facts, struct findings *findings)
{
	const struct machine_memory *memory = &facts->memory;

	// nimbl itself takes hugepages without files.
	if (memory->mount[0] == '\0') {
		finding(findings, "hugetlbfs", LEVEL_INFO,
			"no hugetlbfs is mounted: nimbl needs none, other programs with DPDK may");
		finding_mend(findings,
			"sudo mkdir -p /dev/hugepages && sudo mount -t hugetlbfs nodev /dev/hugepages");
	} else if (!memory->is_writable) {
		finding(findings, "hugetlbfs", LEVEL_INFO,
			"hugepages in %s: this user may not write there; nimbl needs not, other programs with DPDK may",
			memory->mount);
	}
}

void look_at_hugepages(const struct facts *facts, struct findings *findings)
{
	unsigned int reserved = sizes_look(facts, findings);

	if (reserved == 0 && facts->limits.hugepages != 0) {
		finding(findings, "hugepages", LEVEL_WARN,
			"no hugepages are reserved: dev mode takes ordinary memory");
		finding_mend(findings,
			"sudo nimbl doctor --fix, or: sudo sysctl vm.nr_hugepages=%llu",
			pages_wanted(facts));
	}
	if (reserved == 0)
		finding_bars_rate(findings);
	else
		nodes_look(facts, findings);
	if (facts->limits.hugepages != UINT64_MAX) {
		finding(findings, "container",
			facts->limits.hugepages == 0 ? LEVEL_WARN : LEVEL_INFO,
			"the container may have %llu MiB of hugepages of 2 MiB",
			(unsigned long long)facts->limits.hugepages >> 20);
		if (facts->limits.hugepages == 0)
			finding_bars_rate(findings);
	}
	mount_look(facts, findings);
	if (facts->limits.memory != 0)
		finding(findings, "container", LEVEL_INFO,
			"the container may have %llu MiB of memory",
			(unsigned long long)facts->limits.memory >> 20);
}

void look_at_stales(const struct facts *facts, struct findings *findings)
{
	unsigned int pages = 0, folders = 0;
	uint64_t bytes = 0;
	const char *folder = "";

	for (unsigned int i = 0; i < facts->stale_count; i++) {
		if (facts->stales[i].kind == MACHINE_STALE_PAGE) {
			pages++;
			bytes += facts->stales[i].bytes;
		} else if (folders++ == 0) {
			folder = facts->stales[i].path;
		}
	}
	if (pages > 0) {
		finding(findings, "leftovers", LEVEL_WARN,
			"%u files of dead processes hold %llu MiB of hugepages in %s", pages,
			(unsigned long long)bytes >> 20, facts->memory.mount);
		finding_mend(findings, "sudo nimbl doctor --fix");
	}
	if (folders > 0) {
		finding(findings, "leftovers", LEVEL_INFO, "%u folder%s of dead processes: %s%s",
			folders, folders > 1 ? "s" : "", folder, folders > 1 ? ", ..." : "");
		finding_mend(findings, "nimbl doctor --fix");
	}
}
