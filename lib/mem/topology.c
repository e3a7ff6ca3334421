// SPDX-License-Identifier: BSD-3-Clause
// NUMA through libnuma, hugepages through sysfs.
#include <numa.h>

#include "machine.h"
#include "nimbl_mem.h"

uint64_t nimbl_hugepages_free(void)
{
	struct machine_memory memory;
	uint64_t bytes = 0;

	machine_memory_read(&memory);
	for (unsigned int i = 0; i < memory.count; i++)
		bytes += memory.pages[i].free * memory.pages[i].page_bytes;
	return bytes;
}

unsigned int nimbl_numa_nodes(void)
{
	return numa_available() < 0 ? 1 : (unsigned int)numa_num_configured_nodes();
}

int nimbl_numa_distance(int a, int b)
{
	return numa_available() < 0 ? 0 : numa_distance(a, b);
}

void nimbl_numa_place(void *start, size_t size, int node)
{
	if (numa_available() >= 0 && node >= 0)
		numa_tonode_memory(start, size, node);
}
