// SPDX-License-Identifier: BSD-3-Clause
// The diary of the test drivers.
#include "test_events.h"

#include <stdio.h>
#include <string.h>

static char text[65536], taken[65536];

void test_event(const char *what, const char *who)
{
	size_t used = strlen(text);

	snprintf(text + used, sizeof(text) - used, "%s%s %s", used > 0 ? " " : "", what, who);
}

const char *test_events(void)
{
	strcpy(taken, text);
	text[0] = '\0';
	return taken;
}
