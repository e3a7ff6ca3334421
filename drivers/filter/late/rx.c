// SPDX-License-Identifier: BSD-3-Clause
// Received lists that are returned.
#include "late_priv.h"

VOID late_return(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	late_come_back(context, LATE_RETURNS, chain, NDIS_TEST_RETURN_AT_DISPATCH_LEVEL(flags));
}
