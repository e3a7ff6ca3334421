// SPDX-License-Identifier: BSD-3-Clause
// Sets of CPUs.
#include "cpuset.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define WORDS (CPUS_MAX / 64)

bool cpuset_has(const struct cpuset *set, unsigned int cpu)
{
	return cpu < CPUS_MAX && (set->bits[cpu / 64] >> cpu % 64 & 1) != 0;
}

void cpuset_add(struct cpuset *set, unsigned int cpu)
{
	if (cpu < CPUS_MAX)
		set->bits[cpu / 64] |= 1ull << cpu % 64;
}

static bool read_number(const char **at, unsigned long *value)
{
	char *end;

	if (!isdigit((unsigned char)**at))
		return false;
	*value = strtoul(*at, &end, 10);
	*at = end;
	return true;
}

struct cpuset cpuset_parse(const char *text)
{
	struct cpuset set = {0};
	unsigned long first, last;

	while (read_number(&text, &first)) {
		last = first;
		if (*text == '-') {
			text++;
			if (!read_number(&text, &last))
				break;
		}
		for (; first <= last && first < CPUS_MAX; first++)
			cpuset_add(&set, (unsigned int)first);
		if (*text != ',')
			break;
		text++;
	}
	return set;
}

int cpuset_next(const struct cpuset *set, unsigned int from)
{
	for (unsigned int cpu = from; cpu < CPUS_MAX; cpu++) {
		if (cpuset_has(set, cpu))
			return (int)cpu;
	}
	return -1;
}

struct cpuset_text cpuset_text(const struct cpuset *set)
{
	struct cpuset_text out = {""};
	size_t used = 0;

	for (int cpu = cpuset_next(set, 0); cpu >= 0;
		cpu = cpuset_next(set, (unsigned int)cpu + 1)) {
		int first = cpu;

		while (cpuset_has(set, (unsigned int)cpu + 1))
			cpu++;
		if (used > sizeof(out.text) - 16)
			break;
		used += (size_t)snprintf(out.text + used, sizeof(out.text) - used,
			first == cpu ? "%s%d" : "%s%d-%d", used > 0 ? "," : "", first, cpu);
	}
	return out;
}

unsigned int cpuset_count(const struct cpuset *set)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < WORDS; i++)
		count += (unsigned int)__builtin_popcountll(set->bits[i]);
	return count;
}

struct cpuset cpuset_and(const struct cpuset *a, const struct cpuset *b)
{
	struct cpuset set;

	for (unsigned int i = 0; i < WORDS; i++)
		set.bits[i] = a->bits[i] & b->bits[i];
	return set;
}

struct cpuset cpuset_or(const struct cpuset *a, const struct cpuset *b)
{
	struct cpuset set;

	for (unsigned int i = 0; i < WORDS; i++)
		set.bits[i] = a->bits[i] | b->bits[i];
	return set;
}

struct cpuset cpuset_without(const struct cpuset *a, const struct cpuset *b)
{
	struct cpuset set;

	for (unsigned int i = 0; i < WORDS; i++)
		set.bits[i] = a->bits[i] & ~b->bits[i];
	return set;
}
