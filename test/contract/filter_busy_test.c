// SPDX-License-Identifier: BSD-3-Clause
// Filters that hold, make and copy frames come and go while lcores forward at full load: whatever they
// had is home after each pause, and the books balance.
#include "pair_make.h"

#include <unistd.h>

#define ROUNDS 60u
#define PLACES 4u

struct guest {
	const char *driver;
	struct nimbl_option options[8];
};

static const struct guest lossy = {
	"impair", {{"loss", "5%"}, {"duplicate", "4%"}, {"reorder", "10%"}, {"reorder_by", "5"},
			  {"corrupt", "5%"}}};
static const struct guest late = {
	"impair", {{"delay", "50us"}, {"jitter", "20us"}, {"limit", "200"}, {"duplicate", "10%"}}};
static const struct guest slow = {"impair", {{"rate", "500M"}, {"limit", "100"}}};

static char folder[] = "/tmp/nimbl-busy-XXXXXX", file[64];
static const struct guest writing = {
	"capture", {{"file", file}, {"overwrite", "true"}, {"expression", "greater 60"},
			   {"snap", "40"}, {"count", "20000"}}};

// In turn on either port, and so through the other one.
static const struct guest to_b = {"mirror", {{"to", "b"}, {"one_in", "2"}}};
static const struct guest to_a = {"mirror", {{"to", "a"}, {"snap", "60"}, {"copies", "64"}}};

static void pair_restart(const struct pair *pair)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (nimbl_stack_restart(pair->adapters[i]) < 0)
			fail_msg("%s", nimbl_last_error()->cause);
	}
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_hold(pair->adapters[i], false);
	assert_int_equal(nimbl_lcores_publish(), 0);
}

static void pair_pause(const struct pair *pair)
{
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_hold(pair->adapters[i], true);
	assert_int_equal(nimbl_lcores_publish(), 0);
	for (unsigned int i = 0; i < 2; i++) {
		if (nimbl_stack_pause(pair->adapters[i]) < 0)
			fail_msg("%s", nimbl_last_error()->cause);
	}
}

static void change(
	const struct pair *pair, NDIS_HANDLE *filter, const struct guest *guest, unsigned int round)
{
	char name[16];

	snprintf(name, sizeof(name), "f%u", round);
	if (*filter != NULL && nimbl_filter_remove(*filter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	*filter = NULL;
	if (nimbl_filter_insert(pair->adapters[round & 1], round % 3, guest->driver, name,
		    guest->options, filter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
}

// The last four that came stay, so that they stand above each other too.
static void come_and_go(const struct guest *const *guests, unsigned int count,
	const char *completion, const char *tx_lcore)
{
	NDIS_HANDLE filters[PLACES] = {NULL};
	uint64_t before = 0;
	struct pair pair;

	pair_open(&pair, "net_null", completion, tx_lcore);
	pair_restart(&pair);
	assert_int_equal(nimbl_lcores_start(), 0);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		change(&pair, &filters[round % PLACES], guests[round % count], round);
		rte_delay_us_sleep(500);
		if (round % 3 != 2)
			continue;
		pair_pause(&pair);
		uint64_t now = pair_assert_balanced(&pair).received;
		assert_true(now > before);
		before = now;
		pair_restart(&pair);
	}
	pair_pause(&pair);
	nimbl_lcores_stop();
	pair_assert_balanced(&pair);
	pair_close(&pair);
	assert_pools_whole();
}

// In one lcore and in a pipeline of two, handed over and on the round trip.
static void in_all_ways(const struct guest *const *guests, unsigned int count)
{
	come_and_go(guests, count, "handover", "1");
	come_and_go(guests, count, "full", "1");
	come_and_go(guests, count, "handover", "2");
	come_and_go(guests, count, "full", "2");
}

static void impairing_filters_come_and_go(void **state)
{
	const struct guest *guests[] = {&lossy, &late, &slow};

	in_all_ways(guests, RTE_DIM(guests));
}

static void capturing_filters_come_and_go(void **state)
{
	const struct guest *guests[] = {&writing, &late};

	in_all_ways(guests, RTE_DIM(guests));
}

static void mirrors_come_and_go(void **state)
{
	const struct guest *guests[] = {&to_b, &to_a};

	in_all_ways(guests, RTE_DIM(guests));
}

static int start(void **state)
{
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/busy.pcapng", folder);
	if (workers_start(3) != 0 || nimbl_lcores_init(32, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}

// A test that failed has left the lcores running; EAL would wait for them for ever.
static int stop(void **state)
{
	nimbl_lcores_stop();
	unlink(file);
	rmdir(folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(impairing_filters_come_and_go),
		cmocka_unit_test(capturing_filters_come_and_go),
		cmocka_unit_test(mirrors_come_and_go),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
