// SPDX-License-Identifier: BSD-3-Clause
// Hugepages of each node and size, and where they are mounted.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "machine.h"

#define NODE "/sys/devices/system/node"

static uint64_t count_in(const char *folder, const char *size, const char *file)
{
	int64_t count = file_number(0, "%s/%s/%s", folder, size, file);

	return count > 0 ? (uint64_t)count : 0;
}

static void sizes_read(struct machine_memory *memory, const char *folder, unsigned int node)
{
	struct file_names sizes = file_names("%s", folder);

	for (unsigned int i = 0; i < sizes.count && memory->count < MACHINE_HUGEPAGES_MAX; i++) {
		unsigned long long kib;

		if (sscanf(sizes.list[i], "hugepages-%llukB", &kib) != 1 || kib == 0 ||
			kib > 1ull << 32)
			continue;
		uint64_t reserved = count_in(folder, sizes.list[i], "resv_hugepages");
		struct machine_hugepages *pages = &memory->pages[memory->count++];
		*pages = (struct machine_hugepages){.node = node,
			.page_bytes = kib << 10,
			.total = count_in(folder, sizes.list[i], "nr_hugepages"),
			.free = count_in(folder, sizes.list[i], "free_hugepages")};
		// Promises are told of all nodes together only.
		pages->free -= reserved < pages->free ? reserved : pages->free;
	}
	file_names_free(&sizes);
}

// A kernel without NUMA has no nodes.
static void nodes_read(struct machine_memory *memory)
{
	struct file_names nodes = file_names(NODE);

	for (unsigned int i = 0; i < nodes.count; i++) {
		unsigned int node;
		int end = 0;
		char folder[96];

		if (sscanf(nodes.list[i], "node%u%n", &node, &end) != 1 ||
			nodes.list[i][end] != '\0' || node >= MACHINE_NODES_MAX)
			continue;
		memory->node_count++;
		snprintf(folder, sizeof(folder), NODE "/node%u/hugepages", node);
		sizes_read(memory, folder, node);
	}
	file_names_free(&nodes);
	if (memory->node_count > 0)
		return;
	memory->node_count = 1;
	sizes_read(memory, "/sys/kernel/mm/hugepages", 0);
}

// "nodev /dev/hugepages hugetlbfs rw 0 0"
static void mount_read(struct machine_memory *memory)
{
	char *text = file_text("/proc/mounts");
	char *rest = NULL, path[256], kind[32];

	for (char *line = text != NULL ? strtok_r(text, "\n", &rest) : NULL; line != NULL;
		line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "%*s %255s %31s", path, kind) != 2 ||
			strcmp(kind, "hugetlbfs") != 0)
			continue;
		snprintf(memory->mount, sizeof(memory->mount), "%s", path);
		memory->is_writable = file_is_writable("%s", path);
		break;
	}
	free(text);
}

void machine_memory_read(struct machine_memory *memory)
{
	memset(memory, 0, sizeof(*memory));
	nodes_read(memory);
	mount_read(memory);
}

int64_t machine_hugepages_reserve(unsigned int node, uint64_t page_bytes, uint64_t count)
{
	unsigned long long kib = page_bytes >> 10;
	char folder[128], text[24];
	int ret;

	snprintf(folder, sizeof(folder), NODE "/node%u/hugepages/hugepages-%llukB", node, kib);
	if (!file_exists("%s", folder))
		snprintf(folder, sizeof(folder), "/sys/kernel/mm/hugepages/hugepages-%llukB", kib);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)count);
	ret = file_write(text, "%s/nr_hugepages", folder);
	return ret < 0 ? ret : file_number(-EIO, "%s/nr_hugepages", folder);
}
