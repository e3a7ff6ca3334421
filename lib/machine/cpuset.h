// SPDX-License-Identifier: BSD-3-Clause
// Sets of CPUs as the kernel writes them: "0-3,8".
#pragma once

#include "nimbl_base.h"

#define CPUS_MAX 1024

struct cpuset {
	uint64_t bits[CPUS_MAX / 64];
};

struct cpuset_text {
	char text[200]; // what does not fit is left out
};

// Numbers that are too large, and all behind what is no list, are left out.
struct cpuset cpuset_parse(const char *text);
struct cpuset_text cpuset_text(const struct cpuset *set);

bool cpuset_has(const struct cpuset *set, unsigned int cpu);
void cpuset_add(struct cpuset *set, unsigned int cpu);
unsigned int cpuset_count(const struct cpuset *set);
struct cpuset cpuset_and(const struct cpuset *a, const struct cpuset *b);
struct cpuset cpuset_or(const struct cpuset *a, const struct cpuset *b);
struct cpuset cpuset_without(const struct cpuset *a, const struct cpuset *b);

// The first CPU at `from` or above; -1 when there is none.
int cpuset_next(const struct cpuset *set, unsigned int from);
