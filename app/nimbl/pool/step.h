// SPDX-License-Identifier: BSD-3-Clause
// Each access of memory that a thread makes, by running it instruction by instruction: the CPU traps behind each,
// and the instructions are decoded with the registers that they found. No root, no tracer, no second process.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct step;

// NULL with the error set: this build or this machine cannot. Control threads.
struct step *step_new(void);
void step_free(struct step *step);

// From here to step_end() the calling thread is stepped. No more than one at a time in a thread.
void step_begin(struct step *step);

// Stop stepping, and tell `note` of each access since step_begin(). Returns 0; or -errno with the error set:
// -ENOTSUP when nothing trapped, -E2BIG when there were too many instructions, -EILSEQ when one is unknown.
int step_end(struct step *step,
	void (*note)(void *arg, uintptr_t address, uint32_t bytes, bool writes), void *arg);
