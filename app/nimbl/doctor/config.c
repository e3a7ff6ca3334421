// SPDX-License-Identifier: BSD-3-Clause
// A configuration, held against the machine.
#include <stdio.h>

#include "facts.h"
#include "table.h"

static void memory_look(const struct facts *facts, struct findings *findings)
{
	const struct nimbl_memory *needs = facts->needs;
	uint64_t there = facts_pages_free(facts), needed = facts_pages_needed(facts);
	uint64_t most = facts->limits.memory != 0 ? facts->limits.memory : facts->limits.available;

	if (there >= needed) {
		finding(findings, "config", LEVEL_OK,
			"%s: needs %llu hugepages of 2 MiB, %llu are free", facts->conf->file,
			(unsigned long long)needed, (unsigned long long)there);
	} else {
		finding(findings, "config",
			facts->conf->dev == NIMBL_DEV_OFF ? LEVEL_FAIL : LEVEL_WARN,
			"%s: needs %llu hugepages of 2 MiB, %llu are free%s", facts->conf->file,
			(unsigned long long)needed, (unsigned long long)there,
			facts->conf->dev == NIMBL_DEV_OFF ? "" : ": it runs in dev mode");
		finding_mend(findings,
			"sudo nimbl doctor --fix %s; nimbl explain memory %s has the sum",
			facts->conf->file, facts->conf->file);
		finding_bars_rate(findings);
	}
	if (needs->total_bytes <= most)
		return;
	finding(findings, "config", LEVEL_FAIL, "%s: needs %s MiB of memory, %s MiB can be had",
		facts->conf->file, format_mib(needs->total_bytes).text, format_mib(most).text);
	finding_mend(findings, "fewer descriptors or smaller pools; a container: --memory");
}

void look_at_config(const struct facts *facts, struct findings *findings)
{
	if (facts->conf == NULL)
		return;
	if (facts->refused[0] != '\0') {
		finding(findings, "config", LEVEL_FAIL, "%s", facts->refused);
		finding_mend(findings, "%s", facts->refused_mend);
	} else {
		finding(findings, "config", LEVEL_OK,
			"%s: its devices, drivers and lcores are there", facts->conf->file);
	}
	if (facts->needs != NULL)
		memory_look(facts, findings);
}
