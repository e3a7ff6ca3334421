// SPDX-License-Identifier: BSD-3-Clause
// Offloads of a port: what was agreed on when it was opened, and the two translations.
#pragma once

#include <ndis.h>
#include <rte_ethdev.h>

#include "nimbl_offload.h"

struct ethdev;
struct ethdev_headers;

// What a receive queue has to know. Frozen when the port is opened.
struct ethdev_info {
	uint32_t enabled, in_device; // bits of nimbl_offload.h
	bool has_types;              // the PMD fills packet_type
	int time_offset;             // of the mbuf's field
	uint64_t time_flag;          // in ol_flags, where that field holds a time; 0: never
};

// What a list asks to be done to its frames.
struct ethdev_request {
	bool any;
	bool ip, tcp, udp; // checksums to compute
	bool has_tag;
	uint16_t tci;
	bool large;       // to be cut
	uint32_t mss;     // into so many bytes of TCP payload per frame
	uint32_t payload; // bytes of it in all frames whose headers were read
};

// offload.c: before the device is configured; -errno when it cannot do what the user asks.
int ethdev_offloads_choose(
	struct ethdev *dev, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf);
// What NDIS calls the offloads of a mask.
void ethdev_offloads_describe(NDIS_OFFLOAD *offload, uint32_t does);
// After it: tell NDIS, and people.
NDIS_STATUS ethdev_offloads_tell(const struct ethdev *dev);

// rx_info.c: take the tag out of a frame, where that is on us. Before it becomes a list.
void ethdev_receive_untag(const struct ethdev_info *info, struct rte_mbuf *m);
// Fill the slots of a list that was just made of `m`; `now` is for who wants a time.
void ethdev_receive_info(
	const struct ethdev_info *info, NET_BUFFER_LIST *nbl, struct rte_mbuf *m, uint64_t now);

// tx_info.c: what a list asks, and doing it.
#define ETHDEV_CUT_MAX 512 // frames of one large send

struct ethdev_request ethdev_request_of(const NET_BUFFER_LIST *nbl);

// Do to the frame `m` what is asked, as far as the PMD does not: cut it, compute checksums, put the tag
// in. `is_ours`: nobody waits for the end of the send, so that its bytes may change. Returns the number
// of frames to be sent instead of `m`, which the caller still has and which lends them its payload; 0
// when it is `m` itself that is to be sent; -EINVAL where headers do not fit what is asked, -ENOMEM,
// -ENOTSUP where the PMD wants one segment and there are more, -EMSGSIZE.
int ethdev_request_do(const struct ethdev *dev, struct rte_mbuf *m, struct ethdev_request *request,
	bool is_ours, struct rte_mbuf **frames);

// Write into a list what became of its large send.
void ethdev_request_done(NET_BUFFER_LIST *nbl, const struct ethdev_request *request);

// cut.c: a frame of the first `header` bytes of `m`, copied, and of `bytes` from `offset` on, lent. NULL
// when the pool is dry.
struct rte_mbuf *ethdev_piece(const struct ethdev *dev, const struct rte_mbuf *m, uint32_t header,
	uint32_t offset, uint32_t bytes);

// Cut a TCP frame into frames of at most `mss` bytes of payload, but for checksums. Its headers are in
// its first segment, with some of the payload. Returns their number, -EINVAL or -ENOMEM.
int ethdev_cut(const struct ethdev *dev, struct rte_mbuf *m, const struct ethdev_headers *headers,
	uint32_t mss, struct rte_mbuf **frames);
