// SPDX-License-Identifier: BSD-3-Clause
// Packets against plain byte arrays: programs of all operations that make, move, read, copy, derive,
// send and free them. After each operation the same bytes and the invariants, after each program every
// pool exactly full. The contract test draws programs, the fuzzer finds them, and both are run here.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A program is a row of operations of so many bytes: the first says what, the others feed its choices.
// Any bytes are a program; what is left over at the end is ignored.
#define BUFFER_MODEL_OPERATION 8u

// Open the pools, once, after EAL started. Aborts when they cannot be had.
void buffer_model_open(void);

// Run a program from nothing to nothing. Aborts, with the reason on stderr, where lib/nbl and the model
// differ. One thread.
void buffer_model_run(const uint8_t *program, size_t bytes);

// Close the pools; aborts when something is still out.
void buffer_model_close(void);

// Say on stderr what each operation does.
extern bool buffer_model_is_loud;

// Mistakes of the model itself, to see that they are found.
enum buffer_model_defect {
	DEFECT_NONE,
	DEFECT_LENGTH, // a clone of a clone is thought longer after an advance
	DEFECT_CRASH,  // a reassembled packet is freed through a wild pointer
	DEFECT_LEAK,   // a clone with the parent's MDLs is forgotten
	DEFECTS,
};
extern enum buffer_model_defect buffer_model_defect;
