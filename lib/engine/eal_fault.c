// SPDX-License-Identifier: BSD-3-Clause
// What EAL says, what it means here, what mends it.
#include "eal_fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "pmd_guess.h"

#define MIB(bytes) ((unsigned long long)(((bytes) + (1u << 20) - 1) >> 20))

static int lock_held(const struct eal_fault *fault, const char *at)
{
	char prefix[64] = "";
	const char *folder = strstr(at, "/dpdk/");
	unsigned int count;
	struct machine_process *list = machine_processes(&count);

	if (folder != NULL)
		sscanf(folder + strlen("/dpdk/"), "%63[^/]", prefix);
	nimbl_fail(EBUSY, "DPDK does not start: another process has its file prefix '%s'", prefix);
	for (unsigned int i = 0; i < count; i++) {
		if (strcmp(list[i].prefix, prefix) == 0)
			nimbl_fail(EBUSY,
				"DPDK does not start: '%s' (pid %d) has its file prefix '%s'",
				list[i].name, list[i].pid, prefix);
	}
	free(list);
	nimbl_mend("leave --file-prefix out of 'eal', nimbl has one for each instance; or end that "
		   "process");
	return -EBUSY;
}

static int lcores_wrong(const struct eal_fault *fault, const char *at)
{
	struct machine_cpus cpus;

	machine_cpus_read(&cpus);
	nimbl_fail(EINVAL,
		"DPDK does not start: lcores under 'eal' are not there, this process may use %s",
		cpuset_text(&cpus.allowed).text);
	nimbl_mend("take them out of 'eal' and write 'lcores: {workers: [...]}'; taskset or the "
		   "container limits them");
	return -EINVAL;
}

// Which limit it is that memory met: the machine's, or that of the container.
static void memory_there(char *text, size_t size)
{
	struct machine_limits limits;

	machine_limits_read(&limits);
	if (limits.memory != 0)
		snprintf(text, size, "the container may have %llu MiB", MIB(limits.memory));
	else if (limits.available != UINT64_MAX)
		snprintf(text, size, "this machine has %llu MiB to give", MIB(limits.available));
	else
		snprintf(text, size, "there is less");
}

static bool asks_for_memory(const struct nimbl_conf *conf)
{
	for (uint16_t i = 0; i < conf->eal_count; i++) {
		if (strncmp(conf->eal[i], "-m", 2) == 0)
			return true;
	}
	return false;
}

static int memory_short(const struct eal_fault *fault, const char *at)
{
	const struct plan *plan = fault->plan;
	char there[80];

	memory_there(there, sizeof(there));
	if (asks_for_memory(plan->conf)) {
		nimbl_fail(EINVAL,
			"DPDK does not start: what '-m' under 'eal' asks for cannot be had; %s",
			there);
		nimbl_mend("take it out: nimbl computes it; 'nimbl explain memory' has the sum");
		return -EINVAL;
	}
	nimbl_fail(ENOMEM,
		"DPDK does not start: its memory cannot be had: %llu MiB for it, %llu MiB for pools; %s",
		MIB(plan->memory_bytes - plan->pool_bytes), MIB(plan->pool_bytes), there);
	nimbl_mend("smaller pools, or 'memory: auto'; 'nimbl explain memory' has the "
		   "sum, 'nimbl doctor' what is free");
	return -ENOMEM;
}

static int hugepages_lacking(const struct eal_fault *fault, const char *at)
{
	unsigned long long pages = (fault->plan->memory_bytes >> 21) + 1;

	nimbl_fail(ENOMEM,
		"DPDK does not start: of %llu hugepages of 2 MiB it needs, it cannot use enough",
		pages);
	nimbl_mend("sudo nimbl doctor --fix CONFIG reserves them; or without hugepages: --dev");
	return -ENOMEM;
}

static int hugepages_forbidden(const struct eal_fault *fault, const char *at)
{
	struct machine_memory memory;

	machine_memory_read(&memory);
	nimbl_fail(EACCES,
		"DPDK does not start: there are hugepages, but this user cannot use those in %s",
		memory.mount[0] != '\0' ? memory.mount : "any hugetlbfs: none is mounted");
	nimbl_mend(
		"run as root, or give the folder to the user with chown, or run without hugepages: "
		"--dev");
	return -EACCES;
}

static int vdev_unknown(const struct eal_fault *fault, const char *at)
{
	char word[64] = "";
	const char *quote = strpbrk(at, "\"'");

	if (quote != NULL)
		sscanf(quote + 1, "%63[^\"',]", word);
	nimbl_fail(ENODEV, "DPDK does not start: there is no driver for '%s', under 'eal'", word);
	pmd_guess_mend(word);
	return -ENODEV;
}

static int vfio_group(const struct eal_fault *fault, const char *at)
{
	const struct nimbl_conf *conf = fault->plan->conf;
	int ret = 0;

	for (uint16_t i = 0; i < conf->port_count && ret == 0; i++) {
		if (conf->ports[i].kind == NIMBL_DEVICE_PCI)
			ret = plan_pci_group(&conf->ports[i]);
	}
	if (ret < 0)
		return ret;
	nimbl_fail(EBUSY, "DPDK does not start: an IOMMU group is not given to vfio as a whole");
	nimbl_mend("'nimbl bind' lists the devices with their groups; give all of one to vfio-pci");
	return -EBUSY;
}

static const struct known {
	const char *says;
	int code;                 // of EAL where 0
	const char *cause, *mend; // or:
	int (*say)(const struct eal_fault *fault, const char *at);
} known[] = {
	{"is not viable", 0, NULL, NULL, vfio_group},
	{"Cannot create lock on", 0, NULL, NULL, lock_held},
	{" unavailable", EINVAL, NULL, NULL, lcores_wrong},
	{"core list", EINVAL, NULL, NULL, lcores_wrong},
	{"coremask", EINVAL, NULL, NULL, lcores_wrong},
	{"parameter for --lcores", EINVAL, NULL, NULL, lcores_wrong},
	{"Main lcore is not enabled", EINVAL, NULL, NULL, lcores_wrong},
	{"failed to parse device", 0, NULL, NULL, vdev_unknown},
	{"unrecognized option", EINVAL, "DPDK does not know an option under 'eal'",
		"'man dpdk-testpmd' lists EAL's options; nimbl derives lcores, memory and devices itself",
		NULL},
	{"invalid option", EINVAL, "DPDK does not know an option under 'eal'",
		"'man dpdk-testpmd' lists EAL's options; nimbl derives lcores, memory and devices itself",
		NULL},
	{"requires an argument", EINVAL, "an option under 'eal' lacks its argument",
		"write it in one string: \"--option=value\"", NULL},
	{"incompatible", EINVAL, "options under 'eal' contradict those that nimbl derives",
		"leave memory, lcores and devices to nimbl", NULL},
	{"is not compatible with", EINVAL,
		"options under 'eal' contradict those that nimbl derives",
		"leave memory, lcores and devices to nimbl", NULL},
	{"cannot be specified", EINVAL, "options under 'eal' contradict those that nimbl derives",
		"leave memory, lcores and devices to nimbl", NULL},
	{"for rte_mem_config", EINVAL,
		"options under 'eal' make it the second process of another program",
		"leave --proc-type out of 'eal': nimbl is the first process of its own", NULL},
	{"cannot open shared object file", ENOENT, "a driver file under 'eal' is not there",
		"give the path of a shared object behind -d; packages librte-net-* bring DPDK's own",
		NULL},
	{"Couldn't get fd on hugepage file", EACCES, NULL, NULL, hugepages_forbidden},
	{"Cannot get hugepage information", ENOMEM, NULL, NULL, hugepages_lacking},
	{"No free hugepages", ENOMEM, NULL, NULL, hugepages_lacking},
	{"Not enough memory available", ENOMEM, NULL, NULL, memory_short},
	{"Cannot allocate memseg list", ENOMEM, NULL, NULL, memory_short},
	{"Cannot init memory", ENOMEM, NULL, NULL, memory_short},
	{"rte_service_init() failed", ENOMEM, NULL, NULL, memory_short},
	{"Cannot allocate memory", ENOMEM, NULL, NULL, memory_short},
	{"FATAL: Cannot use IOVA as 'VA'", 0, "this machine cannot give devices virtual addresses",
		"turn the IOMMU on in firmware and kernel; 'nimbl doctor' says how", NULL},
};

int eal_fault_say(const struct eal_fault *fault)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *at = strstr(fault->text, known[i].says);

		if (at == NULL)
			continue;
		if (known[i].say != NULL)
			return known[i].say(fault, at);
		int code = known[i].code != 0 ? known[i].code : fault->code;
		nimbl_fail(code, "DPDK does not start: %s", known[i].cause);
		nimbl_mend("%s", known[i].mend);
		return -code;
	}
	nimbl_fail(fault->code, "DPDK does not start: %s",
		fault->first[0] != '\0' ? fault->first : strerror(fault->code));
	nimbl_mend("--verbose shows all that it says; 'nimbl doctor' looks at the machine");
	return -fault->code;
}
