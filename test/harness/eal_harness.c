// SPDX-License-Identifier: BSD-3-Clause
// Starting EAL in a runtime directory of its own, and removing that at exit.
#include "eal_harness.h"

#include <ftw.h>
#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARGUMENTS_MAX 32

static struct {
	char directory[64];
	cpu_set_t cpus; // as they were before EAL pinned us
	pid_t pid;      // a forked child must not clean up
} eal;

static int remove_one(const char *path, const struct stat *stat, int flag, struct FTW *ftw)
{
	remove(path);
	return 0;
}

// Not rte_eal_cleanup(): it unmaps memory that EAL's interrupt thread may still walk.
static void clean_up(void)
{
	if (eal.pid != getpid())
		return;
	nftw(eal.directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static unsigned int first_cpu(void)
{
	unsigned int cpu = 0;

	while (cpu + 1 < CPU_SETSIZE && !CPU_ISSET(cpu, &eal.cpus))
		cpu++;
	return cpu;
}

int eal_harness_start_with(const char *const *arguments)
{
	char lcores[32], prefix[48], log_level[48];
	const char *log = getenv("NIMBL_TEST_LOG");
	char *argv[ARGUMENTS_MAX + 1] = {"nimbl-test", lcores, prefix, log_level, "--no-huge",
		"-m128", "--no-pci", "--iova-mode=va", "--no-telemetry"};
	int argc = 9;

	if (eal.pid == getpid())
		return 0;
	if (sched_getaffinity(0, sizeof(eal.cpus), &eal.cpus) < 0)
		return -1;
	snprintf(lcores, sizeof(lcores), "--lcores=0@%u", first_cpu());
	snprintf(prefix, sizeof(prefix), "--file-prefix=nimbl-test-%d", (int)getpid());
	snprintf(log_level, sizeof(log_level), "--log-level=%s", log != NULL ? log : "critical");
	for (; arguments != NULL && *arguments != NULL && argc < ARGUMENTS_MAX; arguments++)
		argv[argc++] = (char *)*arguments;

	snprintf(eal.directory, sizeof(eal.directory), "/tmp/nimbl-test-XXXXXX");
	if (mkdtemp(eal.directory) == NULL || setenv("RUNTIME_DIRECTORY", eal.directory, 1) < 0) {
		perror(eal.directory);
		return -1;
	}
	eal.pid = getpid();
	atexit(clean_up);
	if (rte_eal_init(argc, argv) < 0) {
		fprintf(stderr, "EAL does not start: %s; NIMBL_TEST_LOG=debug says more\n",
			rte_strerror(rte_errno));
		return -1;
	}
	return 0;
}

int eal_harness_start(void **state)
{
	return eal_harness_start_with(NULL);
}

void eal_harness_any_cpu(void)
{
	pthread_setaffinity_np(pthread_self(), sizeof(eal.cpus), &eal.cpus);
}
