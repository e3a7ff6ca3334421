// SPDX-License-Identifier: BSD-3-Clause
// The threads of lib/ke as the engine sees them.
#pragma once

#include <ndis.h>
#include <stdbool.h>

// Finish the DPCs and work items that are in line, forget the timers that are still set, and end the
// threads: no driver is left that could put anything there. Control thread.
void nimbl_ke_stop(void);

// Wait until the DPCs and work items that are in line are done. Control thread.
void nimbl_ke_flush(void);

// Whether a timer is set that calls code of which `is_of` says that it is of `whom`. Control thread.
bool nimbl_ke_timer_of(const void *whom, bool (*is_of)(const void *whom, const void *code));
