// SPDX-License-Identifier: BSD-3-Clause
// Who stands on whom: drivers, adapters and bindings, their states, and the freezing of a stack
// into edges. Control thread only, one at a time.
#pragma once

#include <ndis.h>

#include "nimbl_driver.h"
#include "nimbl_path.h"

#ifdef __cplusplus
extern "C" {
#endif

// States of ndis.md: of a miniport adapter, and of a protocol binding.
enum nimbl_state {
	NIMBL_HALTED,       // binding: unbound
	NIMBL_INITIALIZING, // binding: opening
	NIMBL_PAUSED,
	NIMBL_RESTARTING,
	NIMBL_RUNNING,
	NIMBL_PAUSING,
};

NIMBL_API const char *nimbl_state_name(enum nimbl_state state);

// Call DriverEntry of every driver that is linked in. Returns 0, or -errno naming the driver.
NIMBL_API int nimbl_drivers_load(void);

// Unload them all; every adapter is closed before.
NIMBL_API void nimbl_drivers_unload(void);

// Create an adapter called `name` of miniport driver `driver` and initialize it: it is Paused
// then. `options` (copied) are what nimbl_option() answers the driver. On failure the error is
// what the driver said.
NIMBL_API int nimbl_adapter_open(const char *driver, const char *name,
	const struct nimbl_option *options, NDIS_HANDLE *adapter);

// Paused to Running, its poll objects enabled at the next nimbl_lcores_publish().
NIMBL_API int nimbl_adapter_restart(NDIS_HANDLE adapter);

// Running to Paused: no lcore serves it afterwards, and the sends that it had are completed.
// Returns -ETIMEDOUT when the miniport does not finish; it is Paused all the same.
NIMBL_API int nimbl_adapter_pause(NDIS_HANDLE adapter);

// Paused to Halted; bindings must be closed. What the PMD held until now is completed here, so that
// the counters are final afterwards.
NIMBL_API void nimbl_adapter_halt(NDIS_HANDLE adapter);

// Halt it unless it is, and free it. NULL is accepted.
NIMBL_API void nimbl_adapter_close(NDIS_HANDLE adapter);

// Bind protocol driver `driver` to an adapter. The binding is Paused then.
NIMBL_API int nimbl_binding_open(const char *driver, NDIS_HANDLE adapter,
	const struct nimbl_option *options, NDIS_HANDLE *binding);

NIMBL_API int nimbl_binding_restart(NDIS_HANDLE binding);
NIMBL_API int nimbl_binding_pause(NDIS_HANDLE binding);
NIMBL_API void nimbl_binding_close(NDIS_HANDLE binding);

// What is known of an adapter.
struct nimbl_adapter_info {
	const char *name;
	enum nimbl_state state;
	bool link_up;
	uint64_t link_bps; // 0: unknown
	uint8_t mac[6];
	uint32_t mtu;
	struct nimbl_offloads offloads;
	struct nimbl_counters counters; // summed over lcores
};

NIMBL_API void nimbl_adapter_query(NDIS_HANDLE adapter, struct nimbl_adapter_info *info);

// The miniport's own context of an adapter: for tools that know the driver.
NIMBL_API void *nimbl_adapter_context(NDIS_HANDLE adapter);

#ifdef __cplusplus
}
#endif
