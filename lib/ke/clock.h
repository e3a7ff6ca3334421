// SPDX-License-Identifier: BSD-3-Clause
// Instants in the 100 ns of NT.
#pragma once

#include <ndis.h>
#include <time.h>

#define UNITS_PER_SEC INT64_C(10000000)

// Now: since 1601, and on a clock that nobody sets.
LONGLONG clock_system(void);
LONGLONG clock_steady(void);

// What a caller means, on the steady clock: negative is from now, positive a system time, zero at once.
// A system time becomes a distance, so that a clock that is set later does not move it.
LONGLONG clock_deadline(LONGLONG due);

// For CLOCK_MONOTONIC.
struct timespec clock_timespec(LONGLONG steady);
