// SPDX-License-Identifier: BSD-3-Clause
// Versions of nimbl and of the DPDK that it was built with and runs with.
#pragma once

#include <stdbool.h>

#ifndef NIMBL_VERSION
#define NIMBL_VERSION "unknown"
#endif

// "22.11.11", as the headers had it. The library's may have a suffix.
const char *version_dpdk_compiled(void);
const char *version_dpdk_running(void);

bool version_is_same(void);

// Warn when the two differ: structures that are compiled in may have changed.
void version_check(void);
