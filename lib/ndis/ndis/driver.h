// SPDX-License-Identifier: BSD-3-Clause
// The three kinds of drivers: what each hands in when it registers, and what it is called with.
#pragma once

#include "filter.h"
#include "handler.h"
#include "miniport.h"
#include "protocol.h"
