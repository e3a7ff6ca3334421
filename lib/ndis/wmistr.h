// SPDX-License-Identifier: BSD-3-Clause
// For drivers that name it: there is no WMI.
#pragma once

#include "ntddk.h"
