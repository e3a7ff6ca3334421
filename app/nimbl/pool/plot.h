// SPDX-License-Identifier: BSD-3-Clause
// Plots as SVG, drawn by gnuplot where it is installed.
#pragma once

#include "report.h"

enum pool_plot {
	POOL_PLOT_HEAT,   // ways of taking x burst
	POOL_PLOT_SIZE,   // cost over the size of the pool, with the limits of the caches
	POOL_PLOT_OPS,    // mempool ops, with and without cache
	POOL_PLOT_SPREAD, // how the cost of single bursts is distributed
	POOL_PLOT_COUNT,
};

// An SVG element as text, to be freed; NULL when gnuplot is missing, fails, or the rows have nothing for it.
char *pool_plot(const struct pool_result *result, enum pool_plot plot);
