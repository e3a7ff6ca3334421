// SPDX-License-Identifier: BSD-3-Clause
// The filter between a miniport and a protocol that do what this test tells them. The same source as in
// dscp.so, linked in.
#include <nimbl_test.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

DRIVER_INITIALIZE DriverEntry;
NIMBL_DRIVER(dscp, DriverEntry)

#define CHECK(what)                                                                        \
	do {                                                                               \
		if (!(what)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
			exit(1);                                                           \
		}                                                                          \
	} while (0)

static struct frame before, after, want; // 64 KiB each: not for the stack

static void open_stack(struct nimbl_test_stack *stack, const char *dscp)
{
	const struct nimbl_option options[] = {{"Dscp", dscp}, {NULL, NULL}};

	CHECK(nimbl_test_open(stack) == 0);
	CHECK(nimbl_test_add(stack, "dscp", "dscp", options) == 0);
	CHECK(nimbl_test_restart(stack) == 0);
}

static void close_stack(struct nimbl_test_stack *stack)
{
	char why[160];

	if (nimbl_test_close(stack) != 0 || !nimbl_test_whole(why, sizeof(why))) {
		fprintf(stderr, "lists are missing: %s\n", why);
		exit(1);
	}
}

static void read_frame(const NET_BUFFER_LIST *nbl)
{
	after.length = nimbl_test_read(nbl, after.bytes, sizeof(after.bytes));
	CHECK(after.length == want.length);
	CHECK(memcmp(after.bytes, want.bytes, want.length) == 0);
}

// What has to come out: DSCP 46 in the first two bytes of the IP header, and a sum that fits.
static void make_frames(const struct frame_spec *spec)
{
	frame_make(&before, spec);
	frame_copy(&want, &before);
	if (spec->v6) {
		want.bytes[want.l2] = 0x60 | 46 >> 2;
		want.bytes[want.l2 + 1] = (46 & 3) << 6;
	} else {
		want.bytes[want.l2 + 1] = 46 << 2;
		frame_set_ip_sum(&want);
	}
}

static void packets_are_marked_both_ways(void)
{
	struct nimbl_test_stack stack;

	open_stack(&stack, "46");
	for (unsigned int i = 0; i < 16; i++) {
		make_frames(&(struct frame_spec){.v6 = i & 1,
			.udp = i & 2,
			.tagged = i & 4,
			.id = (uint16_t)(i * 0x1111),
			.payload = i & 8 ? 1000 : 0});
		CHECK(nimbl_test_receive(&stack, before.bytes, before.length));
		CHECK(stack.protocol->held_count == 1);
		read_frame(stack.protocol->held[0]);
		CHECK(nimbl_test_send(&stack, before.bytes, before.length));
		CHECK(stack.miniport->sent_count == 1);
		read_frame(stack.miniport->sent[0]);
		nimbl_test_settle(&stack, NDIS_STATUS_SUCCESS);
	}
	close_stack(&stack);
}

// Nothing is read beyond what is there, whatever the frame says it is.
static void what_is_no_ip_passes_as_it_is(void)
{
	struct nimbl_test_stack stack;

	open_stack(&stack, "46");
	make_frames(&(struct frame_spec){.payload = 20});
	for (uint32_t length = 1; length < before.l2 + 20; length++) {
		frame_copy(&want, &before);
		want.length = length;
		CHECK(nimbl_test_receive(&stack, before.bytes, length));
		read_frame(stack.protocol->held[0]);
		nimbl_test_settle(&stack, NDIS_STATUS_SUCCESS);
	}
	close_stack(&stack);
}

// A send that fails below is none of the filter's business: it comes back with its status.
static void a_failed_send_comes_back_as_failed(void)
{
	struct nimbl_test_stack stack;

	open_stack(&stack, "0");
	make_frames(&(struct frame_spec){.payload = 100});
	for (int i = 0; i < 3; i++)
		CHECK(nimbl_test_send(&stack, before.bytes, before.length));
	test_miniport_complete(stack.miniport, 3, NDIS_STATUS_RESOURCES); // the newest first
	CHECK(stack.protocol->completed == 3);
	for (int i = 0; i < 3; i++)
		CHECK(stack.protocol->completions[i].status == NDIS_STATUS_RESOURCES);
	close_stack(&stack);
}

static void pause_and_restart_change_nothing(void)
{
	struct nimbl_test_stack stack;

	open_stack(&stack, "46");
	for (int i = 0; i < 100; i++) {
		CHECK(nimbl_test_pause(&stack) == 0);
		CHECK(nimbl_test_restart(&stack) == 0);
	}
	make_frames(&(struct frame_spec){.payload = 100});
	CHECK(nimbl_test_receive(&stack, before.bytes, before.length));
	read_frame(stack.protocol->held[0]);
	close_stack(&stack);
}

static void a_dscp_of_more_than_six_bits_is_refused(void)
{
	const struct nimbl_option options[] = {{"Dscp", "64"}, {NULL, NULL}};
	struct nimbl_test_stack stack;

	CHECK(nimbl_test_open(&stack) == 0);
	CHECK(nimbl_test_add(&stack, "dscp", "dscp", options) != 0);
	close_stack(&stack);
}

int main(void)
{
	if (nimbl_test_start() != 0)
		return 1;
	packets_are_marked_both_ways();
	what_is_no_ip_passes_as_it_is();
	a_failed_send_comes_back_as_failed();
	pause_and_restart_change_nothing();
	a_dscp_of_more_than_six_bits_is_refused();
	nimbl_test_stop();
	puts("5 tests passed");
	return 0;
}
