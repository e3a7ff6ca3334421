// SPDX-License-Identifier: BSD-3-Clause
// The line per second that people watch. One control thread, one line at a time.
#include "live.h"

#include <stdarg.h>
#include <string.h>

#include "say.h"

#define CLEAR_LINE "\r\033[K"

static char line[512];
static size_t used;
static bool over;        // the line is written over the one before
static bool is_standing; // the cursor stands behind a line

struct live live_measure(
	double elapsed_s, const struct nimbl_snapshot *before, const struct nimbl_snapshot *now)
{
	struct live live = {.elapsed_s = elapsed_s};

	for (uint16_t i = 0; i < now->port_count; i++) {
		struct view_rates rates = view_port_rates(before, now, i);

		view_rates_add(&live.rates, &rates);
	}
	for (uint16_t i = 0; i < now->pool_count; i++) {
		live.pool_size += now->pools[i].size;
		live.pool_free += now->pools[i].free;
	}
	for (uint16_t i = 0; i < now->lcore_count; i++) {
		double busy = view_lcore_busy(before, now, i);

		live.busiest = busy > live.busiest ? busy : live.busiest;
	}
	return live;
}

void live_begin(bool is_over)
{
	over = is_over && say_is_terminal();
	used = 0;
	line[0] = '\0';
}

void live_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int length = vsnprintf(line + used, sizeof(line) - used, fmt, args);
	va_end(args);
	if (length > 0)
		used += (size_t)length;
	if (used >= sizeof(line))
		used = sizeof(line) - 1;
}

void live_print_tail(const struct live *live)
{
	live_print("  dropped %s", format_packet_rate(live->rates.dropped_pps).text);
	if (live->rates.missed_pps > 0)
		live_print("  missed %s", format_packet_rate(live->rates.missed_pps).text);
	live_print("  pool free %s",
		format_percent((double)live->pool_free, (double)live->pool_size).text);
	live_print("  lcore busy %s", format_percent(live->busiest, 1).text);
}

void live_end(void)
{
	// A line that wraps cannot be written over.
	if (over)
		printf(CLEAR_LINE "%.*s", (int)say_columns(stdout, 80) - 1, line);
	else
		printf("%s\n", line);
	is_standing = over;
	say_flush();
}

void live_leave(void)
{
	if (is_standing)
		putchar('\n');
	is_standing = false;
	say_flush();
}
