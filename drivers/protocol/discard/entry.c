// SPDX-License-Identifier: BSD-3-Clause
// The discard protocol: its characteristics, and how it gets into nimbl.
#include "discard_priv.h"
#include "nimbl_protocol.h"

NIMBL_PROTOCOL(discard, "Takes what comes, and counts it.", NULL, NULL)
