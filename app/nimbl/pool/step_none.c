// SPDX-License-Identifier: BSD-3-Clause
// Where instructions cannot be decoded.
#include <errno.h>

#include "nimbl_base.h"
#include "step.h"

struct step *step_new(void)
{
	nimbl_fail(ENOTSUP, "this build cannot decode instructions");
	nimbl_mend("build it on x86-64 with libcapstone-dev installed");
	return NULL;
}

void step_free(struct step *step)
{
}

void step_begin(struct step *step)
{
}

int step_end(struct step *step,
	void (*note)(void *arg, uintptr_t address, uint32_t bytes, bool writes), void *arg)
{
	return -ENOTSUP;
}
