// SPDX-License-Identifier: BSD-3-Clause
// Binding to a port, which becomes one of a tester. Control thread.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_protocol.h"
#include "tester_priv.h"

#define LANES_MAX 64

static unsigned int figures(NDIS_HANDLE context, struct nimbl_figure *list, unsigned int room)
{
	const struct tester *self = context;
	struct nimbl_checkers_figures check;

	nimbl_tester_port_checked(self->port, &check);
	struct nimbl_figure sums[] = {{"sent", 0}, {"refused", 0}, {"received", 0},
		{"corrupt", check.corrupt}, {"misrouted", check.misrouted},
		{"foreign", check.foreign}, {"duplicates", check.streams.duplicates},
		{"reordered", check.streams.reordered}};

	for (unsigned int l = 0; l < self->lane_count; l++) {
		const struct nimbl_tester_lane *lane = self->lanes[l].shared;

		sums[2].value += __atomic_load_n(&lane->received, __ATOMIC_RELAXED);
		for (unsigned int i = 0; i < lane->slice_count; i++) {
			const struct nimbl_tester_slice *slice = &lane->slices[i];
			uint64_t refused = __atomic_load_n(&slice->refused, __ATOMIC_ACQUIRE);

			sums[0].value += __atomic_load_n(&slice->given, __ATOMIC_RELAXED) - refused;
			sums[1].value += refused;
		}
	}
	for (unsigned int i = 0; i < room && i < RTE_DIM(sums); i++)
		list[i] = sums[i];
	return RTE_DIM(sums);
}

// The name of the tester is that of the file, where there is one.
static int tester_name(struct tester *self)
{
	if ((self->name == NULL) == (self->streams == NULL)) {
		nimbl_fail(EINVAL, "protocol 'tester' wants either 'streams' or 'name'");
		nimbl_mend("write {tester: {streams: FILE}}; 'name' is for programs");
		return -EINVAL;
	}
	if (self->streams == NULL)
		return 0;
	self->name = self->streams;
	return nimbl_tester_share(self->streams);
}

static void tester_leave(const struct tester *self)
{
	if (self->streams != NULL)
		nimbl_tester_unshare(self->streams);
}

// The adapter is open.
static int prepare(struct tester *self, const NDIS_BIND_PARAMETERS *parameters)
{
	uint32_t lcores[LANES_MAX];
	struct nimbl_tester_place place = {
		.port = nimbl_port_name(self->binding),
		.lcores = lcores,
		.lcore_count = nimbl_lcores_of(self->binding, lcores, LANES_MAX),
		.link_bps = parameters->XmitLinkSpeed,
	};
	int ret = nimbl_settings_read(self->binding, tester_settings, self);

	if (ret == 0)
		ret = tester_name(self);
	if (ret < 0)
		return ret;
	if (place.link_bps == NDIS_LINK_SPEED_UNKNOWN)
		place.link_bps = 0;
	place.room = self->room;
	self->counters = ((struct nimbl_module *)self->binding)->counters;
	self->port = nimbl_tester_attach(self->name, &place);
	if (self->port == NULL) {
		ret = -nimbl_last_error()->code;
		goto leave;
	}
	ret = tester_lanes_open(self, lcores, place.lcore_count);
	if (ret == 0)
		return 0;
	nimbl_tester_detach(self->port);
leave:
	tester_leave(self);
	return ret;
}

NDIS_STATUS tester_bind(
	NDIS_HANDLE driver_context, NDIS_HANDLE bind_context, NDIS_BIND_PARAMETERS *parameters)
{
	struct tester *self = calloc(1, sizeof(*self));
	NDIS_STATUS status;

	if (self == NULL)
		return NDIS_STATUS_RESOURCES;
	status = nimbl_protocol_open(
		tester_protocol, self, bind_context, parameters, &self->binding);
	if (status == NDIS_STATUS_SUCCESS && prepare(self, parameters) < 0) {
		NdisCloseAdapterEx(self->binding);
		status = NDIS_STATUS_FAILURE;
	}
	if (status != NDIS_STATUS_SUCCESS) {
		free(self);
		return status;
	}
	nimbl_publish_figures(self->binding, figures);
	return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS tester_unbind(NDIS_HANDLE unbind_context, NDIS_HANDLE context)
{
	struct tester *self = context;

	nimbl_tester_detach(self->port);
	tester_lanes_close(self);
	tester_leave(self);
	NdisCloseAdapterEx(self->binding);
	free(self);
	return NDIS_STATUS_SUCCESS;
}
