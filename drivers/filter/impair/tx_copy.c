// SPDX-License-Identifier: BSD-3-Clause
// Lists of the module's own: copies that are corrupted, sent twice, or kept where the original is lent.
#include "impair_priv.h"

NET_BUFFER_LIST *impair_copy(
	struct impair *self, enum impair_direction direction, const NET_BUFFER_LIST *nbl)
{
	const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
	NET_BUFFER_LIST *own;

	if (NET_BUFFER_NEXT_NB(nb) != NULL)
		return NULL;
	own = nimbl_nbl_copy(self->pool, nb, UINT32_MAX);
	if (own == NULL)
		return NULL;
	if (direction == IMPAIR_RX)
		NdisCopyReceiveNetBufferListInfo(own, nbl);
	else
		NdisCopySendNetBufferListInfo(own, nbl);
	own->SourceHandle = self->base.filter;
	__atomic_fetch_add(&self->own_out, 1, __ATOMIC_RELAXED);
	nimbl_count_born(self->base.filter, 1);
	return own;
}

void impair_free(struct impair *self, NET_BUFFER_LIST *chain)
{
	uint32_t count = nimbl_nbl_put_chain(chain);

	// Release: whoever sees that none is out finds them all in the pool.
	__atomic_fetch_sub(&self->own_out, count, __ATOMIC_RELEASE);
}

void impair_flip(const struct impair *self, enum impair_direction direction, uint64_t number,
	NET_BUFFER_LIST *own)
{
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(own);
	uint32_t length = NET_BUFFER_DATA_LENGTH(nb);
	uint64_t draw = impair_draw(self->plan.seed, direction, IMPAIR_DRAW_BIT, number) >> 32;
	uint64_t bit = draw * (length - self->corrupt_from) * 8 >> 32;
	uint8_t *data = NdisGetDataBuffer(nb, length, NULL, 1, 0);

	data[self->corrupt_from + bit / 8] ^= (uint8_t)(1u << bit % 8);
	// What a device found out about the frame holds no more.
	if (direction == IMPAIR_RX)
		NET_BUFFER_LIST_INFO(own, TcpIpChecksumNetBufferListInfo) = NULL;
}

NET_BUFFER_LIST *impair_split(
	const struct impair *self, NET_BUFFER_LIST *chain, NET_BUFFER_LIST **others)
{
	NBL_QUEUE mine, rest;

	NdisInitializeNblQueue(&mine);
	NdisInitializeNblQueue(&rest);
	for (NET_BUFFER_LIST *next; chain != NULL; chain = next) {
		next = NET_BUFFER_LIST_NEXT_NBL(chain);
		NET_BUFFER_LIST_NEXT_NBL(chain) = NULL;
		NdisAppendSingleNblToNblQueue(impair_is_own(self, chain) ? &mine : &rest, chain);
	}
	*others = NdisPopAllFromNblQueue(&rest);
	return NdisPopAllFromNblQueue(&mine);
}
