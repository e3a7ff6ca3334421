// SPDX-License-Identifier: BSD-3-Clause
// For drivers that name it: control devices have no security descriptors.
#pragma once

#include "ntddk.h"
