// SPDX-License-Identifier: BSD-3-Clause
// Aligned tables and figures with units, for people. Plain data in, text out; no engine.
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "nimbl_base.h"

// A figure as text, by value: format_count(n).text lives until the end of the full expression.
struct figure {
	char text[40];
};

struct figure format_count(uint64_t n);               // "1 234 567"
struct figure format_signed(int64_t n);               // "-1 234"
struct figure format_packet_rate(double per_second);  // "12.3 Mpps"
struct figure format_bit_rate(double per_second);     // "8.1 Gbit/s"; say L1 or L2 beside it
struct figure format_link(uint64_t bits_per_second);  // "10 Gbit/s"; "" when 0: unknown
struct figure format_duration_ns(uint64_t ns);        // "850 ns", "1.5 ms", "2 min 05 s"
struct figure format_percent(double part, double of); // "12.3 %"; "-" when there is no whole
struct figure format_mib(uint64_t bytes);             // "1 234.5", without unit

struct table;

// A table with these column headers; NULL ends them. Headers must outlive the table. Never NULL:
// where memory is short the table is printed as a line that says so.
struct table *table_new(const char *const *headers);

// Fill the next cell, row by row from the left.
void table_cell(struct table *table, const char *fmt, ...) NIMBL_PRINTF(2, 3);
void table_count(struct table *table, uint64_t n);

// Print headers and rows, each line after `indent` spaces. A column whose cells are all figures
// (a digit or a sign first, or "-") is aligned to the right. An unfinished row is filled up.
void table_print(const struct table *table, unsigned int indent, FILE *out);

// The same, and free it. For the end of a builder.
void table_finish(struct table *table, unsigned int indent, FILE *out);

void table_free(struct table *table);
