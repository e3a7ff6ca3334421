// SPDX-License-Identifier: BSD-3-Clause
// The way down.
#include "vlan_priv.h"

VOID vlan_send(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	struct vlan *self = context;
	struct nimbl_sort sort;

	nimbl_sort_begin(&sort, self->base.filter, &self->base.parts, true, port, flags);
	vlan_lists(self, chain, &sort);
	nimbl_sort_end(&sort);
}
