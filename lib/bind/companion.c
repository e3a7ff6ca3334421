// SPDX-License-Identifier: BSD-3-Clause
// Modules that a driver has in another stack for a module of its own in this one.
#include <errno.h>
#include <stdio.h>

#include "bind_priv.h"
#include "nimbl_filter.h"

// "mirror@wan", and "mirror@wan.2" while the module that it replaces still has that.
static void name_make(
	const struct filter *filter, const struct adapter *to, char *name, size_t size)
{
	snprintf(name, size, "%.14s@%.12s", filter->driver->object.name, filter->adapter->name);
	for (unsigned int i = 2; nimbl_filter_find((NDIS_HANDLE)(uintptr_t)to, name) != NULL; i++)
		snprintf(name, size, "%.12s@%.10s.%u", filter->driver->object.name,
			filter->adapter->name, i);
}

int nimbl_companion_open(NDIS_HANDLE handle, const char *port, const struct nimbl_option *options,
	NDIS_HANDLE *companion)
{
	const struct filter *filter = handle;
	struct adapter *to = adapter_find(port);
	char name[sizeof(filter->name)];

	if (to == NULL)
		return -EINVAL;
	if (to == filter->adapter) {
		nimbl_fail(EINVAL, "'%s' is the port itself", port);
		nimbl_mend("name another one");
		return -EINVAL;
	}
	name_make(filter, to, name, sizeof(name));
	// Before the engine starts there is nothing to pause, and nothing that may be let go.
	if (to->state == NIMBL_PAUSED)
		return nimbl_filter_open(
			filter->driver->object.name, to, 0, name, options, companion);
	return nimbl_filter_insert(to, 0, filter->driver->object.name, name, options, companion);
}

void nimbl_companion_close(NDIS_HANDLE companion)
{
	const struct filter *filter = companion;

	if (filter->adapter->state == NIMBL_RUNNING)
		nimbl_filter_remove(companion);
	else
		nimbl_filter_close(companion);
}
