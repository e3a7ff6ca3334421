// SPDX-License-Identifier: BSD-3-Clause
#include "bench.h"
int bench_buffer(int argc, char **argv) { return 0; }
