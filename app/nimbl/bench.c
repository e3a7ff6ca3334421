// SPDX-License-Identifier: BSD-3-Clause
#include "command.h"
int command_bench(int argc, char **argv)
{
	return 0;
}
