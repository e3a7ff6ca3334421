// SPDX-License-Identifier: BSD-3-Clause
// Hardware resources of an adapter. The engine hands out none: a miniport that looks for its ports and
// interrupts finds a NULL list.
#pragma once

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CmResourceTypeNull      0
#define CmResourceTypePort      1
#define CmResourceTypeInterrupt 2
#define CmResourceTypeMemory    3
#define CmResourceTypeDma       4

typedef struct _CM_PARTIAL_RESOURCE_DESCRIPTOR {
	UCHAR Type; // CmResourceType*
	UCHAR ShareDisposition;
	USHORT Flags;
	union {
		struct {
			PHYSICAL_ADDRESS Start;
			ULONG Length;
		} Generic, Port, Memory;
		struct {
			ULONG Level;
			ULONG Vector;
			ULONG_PTR Affinity;
		} Interrupt;
	} u;
} CM_PARTIAL_RESOURCE_DESCRIPTOR, *PCM_PARTIAL_RESOURCE_DESCRIPTOR;

typedef struct _CM_PARTIAL_RESOURCE_LIST {
	USHORT Version;
	USHORT Revision;
	ULONG Count;
	CM_PARTIAL_RESOURCE_DESCRIPTOR PartialDescriptors[1];
} CM_PARTIAL_RESOURCE_LIST, *PCM_PARTIAL_RESOURCE_LIST;
typedef CM_PARTIAL_RESOURCE_LIST NDIS_RESOURCE_LIST, *PNDIS_RESOURCE_LIST;
typedef struct _CM_RESOURCE_LIST CM_RESOURCE_LIST, *PCM_RESOURCE_LIST;

#ifdef __cplusplus
}
#endif
