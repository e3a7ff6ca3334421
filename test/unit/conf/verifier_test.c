// SPDX-License-Identifier: BSD-3-Clause
// The verifier in a configuration: of all ports, of one, and what is refused.
#include "conf_expect.h"

#define PORTS "ports: {a: net_null0, b: {device: net_null1}}\n"

static void nothing_is_verified_unless_asked_for(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(PORTS);

	for (int i = 0; i < 2; i++) {
		assert_int_equal(conf->ports[i].verifier.level, 0);
		assert_int_equal(conf->ports[i].verifier.action, 0);
		assert_int_equal(conf->ports[i].verifier.stuck_ms, 1000);
	}
	nimbl_conf_free(conf);
}

// Wherever it stands in the file.
static void a_level_alone_is_that_of_all_ports(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(PORTS "verifier: 2\n");

	assert_int_equal(conf->verifier.level, 2);
	assert_int_equal(conf->ports[0].verifier.level, 2);
	assert_int_equal(conf->ports[1].verifier.level, 2);
	nimbl_conf_free(conf);
}

static void a_port_has_its_own_over_that(void **state)
{
	struct nimbl_conf *conf =
		expect_conf_of("verifier: {level: 3, action: quarantine, stuck: 250ms}\n"
			       "ports:\n"
			       "  a: net_null0\n"
			       "  b: {device: net_null1, verifier: {level: 1, stuck: 5s}}\n"
			       "  c: {device: net_null2, verifier: 0}\n");

	assert_int_equal(conf->ports[0].verifier.level, 3);
	assert_int_equal(conf->ports[0].verifier.action, 1);
	assert_int_equal(conf->ports[0].verifier.stuck_ms, 250);
	assert_int_equal(conf->ports[1].verifier.level, 1);
	assert_int_equal(conf->ports[1].verifier.action, 1);
	assert_int_equal(conf->ports[1].verifier.stuck_ms, 5000);
	assert_int_equal(conf->ports[2].verifier.level, 0);
	nimbl_conf_free(conf);
}

static void pools_may_be_short_on_purpose(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(PORTS);

	assert_int_equal(conf->shortage.rate, 0);
	nimbl_conf_free(conf);
	conf = expect_conf_of(PORTS "shortage: 0.1%\n");
	assert_int_equal(conf->shortage.rate, 1000);
	assert_int_equal(conf->shortage.seed, 1);
	nimbl_conf_free(conf);
	conf = expect_conf_of(PORTS "shortage: {nth: 7, seed: 3}\n");
	assert_int_equal(conf->shortage.rate, 0);
	assert_int_equal(conf->shortage.nth, 7);
	assert_int_equal(conf->shortage.seed, 3);
	nimbl_conf_free(conf);
	expect_error(PORTS "shortage: 101%\n",
		"c.yaml:2:11: shortage '101%' is no share that is allowed",
		"allowed: a share of 0% to 100%, such as 0.1%");
	expect_error(PORTS "shortage: {rate: much}\n",
		"c.yaml:2:18: rate 'much' is no share that is allowed",
		"allowed: a share of 0% to 100%, such as 0.1%");
}

static void what_is_no_verifier_is_refused(void **state)
{
	expect_error(PORTS "verifier: 5\n", "c.yaml:2:11: verifier '5' is out of range",
		"allowed: 0 to 4");
	expect_error(PORTS "verifier: on\n", "c.yaml:2:11: verifier 'on' is not a whole number",
		"allowed: 0 to 4");
	expect_error(PORTS "verifier: {action: stopp}\n",
		"c.yaml:2:20: action 'stopp' is not known",
		"did you mean 'stop'? allowed: count, quarantine, pause, stop");
	expect_error(PORTS "verifier: {stuck: 10}\n",
		"c.yaml:2:19: stuck '10' is no time that is allowed",
		"allowed: 1ms to 3600s with a unit ms or s, such as 250ms");
	expect_error(PORTS "verifier: {levels: 1}\n", "c.yaml:2:12: unknown key 'levels'", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_verified_unless_asked_for),
		cmocka_unit_test(a_level_alone_is_that_of_all_ports),
		cmocka_unit_test(a_port_has_its_own_over_that),
		cmocka_unit_test(pools_may_be_short_on_purpose),
		cmocka_unit_test(what_is_no_verifier_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
