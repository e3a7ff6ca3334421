// SPDX-License-Identifier: BSD-3-Clause
// What waited and does not go on.
#include "impair_priv.h"

void impair_drop(struct impair_lane *lane, const struct impair_entry *entry, enum nimbl_drop reason,
	NDIS_STATUS status)
{
	struct impair *self = lane->self;
	NDIS_HANDLE filter = self->base.filter;

	NET_BUFFER_LIST_NEXT_NBL(entry->nbl) = NULL;
	if (impair_is_own(self, entry->nbl)) {
		nimbl_count_dropped(filter, reason, 1);
		impair_free(self, entry->nbl);
	} else if (lane->direction == IMPAIR_TX) {
		nimbl_drop_send(filter, entry->nbl, entry->flags, reason, status);
	} else {
		nimbl_drop_receive(filter, entry->nbl, 1, entry->flags, reason);
	}
}
