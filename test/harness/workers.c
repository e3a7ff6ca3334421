// SPDX-License-Identifier: BSD-3-Clause
// Starting EAL with several lcores, and removing its runtime directory at exit.
#include "workers.h"

#include <ftw.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	char directory[64];
	pid_t pid; // a forked child must not clean up
} eal;

static int remove_one(const char *path, const struct stat *stat, int flag, struct FTW *ftw)
{
	remove(path);
	return 0;
}

// As eal_harness.c, without rte_eal_cleanup().
static void clean_up(void)
{
	if (eal.pid != getpid())
		return;
	nftw(eal.directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static unsigned int first_cpu(void)
{
	unsigned int cpu = 0;
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return 0;
	while (cpu + 1 < CPU_SETSIZE && !CPU_ISSET(cpu, &cpus))
		cpu++;
	return cpu;
}

// All on one CPU, or in turn on each with NIMBL_TEST_CPUS=all.
static void lcores_text(char *text, size_t size, unsigned int count)
{
	const char *cpus = getenv("NIMBL_TEST_CPUS");
	unsigned int first = first_cpu(), all = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	size_t used;

	if (cpus == NULL || strcmp(cpus, "all") != 0) {
		snprintf(text, size, "--lcores=(0-%u)@%u", count - 1, first);
		return;
	}
	used = (size_t)snprintf(text, size, "--lcores=0@%u", first);
	for (unsigned int i = 1; i < count && used < size; i++)
		used += (size_t)snprintf(
			text + used, size - used, ",%u@%u", i, first + i % (all - first));
}

int workers_start(unsigned int count)
{
	char lcores[64], prefix[48], log_level[48];
	const char *log = getenv("NIMBL_TEST_LOG");
	char *argv[] = {"nimbl-test", lcores, prefix, log_level, "--no-huge", "-m128", "--no-pci",
		"--iova-mode=va", "--no-telemetry", NULL};

	lcores_text(lcores, sizeof(lcores), count);
	snprintf(prefix, sizeof(prefix), "--file-prefix=nimbl-test-%d", (int)getpid());
	snprintf(log_level, sizeof(log_level), "--log-level=%s", log != NULL ? log : "critical");
	snprintf(eal.directory, sizeof(eal.directory), "/tmp/nimbl-test-XXXXXX");
	if (mkdtemp(eal.directory) == NULL || setenv("RUNTIME_DIRECTORY", eal.directory, 1) < 0) {
		perror(eal.directory);
		return -1;
	}
	eal.pid = getpid();
	atexit(clean_up);
	if (rte_eal_init(9, argv) < 0) {
		fprintf(stderr, "EAL does not start: %s; NIMBL_TEST_LOG=debug says more\n",
			rte_strerror(rte_errno));
		return -1;
	}
	return 0;
}

unsigned int rounds_asked(unsigned int usual)
{
	const char *text = getenv("NIMBL_TEST_ROUNDS");

	return text != NULL ? (unsigned int)strtoul(text, NULL, 10) : usual;
}
