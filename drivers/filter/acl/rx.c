// SPDX-License-Identifier: BSD-3-Clause
// The way up.
#include "acl_priv.h"

VOID acl_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG count,
	ULONG flags)
{
	struct acl *self = context;
	struct nimbl_sort sort;

	if (self->direction == ACL_TX) {
		NdisFIndicateReceiveNetBufferLists(self->base.filter, chain, port, count, flags);
		return;
	}
	nimbl_sort_begin(&sort, self->base.filter, &self->base.parts, false, port, flags);
	acl_lists(self, chain, &sort);
	nimbl_sort_end(&sort);
}
