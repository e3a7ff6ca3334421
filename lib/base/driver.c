// SPDX-License-Identifier: BSD-3-Clause
// The list of drivers that are linked in.
#include "nimbl_driver.h"

static struct nimbl_driver *first;

void nimbl_driver_register(struct nimbl_driver *driver)
{
	driver->next = first;
	first = driver;
}

struct nimbl_driver *nimbl_driver_first(void)
{
	return first;
}

struct nimbl_driver *nimbl_driver_take(struct nimbl_driver *before)
{
	struct nimbl_driver *newest = first != before ? first : NULL;

	first = before;
	return newest;
}
