// SPDX-License-Identifier: BSD-3-Clause
// What the benchmark has of the engine: lcores, CPUs, and the devices of --port.
#pragma once

#include <sched.h>

#include "nimbl_engine.h"
#include "pass.h"

// The engine opens what the list of --port names, as it opens what a configuration names; NULL: nothing. Returns 0 or
// more, or -errno with the error set.
int pool_devices_add(struct nimbl_conf *conf, const char *list);

// They are set up anew for the pools that are measured.
void pool_devices_pass_on(struct nimbl_engine *engine);

// Who measures is the first worker; `allowed` is what the process may use.
void pool_lcores_choose(
	struct pool_lcores *lcores, struct nimbl_engine *engine, const cpu_set_t *allowed);
