// SPDX-License-Identifier: BSD-3-Clause
// Any bytes are a program of buffer operations, and every program leaves the model of test/model and
// lib/nbl of one mind.
#include <stdlib.h>

#include "buffer_model.h"
#include "eal_harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Longer programs find nothing more, only slower.
#define OPERATIONS_MAX 24u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_open;
	size_t most = OPERATIONS_MAX * BUFFER_MODEL_OPERATION;

	if (!is_open) {
		if (eal_harness_start(NULL) < 0)
			abort();
		buffer_model_open();
		is_open = true;
	}
	buffer_model_run(data, size < most ? size : most);
	return 0;
}
