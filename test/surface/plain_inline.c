// SPDX-License-Identifier: BSD-3-Clause
// The first of two sources that include the same plain inline functions.
#include <ndis.h>

#include <nimbl_inline_begin.h>

#include "plain_inline.h"

#include <nimbl_inline_end.h>

#include "surface.h"

TALLY_CALLBACK *plain_inline_other(void);

void plain_inline_run(void)
{
	NET_BUFFER Nb = {.DataLength = 3};
	NET_BUFFER_LIST Nbls[2] = {
		{.Next = &Nbls[1], .FirstNetBuffer = &Nb}, {.FirstNetBuffer = NULL}};

	CHECK(TallyNblsWithBytes(Nbls) == 1);
	CHECK(plain_inline_other() == WithBytes); // one of each
}
