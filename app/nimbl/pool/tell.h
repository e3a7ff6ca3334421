// SPDX-License-Identifier: BSD-3-Clause
// The end of a run: what was measured is told.
#pragma once

#include "report.h"

enum pool_form { POOL_FORM_TABLE, POOL_FORM_JSON, POOL_FORM_CSV };

struct pool_wish {
	enum pool_form form;        // of standard output
	const char *report, *apply; // folder of the page, configuration to change; NULL: none
};

// Print the result, write the page and change the configuration. `seconds`: what it took. Returns an exit
// status; errors are said.
int pool_tell(const struct pool_result *result, const struct pool_wish *wish, double seconds);
