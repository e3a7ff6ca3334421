// SPDX-License-Identifier: BSD-3-Clause
// Random sends with random requests in random segmentations, on ports that lend or copy, with devices
// that do any part of the work: what is on the wire is what an independent model makes of the frame.
// NIMBL_TEST_SEED replays a run, NIMBL_TEST_FRAMES says how long it is.
#include <inttypes.h>

#include "offload_make.h"

#define CHAIN 4u

static struct sender senders[CHAIN];

static uint32_t number_from(const char *name, uint32_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (uint32_t)strtoul(text, NULL, 0) : otherwise;
}

static struct frame_spec random_spec(uint32_t frame_max, bool large)
{
	struct frame_spec spec = {
		.v6 = rnd(2) == 0,
		.udp = !large && rnd(2) == 0,
		.tagged = rnd(4) == 0,
		.tcp_flags = (uint8_t)rnd(256),
		.id = (uint16_t)rnd(65536),
		.sequence = rnd(UINT32_MAX),
		.first = (uint8_t)rnd(256),
	};
	uint32_t most = frame_max - 160;

	if (spec.v6)
		spec.extensions = rnd(3) == 0 ? 1 + rnd(3) : 0;
	else
		spec.ip_options = rnd(3) == 0 ? 4 * rnd(11) : 0;
	if (!spec.udp)
		spec.tcp_options = rnd(2) == 0 ? 4 * rnd(11) : 0;
	if (large && rnd(8) == 0)
		most = 65535 - 60 - 60 - 24;
	else if (large)
		most = 6000;
	spec.payload = rnd(4) == 0 ? rnd(20) : rnd(most);
	spec.padding = !large && rnd(4) == 0 ? rnd(20) : 0;
	return spec;
}

static void random_sender(struct sender *s, bool given)
{
	static struct frame frame;
	bool large = rnd(2) == 0;
	struct frame_spec spec = random_spec(bench.dev->frame_max, large);
	struct ask ask = {
		.ip = rnd(2) == 0 && !spec.v6,
		.l4 = rnd(2) == 0,
		.tag = rnd(3) == 0,
		.tci = (uint16_t)(1 + rnd(65535)),
		.v1 = rnd(2) == 0,
		.no_length = rnd(2) == 0,
	};
	enum lay lay = (enum lay)rnd(given ? LAY_FOREIGN : LAY_COUNT);

	if (large)
		ask.mss = RTE_MIN(1 + spec.payload / 100 + rnd(bench.dev->frame_max),
			bench.dev->frame_max - 160);
	frame_make(&frame, &spec);
	ask_preload(&frame, &ask);
	sender_make(s, &frame, &ask, lay);
}

static uint32_t some_sends(uint32_t sends)
{
	uint32_t frames = 0;

	for (uint32_t i = 0; i < sends; i++) {
		uint32_t count = 1 + rnd(CHAIN);
		bool given = rnd(2) == 0;

		for (uint32_t j = 0; j < count; j++)
			random_sender(&senders[j], given);
		frames += send_and_check(senders, count, given ? GIVEN : 0);
	}
	return frames;
}

static void what_leaves_is_what_the_model_says(void **state)
{
	static const uint64_t offloads[] = {0, SUMS, SUMS | RTE_ETH_TX_OFFLOAD_TCP_TSO,
		RTE_ETH_TX_OFFLOAD_VLAN_INSERT,
		SUMS | RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_VLAN_INSERT,
		RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM};
	uint32_t seed = number_from("NIMBL_TEST_SEED", (uint32_t)rte_rdtsc());
	uint32_t most = number_from("NIMBL_TEST_FRAMES", 200000), frames = 0;

	print_message("NIMBL_TEST_SEED=%" PRIu32 "\n", seed);
	for (uint32_t round = 0; frames < most; round++) {
		bench_open(round % 2 == 0, offloads[round / 2 % RTE_DIM(offloads)]);
		bench.seed = seed + round;
		bench.dev->cuts_ipv6 = round % 3 != 0;
		bench.dev->frame_max = round % 5 == 0 ? 9022 : 1522;
		frames += some_sends(200);
		bench_close();
	}
	print_message("%" PRIu32 " frames\n", frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_leaves_is_what_the_model_says),
	};

	return cmocka_run_group_tests(tests, offload_start, NULL);
}
