// SPDX-License-Identifier: BSD-3-Clause
// The VLAN filter: puts tags on, takes them off, or gives them other ids. A tag lies in a list's
// Ieee8021QNetBufferListInfo or in its frames behind the addresses; the first of these is the outer one.
#pragma once

#include "nimbl_filter.h"
#include "nimbl_nbl.h"

#define VLAN_IDS 4096

enum vlan_mode {
	VLAN_ACCESS,    // the wire is untagged: on upward, off downward
	VLAN_TAG,       // the wire is tagged: off upward, on downward
	VLAN_UNTAG,     // off in both directions, whatever the id
	VLAN_TRANSLATE, // ids of the wire to others and back
};

enum vlan_foreign {
	VLAN_DROP,
	VLAN_PASS,
	VLAN_STACK, // what has a tag gets another one in front
};

enum vlan_type {
	VLAN_8021Q,
	VLAN_8021AD,
};

enum vlan_op {
	VLAN_PUSH,
	VLAN_POP,
	VLAN_STRIP,
	VLAN_MAP,
};

enum {
	VLAN_FIGURE_RX_FRAMES,
	VLAN_FIGURE_RX_FOREIGN,
	VLAN_FIGURE_TX_FRAMES,
	VLAN_FIGURE_TX_FOREIGN,
	VLAN_FIGURE_PARTS,
};

// What happens to the frames of one direction.
struct vlan_way {
	enum vlan_op op;
	uint16_t map[VLAN_IDS]; // 0: of no VLAN that is known
};

struct vlan {
	struct nimbl_filter_base base;
	enum vlan_mode mode;
	enum vlan_foreign foreign;
	enum vlan_type type;
	uint16_t id;
	uint8_t priority;
	uint32_t map_count;
	struct vlan_way up, down;
};

#define VLAN_ADDRESSES 12 // bytes before a tag in a frame
#define VLAN_TAG_BYTES 4

// What is to be done to one packet: `cut` bytes behind the addresses make room for `put` others, and the
// list gets another slot.
struct vlan_edit {
	uint8_t is_foreign, is_dropped, cut, put;
	uint8_t bytes[2 * VLAN_TAG_BYTES];
	PVOID slot;
};

// tag.c
void vlan_decide(const struct vlan *self, const struct vlan_way *way, const NET_BUFFER_LIST *nbl,
	NET_BUFFER *nb, struct vlan_edit *edit);

// Whether the packet can be edited as it lies; and do it. The list is the caller's to write.
bool vlan_can_edit(NET_BUFFER *nb, const struct vlan_edit *edit);
void vlan_edit_here(NET_BUFFER *nb, const struct vlan_edit *edit);

// list.c: all of a chain, for both directions.
void vlan_lists(struct vlan *self, NET_BUFFER_LIST *chain, struct nimbl_sort *sort);

// rx.c
FILTER_RECEIVE_NET_BUFFER_LISTS vlan_receive;

// tx.c
FILTER_SEND_NET_BUFFER_LISTS vlan_send;
