// SPDX-License-Identifier: BSD-3-Clause
// Memory of the machine: NUMA nodes and hugepages. Control plane.
#pragma once

#include <stdint.h>

#include "nimbl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

// Bytes of all hugepages, of any size and node, that are free and not reserved.
NIMBL_API uint64_t nimbl_hugepages_free(void);

// NUMA nodes of the machine: 1 where it has no NUMA.
NIMBL_API unsigned int nimbl_numa_nodes(void);

// Distance between two nodes as the firmware tells it (10: the same), 0 when unknown.
NIMBL_API int nimbl_numa_distance(int a, int b);

// Ask for the pages of [`start`, `start` + `size`) from a node; before they are touched.
NIMBL_API void nimbl_numa_place(void *start, size_t size, int node);

#ifdef __cplusplus
}
#endif
