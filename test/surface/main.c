// SPDX-License-Identifier: BSD-3-Clause
// Runs what the other sources compiled.
#include "surface.h"

int main(void)
{
	accessors_run();
	classify_run();
	failure_run();
	intrinsics_run();
	mdl_run();
	oidrequest_run();
	pack_run();
	plain_inline_run();
	queues_run();
	types_run();
	waiting_run();
	return 0;
}
