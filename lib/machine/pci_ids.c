// SPDX-License-Identifier: BSD-3-Clause
// Names of PCI devices, from the table that Debian's package pci.ids brings.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "machine.h"

// "8086  Intel Corporation", and below it "\t10fb  82599ES ...": the name when the number is the one.
static const char *name_in(const char *line, unsigned int tabs, uint16_t number)
{
	char *end;

	if (strspn(line, "\t") != tabs)
		return NULL;
	unsigned long found = strtoul(line + tabs, &end, 16);
	return end == line + tabs + 4 && found == number ? end + strspn(end, " ") : NULL;
}

bool machine_nic_name(const struct machine_nic *nic, char *name, size_t size)
{
	FILE *file = fopen(file_path("/usr/share/misc/pci.ids").text, "re");
	char line[256], vendor[80] = "";

	name[0] = '\0';
	while (file != NULL && name[0] == '\0' && fgets(line, sizeof(line), file) != NULL) {
		bool is_vendor = line[0] != '\t' && line[0] != '#' && line[0] != '\n';
		const char *found;

		line[strcspn(line, "\n")] = '\0';
		if (is_vendor && vendor[0] != '\0')
			break;
		found = name_in(
			line, vendor[0] != '\0', vendor[0] != '\0' ? nic->device : nic->vendor);
		if (found != NULL && vendor[0] == '\0')
			snprintf(vendor, sizeof(vendor), "%s", found);
		else if (found != NULL)
			snprintf(name, size, "%s %s", vendor, found);
	}
	if (file != NULL)
		fclose(file);
	return name[0] != '\0';
}
