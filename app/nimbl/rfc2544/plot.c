// SPDX-License-Identifier: BSD-3-Clause
// Plots of a test.
#include <math.h>

#include "draw.h"
#include "test.h"

// What is far above all that was found would make it invisible.
static bool medium_fits(const struct test_result *result)
{
	double room = 0, found = 0;

	for (unsigned int i = 0; i < result->count; i++) {
		room = fmax(room, result->rows[i].line_rate);
		found = fmax(found, result->rows[i].answers[0].lower);
	}
	return room < 10 * found;
}

static bool write_throughput(const void *data, FILE *script)
{
	const struct test_result *result = data;
	bool has_medium = medium_fits(result);
	unsigned int drawn = 0;

	fprintf(script,
		"set title 'throughput, each direction'\n"
		"set style data histograms\nset style histogram clustered gap 1\n"
		"set style fill solid 0.85\nset yrange [0:]\nset ylabel 'million frames/s'\n"
		"set xlabel 'frame size with FCS'\nset key top right\n$rows << EOD\n");
	for (unsigned int i = 0; i < result->count; i++) {
		const struct test_row *row = &result->rows[i];

		if (!row->has_throughput)
			continue;
		fprintf(script, "\"%s\" %.6f", row->size, row->line_rate / 1e6);
		for (unsigned int g = 0; g < result->wish->goal_count; g++)
			fprintf(script, " %.6f", row->answers[g].lower / 1e6);
		fputc('\n', script);
		drawn++;
	}
	fprintf(script, "EOD\nplot ");
	if (has_medium)
		fprintf(script,
			"$rows using 2:xtic(1) title 'room of the medium' lc rgb '#dddddd', ");
	for (unsigned int g = 0; g < result->wish->goal_count; g++)
		fprintf(script, "%s$rows using %u:xtic(1) title 'loss up to %g %%' lc rgb '%s'",
			g > 0 ? ", " : "", g + 3, 100 * result->wish->goals[g],
			(const char *[]){"#00798c", "#d1495b", "#edae49", "#66a182"}[g % 4]);
	fputc('\n', script);
	return drawn >= 1;
}

static bool write_latency(const void *data, FILE *script)
{
	const struct test_result *result = data;
	unsigned int drawn = 0;

	fprintf(script, "set title 'latency over load: median, and p99 above it'\n"
			"set ylabel 'microseconds'\nset xlabel 'percent of the throughput'\n"
			"set logscale y\nset key outside right\nset grid y lc rgb '#eeeeee'\n");
	for (unsigned int i = 0; i < result->count; i++) {
		const struct latencies *all = &result->rows[i].latencies;

		fprintf(script, "$s%u << EOD\n", i);
		for (unsigned int p = 0; p < all->count; p++) {
			const struct latency_point *point = &all->points[p];

			if (point->latency.samples > 0)
				fprintf(script, "%.0f %.3f %.3f\n", 100 * point->part,
					point->latency.at[0] / 1e3, point->latency.at[2] / 1e3);
		}
		fprintf(script, "EOD\n");
	}
	fprintf(script, "plot ");
	for (unsigned int i = 0; i < result->count; i++) {
		if (result->rows[i].latencies.count == 0 ||
			result->rows[i].latencies.points[0].latency.samples == 0)
			continue;
		fprintf(script,
			"%s$s%u using 1:2 with linespoints pt 7 lw 2 lt %u title '%s', "
			"$s%u using 1:3 with linespoints pt 6 dt 2 lt %u title '%s p99'",
			drawn++ > 0 ? ", " : "", i, i + 1, result->rows[i].size, i, i + 1,
			result->rows[i].size);
	}
	fputc('\n', script);
	return drawn > 0;
}

static bool write_loss(const void *data, FILE *script)
{
	const struct test_result *result = data;
	unsigned int drawn = 0;

	fprintf(script, "set title 'frames lost over the offered load'\nset ylabel 'percent lost'\n"
			"set xlabel 'percent of the medium'\nset yrange [0:]\nset xrange [0:]\n"
			"set key outside right\nset grid y lc rgb '#eeeeee'\n");
	for (unsigned int i = 0; i < result->count; i++) {
		const struct curve *curve = &result->rows[i].curve;

		fprintf(script, "$s%u << EOD\n", i);
		for (unsigned int p = 0; p < curve->count; p++)
			fprintf(script, "%.3f %.6f\n",
				100 * curve->points[p].rate / result->rows[i].line_rate,
				100 * curve->points[p].loss);
		fprintf(script, "EOD\n");
	}
	fprintf(script, "plot ");
	for (unsigned int i = 0; i < result->count; i++)
		if (result->rows[i].curve.count > 0)
			fprintf(script, "%s$s%u using 1:2 with linespoints pt 7 lw 2 title '%s'",
				drawn++ > 0 ? ", " : "", i, result->rows[i].size);
	fputc('\n', script);
	return drawn > 0;
}

char *test_plot(const struct test_result *result, enum test_plot plot)
{
	switch (plot) {
	case TEST_PLOT_THROUGHPUT:
		return draw_svg(420, write_throughput, result);
	case TEST_PLOT_LATENCY:
		return draw_svg(440, write_latency, result);
	default:
		return draw_svg(420, write_loss, result);
	}
}
