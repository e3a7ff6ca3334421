// SPDX-License-Identifier: BSD-3-Clause
// Every key of a configuration: how it is read, what it allows, and what it is for. The reading
// goes through these tables in their order, so that a key may refer to those above it.
#include "conf_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define AT(type, member) \
	.offset = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)

static const char *const dev_words[] = {"auto", "true", "false", NULL};
static const char *const idle_words[] = {"auto", "poll", "pause", "sleep", NULL};
static const char *const flag_words[] = {"true", "false", NULL};
static const char *const return_words[] = {"pool", "reuse", NULL};
static const char *const action_words[] = {"count", "quarantine", "pause", "stop", NULL};
static const char *const completion_words[] = {"handover", "full", NULL};

// clang-format off
const struct key conf_lcores_keys[] = {
	{.name = "main", .read = conf_read_number, AT(nimbl_conf_lcores, main),
	 .max = NIMBL_LCORES_MAX - 1, .has_auto = true, .auto_value = NIMBL_CONF_AUTO,
	 .preset = "auto",
	 .help = "Lcore for control; it carries no frames, unless dev mode shares it."},
	{.name = "workers", .read = conf_read_lcore_list, AT(nimbl_conf_lcores, workers),
	 .allowed = "auto, or a list such as [1, 2-3]", .preset = "auto",
	 .help = "Lcores that receive and transmit."},
	{.name = "receive", .read = conf_read_lcore_list, AT(nimbl_conf_lcores, receive),
	 .allowed = "a list such as [1, 2-3]; needs transmit, excludes workers",
	 .absent = "workers do both", .help = "Lcores that only receive and forward."},
	{.name = "transmit", .read = conf_read_lcore_list, AT(nimbl_conf_lcores, transmit),
	 .allowed = "a list such as [4-5]; needs receive, excludes workers",
	 .absent = "workers do both", .help = "Lcores that only transmit."},
	{0}};

const struct key conf_pool_keys[] = {
	{.name = "size", .read = conf_read_number, AT(nimbl_conf_pool, size),
	 .min = 64, .max = 16777216, .has_auto = true, .preset = "auto",
	 .help = "Net buffer lists in the pool; auto adds up what rings, caches and bursts hold."},
	{.name = "data_size", .read = conf_read_number, AT(nimbl_conf_pool, data_size),
	 .min = 64, .max = 65000, .preset = "2048",
	 .help = "Bytes of data room for a frame, without the headroom."},
	{.name = "ops", .read = conf_read_ops, AT(nimbl_conf_pool, ops), .max = 31,
	 .allowed = "auto, or a name of 1 to 31 of a-z 0-9 _", .preset = "auto",
	 .help = "Mempool ops of DPDK that keep the free lists, such as ring_mp_mc or stack."},
	{.name = "cache", .read = conf_read_number, AT(nimbl_conf_pool, cache), .max = 512,
	 .has_auto = true, .auto_value = NIMBL_CONF_AUTO, .preset = "auto",
	 .help = "Free lists that each lcore keeps for itself."},
	{.name = "return", .read = conf_read_word, AT(nimbl_conf_pool, reclaim),
	 .words = return_words, .preset = "pool",
	 .help = "Where a list goes when it is done: to the pool, or to be reused as it is."},
	{.name = "completion", .read = conf_read_word, AT(nimbl_conf_pool, completion),
	 .words = completion_words, .preset = "handover",
	 .help = "When a send is complete: at the handover to the device, or sent in full."},
	{.name = "node", .read = conf_read_number, AT(nimbl_conf_pool, node), .max = 31,
	 .has_auto = true, .auto_value = NIMBL_CONF_AUTO, .preset = "auto",
	 .help = "NUMA node of the pool's memory; auto is that of the ports."},
	{0}};

const struct key conf_descriptors_keys[] = {
	{.name = "receive", .read = conf_read_number, AT(nimbl_conf_port, rx_descriptors),
	 .min = 32, .max = 32768, .preset = "512", .help = "Descriptors of each receive queue."},
	{.name = "transmit", .read = conf_read_number, AT(nimbl_conf_port, tx_descriptors),
	 .min = 32, .max = 32768, .preset = "512", .help = "Descriptors of each transmit queue."},
	{0}};

const struct key conf_driver_keys[] = {
	{.name = "file", .read = conf_read_driver_file, AT(nimbl_conf_driver, file), .max = 255,
	 .allowed = "a path from the configuration's folder (./my.so), or a name in the driver folder",
	 .absent = "required", .help = "Shared object that holds the driver."},
	{.name = "name", .read = conf_read_name, AT(nimbl_conf_driver, name), .max = 31,
	 .allowed = "1 to 31 of A-Z a-z 0-9 . _ -", .absent = "that of the file, before .so",
	 .help = "What filters and the like call it."},
	{.name = "parameters", .read = conf_read_parameters,
	 .allowed = "a map of up to 12 settings", .absent = "none",
	 .help = "What the driver itself reads as from the registry."},
	{0}};

// The level stands first: a verifier may be written as its level alone.
const struct key conf_verifier_keys[] = {
	{.name = "level", .read = conf_read_number, AT(nimbl_conf_verifier, level), .max = 4,
	 .preset = "0",
	 .help = "0: the laws; 1: and owners of lists; 2: and their age; 3: and every hand-off; "
		 "4: and callers."},
	{.name = "action", .read = conf_read_word, AT(nimbl_conf_verifier, action),
	 .words = action_words, .preset = "count",
	 .help = "What follows from a violation, beside its being counted and noted."},
	{.name = "stuck", .read = conf_read_time, AT(nimbl_conf_verifier, stuck_ms),
	 .min = 1, .max = 3600000, .allowed = "1ms to 3600s with a unit ms or s, such as 250ms",
	 .preset = "1s", .help = "From level 2: how long a driver may hold a list."},
	{0}};

// The rate stands first: a shortage may be written as its rate alone.
const struct key conf_shortage_keys[] = {
	{.name = "rate", .read = conf_read_share, AT(nimbl_conf_shortage, rate),
	 .allowed = "a share of 0% to 100%, such as 0.1%", .preset = "0%",
	 .help = "Takings from pools that fail at random."},
	{.name = "nth", .read = conf_read_number, AT(nimbl_conf_shortage, nth),
	 .max = 4000000000, .preset = "0", .help = "This taking fails, counted from the start; 0: none."},
	{.name = "seed", .read = conf_read_number, AT(nimbl_conf_shortage, seed),
	 .max = 4000000000, .preset = "1", .help = "Of what is random: the same takings fail again."},
	{0}};

// The device stands first: a port may be written as its device alone.
const struct key conf_port_keys[] = {
	{.name = "device", .read = conf_read_device, AT(nimbl_conf_port, device), .max = 500,
	 .allowed = "a PCI address (0000:03:00.0), a vdev (\"net_null0,size=64\"), "
		    "or a kernel interface (eth0)",
	 .absent = "required, unless there is a miniport", .help = "What the port stands on."},
	{.name = "miniport", .read = conf_read_end, AT(nimbl_conf_port, miniport),
	 .allowed = "a driver, alone or with settings: loopback, {loopback: {peer: b}}",
	 .absent = "ethdev, which is for devices",
	 .help = "Driver of the port itself, instead of a device of DPDK."},
	{.name = "queues", .read = conf_read_number, AT(nimbl_conf_port, queues),
	 .min = 1, .max = NIMBL_CONF_QUEUES_MAX, .preset = "1",
	 .help = "Pairs of a receive and a transmit queue."},
	{.name = "descriptors", .read = conf_read_descriptors, .inner = conf_descriptors_keys,
	 .allowed = "32 to 32768, or {receive: N, transmit: N}", .preset = "512",
	 .help = "Descriptors of each queue."},
	{.name = "mtu", .read = conf_read_number, AT(nimbl_conf_port, mtu), .min = 68, .max = 9710,
	 .absent = "as the device has it", .help = "Largest payload of a frame, in bytes."},
	{.name = "promiscuous", .read = conf_read_flag, AT(nimbl_conf_port, promiscuous),
	 .words = flag_words, .preset = "true",
	 .help = "Receive frames for every address."},
	{.name = "offloads", .read = conf_read_offloads, AT(nimbl_conf_port, offloads),
	 .allowed = "none, auto, or a list of rx-checksum, tx-checksum, vlan-strip, vlan-insert, "
		    "rss-hash, tso, lro, timestamp, packet-type",
	 .preset = "none",
	 .help = "What drivers are told of frames and may ask for; auto is all the device does."},
	{.name = "pool", .read = conf_read_pool_of_port, AT(nimbl_conf_port, pool),
	 .allowed = "a name under pools", .preset = "default",
	 .help = "Pool that received frames are taken from."},
	{.name = "lcores", .read = conf_read_lcore_list, AT(nimbl_conf_port, lcores),
	 .allowed = "auto, or a list with one lcore per queue", .preset = "auto",
	 .help = "Lcores that poll the queues, in their order."},
	{.name = "filters", .read = conf_read_filters,
	 .allowed = "a list of filters, each alone or with settings: [pass, {pass: {name: p}}]",
	 .absent = "none", .help = "Filters between the port and what it is connected to, lowest first."},
	{.name = "protocol", .read = conf_read_end, AT(nimbl_conf_port, protocol),
	 .allowed = "a driver, alone or with settings: discard, {echo: {swap-mac: true}}",
	 .absent = "that of its xconnect, or none",
	 .help = "Driver that takes what the port receives, instead of a cross-connect."},
	{.name = "verifier", .read = conf_read_verifier, AT(nimbl_conf_port, verifier),
	 .inner = conf_verifier_keys, .allowed = "a level of 0 to 4, or {level: N, ...}",
	 .absent = "as at the top", .help = "How its lists are verified."},
	{0}};

const struct key conf_root_keys[] = {
	{.name = "name", .read = conf_read_name, AT(nimbl_conf, name), .max = 32,
	 .allowed = "1 to 32 of A-Z a-z 0-9 . _ -", .preset = "nimbl",
	 .help = "Name of the instance; two of one name do not run at a time, but without a name."},
	{.name = "dev", .read = conf_read_word, AT(nimbl_conf, dev),
	 .words = dev_words, .preset = "auto",
	 .help = "Dev mode: no hugepages, no rights, no line rate."},
	{.name = "memory", .read = conf_read_memory, AT(nimbl_conf, memory_bytes),
	 .min = 1ull << 20, .max = 1ull << 40, .preset = "auto",
	 .allowed = "auto, or 1M to 1T with a unit K, M, G or T, such as 64M",
	 .help = "Memory for all pools and rings; auto is what they need."},
	{.name = "lcores", .read = conf_read_lcores, AT(nimbl_conf, lcores),
	 .inner = conf_lcores_keys,
	 .allowed = "auto, {main: 0, workers: [1, 2-3]}, or {main: 0, receive: [1], transmit: [2]}",
	 .preset = "auto", .help = "Which lcore does what."},
	{.name = "idle", .read = conf_read_word, AT(nimbl_conf, idle), .words = idle_words,
	 .preset = "auto", .help = "What a worker does when a poll finds nothing."},
	{.name = "burst", .read = conf_read_number, AT(nimbl_conf, burst), .min = 1, .max = 64,
	 .preset = "32", .help = "Frames per poll."},
	{.name = "eal", .read = conf_read_eal, AT(nimbl_conf, eal),
	 .allowed = "an argument or a list of up to 64, such as [\"--log-level=8\"]",
	 .absent = "none", .help = "More arguments for DPDK's EAL."},
	{.name = "drivers", .read = conf_read_drivers,
	 .allowed = "a list of up to 16 files, each alone or with more: "
		    "[./my.so, {file: ./b.so, name: b, parameters: {Verbose: 1}}]",
	 .absent = "those that are linked in",
	 .help = "More drivers, as shared objects; they run with the rights of nimbl."},
	{.name = "pools", .read = conf_read_pools, AT(nimbl_conf, pools), .inner = conf_pool_keys,
	 .named = true, .allowed = "a map of up to 16 pools by name", .absent = "one, 'default'",
	 .help = "Pools of net buffer lists; 'default' is always there."},
	{.name = "verifier", .read = conf_read_verifier, AT(nimbl_conf, verifier),
	 .inner = conf_verifier_keys, .allowed = "a level of 0 to 4, or {level: N, ...}",
	 .preset = "0", .help = "How lists are verified; off, it costs nothing."},
	{.name = "shortage", .read = conf_read_shortage, AT(nimbl_conf, shortage),
	 .inner = conf_shortage_keys, .allowed = "a share such as 0.1%, or {rate: 0.1%, nth: N, seed: N}",
	 .absent = "none", .help = "Pools that are dry on purpose, to see what drivers make of it."},
	{.name = "ports", .read = conf_read_ports, AT(nimbl_conf, ports), .inner = conf_port_keys,
	 .named = true, .allowed = "a map of 1 to 64 ports by name; a device alone is a port too",
	 .absent = "required", .help = "What frames come from and go to."},
	{.name = "xconnect", .read = conf_read_xconnects, AT(nimbl_conf, xconnects),
	 .allowed = "a list of up to 64 pairs of ports, such as [[wan, lan], [echo, echo]]",
	 .absent = "none", .help = "Which port forwards to which, both ways."},
	{0}};
// clang-format on

static void join_words(char *out, size_t size, const char *const *words)
{
	size_t used = 0;

	for (size_t i = 0; words[i] != NULL && used < size; i++) {
		const char *between = i == 0 ? "" : words[i + 1] != NULL ? ", " : " or ";

		used += (size_t)snprintf(out + used, size - used, "%s%s", between, words[i]);
	}
}

struct allowed conf_allowed(const struct key *key)
{
	struct allowed out;

	if (key->allowed != NULL)
		snprintf(out.text, sizeof(out.text), "%s", key->allowed);
	else if (key->words != NULL)
		join_words(out.text, sizeof(out.text), key->words);
	else
		snprintf(out.text, sizeof(out.text), "%s%llu to %llu",
			key->has_auto ? "auto, or " : "", (unsigned long long)key->min,
			(unsigned long long)key->max);
	return out;
}

void conf_presets(struct reader *reader, const struct key *keys, void *base)
{
	for (; keys->name != NULL; keys++) {
		struct node node = {.kind = NODE_SCALAR, .text = (char *)(uintptr_t)keys->preset};

		if (keys->preset != NULL)
			keys->read(reader, keys, &node, base);
	}
}

static int check_known(const struct reader *reader, const struct key *keys, const struct node *name)
{
	const char *names[16] = {NULL};
	int ret;

	for (size_t i = 0; keys[i].name != NULL && i < 15; i++) {
		if (strcmp(keys[i].name, name->text) == 0)
			return 0;
		names[i] = keys[i].name;
	}
	ret = conf_say(reader, name->place, "unknown key %s", conf_quote(name->text).text);
	conf_mend_word(name->text, "known keys here", names);
	return ret;
}

int conf_read_map(struct reader *reader, const struct key *keys, const struct node *map, void *base)
{
	int ret = 0;

	for (const struct node *at = map->children; at != NULL && ret == 0; at = at->next->next)
		ret = check_known(reader, keys, at);
	if (ret == 0)
		ret = conf_check_repeats(reader, map);
	for (; keys->name != NULL && ret == 0; keys++) {
		const struct node *value = conf_node_find(map, keys->name);

		if (value != NULL)
			ret = keys->read(reader, keys, value, base);
	}
	return ret;
}
