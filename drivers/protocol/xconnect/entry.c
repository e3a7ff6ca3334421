// SPDX-License-Identifier: BSD-3-Clause
// The cross-connect protocol: its characteristics, and how it gets into nimbl.
#include "nimbl_protocol.h"
#include "xconnect_priv.h"

NIMBL_PROTOCOL(xconnect, NULL, NULL, NULL)
