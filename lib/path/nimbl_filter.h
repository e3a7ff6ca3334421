// SPDX-License-Identifier: BSD-3-Clause
// What filter drivers for nimbl have in common, so that one is its own handlers and little else. Plain
// NDIS below: NIMBL_FILTER fills in the characteristics that a driver leaves out.
#pragma once

#include "nimbl_driver.h"
#include "nimbl_setting.h"
#include "nimbl_sort.h"
#include "nimbl_tally.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nimbl_filter_kind;

// The context of a module begins with this.
struct nimbl_filter_base {
	NDIS_HANDLE filter;
	const struct nimbl_filter_kind *kind;
	struct nimbl_tally tally; // of kind->figures
	struct nimbl_parts parts;
};

// What the handlers below need to know of a driver.
struct nimbl_filter_kind {
	const char *help;                     // what it is for, a sentence
	size_t size;                          // of a module's context
	ULONG allows;                         // NIMBL_FILTER_ATTRIBUTES_*
	const struct nimbl_setting *settings; // read into the context; NULL: its own affair
	int (*check)(const struct nimbl_option *options); // as nimbl_driver has it; NULL: none
	const char *const *figures; // names, ends with NULL; NULL: none, or the driver's own
	// Unless NULL: make the rest of a module, whose settings are read and which may publish figures
	// of its own; returns 0, or -errno with the error set. And what is undone when it detaches, or
	// when opening it failed.
	int (*open)(void *self);
	void (*close)(void *self);
};

// Handlers that nimbl has where a driver has none, for a context that begins with a
// nimbl_filter_base. Attach makes it, zeroed and on a cache line of its own, and tells NDIS; detach
// frees it. Restart succeeds at once: a module that asks for room in lists needs its own, which calls this.
// Pause waits for parts (nimbl_sort.h): a module that keeps lists of others needs its own, which calls
// this. Status goes on to the next higher module.
NIMBL_API FILTER_ATTACH nimbl_filter_attach;
NIMBL_API FILTER_DETACH nimbl_filter_detach;
NIMBL_API FILTER_RESTART nimbl_filter_restarts;
NIMBL_API FILTER_PAUSE nimbl_filter_pauses;
NIMBL_API FILTER_STATUS nimbl_filter_status;

// For modules that make parts, never filled in by itself: a handler that exists is on the way of all.
NIMBL_API FILTER_SEND_NET_BUFFER_LISTS_COMPLETE nimbl_filter_completes;
NIMBL_API FILTER_RETURN_NET_BUFFER_LISTS nimbl_filter_returns;

// NdisFRegisterFilterDriver with the version and the handlers above filled in where they are NULL.
// `kind` is the FilterDriverContext. From DriverEntry; returns what NDIS says.
NIMBL_API NDIS_STATUS nimbl_filter_register(DRIVER_OBJECT *driver,
	const struct nimbl_filter_kind *kind, NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers,
	NDIS_HANDLE *handle);

// From kind->open: count figures that are not the same for all modules of a driver. `names` lives as long
// as the module. Returns 0 or -ENOMEM with the error set.
NIMBL_API int nimbl_filter_count(
	struct nimbl_filter_base *base, const char *const *names, unsigned int count);

// In RestartHandler: ask those above for `data_bytes` of headroom and `context_bytes` of context more
// in every list that they send.
NIMBL_API void nimbl_filter_ask_room(
	const NDIS_FILTER_RESTART_PARAMETERS *parameters, ULONG data_bytes, ULONG context_bytes);

// In `open` of a module: attach another one of the same driver to the stack of another port, next to its
// device, so that it can send there. It is called after the first and its port, and told the settings
// `options`. A stack that runs pauses for it as for any filter. Returns 0 or -errno with the error set.
NIMBL_API int nimbl_companion_open(NDIS_HANDLE filter, const char *port,
	const struct nimbl_option *options, NDIS_HANDLE *companion);

// Take it out again, in `close`, unless somebody has before: then its own `close` was called.
NIMBL_API void nimbl_companion_close(NDIS_HANDLE companion);

// The last lines of a filter driver:
//
//	NIMBL_FILTER(count, kind, .SendNetBufferListsHandler = count_send)
#define NIMBL_FILTER(driver_name, driver_kind, ...)                                      \
	static NDIS_HANDLE driver_name##_handle;                                         \
	static VOID driver_name##_unload(DRIVER_OBJECT *driver)                          \
	{                                                                                \
		NdisFDeregisterFilterDriver(driver_name##_handle);                       \
	}                                                                                \
	static NTSTATUS driver_name##_entry(DRIVER_OBJECT *driver, UNICODE_STRING *path) \
	{                                                                                \
		NDIS_FILTER_DRIVER_CHARACTERISTICS handlers = {__VA_ARGS__};             \
                                                                                         \
		driver->DriverUnload = driver_name##_unload;                             \
		return nimbl_filter_register(                                            \
			driver, &(driver_kind), &handlers, &driver_name##_handle);       \
	}                                                                                \
	static struct nimbl_driver driver_##driver_name = {                              \
		.name = #driver_name, .entry = driver_name##_entry};                     \
	__attribute__((constructor)) static void register_##driver_name(void)            \
	{                                                                                \
		driver_##driver_name.help = (driver_kind).help;                          \
		driver_##driver_name.settings = (driver_kind).settings;                  \
		driver_##driver_name.check = (driver_kind).check;                        \
		nimbl_driver_register(&driver_##driver_name);                            \
	}

#ifdef __cplusplus
}
#endif
