// SPDX-License-Identifier: BSD-3-Clause
// Headers ask with this for which family they are compiled: for a driver, always.
#pragma once

#define WINAPI_PARTITION_DESKTOP           1
#define WINAPI_PARTITION_SYSTEM            1
#define WINAPI_FAMILY_PARTITION(Partition) ((Partition) != 0)
