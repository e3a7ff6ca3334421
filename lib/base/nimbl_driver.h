// SPDX-License-Identifier: BSD-3-Clause
// How a driver gets into nimbl, and how it reads its configuration.
#pragma once

#include <ndis.h>

#include "nimbl_base.h"
#include "nimbl_offload.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nimbl_option;
struct nimbl_setting;

// A driver that is linked in. Lives in static memory; only linked into a list before main.
struct nimbl_driver {
	const char *name; // "ethdev": what the configuration calls it
	DRIVER_INITIALIZE *entry;
	struct nimbl_driver *next;
	const char *help; // what it is for, a sentence; NULL: not told
	const struct nimbl_setting
		*settings; // what may be set, see nimbl_setting.h; NULL: not told
	// Unless NULL: look at settings that the table allows for what it cannot say. Returns 0, or -errno
	// with cause, mend and which one it is. Before anything is started.
	int (*check)(const struct nimbl_option *options);
};

NIMBL_API void nimbl_driver_register(struct nimbl_driver *driver);

// The first of the drivers linked in; follow `next`.
NIMBL_API struct nimbl_driver *nimbl_driver_first(void);

// Take those that were registered after `before` off the list again, for the library that they are in
// comes and goes. The newest of them; NULL: none. Control thread.
struct nimbl_driver *nimbl_driver_take(struct nimbl_driver *before);

// The last line of a driver: NIMBL_DRIVER(ethdev, driver_entry). The others also say what it is for and
// what may be set, and check that.
#define NIMBL_DRIVER(driver_name, entry_point) \
	NIMBL_DRIVER_WITH(driver_name, entry_point, NULL, NULL)
#define NIMBL_DRIVER_WITH(driver_name, entry_point, its_help, its_settings) \
	NIMBL_DRIVER_CHECKED(driver_name, entry_point, its_help, its_settings, NULL)
#define NIMBL_DRIVER_CHECKED(driver_name, entry_point, its_help, its_settings, its_check) \
	static struct nimbl_driver driver_##driver_name = {.name = #driver_name,          \
		.entry = entry_point,                                                     \
		.help = its_help,                                                         \
		.settings = its_settings,                                                 \
		.check = its_check};                                                      \
	__attribute__((constructor)) static void register_##driver_name(void)             \
	{                                                                                 \
		nimbl_driver_register(&driver_##driver_name);                             \
	}

// One setting of an adapter, filter or binding, as text. A setting that is a list stands there once
// for each of its values. Arrays of these end with a NULL key.
struct nimbl_option {
	const char *key;
	const char *value;
};

// The setting `key` of an adapter, filter or binding handle, or `fallback` where it has none. Any
// thread; valid as long as the handle.
NIMBL_API const char *nimbl_option(NDIS_HANDLE handle, const char *key, const char *fallback);

// Value `nth` of a setting, from 0; NULL beyond the last.
NIMBL_API const char *nimbl_option_at(NDIS_HANDLE handle, const char *key, unsigned int nth);

// The same for a number.
NIMBL_API uint32_t nimbl_option_u32(NDIS_HANDLE handle, const char *key, uint32_t fallback);

// The name of the port that an adapter, filter or binding is of. Valid as long as the handle.
NIMBL_API const char *nimbl_port_name(NDIS_HANDLE handle);

// Say what an adapter does to frames beside sending and receiving them, for people to see. Copied.
// Control thread, from initialise on.
NIMBL_API void nimbl_offloads_report(NDIS_HANDLE adapter, const struct nimbl_offloads *offloads);

// Bytes that lists have before their data, and in their context, for the layers that they pass when sent.
struct nimbl_room {
	uint32_t data_bytes, context_bytes;
};

// What the lists that an adapter receives should have: what the stacks want through which they are sent on.
// From the restart handler.
NIMBL_API struct nimbl_room nimbl_room_wanted(NDIS_HANDLE adapter);

// Say what they have. Where that is less than wanted the stack is paused and restarted, so that the miniport
// can make its pools again. Control thread, from initialise on.
NIMBL_API void nimbl_room_report(NDIS_HANDLE adapter, const struct nimbl_room *room);

// One of a driver's own figures, for show commands and tests.
struct nimbl_figure {
	const char *name;
	uint64_t value;
};

// Store up to `room` figures of the module with this context, and return how many there were.
typedef unsigned int nimbl_figures_fn(
	NDIS_HANDLE context, struct nimbl_figure *figures, unsigned int room);

// A filter module or a binding says how to ask for its figures. From AttachHandler, or once the adapter
// is open; asked on control threads until the module detaches or the binding is closed.
NIMBL_API void nimbl_publish_figures(NDIS_HANDLE module, nimbl_figures_fn *figures);

#ifdef __cplusplus
}
#endif
