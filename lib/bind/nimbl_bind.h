// SPDX-License-Identifier: BSD-3-Clause
// Who stands on whom: drivers, adapters and bindings, their states, and the freezing of a stack
// into edges. Control thread only, one at a time.
#pragma once

#include <ndis.h>

#include "nimbl_driver.h"
#include "nimbl_path.h"
#include "nimbl_verify.h"

#ifdef __cplusplus
extern "C" {
#endif

NIMBL_API const char *nimbl_state_name(enum nimbl_state state);

// Call DriverEntry of every driver that is linked in. Returns 0, or -errno naming the driver.
NIMBL_API int nimbl_drivers_load(void);

// Unload all drivers; every adapter is closed before.
NIMBL_API void nimbl_drivers_unload(void);

#define NIMBL_DRIVER_NAME_SIZE 32

// Load the driver in the shared object `file` as `name`, or under the name that nimbl_driver_name() has for
// it, and call its DriverEntry. `parameters` (copied, or NULL) are what it reads with the handle of its
// registration. The file runs with the rights of this process, so it has to belong to root or to its user,
// and so has its folder; neither may be written by others. Returns 0, or -errno with cause and mend.
NIMBL_API int nimbl_driver_load(
	const char *file, const char *name, const struct nimbl_option *parameters);

// What load would refuse before anything of the file runs. Returns 0 or -errno.
NIMBL_API int nimbl_driver_check(const char *file);

// The name of the driver in `file`: that of the file before ".so". -EINVAL when that is no name.
NIMBL_API int nimbl_driver_name(const char *file, char *name, size_t size);

// Call DriverUnload of a driver that came from a file, and take its code away once nothing of nimbl can
// call it any more: no lcore, no DPC, no work item. Refused while it has filters, ports or bindings.
NIMBL_API int nimbl_driver_unload(const char *name);

// One loaded driver: what it has registered, and how many filters, ports and bindings it has.
struct nimbl_driver_info {
	const char *name, *file; // file NULL: linked in
	bool is_filter, is_miniport, is_protocol;
	unsigned int uses;
};

// The driver at place `i`, in the order of loading; false beyond the last. Valid until it is unloaded.
NIMBL_API bool nimbl_driver_query(unsigned int i, struct nimbl_driver_info *info);

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

// Paused to Halted, paused first if it runs; bindings must be closed. What the PMD held until now is completed here, so that
// the counters are final afterwards.
NIMBL_API void nimbl_adapter_halt(NDIS_HANDLE adapter);

// Have the miniport reset its device, in whatever state it is; those above are told of begin and end. The
// same happens by itself where the miniport says that it hangs. Returns 0, -ENOTSUP when it has no reset,
// -EBUSY, -EIO, or -ETIMEDOUT when it does not finish. WDK: MiniportResetEx, MiniportCheckForHangEx.
NIMBL_API int nimbl_adapter_reset(NDIS_HANDLE adapter);

// The machine goes down: the miniport quiets its device and frees nothing; the adapter takes part in
// nothing any more, and its handle may only be closed. WDK: MiniportShutdownEx.
NIMBL_API void nimbl_adapter_shutdown(NDIS_HANDLE adapter);

// Halt it unless it is, and free it. NULL is accepted.
NIMBL_API void nimbl_adapter_close(NDIS_HANDLE adapter);

// Bind protocol driver `driver` to an adapter. The binding is Paused then.
NIMBL_API int nimbl_binding_open(const char *driver, NDIS_HANDLE adapter,
	const struct nimbl_option *options, NDIS_HANDLE *binding);

NIMBL_API int nimbl_binding_restart(NDIS_HANDLE binding);
NIMBL_API int nimbl_binding_pause(NDIS_HANDLE binding);

NIMBL_API enum nimbl_state nimbl_binding_state(NDIS_HANDLE binding);

// Unbind; pauses it first if it runs. NULL is accepted.
NIMBL_API void nimbl_binding_close(NDIS_HANDLE binding);

// Fail with -EINVAL for one of `options` that the driver of an adapter or binding did not ask for while it
// was opened: it does not know it.
NIMBL_API int nimbl_options_check(NDIS_HANDLE handle, const struct nimbl_option *options);

struct nimbl_binding_info {
	NDIS_HANDLE binding;
	const char *driver;
	enum nimbl_state state;
};

// The binding of an adapter; false where nobody is bound.
NIMBL_API bool nimbl_binding_query(NDIS_HANDLE adapter, struct nimbl_binding_info *info);

// The figures that a binding publishes, at most `room`; returns how many.
NIMBL_API unsigned int nimbl_binding_figures(
	NDIS_HANDLE binding, struct nimbl_figure *figures, unsigned int room);

#define NIMBL_FILTERS_MAX    16 // in one stack
#define NIMBL_FILTER_HIGHEST NIMBL_FILTERS_MAX

// Attach a module of filter driver `driver` to an adapter, as `name`, which no other there has. It
// stands at `position`, 0 next to the miniport; beyond the last it is the highest. The adapter and its
// binding are paused, and so is the module then.
NIMBL_API int nimbl_filter_open(const char *driver, NDIS_HANDLE adapter, unsigned int position,
	const char *name, const struct nimbl_option *options, NDIS_HANDLE *filter);

// Restart from the bottom of a stack up, pause from the top down. Pause returns -ETIMEDOUT when the
// module does not finish; it is Paused all the same.
NIMBL_API int nimbl_filter_restart(NDIS_HANDLE filter);
NIMBL_API int nimbl_filter_pause(NDIS_HANDLE filter);

// Detach a module of a stack whose adapter and binding are paused; pauses it first if it runs. NULL is
// accepted.
NIMBL_API void nimbl_filter_close(NDIS_HANDLE filter);

// The same to a stack that may be running: it is paused from the top once all its lists are home,
// changed, and restarted from the bottom. On failure it is as it was before, and the error is of what
// failed first. Other stacks go on; what comes for this one waits in the device.
NIMBL_API int nimbl_filter_insert(NDIS_HANDLE adapter, unsigned int position, const char *driver,
	const char *name, const struct nimbl_option *options, NDIS_HANDLE *filter);
NIMBL_API int nimbl_filter_remove(NDIS_HANDLE filter);

struct nimbl_filter_info {
	NDIS_HANDLE filter;
	const char *name, *driver;
	enum nimbl_state state;
};

// The filter called `name` of an adapter, or NULL; and the one at position `i`: false beyond the last.
NIMBL_API NDIS_HANDLE nimbl_filter_find(NDIS_HANDLE adapter, const char *name);
NIMBL_API bool nimbl_filter_query(
	NDIS_HANDLE adapter, unsigned int i, struct nimbl_filter_info *info);

// The figures that a module publishes, at most `room`; returns how many.
NIMBL_API unsigned int nimbl_filter_figures(
	NDIS_HANDLE filter, struct nimbl_figure *figures, unsigned int room);

// Give a module other options: it is attached anew in its place, and *filter is the new one. When that
// fails the old one runs on; when the new one does not restart, it stays paused and the stack with it.
NIMBL_API int nimbl_filter_reconfigure(NDIS_HANDLE *filter, const struct nimbl_option *options);

// Pause the stack of an adapter from the top, as far as it runs; what does not finish is paused all
// the same, and the first error returned. nimbl_adapter_hold() before it keeps from dropping.
NIMBL_API int nimbl_stack_pause(NDIS_HANDLE adapter);

// Restart the stack of an adapter from the bottom.
NIMBL_API int nimbl_stack_restart(NDIS_HANDLE adapter);

// Whether a filter asked for its stack to be restarted (NdisFRestartFilter); and doing it, as far as the stack
// runs. What does not pause runs on; what does not restart stays paused, and the error says what.
NIMBL_API bool nimbl_stack_wants_restart(NDIS_HANDLE adapter);
NIMBL_API int nimbl_stack_again(NDIS_HANDLE adapter);

// Have the lists that an adapter receives leave so much room, at least. Where its miniport says that they do not,
// the stack is paused and restarted, and the device with it, for new pools. On failure it runs as before.
NIMBL_API int nimbl_stack_make_room(NDIS_HANDLE adapter, const struct nimbl_room *room);

// How the lists of a stack are verified from here on. A stack that runs is paused for it; on failure it is
// as it was. Only `level`, `actions` and `stuck_ms` are read. Returns 0 or -errno.
NIMBL_API int nimbl_stack_verify(NDIS_HANDLE adapter, const struct nimbl_verifier *how);

// How it is now; valid as long as the adapter is.
NIMBL_API const struct nimbl_verifier *nimbl_stack_verifier(NDIS_HANDLE adapter);

// The device of an adapter is gone (`is_surprise`), or is to be let go. Surprise: the stack is told of it
// by DevicePnPEventNotify, so that the miniport completes what it has. Then all is paused from the top,
// bindings are closed, filters detached and the adapter halted; who does not finish in 300 ms does not
// hold it up. The handle stays, with its counters. Lists that others hold come home when they will.
NIMBL_API void nimbl_stack_remove(NDIS_HANDLE adapter, bool is_surprise);

// The device of a removed adapter is there again: initialize it as it was opened and attach the filters
// that stood there. All is Paused then, without a binding. On failure it is removed as before.
NIMBL_API int nimbl_stack_return(NDIS_HANDLE adapter);

// Whether the miniport has said, by NdisMRemoveMiniport, that the device is gone.
NIMBL_API bool nimbl_adapter_is_lost(NDIS_HANDLE adapter);

// Let what an adapter receives wait in the device, from the next nimbl_lcores_publish() on until it is
// held no more.
NIMBL_API void nimbl_adapter_hold(NDIS_HANDLE adapter, bool held);

// All that pends from now on is given up together, so many milliseconds from now; 0: each after a
// second, as at first.
NIMBL_API void nimbl_pending_limit(uint32_t ms);

// What is known of an adapter.
struct nimbl_adapter_info {
	const char *name;
	enum nimbl_state state;
	bool link_up;
	uint64_t link_bps; // 0: unknown
	uint8_t mac[6];
	uint32_t mtu;
	struct nimbl_offloads offloads;
	uint32_t data_back_fill, context_back_fill; // bytes that the stack wants in lists sent
	struct nimbl_room room;         // that lists received leave; UINT32_MAX: not said
	uint64_t driver_faults;         // calls of drivers that no state allows
	struct nimbl_counters counters; // summed over lcores
};

NIMBL_API void nimbl_adapter_query(NDIS_HANDLE adapter, struct nimbl_adapter_info *info);

// The miniport's own context of an adapter: for tools that know the driver.
NIMBL_API void *nimbl_adapter_context(NDIS_HANDLE adapter);

#ifdef __cplusplus
}
#endif
