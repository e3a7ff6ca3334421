// SPDX-License-Identifier: BSD-3-Clause
// The common head of everything behind an NDIS_HANDLE.
#include "nimbl_object.h"

const char *nimbl_object_name(NDIS_HANDLE handle)
{
	const struct nimbl_object *object = (const struct nimbl_object *)handle;

	return object != NULL ? object->name : "(nobody)";
}
