// SPDX-License-Identifier: BSD-3-Clause
// The schema as text for people: `nimbl config schema` and the man page.
#include "conf_priv.h"

#include <stdio.h>

// `prefix` is what stands before the key: "ports.<name>." for those of a port.
static void print_keys(FILE *out, const char *prefix, const struct key *keys)
{
	for (; keys->name != NULL; keys++) {
		char inner[64];

		fprintf(out, "%s%s\n", prefix, keys->name);
		fprintf(out, "    %s\n", keys->help);
		fprintf(out, "    Allowed: %s.\n", conf_allowed(keys).text);
		fprintf(out, "    Default: %s.\n\n",
			keys->preset != NULL ? keys->preset : keys->absent);
		if (keys->inner == NULL)
			continue;
		snprintf(inner, sizeof(inner), "%s%s.%s", prefix, keys->name,
			keys->named ? "<name>." : "");
		print_keys(out, inner, keys->inner);
	}
}

void nimbl_conf_reference(FILE *out)
{
	print_keys(out, "", conf_root_keys);
}
