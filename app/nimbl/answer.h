// SPDX-License-Identifier: BSD-3-Clause
// What a running session answers on its control socket.
#pragma once

#include "nimbl_ctl.h"
#include "nimbl_engine.h"

struct answers {
	const struct nimbl_conf *conf;
	struct nimbl_engine *engine;
	void *context;
	void (*stop)(void *context); // end the session in order
	struct nimbl_snapshot now;   // of the last question
	struct nimbl_ledger ledger;
};

// Add all calls to the server. `answers` must outlive it.
int answers_add(struct answers *answers, struct nimbl_ctl *ctl);

// answer_driver.c, answer_filter.c, answer_nbl.c: those about drivers, filters and lists, which answers_add()
// adds too.
int answers_add_drivers(struct answers *answers, struct nimbl_ctl *ctl);
int answers_add_filters(struct answers *answers, struct nimbl_ctl *ctl);
int answers_add_nbl(struct answers *answers, struct nimbl_ctl *ctl);

// answer_port.c: those that take ports out and bring them back, likewise.
int answers_add_ports(struct answers *answers, struct nimbl_ctl *ctl);
