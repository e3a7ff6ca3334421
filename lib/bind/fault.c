// SPDX-License-Identifier: BSD-3-Clause
// What a driver does that no state allows: said to the operator, and counted with the adapter.
#include "bind_priv.h"
#include "nimbl_log.h"

void driver_fault(struct adapter *adapter, NDIS_HANDLE who, enum nimbl_violation_code code,
	const char *rule, const char *what)
{
	__atomic_fetch_add(&adapter->faults, 1, __ATOMIC_RELAXED);
	nimbl_log(NIMBL_LOG_ERROR, "%s %s", nimbl_object_name(who), what);
	nimbl_verify_blame(who, code, rule);
}
