// SPDX-License-Identifier: BSD-3-Clause
// Names of virtual devices: whether a driver for one is installed, and what was meant when none is.
#pragma once

#include "nimbl_base.h"

// Whether EAL will find a driver for `device`, "net_null0,size=64".
bool pmd_guess_is_known(const char *device);

// Add to the last error what mends it that there is no driver for `device`: another name, or a package.
void pmd_guess_mend(const char *device);
