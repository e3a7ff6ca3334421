// SPDX-License-Identifier: BSD-3-Clause
// Random programs against the model of test/model. One that fails is made as short as it can be, and
// printed with the command that runs it again.
// NIMBL_SEED=<n> draws the same programs, NIMBL_OPERATIONS=<n> sets how many operations all have
// together, NIMBL_PROGRAM=<hex> runs that one alone, in this process and aloud, for a debugger.
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "derive_make.h"
#include "shrink.h"

static uint64_t seed;

static uint32_t operations(void)
{
	const char *given = getenv("NIMBL_OPERATIONS");

	return given != NULL ? (uint32_t)strtoul(given, NULL, 0) : 2000000;
}

static void buffers_behave_as_their_model(void **state)
{
	static struct program program;
	uint32_t count = RTE_MAX(operations() / PROGRAM_OPERATIONS, 1u), number;

	if (programs_run(seed, count, &program, &number))
		return;
	if (program_shrink(&program))
		program_show(&program);
	else
		print_message("program %u fails only after those before it\n", number);
	fail_msg("NIMBL_SEED=%" PRIu64 ": program %u of %u fails, and one of %u operations", seed,
		number, count, program.count);
}

static void defects_are_found_and_shrunk(void **state)
{
	for (int defect = DEFECT_NONE + 1; defect < DEFECTS; defect++) {
		static struct program program;
		uint32_t number;

		buffer_model_defect = (enum buffer_model_defect)defect;
		assert_false(programs_run(seed, 1000, &program, &number));
		assert_true(program_shrink(&program));
		if (program.count > 5)
			program_show(&program);
		assert_in_range(program.count, 2, 5);
	}
	buffer_model_defect = DEFECT_NONE;
}

static int start(void **state)
{
	const char *given = getenv("NIMBL_SEED");

	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) ^ (uint64_t)getpid();
	print_message("NIMBL_SEED=%" PRIu64 "\n", seed);
	return 0;
}

static int run_alone(const char *text)
{
	static struct program program;

	if (!program_parse(&program, text)) {
		fprintf(stderr, "NIMBL_PROGRAM: not up to %u operations of %u bytes in hex\n",
			PROGRAM_OPERATIONS, BUFFER_MODEL_OPERATION);
		return 1;
	}
	buffer_model_is_loud = true;
	buffer_model_run(program.bytes, program.count * BUFFER_MODEL_OPERATION);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffers_behave_as_their_model),
		cmocka_unit_test(defects_are_found_and_shrunk),
	};
	// With memory that nobody shares: each program runs in a child.
	const char *const private[] = {"--no-shconf", NULL};
	const char *program = getenv("NIMBL_PROGRAM");
	int ret;

	if (eal_harness_start_with(private) < 0)
		return 1;
	buffer_model_open();
	ret = program != NULL ? run_alone(program) : cmocka_run_group_tests(tests, start, NULL);
	buffer_model_close();
	return ret;
}
