// SPDX-License-Identifier: BSD-3-Clause
// CPUs: how many, and who else wants them.
#include <stdlib.h>
#include <string.h>

#include "facts.h"

#define STEAL_MUCH 0.01

static void limit_look(const struct facts *facts, struct findings *findings)
{
	unsigned int count = cpuset_count(&facts->cpus.allowed);
	struct cpuset shut = cpuset_without(&facts->cpus.online, &facts->cpus.allowed);

	if (count == 1) {
		finding(findings, "cpus", LEVEL_WARN,
			"one CPU only (%s): control and worker share it, figures are not to be compared",
			cpuset_text(&facts->cpus.allowed).text);
		finding_bars_rate(findings);
	} else {
		finding(findings, "cpus", LEVEL_OK, "%u CPUs for this process: %s", count,
			cpuset_text(&facts->cpus.allowed).text);
	}
	if (cpuset_count(&shut) > 0)
		finding(findings, "cpus", LEVEL_INFO,
			"this process may not use CPUs %s: taskset, a cpuset or the container",
			cpuset_text(&shut).text);
	if (facts->limits.cpus == 0)
		return;
	finding(findings, "container", LEVEL_WARN,
		"the container may use %.1f CPUs of time: a worker that polls is stopped again and again",
		facts->limits.cpus);
	finding_mend(findings, "give it whole CPUs instead: --cpuset-cpus, without --cpus");
	finding_bars_rate(findings);
}

// The first CPU is left to the kernel and everything else.
static void isolation_look(const struct machine_cpus *cpus, struct findings *findings)
{
	struct cpuset isolated = cpuset_and(&cpus->isolated, &cpus->allowed);
	struct cpuset ticking = cpuset_without(&isolated, &cpus->nohz), first = {0}, rest;
	int lowest = cpuset_next(&cpus->online, 0);

	if (cpuset_count(&isolated) > 0) {
		finding(findings, "isolation", LEVEL_OK, "isolated CPUs: %s",
			cpuset_text(&isolated).text);
		if (cpuset_count(&ticking) > 0)
			finding(findings, "isolation", LEVEL_INFO,
				"timer ticks interrupt the isolated CPUs %s; kernel argument nohz_full= ends that",
				cpuset_text(&ticking).text);
		return;
	}
	finding(findings, "isolation", LEVEL_WARN,
		"no CPU is isolated: other programs and the kernel interrupt workers, figures vary");
	cpuset_add(&first, lowest < 0 ? 0 : (unsigned int)lowest);
	rest = cpuset_without(&cpus->online, &first);
	if (cpuset_count(&rest) > 0)
		finding_mend(findings, "kernel arguments isolcpus=%s nohz_full=%s rcu_nocbs=%s",
			cpuset_text(&rest).text, cpuset_text(&rest).text, cpuset_text(&rest).text);
}

static void speed_look(const struct machine_cpus *cpus, struct findings *findings)
{
	if (cpuset_count(&cpus->slow) > 0) {
		finding(findings, "governor", LEVEL_WARN,
			"governor '%s' lets the clock of CPUs %s sink", cpus->governor,
			cpuset_text(&cpus->slow).text);
		finding_mend(findings, "sudo cpupower frequency-set -g performance");
	} else if (cpus->governor[0] != '\0') {
		finding(findings, "governor", LEVEL_OK, "governor '%s' on all CPUs",
			cpus->governor);
	} else {
		finding(findings, "governor", LEVEL_INFO,
			"the kernel does not choose the CPUs' clock: firmware or hypervisor do");
	}
	if (cpus->turbo == 1)
		finding(findings, "turbo", LEVEL_INFO,
			"turbo is on: faster, but figures vary with load and heat");
	if (cpuset_count(&cpus->siblings) > 0) {
		finding(findings, "smt", LEVEL_INFO, "CPUs %s share cores with each other (SMT)",
			cpuset_text(&cpus->siblings).text);
		finding_mend(findings, "'lcores': one of each core, leave the other idle; lscpu -e "
				       "shows cores");
	}
}

void look_at_cpus(const struct facts *facts, struct findings *findings)
{
	limit_look(facts, findings);
	isolation_look(&facts->cpus, findings);
	speed_look(&facts->cpus, findings);
}

void look_at_processes(const struct facts *facts, struct findings *findings)
{
	for (unsigned int i = 0; i < facts->process_count; i++) {
		const struct machine_process *process = &facts->processes[i];
		struct cpuset shared = cpuset_and(&process->cpus, &facts->cpus.allowed);
		bool is_named = process->prefix[0] != '\0';

		if (cpuset_count(&shared) == 0)
			continue;
		finding(findings, "processes", LEVEL_WARN,
			"CPU %s: used by another process with DPDK, '%s' (pid %d%s%s%s)",
			cpuset_text(&shared).text, process->name, process->pid,
			is_named ? ", prefix '" : "", process->prefix, is_named ? "'" : "");
		finding_mend(findings, "choose others by 'lcores', or end it");
	}
	if (facts->process_count == 0)
		finding(findings, "processes", LEVEL_OK, "no other process with DPDK");
}

void look_at_clock(const struct facts *facts, struct findings *findings)
{
	const struct machine_cpus *cpus = &facts->cpus;
	bool is_trusted = strcmp(cpus->clock, "tsc") == 0 ||
			  strcmp(cpus->clock, "kvm-clock") == 0 ||
			  strncmp(cpus->clock, "hyperv", 6) == 0;

	if (cpus->is_virtual)
		finding(findings, "virtual", cpus->steal > STEAL_MUCH ? LEVEL_WARN : LEVEL_INFO,
			"a virtual machine: its host took %.2f %% of the CPUs' time since it started",
			100 * cpus->steal);
	if (!cpus->tsc_constant || !cpus->tsc_nonstop)
		finding(findings, "clock", LEVEL_WARN,
			"the time stamp counter is not constant: times and rates cannot be trusted");
	else if (!is_trusted && cpus->clock[0] != '\0')
		finding(findings, "clock", LEVEL_WARN,
			"the kernel counts by '%s', not by the time stamp counter: it does not trust it",
			cpus->clock);
	else
		finding(findings, "clock", LEVEL_OK,
			"the time stamp counter is constant and never stops");
}
