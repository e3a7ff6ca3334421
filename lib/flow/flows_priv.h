// SPDX-License-Identifier: BSD-3-Clause
// Inside lib/flow: the list of streams, for those who add to it.
#pragma once

#include "flow_priv.h"

struct nimbl_flows {
	unsigned int count;
	struct nimbl_flow *list[NIMBL_FLOWS_MAX];
};

// Add one; the error says nothing of where it stands.
int flows_add(struct nimbl_flows *flows, const char *port, const struct nimbl_option *options);

// Drop those from `count` on.
void flows_cut(struct nimbl_flows *flows, unsigned int count);
