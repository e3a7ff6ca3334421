// SPDX-License-Identifier: BSD-3-Clause
// For drivers that name it: what there is of it is in ntddk.h.
#pragma once

#include "ntddk.h"
