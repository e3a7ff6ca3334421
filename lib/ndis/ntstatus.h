// SPDX-License-Identifier: BSD-3-Clause
// For drivers that name it: the status codes.
#pragma once

#include "ndis/status.h"
