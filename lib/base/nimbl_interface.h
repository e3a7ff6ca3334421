// SPDX-License-Identifier: BSD-3-Clause
// Interfaces of the kernel, in the network namespace of the process. Control plane.
#pragma once

#include "nimbl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

// Whether the interface is up and its link runs; one that is gone is not.
NIMBL_API bool nimbl_interface_is_up(const char *name);

// Its MTU in bytes, 0 when there is no such interface.
NIMBL_API uint32_t nimbl_interface_mtu(const char *name);

// Give it another MTU. Returns 0 or -errno.
NIMBL_API int nimbl_interface_set_mtu(const char *name, uint32_t mtu);

#ifdef __cplusplus
}
#endif
