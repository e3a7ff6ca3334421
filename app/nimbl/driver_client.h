// SPDX-License-Identifier: BSD-3-Clause
// Loading a driver into a running instance, for the commands that do.
#pragma once

#include "nimbl_bind.h"
#include "nimbl_ctl.h"

// Load the driver in `file`, unless it is loaded already, and tell its name. Returns 0 or -errno.
int driver_load_once(const struct nimbl_ctl_address *address, const char *file,
	char name[NIMBL_DRIVER_NAME_SIZE]);
