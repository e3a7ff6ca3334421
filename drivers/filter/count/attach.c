// SPDX-License-Identifier: BSD-3-Clause
// Life of a module, and its figures for whoever asks. Control thread.
#include <stdlib.h>
#include <string.h>

#include "count_priv.h"

static unsigned int figures(NDIS_HANDLE context, struct nimbl_figure *list, unsigned int room)
{
	const struct count *self = context;
	struct nimbl_figure all[] = {
		{"rx_frames", 0}, {"rx_bytes", 0}, {"tx_frames", 0}, {"tx_bytes", 0}};

	for (size_t i = 0; i < RTE_DIM(self->blocks); i++) {
		const struct count_block *block = &self->blocks[i];

		all[0].value += __atomic_load_n(&block->rx_frames, __ATOMIC_RELAXED);
		all[1].value += __atomic_load_n(&block->rx_bytes, __ATOMIC_RELAXED);
		all[2].value += __atomic_load_n(&block->tx_frames, __ATOMIC_RELAXED);
		all[3].value += __atomic_load_n(&block->tx_bytes, __ATOMIC_RELAXED);
	}
	room = RTE_MIN(room, (unsigned int)RTE_DIM(all));
	memcpy(list, all, room * sizeof(all[0]));
	return room;
}

NDIS_STATUS count_attach(
	NDIS_HANDLE filter, NDIS_HANDLE driver_context, NDIS_FILTER_ATTACH_PARAMETERS *parameters)
{
	struct count *self = NULL;
	NDIS_FILTER_ATTRIBUTES attributes = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_FILTER_ATTRIBUTES,
				.Revision = NDIS_FILTER_ATTRIBUTES_REVISION_1,
				.Size = NDIS_SIZEOF_FILTER_ATTRIBUTES_REVISION_1,
			},
		.Flags = NIMBL_FILTER_ATTRIBUTES_HANDOVER | NIMBL_FILTER_ATTRIBUTES_UNTOUCHED,
	};

	if (posix_memalign((void **)&self, RTE_CACHE_LINE_SIZE, sizeof(*self)) != 0)
		return NDIS_STATUS_RESOURCES;
	memset(self, 0, sizeof(*self));
	self->filter = filter;
	self->bytes = strcmp(nimbl_option(filter, "bytes", "true"), "true") == 0;
	NDIS_STATUS status = NdisFSetAttributes(filter, self, &attributes);
	if (status == NDIS_STATUS_SUCCESS)
		nimbl_publish_figures(filter, figures);
	else
		free(self);
	return status;
}

VOID count_detach(NDIS_HANDLE context)
{
	free(context);
}

NDIS_STATUS count_restart(NDIS_HANDLE context, NDIS_FILTER_RESTART_PARAMETERS *parameters)
{
	return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS count_pause(NDIS_HANDLE context, NDIS_FILTER_PAUSE_PARAMETERS *parameters)
{
	return NDIS_STATUS_SUCCESS;
}

VOID count_status(NDIS_HANDLE context, NDIS_STATUS_INDICATION *indication)
{
	const struct count *self = context;

	NdisFIndicateStatus(self->filter, indication);
}
