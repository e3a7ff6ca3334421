// SPDX-License-Identifier: BSD-3-Clause
// Inside lib/bind: the drivers that are loaded. Control thread.
#pragma once

#include "bind_priv.h"

// The driver whose DriverEntry runs, or NULL: a protocol does not say whose it is.
DRIVER_OBJECT *driver_object_current(void);

// The name of a driver, and its parameters: NULL where it has none.
const char *driver_object_name(const DRIVER_OBJECT *object);
const struct options *driver_object_options(const DRIVER_OBJECT *object);

// What a driver has registered, and how much of that is in use; driver.c.
struct driver_uses {
	bool filter, miniport, protocol;
	unsigned int count;
	char first[112]; // the name of one that is in use
};
struct driver_uses driver_uses_of(const DRIVER_OBJECT *object);
