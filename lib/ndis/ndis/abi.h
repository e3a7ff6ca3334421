// SPDX-License-Identifier: BSD-3-Clause
// What an object was compiled against, for whoever loads it as a driver: a note in the object file.
#pragma once

#include "nbl.h"

// Counted up when a structure of these headers changes under drivers that are not compiled again.
#define NIMBL_ABI 1

#define NIMBL_ABI_NOTE_SECTION ".note.nimbl"
#define NIMBL_ABI_NOTE_TYPE    1

struct nimbl_abi_note {
	uint32_t name_bytes, text_bytes, type;
	char name[8];
	uint32_t abi, nbl_bytes, nb_bytes, mdl_bytes;
};

// clang-format off
#ifdef __clang__
__attribute__((no_sanitize("address"))) // which would pad it
#endif
__attribute__((aligned(4), section(NIMBL_ABI_NOTE_SECTION), used))
static const struct nimbl_abi_note nimbl_abi_note = {
	6, 16, NIMBL_ABI_NOTE_TYPE, "nimbl",
	NIMBL_ABI, sizeof(NET_BUFFER_LIST), sizeof(NET_BUFFER), sizeof(MDL)};
// clang-format on
