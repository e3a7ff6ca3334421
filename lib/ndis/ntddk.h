// SPDX-License-Identifier: BSD-3-Clause
// What a driver sees of the kernel in general: only what the engine implements is declared.
#pragma once

#include "ndis/clock.h"
#include "ndis/debug.h"
#include "ndis/event.h"
#include "ndis/failure.h"
#include "ndis/interlocked.h"
#include "ndis/irql.h"
#include "ndis/list.h"
#include "ndis/lockedlist.h"
#include "ndis/lookaside.h"
#include "ndis/mdl.h"
#include "ndis/memops.h"
#include "ndis/memory.h"
#include "ndis/ntstring.h"
#include "ndis/sal.h"
#include "ndis/spinlock.h"
#include "ndis/status.h"
#include "ndis/timer.h"
#include "ndis/types.h"
#include "ndis/version.h"
#include "ndis/words.h"
