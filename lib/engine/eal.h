// SPDX-License-Identifier: BSD-3-Clause
// Starting and ending DPDK, and saying in our words why it did not start.
#pragma once

#include "plan.h"

// Take the instance's name and start EAL for the plan. Returns 0 or -errno.
int eal_start(const struct plan *plan);

// End EAL and give back the name and what EAL left in the runtime directory.
void eal_stop(void);

// The first line that DPDK logged as an error since it was cleared, or "".
const char *eal_first_error(void);
void eal_clear_log(void);
