// SPDX-License-Identifier: BSD-3-Clause
// Find a program that fails, and make it short. Every run is a process of its own, so that an abort, a
// signal, a sanitizer's report or an endless loop is a failure like any other. EAL has to be started
// with --no-shconf, so that no process sees what another does to the pools.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "buffer_model.h"

#define PROGRAM_OPERATIONS 400u

struct program {
	uint8_t bytes[PROGRAM_OPERATIONS * BUFFER_MODEL_OPERATION];
	uint32_t count; // of operations
};

// Run `count` programs drawn from `seed`. False when one fails: it is stored, with its number.
bool programs_run(uint64_t seed, uint32_t count, struct program *failed, uint32_t *number);

// Drop operations, then clear bytes, as long as it still fails. Returns false, and leaves it, when it
// does not fail alone: then it takes what the programs before it left behind.
bool program_shrink(struct program *program);

// Run it once more where everybody sees it: what it does, how it ends, and the command for that.
void program_show(const struct program *program);

// From the text that program_show prints. False when that is none.
bool program_parse(struct program *program, const char *text);
