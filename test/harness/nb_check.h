// SPDX-License-Identifier: BSD-3-Clause
// What holds for every NET_BUFFER at every boundary, and its bytes as NDIS accessors see them.
// The second opinion on lib/nbl: nothing of that is used here.
#pragma once

#include <ndis.h>
#include <stdint.h>

// NULL when `nb` and the MDLs of its chain are sound, otherwise the rule that is broken.
const char *nb_check(const NET_BUFFER *nb);

// Copy all data of `nb` to `to`. Returns how much there was, which may be more than `room`.
uint32_t nb_gather(const NET_BUFFER *nb, void *to, uint32_t room);

// MDLs in a chain.
uint32_t mdl_count(const MDL *chain);

// For cmocka: fail with the rule's text.
#define assert_nb_sound(nb)                                          \
	do {                                                         \
		const char *broken_rule = nb_check(nb);              \
		if (broken_rule != NULL)                             \
			fail_msg("unsound buffer: %s", broken_rule); \
	} while (0)
