// SPDX-License-Identifier: BSD-3-Clause
// For drivers that name it: counted strings are in ntddk.h.
#pragma once

#include "ntddk.h"
