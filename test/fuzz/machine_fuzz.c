// SPDX-License-Identifier: BSD-3-Clause
// Readers of the machine: one input is what stands in every file.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bind.h"
#include "file.h"
#include "machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[64];

#define NIC "/sys/bus/pci/devices/0000:03:00.0"

static const char *const files[] = {"/etc/dpdk/interfaces", "/proc/1/comm", "/proc/1/task/1/comm",
	"/proc/1/task/1/status", "/proc/cpuinfo", "/proc/meminfo", "/proc/mounts", "/proc/net/unix",
	"/proc/net/if_inet6", "/proc/net/route", "/proc/self/cgroup", "/proc/self/limits",
	"/proc/self/status", "/proc/stat", "/sys/devices/system/cpu/isolated",
	"/sys/devices/system/cpu/online",
	"/sys/devices/system/node/node0/hugepages/hugepages-2048kB/"
	"free_hugepages",
	NIC "/device", NIC "/driver_override", NIC "/net/eth0/operstate", NIC "/numa_node",
	NIC "/vendor", "/usr/share/misc/pci.ids"};

static void folders_make(char *path)
{
	for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		mkdir(path, 0755);
		*at = '/';
	}
}

static void put(const char *where, const void *data, size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", root, where);
	FILE *out = fopen(path, "we");
	if (out == NULL) {
		folders_make(path);
		out = fopen(path, "we");
	}
	if (out == NULL)
		abort();
	fwrite(data, 1, size, out);
	fclose(out);
}

static void end(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	if (system(command) != 0)
		fputs("the folder stays\n", stderr);
}

static void begin(void)
{
	snprintf(root, sizeof(root), "/tmp/nimbl-test-XXXXXX");
	if (mkdtemp(root) == NULL || setenv("NIMBL_ROOT", root, 1) < 0)
		abort();
	atexit(end);
	put(NIC "/class", "0x020000", 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine_cpus cpus;
	static struct machine_memory memory;
	struct machine_limits limits;
	char text[160];
	unsigned int count;

	if (root[0] == '\0')
		begin();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		put(files[i], data, size);
	machine_cpus_read(&cpus);
	machine_limits_read(&limits);
	machine_memory_read(&memory);
	struct machine_nic *nics = machine_nics(&count);
	if (count != 1)
		abort();
	machine_nic_name(&nics[0], text, sizeof(text));
	machine_pmd_of(&nics[0], text, sizeof(text));
	machine_persistent(nics[0].address, text, 16);
	free(nics);
	free(machine_processes(&count));
	free(machine_stales(&count));
	return 0;
}
