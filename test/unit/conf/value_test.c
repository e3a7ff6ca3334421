// SPDX-License-Identifier: BSD-3-Clause
// Wrong keys and values: the exact words, the place, what is allowed and what was meant.
#include "conf_expect.h"

#define PORT "ports: {a: lo}\n"

static void unknown_key_is_guessed(void **state)
{
	expect_error("brust: 3\n" PORT, "c.yaml:1:1: unknown key 'brust'",
		"did you mean 'burst'? known keys here: name, dev, memory, lcores, idle, "
		"burst, eal, drivers, pools, verifier, shortage, ports, xconnect");
	expect_error("ports:\n  a: {device: lo, qeues: 1}\n",
		"c.yaml:2:19: port 'a': unknown key 'qeues'",
		"did you mean 'queues'? known keys here: device, miniport, queues, descriptors, mtu, "
		"promiscuous, offloads, pool, lcores, filters, protocol, verifier");
	expect_error("lcores: {zzzzzz: 1}\n" PORT, "c.yaml:1:10: lcores: unknown key 'zzzzzz'",
		"known keys here: main, workers, receive, transmit");
	expect_error("pools: {p: {}, q: {szie: 64}}\n" PORT,
		"c.yaml:1:20: pool 'q': unknown key 'szie'", NULL);
}

static void unknown_offload_is_guessed(void **state)
{
	expect_error("ports: {a: {device: lo, offloads: [tso, rx-checksm]}}\n",
		"c.yaml:1:41: port 'a': there is no offload 'rx-checksm'",
		"did you mean 'rx-checksum'? auto, none, or a list of: rx-checksum, tx-checksum, "
		"vlan-strip, vlan-insert, rss-hash, tso, lro, timestamp, packet-type");
	expect_error("ports: {a: {device: lo, offloads: [[tso]]}}\n",
		"c.yaml:1:36: port 'a': an offload has to be a single value, but here is a list",
		NULL);
	expect_error("ports: {a: {device: lo, offloads: {tso: true}}}\n",
		"c.yaml:1:35: port 'a': an offload has to be a single value, but here is a map",
		NULL);
}

static void repeated_key_names_the_first(void **state)
{
	expect_error("burst: 3\nidle: poll\nburst: 4\n" PORT,
		"c.yaml:3:1: key 'burst' is there twice, first at line 1", "remove one of the two");
	expect_error("ports:\n  a: lo\n  a: eth0\n",
		"c.yaml:3:3: key 'a' is there twice, first at line 2", NULL);
	expect_error("pools:\n  default: {}\n  default: {}\n" PORT,
		"c.yaml:3:3: key 'default' is there twice, first at line 2", NULL);
	expect_error("ports:\n  a:\n    device: lo\n    device: lo\n",
		"c.yaml:4:5: port 'a': key 'device' is there twice, first at line 3", NULL);
}

static void wrong_kind_says_what_is_needed(void **state)
{
	expect_error("burst: [3]\n" PORT,
		"c.yaml:1:8: burst has to be a single value, but here is a list",
		"write one value after 'burst:', allowed: 1 to 64");
	expect_error("ports: [a, b]\n", "c.yaml:1:8: ports has to be a map, but here is a list",
		"write ports: {a: net_null0}");
	expect_error("ports:\n", "c.yaml:1:7: ports has to be a map, but here is nothing", NULL);
	expect_error("pools: fast\n" PORT, "c.yaml:1:8: pools has to be a map, but here is 'fast'",
		NULL);
	expect_error("lcores: [1]\n" PORT, "c.yaml:1:9: lcores has to be a map, but here is a list",
		"write 'auto', or {main: 0, workers: [1, 2-3]}");
	expect_error("ports: {a: [lo]}\n",
		"c.yaml:1:12: port 'a': a port has to be a map, but here is a list", NULL);
	expect_error(
		"eal: {a: b}\n" PORT, "c.yaml:1:6: eal has to be a list, but here is a map", NULL);
	expect_error("ports: {a: {device: [lo]}}\n",
		"c.yaml:1:21: port 'a': device has to be a single value, but here is a list", NULL);
	expect_error("ports: {a: {device: lo, pool: [p]}}\n",
		"c.yaml:1:31: port 'a': pool has to be a single value, but here is a list", NULL);
	expect_error("xconnect: a\n" PORT,
		"c.yaml:1:11: xconnect has to be a list, but here is 'a'", NULL);
}

static void forgotten_key_or_value_is_named(void **state)
{
	expect_error("'': 1\n" PORT, "c.yaml:1:1: unknown key ''", NULL);
	expect_error(
		"ports: {'': lo}\n", "c.yaml:1:9: a key is empty", "write a name before the colon");
	expect_error("burst:\n" PORT, "c.yaml:1:7: burst has no value", "allowed: 1 to 64");
	expect_error("name: ''\n" PORT, "c.yaml:1:7: name has no value", NULL);
	expect_error("eal: ['']\n" PORT, "c.yaml:1:7: eal has no value", NULL);
}

static void number_out_of_range_says_the_range(void **state)
{
	static const struct {
		const char *text, *cause, *mend;
	} bad[] = {
		{"burst: 0", "c.yaml:1:8: burst '0' is out of range", "allowed: 1 to 64"},
		{"burst: 65", "c.yaml:1:8: burst '65' is out of range", "allowed: 1 to 64"},
		{"burst: -1", "c.yaml:1:8: burst '-1' is out of range", "allowed: 1 to 64"},
		{"burst: 18446744073709551617",
			"c.yaml:1:8: burst '18446744073709551617' is out of range",
			"allowed: 1 to 64"},
		{"burst: 1.5", "c.yaml:1:8: burst '1.5' is not a whole number", "allowed: 1 to 64"},
		{"burst: 0x10", "c.yaml:1:8: burst '0x10' is not a whole number",
			"allowed: 1 to 64"},
		{"burst: auto", "c.yaml:1:8: burst 'auto' is not a whole number",
			"allowed: 1 to 64"},
		{"pools: {p: {size: 63}}", "c.yaml:1:19: pool 'p': size '63' is out of range",
			"allowed: auto, or 64 to 16777216"},
		{"pools: {p: {size: 16777217}}",
			"c.yaml:1:19: pool 'p': size '16777217' is out of range",
			"allowed: auto, or 64 to 16777216"},
		{"pools: {p: {data_size: 65001}}",
			"c.yaml:1:24: pool 'p': data_size '65001' is out of range",
			"allowed: 64 to 65000"},
		{"pools: {p: {cache: 513}}", "c.yaml:1:20: pool 'p': cache '513' is out of range",
			"allowed: auto, or 0 to 512"},
		{"pools: {p: {node: 32}}", "c.yaml:1:19: pool 'p': node '32' is out of range",
			"allowed: auto, or 0 to 31"},
		{"ports: {a: {device: lo, queues: 17}}",
			"c.yaml:1:33: port 'a': queues '17' is out of range", "allowed: 1 to 16"},
		{"ports: {a: {device: lo, mtu: 67}}",
			"c.yaml:1:30: port 'a': mtu '67' is out of range", "allowed: 68 to 9710"},
		{"ports: {a: {device: lo, descriptors: 31}}",
			"c.yaml:1:38: port 'a': descriptors '31' is out of range",
			"allowed: 32 to 32768"},
		{"ports: {a: {device: lo, descriptors: {receive: 32769}}}",
			"c.yaml:1:48: port 'a': receive '32769' is out of range",
			"allowed: 32 to 32768"},
		{"lcores: {main: 128}", "c.yaml:1:16: lcores: main '128' is out of range",
			"allowed: auto, or 0 to 127"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_error(bad[i].text, bad[i].cause, bad[i].mend);
}

static void unknown_word_is_guessed(void **state)
{
	expect_error("idle: pol\n" PORT, "c.yaml:1:7: idle 'pol' is not known",
		"did you mean 'poll'? allowed: auto, poll, pause, sleep");
	expect_error("dev: yes\n" PORT, "c.yaml:1:6: dev 'yes' is not known",
		"allowed: auto, true, false");
	expect_error("pools: {p: {return: reusse}}\n" PORT,
		"c.yaml:1:21: pool 'p': return 'reusse' is not known",
		"did you mean 'reuse'? allowed: pool, reuse");
	expect_error("pools: {p: {completion: ful}}\n" PORT,
		"c.yaml:1:25: pool 'p': completion 'ful' is not known",
		"did you mean 'full'? allowed: handover, full");
	expect_error("ports: {a: {device: lo, promiscuous: flase}}\n",
		"c.yaml:1:38: port 'a': promiscuous 'flase' is not known",
		"did you mean 'false'? allowed: true, false");
}

static uint64_t memory_of(const char *size)
{
	char text[64];

	snprintf(text, sizeof(text), "memory: %s\n" PORT, size);
	struct nimbl_conf *conf = expect_conf_of(text);
	uint64_t bytes = conf->memory_bytes;
	nimbl_conf_free(conf);
	return bytes;
}

static void memory_has_a_unit(void **state)
{
	const char *mend = "allowed: auto, or 1M to 1T with a unit K, M, G or T, such as 64M";

	assert_int_equal(memory_of("1M"), 1ull << 20);
	assert_int_equal(memory_of("1024K"), 1ull << 20);
	assert_int_equal(memory_of("2GiB"), 2ull << 30);
	assert_int_equal(memory_of("1T"), 1ull << 40);
	expect_error("memory: 64\n" PORT, "c.yaml:1:9: memory '64' has no unit", mend);
	expect_error("memory: 1023K\n" PORT, "c.yaml:1:9: memory '1023K' is out of range", mend);
	expect_error("memory: 1025G\n" PORT, "c.yaml:1:9: memory '1025G' is out of range", mend);
	expect_error("memory: 9999999999T\n" PORT,
		"c.yaml:1:9: memory '9999999999T' is out of range", mend);
	expect_error("memory: 99999999999G\n" PORT,
		"c.yaml:1:9: memory '99999999999G' is out of range", mend);
	// 2^64 bytes and one TiB: what is left of it in 64 bits would be allowed.
	expect_error(
		"memory: 16777217T\n" PORT, "c.yaml:1:9: memory '16777217T' is out of range", mend);
	expect_error("memory: 64MM\n" PORT, "c.yaml:1:9: memory '64MM' is not a size", mend);
	expect_error("memory: lots\n" PORT, "c.yaml:1:9: memory 'lots' is not a size", mend);
}

static void names_are_short_and_plain(void **state)
{
	expect_error("name: a/b\n" PORT, "c.yaml:1:7: name 'a/b' is not allowed",
		"allowed: 1 to 32 of A-Z a-z 0-9 . _ -");
	expect_error("name: ..\n" PORT, "c.yaml:1:7: name '..' is not allowed", NULL);
	nimbl_conf_free(expect_conf_of("name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" PORT));
	expect_error("name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" PORT,
		"c.yaml:1:7: name 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' is not allowed", NULL);
	nimbl_conf_free(expect_conf_of("ports: {aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: lo}\n"));
	expect_error("ports: {aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: lo}\n",
		"c.yaml:1:9: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' cannot be a name of a port",
		"a name is 1 to 31 of the letters A-Z a-z 0-9 . _ -");
	expect_error(
		"pools: {'a b': {}}\n" PORT, "c.yaml:1:9: 'a b' cannot be a name of a pool", NULL);
	expect_error("pools: {p: {ops: Ring}}\n" PORT,
		"c.yaml:1:18: pool 'p': ops 'Ring' is not a name of mempool ops",
		"allowed: auto, or a name of 1 to 31 of a-z 0-9 _");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_key_is_guessed),
		cmocka_unit_test(unknown_offload_is_guessed),
		cmocka_unit_test(repeated_key_names_the_first),
		cmocka_unit_test(wrong_kind_says_what_is_needed),
		cmocka_unit_test(forgotten_key_or_value_is_named),
		cmocka_unit_test(number_out_of_range_says_the_range),
		cmocka_unit_test(unknown_word_is_guessed),
		cmocka_unit_test(memory_has_a_unit),
		cmocka_unit_test(names_are_short_and_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
