// SPDX-License-Identifier: BSD-3-Clause
// Any text is either streams whose frames can be made, or one error with cause and mend.
#include <stdlib.h>
#include <string.h>

#include "nimbl_flow.h"
#include "nimbl_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static void check_error(int ret)
{
	const struct nimbl_error *error = nimbl_last_error();

	must(error->code == -ret);
	must(strncmp(error->cause, "fuzz:", 5) == 0);
	must(error->mend[0] != '\0');
	must(is_printable(error->cause) && is_printable(error->mend));
	must(strlen(error->cause) < sizeof(error->cause) - 1);
	must(strlen(error->mend) < sizeof(error->mend) - 1);
}

// The room is exactly as large as the frame: what is written beyond is seen.
static void check_frame(const struct nimbl_flow *flow, uint64_t index)
{
	uint16_t length = nimbl_flow_length(flow, index);
	uint8_t *written = malloc(length), *again = malloc(length);
	struct nimbl_signature signature;

	must(length + NIMBL_FCS_BYTES >= NIMBL_FLOW_SIZE_MIN);
	must(length <= nimbl_flow_length_max(flow));
	must(written != NULL && again != NULL);
	nimbl_flow_write(flow, index, 5, written);
	memcpy(again, written, length);
	nimbl_flow_rewrite(flow, index, 5, again);
	must(memcmp(written, again, length) == 0);
	must(nimbl_signature_read(written, length, &signature) != NIMBL_SIGNATURE_CORRUPT ||
		!nimbl_flow_is_signed(flow));
	free(written);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nimbl_flow *flow;
	struct nimbl_flows *flows;
	int ret;

	must(nimbl_flows_open(&flows) == 0);
	nimbl_clear_error();
	ret = nimbl_flows_parse(flows, "fuzz", (const char *)data, size);
	if (ret < 0) {
		check_error(ret);
		must(nimbl_flows_count(flows, NULL) == 0);
	}
	for (unsigned int i = 0; i < 4 && (flow = nimbl_flows_at(flows, NULL, i)) != NULL; i++)
		for (uint64_t n = 0; n < 3; n++)
			check_frame(flow, n * 0x100000001);
	nimbl_flows_close(flows);
	return 0;
}
