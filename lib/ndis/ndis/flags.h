// SPDX-License-Identifier: BSD-3-Clause
// Flag words of the data path calls: send, send complete, receive, return. All hints but RESOURCES.
#pragma once

#include "types.h"

// The four DISPATCH_LEVEL flags are equal: drivers pass one for another. Set one only where the
// code can run nowhere but on an lcore.
#define NDIS_SEND_FLAGS_DISPATCH_LEVEL           0x00000001u
#define NDIS_SEND_FLAGS_CHECK_FOR_LOOPBACK       0x00000002u
#define NDIS_SEND_FLAGS_SINGLE_QUEUE             0x00000004u
#define NDIS_SEND_FLAGS_SWITCH_DESTINATION_GROUP 0x00000010u
#define NDIS_SEND_FLAGS_SWITCH_SINGLE_SOURCE     0x00000020u

// Ours: the sender gives the lists away for good. When no driver on the way down wants completions
// they go home straight from the PMD, as if completed and returned.
#define NIMBL_SEND_FLAGS_HANDOVER 0x40000000u

// Ours, with or without the one above: but for Next, nobody changed anything in the lists since they
// were indicated. Taken off where a driver on the way could have.
#define NIMBL_SEND_FLAGS_UNTOUCHED 0x20000000u

#define NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL       0x00000001u
#define NDIS_SEND_COMPLETE_FLAGS_SINGLE_QUEUE         0x00000002u
#define NDIS_SEND_COMPLETE_FLAGS_SWITCH_SINGLE_SOURCE 0x00000004u

// RESOURCES lends the lists for the duration of the call only: never return them.
#define NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL           0x00000001u
#define NDIS_RECEIVE_FLAGS_RESOURCES                0x00000002u
#define NDIS_RECEIVE_FLAGS_SINGLE_ETHER_TYPE        0x00000100u
#define NDIS_RECEIVE_FLAGS_SINGLE_VLAN              0x00000200u
#define NDIS_RECEIVE_FLAGS_PERFECT_FILTERED         0x00000400u
#define NDIS_RECEIVE_FLAGS_SINGLE_QUEUE             0x00000800u
#define NDIS_RECEIVE_FLAGS_SHARED_MEMORY_INFO_VALID 0x00001000u
#define NDIS_RECEIVE_FLAGS_MORE_NBLS                0x00002000u
#define NDIS_RECEIVE_FLAGS_SWITCH_DESTINATION_GROUP 0x00004000u
#define NDIS_RECEIVE_FLAGS_SWITCH_SINGLE_SOURCE     0x00008000u

#define NDIS_RETURN_FLAGS_DISPATCH_LEVEL       0x00000001u
#define NDIS_RETURN_FLAGS_SINGLE_QUEUE         0x00000002u
#define NDIS_RETURN_FLAGS_SWITCH_SINGLE_SOURCE 0x00000004u

#define NDIS_CLONE_FLAGS_RESERVED          0x00000001u
#define NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS 0x00000002u

// Tests are true when all bits of the mask are set.
#define NIMBL_NDIS_TEST(Flags, Mask) (((ULONG)(Flags) & (Mask)) == (ULONG)(Mask))

#define NDIS_TEST_SEND_FLAG(Flags, Mask)  NIMBL_NDIS_TEST(Flags, Mask)
#define NDIS_SET_SEND_FLAG(Flags, Mask)   ((Flags) |= (Mask))
#define NDIS_CLEAR_SEND_FLAG(Flags, Mask) ((Flags) &= ~(ULONG)(Mask))
#define NDIS_TEST_SEND_AT_DISPATCH_LEVEL(Flags) \
	NIMBL_NDIS_TEST(Flags, NDIS_SEND_FLAGS_DISPATCH_LEVEL)

#define NDIS_TEST_SEND_COMPLETE_FLAG(Flags, Mask) NIMBL_NDIS_TEST(Flags, Mask)
#define NDIS_SET_SEND_COMPLETE_FLAG(Flags, Mask)  ((Flags) |= (Mask))
#define NDIS_TEST_SEND_COMPLETE_AT_DISPATCH_LEVEL(Flags) \
	NIMBL_NDIS_TEST(Flags, NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL)

#define NDIS_TEST_RECEIVE_FLAG(Flags, Mask) NIMBL_NDIS_TEST(Flags, Mask)
#define NDIS_SET_RECEIVE_FLAG(Flags, Mask)  ((Flags) |= (Mask))
#define NDIS_TEST_RECEIVE_AT_DISPATCH_LEVEL(Flags) \
	NIMBL_NDIS_TEST(Flags, NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL)
#define NDIS_TEST_RECEIVE_CANNOT_PEND(Flags) NIMBL_NDIS_TEST(Flags, NDIS_RECEIVE_FLAGS_RESOURCES)
#define NDIS_TEST_RECEIVE_CAN_PEND(Flags)    (!NDIS_TEST_RECEIVE_CANNOT_PEND(Flags))

#define NDIS_TEST_RETURN_FLAG(Flags, Mask) NIMBL_NDIS_TEST(Flags, Mask)
#define NDIS_SET_RETURN_FLAG(Flags, Mask)  ((Flags) |= (Mask))
#define NDIS_TEST_RETURN_AT_DISPATCH_LEVEL(Flags) \
	NIMBL_NDIS_TEST(Flags, NDIS_RETURN_FLAGS_DISPATCH_LEVEL)

#define NDIS_TEST_CLONE_FLAG(Flags, Mask)  NIMBL_NDIS_TEST(Flags, Mask)
#define NDIS_SET_CLONE_FLAG(Flags, Mask)   ((Flags) |= (Mask))
#define NDIS_CLEAR_CLONE_FLAG(Flags, Mask) ((Flags) &= ~(ULONG)(Mask))
