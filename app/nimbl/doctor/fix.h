// SPDX-License-Identifier: BSD-3-Clause
// What can be mended without asking anybody but the user: hugepages, leftovers of dead processes, a module.
#pragma once

#include "facts.h"

enum fix_kind { FIX_HUGEPAGES, FIX_LEFTOVER, FIX_MODULE };

struct fix {
	enum fix_kind kind;
	char text[640]; // what is done
	unsigned int node;
	uint64_t pages;              // that the node will have
	struct machine_stale stale;  // that goes away
	const char *module;          // of the kernel
	char failed[200], mend[200]; // after it was tried; "": it worked
};

struct fixes {
	struct fix *list;
	unsigned int count;
};

// What there is to do; free with fixes_free().
void fixes_find(const struct facts *facts, struct fixes *fixes);
void fixes_free(struct fixes *fixes);

// Do one. False, with `failed` set, when it did not work.
bool fix_do(struct fix *fix);
