// SPDX-License-Identifier: BSD-3-Clause
// The second of two sources that include the same plain inline functions.
#include <ndis.h>

#include <nimbl_inline_begin.h>

#include "plain_inline.h"

#include <nimbl_inline_end.h>

TALLY_CALLBACK *plain_inline_other(void);

TALLY_CALLBACK *plain_inline_other(void)
{
	return TallyNblsWithBytes(NULL) == 0 ? WithBytes : NULL;
}
