// SPDX-License-Identifier: BSD-3-Clause
// Plots as SVG, drawn by gnuplot where it is installed.
#pragma once

#include <stdbool.h>
#include <stdio.h>

// Whether gnuplot can be started.
bool draw_possible(void);

// Draw what `write` scripts of `data`, so many pixels high: an SVG element as text, to be freed. NULL when
// gnuplot is missing, fails, or `write` returns false: there is nothing to draw.
char *draw_svg(int height, bool (*write)(const void *data, FILE *script), const void *data);
