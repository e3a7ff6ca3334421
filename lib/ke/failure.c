// SPDX-License-Identifier: BSD-3-Clause
// The end of a process that may not go on, with one line that says why.
#include <ndis.h>
#include <stdlib.h>

#include "nimbl_log.h"

VOID RtlFailFast(ULONG code)
{
	nimbl_log(NIMBL_LOG_ERROR, "a driver stopped the process: fail fast code %u", code);
	abort();
}

VOID RtlAssert(PVOID assertion, PVOID file, ULONG line, CHAR *message)
{
	nimbl_log(NIMBL_LOG_ERROR, "%s:%u: %s%sdoes not hold: %s", (const char *)file, line,
		message != NULL ? message : "", message != NULL ? ": " : "",
		(const char *)assertion);
	abort();
}
