// SPDX-License-Identifier: BSD-3-Clause
// The report as one page that needs nothing else: words, plots, tables.
#pragma once

#include "advice.h"

// Write `folder`/index.html, and the same figures as report.json and report.csv beside it; the folder is
// made when it is not there. `machine` is said at the top and in the JSON. Returns 0 or -errno with the
// error set.
int pool_html_write(const char *folder, const struct pool_result *result, json_t *report);
