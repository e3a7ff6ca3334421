// SPDX-License-Identifier: BSD-3-Clause
// Whose a list is while a protocol sends back what it received.
#include "nimbl_path.h"

void nimbl_sources_take(NDIS_HANDLE binding, PNET_BUFFER_LIST chain)
{
	for (; chain != NULL; chain = NET_BUFFER_LIST_NEXT_NBL(chain)) {
		if (!nimbl_object_is(chain->SourceHandle, NIMBL_OBJECT_FILTER))
			continue;
		chain->ProtocolReserved[0] = chain->SourceHandle;
		chain->SourceHandle = binding;
	}
}

uint64_t nimbl_sources_restore(NDIS_HANDLE binding, PNET_BUFFER_LIST chain)
{
	uint64_t count = 0;

	for (; chain != NULL; chain = NET_BUFFER_LIST_NEXT_NBL(chain), count++) {
		if (chain->SourceHandle == binding)
			chain->SourceHandle = chain->ProtocolReserved[0];
	}
	return count;
}
