// SPDX-License-Identifier: BSD-3-Clause
// Changing which driver of the kernel has a device. One thread at a time.
#pragma once

#include "machine.h"

// Give the device to `driver`, to the one that the kernel chooses by itself: NULL, or to none: "". When that fails the
// driver that it had gets it back. `nic` tells what it is afterwards. Returns 0, or -errno with cause and
// mend said.
int machine_bind(struct machine_nic *nic, const char *driver);

// The driver that the device gets when the machine starts, in the table of Debian's package dpdk; "": what
// the kernel chooses.
void machine_persistent(const char *address, char *driver, size_t size);

// Change that table; NULL takes the device out. Returns 0, or -errno with cause and mend said.
int machine_persist(const char *address, const char *driver);
