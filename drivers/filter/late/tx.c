// SPDX-License-Identifier: BSD-3-Clause
// Sends that are completed.
#include "late_priv.h"

VOID late_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	late_come_back(
		context, LATE_COMPLETIONS, chain, NDIS_TEST_SEND_COMPLETE_AT_DISPATCH_LEVEL(flags));
}
