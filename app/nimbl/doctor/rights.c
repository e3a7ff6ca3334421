// SPDX-License-Identifier: BSD-3-Clause
// DPDK itself, and what this user may do.
#include <inttypes.h>
#include <linux/capability.h>
#include <rte_build_config.h>
#include <string.h>

#include "facts.h"
#include "file.h"
#include "version.h"

void look_at_dpdk(const struct facts *facts, struct findings *findings)
{
	const char *built = version_dpdk_compiled(), *running = version_dpdk_running();
	struct machine_pmds pmds;

	machine_pmds_read(&pmds);
	if (version_is_same()) {
		finding(findings, "dpdk", LEVEL_OK,
			"DPDK %s, built and running the same; %u drivers for NICs", running,
			pmds.count);
	} else {
		finding(findings, "dpdk", LEVEL_FAIL, "built with DPDK %s, but it is %s that runs",
			built, running);
		finding_mend(findings, "build nimbl again with this DPDK");
	}
	if (pmds.count > 0)
		return;
	finding(findings, "dpdk", LEVEL_FAIL, "no driver of DPDK is installed in %s",
		RTE_EAL_PMD_PATH);
	finding_mend(
		findings, "sudo apt install librte-meta-net librte-meta-bus librte-meta-mempool");
}

static bool may(const struct facts *facts, unsigned int capability)
{
	return (facts->limits.capabilities >> capability & 1) != 0;
}

// The device of a group belongs to root until somebody gives it away.
static void vfio_look(const struct facts *facts, struct findings *findings)
{
	for (unsigned int i = 0; i < facts->nic_count; i++) {
		const struct machine_nic *nic = &facts->nics[i];

		if (nic->group < 0 || strcmp(nic->driver, "vfio-pci") != 0 ||
			file_is_writable("/dev/vfio/%d", nic->group))
			continue;
		finding(findings, "rights", LEVEL_WARN, "%s: this user may not open /dev/vfio/%d",
			nic->address, nic->group);
		finding_mend(
			findings, "sudo chown $USER /dev/vfio/%d, or a rule of udev", nic->group);
		finding_bars_rate(findings);
	}
}

static void memlock_look(const struct facts *facts, struct findings *findings)
{
	uint64_t limit = facts->limits.memlock;
	uint64_t needed = facts->needs != NULL ? facts->needs->total_bytes : 64ull << 20;

	// Who has the capability meets no limit; only what a device reads is locked.
	if (limit >= needed || may(facts, CAP_IPC_LOCK) || facts->nic_count == 0)
		return;
	finding(findings, "rights", LEVEL_WARN,
		"this user may lock %" PRIu64 " MiB of memory: too little for NICs behind vfio",
		limit >> 20);
	finding_mend(findings, "ulimit -l unlimited, as /etc/security/limits.conf allows; systemd: "
			       "LimitMEMLOCK=infinity");
}

void look_at_rights(const struct facts *facts, struct findings *findings)
{
	bool has_net = may(facts, CAP_NET_ADMIN) && may(facts, CAP_NET_RAW);

	if (facts->limits.uid == 0 && has_net)
		finding(findings, "rights", LEVEL_OK, "root");
	else if (has_net)
		finding(findings, "rights", LEVEL_OK,
			"user %" PRId64 " with CAP_NET_ADMIN and CAP_NET_RAW", facts->limits.uid);
	else
		finding(findings, "rights", LEVEL_INFO,
			"user %" PRId64
			" without CAP_NET_ADMIN and CAP_NET_RAW: no ports on kernel interfaces",
			facts->limits.uid);
	vfio_look(facts, findings);
	memlock_look(facts, findings);
}
