// SPDX-License-Identifier: BSD-3-Clause
// The threads of lib/ke as the engine sees them.
#pragma once

// Finish the DPCs and work items that are in line, forget the timers that are still set, and end the
// threads: no driver is left that could put anything there. Control thread.
void nimbl_ke_stop(void);
