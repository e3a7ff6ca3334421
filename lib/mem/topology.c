// SPDX-License-Identifier: BSD-3-Clause
// NUMA through libnuma, hugepages through sysfs.
#include <dirent.h>
#include <numa.h>
#include <stdio.h>
#include <string.h>

#include "nimbl_mem.h"

static uint64_t number_in(const char *folder, const char *file)
{
	unsigned long long value = 0;
	char path[300];

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/%s/%s", folder, file);
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%llu", &value) != 1)
		value = 0;
	fclose(f);
	return value;
}

uint64_t nimbl_hugepages_free(void)
{
	DIR *dir = opendir("/sys/kernel/mm/hugepages");
	struct dirent *entry;
	uint64_t bytes = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		unsigned long long kb;

		if (sscanf(entry->d_name, "hugepages-%llukB", &kb) != 1)
			continue;
		uint64_t free_pages = number_in(entry->d_name, "free_hugepages");
		uint64_t reserved = number_in(entry->d_name, "resv_hugepages");
		if (free_pages > reserved)
			bytes += (free_pages - reserved) * kb * 1024;
	}
	if (dir != NULL)
		closedir(dir);
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
