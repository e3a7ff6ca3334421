// SPDX-License-Identifier: BSD-3-Clause
// Why EAL did not start: its texts, translated to cause and mend.
#pragma once

#include "plan.h"

struct eal_fault {
	const struct plan *plan;
	const char *text;  // all that EAL said
	const char *first; // its first complaint, for what is not known
	int code;          // positive errno
};

// Note the error. Returns -errno.
int eal_fault_say(const struct eal_fault *fault);
