// SPDX-License-Identifier: BSD-3-Clause
// What was measured, for people and for machines. Plain data in, text out.
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "measure.h"

struct pool_result {
	const struct pool_row *rows;
	size_t count;
	struct pool_noise noise;
	double tsc_hz;
	size_t refused; // cells that cannot be
};

// Rows that answer to each other: the same work, burst, size, data, cold memory, port, lcores and node.
bool pool_rows_comparable(const struct pool_row *a, const struct pool_row *b);

// The row of bare mbufs, or of the empty harness, that `row` is measured beside; NULL when there is none.
const struct pool_row *pool_row_beside(
	const struct pool_result *result, const struct pool_row *row, enum pool_allocation what);

// The fastest row that comes with a list, a buffer and data of all that are comparable to `row`, not void.
const struct pool_row *pool_row_best(const struct pool_result *result, const struct pool_row *row);

// The quantile of single bursts in cycles per element, without what reading the clock costs.
double pool_row_quantile(const struct pool_row *row, double q);

// Whether what it says of time means something: it is not void, and no lcores shared a CPU.
bool pool_row_has_time(const struct pool_row *row);

// Elements per second at the median.
double pool_row_rate(const struct pool_row *row, double tsc_hz);

void pool_report_table(const struct pool_result *result, FILE *out);
json_t *pool_report_rows(const struct pool_result *result);
void pool_report_csv(const struct pool_result *result, FILE *out);
