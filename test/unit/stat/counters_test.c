// SPDX-License-Identifier: BSD-3-Clause
// Counter blocks: every counter is summed, every drop has a key and a text of its own.
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nimbl_stat.h"

enum { WORDS = sizeof(struct nimbl_counters) / sizeof(uint64_t) };

static void every_counter_is_summed(void **state)
{
	struct nimbl_counters sum = {0}, from = {0};
	uint64_t *words = (uint64_t *)&from;
	const uint64_t *total = (const uint64_t *)&sum;

	for (uint64_t i = 0; i < WORDS; i++)
		words[i] = 1 + i * 1000;
	for (int i = 0; i < 3; i++)
		nimbl_counters_add(&sum, &from);
	for (uint64_t i = 0; i < WORDS; i++) {
		assert_int_equal(total[i], 3 * (1 + i * 1000));
		assert_int_equal(words[i], 1 + i * 1000);
	}
}

static void sums_go_on_behind_32_bits(void **state)
{
	struct nimbl_counters sum = {.rx_bytes = UINT32_MAX}, from = {.rx_bytes = UINT32_MAX};

	nimbl_counters_add(&sum, &from);
	assert_true(sum.rx_bytes == 2ull * UINT32_MAX);
}

static void dropped_is_the_sum_of_all_reasons_and_nothing_else(void **state)
{
	struct nimbl_counters counters;
	uint64_t want = 0;

	memset(&counters, 0x11, sizeof(counters));
	for (int i = 0; i < NIMBL_DROP_COUNT; i++)
		want += counters.drops[i] = 1ull << i;
	assert_true(nimbl_counters_dropped(&counters) == want);
	memset(counters.drops, 0, sizeof(counters.drops));
	assert_int_equal(nimbl_counters_dropped(&counters), 0);
}

static void every_drop_has_a_key_and_a_text_of_its_own(void **state)
{
	for (int i = 0; i < NIMBL_DROP_COUNT; i++) {
		const char *key = nimbl_drop_key((enum nimbl_drop)i);
		const char *text = nimbl_drop_text((enum nimbl_drop)i);

		assert_non_null(key);
		assert_non_null(text);
		assert_true(key[0] != '\0' && text[0] != '\0');
		for (const char *c = key; *c != '\0'; c++)
			assert_true(islower((unsigned char)*c) || *c == '_');
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(key, nimbl_drop_key((enum nimbl_drop)j));
			assert_string_not_equal(text, nimbl_drop_text((enum nimbl_drop)j));
		}
	}
	assert_string_equal(nimbl_drop_key(NIMBL_DROP_TX_RING_FULL), "tx_ring_full");
	assert_string_equal(nimbl_drop_key(NIMBL_DROP_RX_UNBOUND), "rx_unbound");
}

static void counting_adds(void **state)
{
	struct nimbl_counters counters = {0};

	nimbl_count(&counters.rx_frames, 32);
	nimbl_count(&counters.rx_frames, 0);
	nimbl_count_shared(&counters.rx_frames, 5);
	assert_int_equal(counters.rx_frames, 37);
}

static void blocks_do_not_share_a_line(void **state)
{
	struct nimbl_counters blocks[2];

	assert_int_equal((uintptr_t)&blocks[0] % 64, 0);
	assert_int_equal((uintptr_t)&blocks[1] % 64, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_counter_is_summed),
		cmocka_unit_test(sums_go_on_behind_32_bits),
		cmocka_unit_test(dropped_is_the_sum_of_all_reasons_and_nothing_else),
		cmocka_unit_test(every_drop_has_a_key_and_a_text_of_its_own),
		cmocka_unit_test(counting_adds),
		cmocka_unit_test(blocks_do_not_share_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
