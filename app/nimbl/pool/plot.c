// SPDX-License-Identifier: BSD-3-Clause
// Scripts for gnuplot, with their data in them.
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"

static const struct pool_row *row_of(const struct pool_result *result, const struct pool_cell *cell)
{
	for (size_t i = 0; i < result->count; i++)
		if (!result->rows[i].is_void && pool_cell_equal(&result->rows[i].cell, cell))
			return &result->rows[i];
	return NULL;
}

static bool write_heat(const void *data, FILE *script)
{
	const struct pool_result *result = data;
	static const uint32_t bursts[] = {1, 8, 32, 64, 256};
	unsigned int drawn = 0, line = 0;

	fprintf(script,
		"set title 'cycles per element, taken and given back'\n"
		"set xlabel 'burst'\nset palette defined (0 '#e8f4ea', 1 '#f6d55c', 2 '#d1495b')\n"
		"set logscale cb\nunset key\nset yrange [] reverse\nset cblabel 'cycles'\n"
		"$heat << EOD\n");
	for (enum pool_allocation a = POOL_MEMPOOL; a < POOL_ALLOCATION_COUNT; a++) {
		unsigned int before = drawn;

		for (unsigned int b = 0; b < 5; b++) {
			struct pool_cell cell;

			pool_cell_preset(&cell);
			cell.allocation = a;
			cell.burst = bursts[b];
			const struct pool_row *row = row_of(result, &cell);
			if (row != NULL && row->median.median > 0) {
				fprintf(script, "%u %u %.2f %s\n", b, line, row->median.median,
					pool_allocation_word(a));
				drawn++;
			}
		}
		line += drawn > before;
	}
	fprintf(script, "EOD\nset xtics ('1' 0, '8' 1, '32' 2, '64' 3, '256' 4)\n"
			"plot $heat using 1:2:3:ytic(4) with image pixels, "
			"$heat using 1:2:(sprintf('%%.1f', $3)) with labels\n");
	return drawn >= 4;
}

// Size in KiB of the CPU's data cache of this level, 0 when unknown.
static unsigned int cache_kib(unsigned int level)
{
	for (unsigned int i = 0; i < 8; i++) {
		char path[96], type[32] = "";
		unsigned int value = 0, kib = 0;
		FILE *file;

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%u/level", i);
		file = fopen(path, "re");
		if (file == NULL)
			return 0;
		if (fscanf(file, "%u", &value) != 1)
			value = 0;
		fclose(file);
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%u/type", i);
		file = fopen(path, "re");
		if (file != NULL && fscanf(file, "%31s", type) != 1)
			type[0] = '\0';
		if (file != NULL)
			fclose(file);
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%u/size", i);
		file = fopen(path, "re");
		if (file != NULL && fscanf(file, "%uK", &kib) != 1)
			kib = 0;
		if (file != NULL)
			fclose(file);
		if (value == level && strcmp(type, "Instruction") != 0)
			return kib;
	}
	return 0;
}

static void write_cache_limits(FILE *script)
{
	for (unsigned int level = 1; level <= 3; level++) {
		unsigned int kib = cache_kib(level);

		if (kib > 0)
			fprintf(script,
				"set arrow from %u, graph 0 to %u, graph 1 nohead dt 2 lc rgb '#999999'\n"
				"set label 'L%u' at %u, graph 0.96 offset 0.4,0 tc rgb '#777777'\n",
				kib, kib, level, kib);
	}
}

static bool write_size(const void *data, FILE *script)
{
	const struct pool_result *result = data;
	static const char *const series[] = {"ring_mp_mc", "stack"};
	unsigned int drawn = 0;

	fprintf(script, "set title 'get-put without cache over the memory of the pool'\n"
			"set logscale x 2\nset xlabel 'KiB of elements'\nset ylabel 'cycles'\n"
			"set key top left\nset yrange [0:]\n");
	write_cache_limits(script);
	for (unsigned int s = 0; s < 2; s++) {
		fprintf(script, "$series%u << EOD\n", s);
		for (size_t i = 0; i < result->count; i++) {
			const struct pool_row *row = &result->rows[i];
			struct pool_cell cell;

			pool_cell_preset(&cell);
			cell.cache = 0;
			cell.size = row->cell.size;
			snprintf(cell.ops, sizeof(cell.ops), "%s", series[s]);
			if (row->is_void || !pool_cell_equal(&cell, &row->cell))
				continue;
			fprintf(script, "%llu %.2f %.2f %.2f\n",
				(unsigned long long)row->total_bytes >> 10, row->median.median,
				row->median.low, row->median.high);
			drawn++;
		}
		fprintf(script, "EOD\n");
	}
	fprintf(script,
		"set style line 1 lc rgb '#d1495b' pt 7 lw 2\nset style line 2 lc rgb '#00798c' pt 5 lw 2\n"
		"plot $series0 using 1:2 smooth unique with linespoints ls 1 title 'ring_mp_mc', "
		"$series1 using 1:2 smooth unique with linespoints ls 2 title 'stack'\n");
	return drawn >= 4;
}

static bool write_ops(const void *data, FILE *script)
{
	const struct pool_result *result = data;
	unsigned int drawn = 0;

	fprintf(script, "set title 'a port: cycles per frame by mempool ops (work nic, burst 32)'\n"
			"set style data histograms\nset style histogram errorbars gap 1 lw 1\n"
			"set style fill solid 0.8\nset yrange [0:]\nset ylabel 'cycles'\n"
			"set xtics rotate by -25\n$ops << EOD\n");
	for (size_t i = 0; i < result->count; i++) {
		struct pool_cell cell = result->rows[i].cell, none;

		pool_cell_preset(&none);
		none.work = POOL_WORK_NIC;
		none.cache = 0;
		snprintf(none.ops, sizeof(none.ops), "%s", cell.ops);
		if (!pool_cell_equal(&cell, &none))
			continue;
		none.cache = 256;
		const struct pool_row *bare = &result->rows[i], *cached = row_of(result, &none);
		if (bare->is_void)
			continue;
		if (cached == NULL)
			cached = bare;
		fprintf(script, "%s %.2f %.2f %.2f %.2f %.2f %.2f\n", cell.ops, bare->median.median,
			bare->median.low, bare->median.high, cached->median.median,
			cached->median.low, cached->median.high);
		drawn++;
	}
	fprintf(script, "EOD\nplot $ops using 2:3:4:xtic(1) title 'no cache' lc rgb '#d1495b', "
			"'' using 5:6:7 title 'cache 256' lc rgb '#00798c'\n");
	return drawn >= 2;
}

static bool write_spread(const void *data, FILE *script)
{
	const struct pool_result *result = data;
	static const enum pool_allocation ways[] = {
		POOL_BARE, POOL_BULK, POOL_WHOLE, POOL_ONE_STEP, POOL_TWO_STEPS};
	unsigned int drawn = 0;

	fprintf(script,
		"set title 'single bursts of 32: part that costs no more'\n"
		"set logscale x\nset xlabel 'cycles per element'\nset ylabel 'part of the bursts'\n"
		"set yrange [0:1]\nset key bottom right\nplot ");
	for (unsigned int pass = 0; pass < 2; pass++) {
		for (unsigned int w = 0; w < 5; w++) {
			struct pool_cell cell;
			uint64_t seen = 0;

			pool_cell_preset(&cell);
			cell.allocation = ways[w];
			const struct pool_row *row = row_of(result, &cell);
			if (row == NULL || row->bursts.total == 0)
				continue;
			if (pass == 0) {
				fprintf(script, "%s'-' with steps lw 2 title '%s'",
					drawn++ > 0 ? ", " : "", pool_allocation_word(ways[w]));
				continue;
			}
			for (size_t i = 0; i + 1 < STATS_BUCKETS; i++) {
				seen += row->bursts.counts[i];
				if (row->bursts.counts[i] > 0)
					fprintf(script, "%.3f %.5f\n",
						fmax((double)stats_histogram_floor(i + 1) -
								(double)row->burst_overhead,
							1) /
							32,
						(double)seen / (double)row->bursts.total);
			}
			fprintf(script, "e\n");
		}
		if (pass == 0)
			fprintf(script, "\n");
	}
	return drawn >= 2;
}

char *pool_plot(const struct pool_result *result, enum pool_plot plot)
{
	switch (plot) {
	case POOL_PLOT_HEAT:
		return draw_svg(420, write_heat, result);
	case POOL_PLOT_SIZE:
		return draw_svg(420, write_size, result);
	case POOL_PLOT_OPS:
		return draw_svg(460, write_ops, result);
	default:
		return draw_svg(420, write_spread, result);
	}
}
