// SPDX-License-Identifier: BSD-3-Clause
// For drivers that name it: the base types.
#pragma once

#include "ndis/types.h"
