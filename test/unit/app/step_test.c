// SPDX-License-Identifier: BSD-3-Clause
// Accesses of memory are found by stepping: where, how many bytes, read or written.
#include "pool/step.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pool/touch.h"

static char memory[4096] __attribute__((aligned(64)));
static _Thread_local uint64_t of_this_thread;

// What touches `memory`, of all that is told.
struct seen {
	uint32_t reads, writes, bytes;
	uintptr_t least, end;
	bool thread; // of_this_thread was written
};

static void note(void *arg, uintptr_t address, uint32_t bytes, bool writes)
{
	struct seen *seen = arg;

	seen->thread |= address == (uintptr_t)&of_this_thread && writes;
	if (address < (uintptr_t)memory || address >= (uintptr_t)memory + sizeof(memory))
		return;
	seen->reads += !writes;
	seen->writes += writes;
	seen->bytes += bytes;
	if (seen->least == 0 || address < seen->least)
		seen->least = address;
	if (address + bytes > seen->end)
		seen->end = address + bytes;
}

static int setup(void **state)
{
	*state = step_new();
	return 0;
}

static int teardown(void **state)
{
	step_free(*state);
	return 0;
}

#ifdef __x86_64__
static struct step *step_of(void **state)
{
	if (*state == NULL)
		skip();
	return *state;
}

// Run one instruction with the address of `memory` in rdi.
#define STEP(seen, text)                                                         \
	do {                                                                     \
		seen = (struct seen){.reads = 0};                                \
		step_begin(step_of(state));                                      \
		__asm__ volatile(text ::"D"(memory)                              \
				 : "rax", "rcx", "rsi", "xmm0", "cc", "memory"); \
		assert_int_equal(step_end(*state, note, &seen), 0);              \
	} while (0)

static void assert_seen(
	const struct seen *seen, uint32_t reads, uint32_t writes, uint32_t at, uint32_t bytes)
{
	assert_int_equal(seen->reads, reads);
	assert_int_equal(seen->writes, writes);
	assert_int_equal(seen->least - (uintptr_t)memory, at);
	assert_int_equal(seen->bytes, bytes);
}

static void what_instructions_access_is_exact(void **state)
{
	struct seen seen;

	STEP(seen, "movq $1, 8(%%rdi)");
	assert_seen(&seen, 0, 1, 8, 8);
	STEP(seen, "movzbl 63(%%rdi), %%eax");
	assert_seen(&seen, 1, 0, 63, 1);
	STEP(seen, "mov $5, %%ecx; movl 4(%%rdi, %%rcx, 8), %%eax");
	assert_seen(&seen, 1, 0, 44, 4);
	STEP(seen, "movups %%xmm0, 56(%%rdi)");
	assert_seen(&seen, 0, 1, 56, 16);
	STEP(seen, "movaps 64(%%rdi), %%xmm0");
	assert_seen(&seen, 1, 0, 64, 16);
	STEP(seen, "lock xaddl %%eax, 128(%%rdi)");
	assert_seen(&seen, 0, 1, 128, 4);
	STEP(seen, "xchg %%rax, 128(%%rdi)");
	assert_seen(&seen, 0, 1, 128, 8);
	STEP(seen, "pushq 16(%%rdi); popq 24(%%rdi)");
	assert_seen(&seen, 1, 1, 16, 16);
}

static void what_only_reads_or_looks_ahead_writes_nothing(void **state)
{
	struct seen seen;

	STEP(seen, "cmpl $3, (%%rdi); testb $1, 4(%%rdi)");
	assert_seen(&seen, 2, 0, 0, 5);
	STEP(seen, "prefetcht0 192(%%rdi)");
	assert_seen(&seen, 1, 0, 192, 1);
	STEP(seen, "lea 8(%%rdi), %%rax; nopw 8(%%rdi)");
	assert_int_equal(seen.reads + seen.writes, 0);
}

static void repeated_strings_are_whole(void **state)
{
	struct seen seen;

	STEP(seen, "mov $7, %%ecx; lea 1024(%%rdi), %%rsi; rep movsb");
	assert_seen(&seen, 7, 7, 0, 14);
}

static void variables_of_the_thread_are_found(void **state)
{
	struct seen seen = {.reads = 0};

	step_begin(step_of(state));
	of_this_thread = 5;
	__asm__ volatile("" ::: "memory");
	assert_int_equal(step_end(*state, note, &seen), 0);
	assert_true(seen.thread);
}

static void too_long_is_said(void **state)
{
	struct seen seen;

	step_begin(step_of(state));
	for (volatile uint32_t i = 0; i < 200000; i++)
		;
	assert_int_equal(step_end(*state, note, &seen), -E2BIG);
	STEP(seen, "movq $1, 8(%%rdi)");
	assert_seen(&seen, 0, 1, 8, 8);
}

// Twice the same piece, at these three lines; some of the stack is touched beside.
static struct pool_touch touched(char *first, char *second, char *third)
{
	struct pool_counter *counter = pool_counter_new();
	struct pool_touch touch = {.is_counted = false};

	for (int piece = 0; counter != NULL && piece < 2; piece++) {
		pool_counter_begin(counter);
		__asm__ volatile(
			"movups %%xmm0, -8(%1); movl (%0), %%eax; movl (%2), %%eax" ::"r"(first),
			"r"(second), "r"(third)
			: "rax", "memory");
		pool_counter_end(counter, 1);
	}
	if (counter != NULL)
		pool_counter_result(counter, &touch);
	pool_counter_free(counter);
	return touch;
}

static void lines_count_once_a_piece(void **state)
{
	// All in two lines, then one more that is only read.
	struct pool_touch two = touched(memory, memory + 64, memory + 80);
	struct pool_touch three = touched(memory, memory + 64, memory + 256);

	if (!two.is_counted)
		skip();
	assert_true(two.written[POOL_PLACE_ELSEWHERE] >= 2);
	assert_true(three.written[POOL_PLACE_ELSEWHERE] == two.written[POOL_PLACE_ELSEWHERE]);
	assert_true(three.read[POOL_PLACE_ELSEWHERE] == two.read[POOL_PLACE_ELSEWHERE] + 1);
	assert_true(two.read[POOL_PLACE_ELEMENTS] == 0 && two.written[POOL_PLACE_STRUCTURES] == 0);
}
#endif

static void nothing_is_counted_of_nothing(void **state)
{
	struct pool_counter *counter = pool_counter_new();
	struct pool_touch touch;

	if (counter == NULL)
		skip();
	pool_counter_result(counter, &touch);
	assert_false(touch.is_counted);
	pool_counter_free(counter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef __x86_64__
		cmocka_unit_test_setup_teardown(what_instructions_access_is_exact, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_only_reads_or_looks_ahead_writes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(repeated_strings_are_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(variables_of_the_thread_are_found, setup, teardown),
		cmocka_unit_test_setup_teardown(too_long_is_said, setup, teardown),
		cmocka_unit_test(lines_count_once_a_piece),
#endif
		cmocka_unit_test_setup_teardown(nothing_is_counted_of_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
