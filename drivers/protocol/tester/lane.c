// SPDX-License-Identifier: BSD-3-Clause
// The lanes of a port: their lists, taken from the pool once for all, and their poll objects. Control thread.
#include <errno.h>
#include <rte_mbuf.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_nbl.h"
#include "tester_priv.h"

static int pool_open(struct tester *self, unsigned int lanes)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = TRUE,
		.DataSize = RTE_PKTMBUF_HEADROOM + self->room,
	};
	struct nimbl_pool_options options = {
		.name = "tester", .capacity = self->lists * lanes, .node = NIMBL_NODE_ANY};

	self->pool = nimbl_nbl_pool_open(self->binding, &parameters, &options);
	return self->pool != NULL ? 0 : -nimbl_last_error()->code;
}

static int ring_fill(struct tester_lane *lane)
{
	for (uint32_t done = 0; done < lane->size; done += 64) {
		uint16_t count = (uint16_t)RTE_MIN(64u, lane->size - done);
		uint16_t got = nimbl_nbl_get(lane->self->pool, &lane->lists[done], count);

		lane->ready += got;
		if (got < count)
			return nimbl_fail(ENOMEM, "the pool has too few lists for the tester");
	}
	for (uint32_t i = 0; i < lane->size; i++) {
		NET_BUFFER_LIST *nbl = lane->lists[i];
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

		// Behind the headroom, as a received frame: for headers that filters put in front.
		NET_BUFFER_DATA_OFFSET(nb) = RTE_PKTMBUF_HEADROOM;
		NET_BUFFER_CURRENT_MDL_OFFSET(nb) = RTE_PKTMBUF_HEADROOM;
		NET_BUFFER_DATA_LENGTH(nb) = 0;
		lane->data[i] = (uint8_t *)MmGetSystemAddressForMdlSafe(
					NET_BUFFER_CURRENT_MDL(nb), NormalPagePriority) +
				RTE_PKTMBUF_HEADROOM;
		NET_BUFFER_LIST_PROTOCOL_RESERVED(nbl)[0] = lane;
		NET_BUFFER_LIST_PROTOCOL_RESERVED(nbl)[1] = (PVOID)(uintptr_t)i;
	}
	return 0;
}

static int poll_open(struct tester_lane *lane, uint32_t lcore)
{
	static const NDIS_POLL_CHARACTERISTICS characteristics = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NDIS_POLL_CHARACTERISTICS_REVISION_1,
			NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1},
		.PollHandler = tester_poll,
	};
	PROCESSOR_NUMBER processor = {.Group = (USHORT)(lcore / 64), .Number = (UCHAR)(lcore % 64)};

	if (NdisRegisterPoll(lane->self->binding, lane, &characteristics, &lane->poll) !=
		NDIS_STATUS_SUCCESS)
		return nimbl_fail(ENOMEM, "no memory for a poll object");
	NdisSetPollAffinity(lane->poll, &processor);
	return 0;
}

static int lane_open(struct tester_lane *lane, uint32_t lcore)
{
	struct tester *self = lane->self;
	int ret;

	lane->size = self->lists;
	lane->born = &self->counters[lcore].born;
	lane->lists = calloc(lane->size, sizeof(lane->lists[0]));
	lane->data = calloc(lane->size, sizeof(lane->data[0]));
	lane->made = calloc(lane->size, sizeof(lane->made[0]));
	lane->home = calloc(lane->size, sizeof(lane->home[0]));
	lane->scratch = malloc(TESTER_BYTES);
	if (lane->lists == NULL || lane->data == NULL || lane->made == NULL || lane->home == NULL ||
		lane->scratch == NULL)
		return nimbl_fail(ENOMEM, "no memory for the lists of a tester");
	ret = ring_fill(lane);
	if (ret == 0)
		ret = poll_open(lane, lcore);
	if (ret == 0)
		self->lane_of[lcore] = lane;
	return ret;
}

static void lane_close(struct tester_lane *lane)
{
	if (lane->poll != NULL)
		NdisDeregisterPoll(lane->poll);
	for (uint32_t i = 0; lane->lists != NULL && i < lane->size; i++) {
		if (lane->lists[i] != NULL)
			nimbl_nbl_put(&lane->lists[i], 1);
	}
	free(lane->lists);
	free(lane->data);
	free(lane->made);
	free(lane->home);
	free(lane->scratch);
}

int tester_lanes_open(struct tester *self, const uint32_t *lcores, unsigned int count)
{
	int ret = pool_open(self, count);

	if (ret < 0)
		return ret;
	if (posix_memalign((void **)&self->lanes, RTE_CACHE_LINE_SIZE,
		    count * sizeof(self->lanes[0])) != 0) {
		self->lanes = NULL;
		ret = nimbl_fail(ENOMEM, "no memory for the lanes of a tester");
	} else {
		memset(self->lanes, 0, count * sizeof(self->lanes[0]));
	}
	for (unsigned int i = 0; ret == 0 && i < count; i++) {
		self->lane_count++;
		self->lanes[i].self = self;
		self->lanes[i].shared = &self->port->lanes[i];
		ret = lane_open(&self->lanes[i], lcores[i]);
	}
	if (ret < 0)
		tester_lanes_close(self);
	return ret;
}

void tester_lanes_close(struct tester *self)
{
	while (self->lane_count > 0)
		lane_close(&self->lanes[--self->lane_count]);
	free(self->lanes);
	self->lanes = NULL;
	nimbl_pool_release(self->pool);
	self->pool = NULL;
}
