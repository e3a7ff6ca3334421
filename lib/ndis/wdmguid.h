// SPDX-License-Identifier: BSD-3-Clause
// For drivers that name it: the class GUIDs of PnP are not known.
#pragma once

#include "ntddk.h"
