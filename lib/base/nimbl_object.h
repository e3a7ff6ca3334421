// SPDX-License-Identifier: BSD-3-Clause
// What stands behind an NDIS_HANDLE: every handle that we give out points to one of these first,
// so that a wrong handle is told from a right one and has a name in messages.
#pragma once

#include <ndis.h>

#include "nimbl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nimbl_object_kind {
	NIMBL_OBJECT_DEAD = 0,
	NIMBL_OBJECT_MINIPORT_DRIVER = 0x6e6d0001,
	NIMBL_OBJECT_PROTOCOL_DRIVER,
	NIMBL_OBJECT_ADAPTER,
	NIMBL_OBJECT_BINDING,
	NIMBL_OBJECT_POLL,
	NIMBL_OBJECT_NBL_POOL,
	NIMBL_OBJECT_NB_POOL,
	NIMBL_OBJECT_MDL_POOL,
	NIMBL_OBJECT_DMA,
	NIMBL_OBJECT_GENERIC,
	NIMBL_OBJECT_FILTER_DRIVER,
	NIMBL_OBJECT_FILTER,
};

struct nimbl_object {
	enum nimbl_object_kind kind;
	char name[76];
};

// Whether `handle` is a live object of `kind`. NULL is none.
static inline bool nimbl_object_is(NDIS_HANDLE handle, enum nimbl_object_kind kind)
{
	const struct nimbl_object *object = (const struct nimbl_object *)handle;

	return object != NULL && object->kind == kind;
}

// A name for people: "port wan", "protocol xconnect on wan"; "(nobody)" for NULL.
NIMBL_API const char *nimbl_object_name(NDIS_HANDLE handle);

// A status for people: "NDIS_STATUS_RESOURCES (0xc000009a)", or its number alone.
struct nimbl_status_text {
	char text[64];
};
NIMBL_API struct nimbl_status_text nimbl_status_text(NDIS_STATUS status);

#ifdef __cplusplus
}
#endif
