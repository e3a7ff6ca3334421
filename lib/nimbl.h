// SPDX-License-Identifier: BSD-3-Clause
// Everything that a program or a driver outside this tree may use of nimbl. Needs no DPDK header.
#pragma once

#include <ndis.h>

#include "nimbl_base.h"
#include "nimbl_bind.h"
#include "nimbl_checker.h"
#include "nimbl_conf.h"
#include "nimbl_ctl.h"
#include "nimbl_driver.h"
#include "nimbl_engine.h"
#include "nimbl_flow.h"
#include "nimbl_handoff.h"
#include "nimbl_histogram.h"
#include "nimbl_instance.h"
#include "nimbl_interface.h"
#include "nimbl_lcore.h"
#include "nimbl_log.h"
#include "nimbl_mem.h"
#include "nimbl_nbl.h"
#include "nimbl_object.h"
#include "nimbl_pace.h"
#include "nimbl_path.h"
#include "nimbl_replay.h"
#include "nimbl_signature.h"
#include "nimbl_stat.h"
#include "nimbl_tester.h"
