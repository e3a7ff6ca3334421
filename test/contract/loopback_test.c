// SPDX-License-Identifier: BSD-3-Clause
// The miniport without a device: what is sent comes back as received, in place where it was given for good,
// as a copy where it was not, and never inside the send.
#include "stack_make.h"

#define GOOD   NIMBL_SEND_FLAGS_HANDOVER
#define HEADER 14u

static NDIS_HANDLE pool; // of what is sent

struct end {
	NDIS_HANDLE adapter, binding;
	struct test_binding *user;
};

static struct nimbl_counters counters_of(const struct end *end)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(end->adapter, &info);
	return info.counters;
}

static bool is_up(const struct end *end)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(end->adapter, &info);
	return info.link_up;
}

static void end_open(struct end *end, const char *name, const char *peer, const char *protocol)
{
	struct nimbl_option options[] = {{"port", name}, {"rx_lcores", "0"}, {"data_size", "1600"},
		{"lists", "256"}, {peer != NULL ? "peer" : NULL, peer}, {NULL, NULL}};

	if (nimbl_adapter_open("loopback", name, options, &end->adapter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	assert_int_equal(nimbl_binding_open(protocol, end->adapter, NULL, &end->binding), 0);
	end->user = test_binding_of(end->binding);
	assert_int_equal(nimbl_stack_restart(end->adapter), 0);
}

static void end_close(struct end *end)
{
	assert_int_equal(nimbl_stack_pause(end->adapter), 0);
	nimbl_binding_close(end->binding);
	nimbl_adapter_close(end->adapter);
}

static void lists_make(NET_BUFFER_LIST **lists, uint32_t count, uint32_t first, uint32_t bytes)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t number = first + i;

		lists[i] = NdisAllocateNetBufferList(pool, 0, 0);
		assert_non_null(lists[i]);
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(lists[i]);
		nb->DataOffset = nb->CurrentMdlOffset = 128;
		nb->DataLength = bytes;
		uint8_t *data = MmGetSystemAddressForMdlSafe(nb->CurrentMdl, 0);
		memcpy(data + 128, &number, sizeof(number));
	}
}

static uint32_t number_of(const NET_BUFFER_LIST *nbl)
{
	uint32_t number = 0;

	nimbl_nb_read(NET_BUFFER_LIST_FIRST_NB(nbl), 0, &number, sizeof(number));
	return number;
}

// The miniport's lcore comes by so often.
static void poll(unsigned int rounds)
{
	nimbl_lcore_run(0, rounds);
}

static void take_completed(struct end *end, uint32_t count, NDIS_STATUS status)
{
	assert_int_equal(end->user->completed, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(end->user->completions[i].status, status);
		NdisFreeNetBufferList(end->user->completions[i].nbl);
	}
	end->user->completed = 0;
}

static void what_is_given_for_good_is_received_as_it_lies(void **state)
{
	NET_BUFFER_LIST *lists[5];
	struct end a;

	end_open(&a, "a", NULL, "test_protocol");
	lists_make(lists, 5, 10, 60);
	test_send(a.user, lists, 5, GOOD);
	assert_int_equal(a.user->indications, 0); // never inside the send
	poll(1);
	assert_int_equal(a.user->held_count, 5);
	assert_true((a.user->last_flags & NIMBL_RECEIVE_FLAGS_HANDOVER) != 0);
	for (unsigned int i = 0; i < 5; i++) {
		assert_ptr_equal(a.user->held[i], lists[i]);
		assert_int_equal(number_of(lists[i]), 10 + i);
		assert_ptr_equal(lists[i]->SourceHandle, a.adapter);
		assert_int_equal(nimbl_nbl_state(lists[i]), NIMBL_LIST_INDICATED);
	}
	assert_int_equal(a.user->completed, 0);
	test_return_held(a.user);
	assert_pool_whole(pool);
	end_close(&a);
}

static void of_what_is_wanted_back_a_copy_is_received(void **state)
{
	NET_BUFFER_LIST *lists[5];
	struct end a;

	end_open(&a, "a", NULL, "test_protocol");
	lists_make(lists, 5, 20, 1000);
	test_send(a.user, lists, 5, 0);
	take_completed(&a, 5, NDIS_STATUS_SUCCESS);
	assert_pool_whole(pool);
	poll(1);
	assert_int_equal(a.user->held_count, 5);
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(number_of(a.user->held[i]), 20 + i);
		assert_int_equal(NET_BUFFER_LIST_FIRST_NB(a.user->held[i])->DataLength, 1000);
	}
	test_return_held(a.user);
	struct nimbl_counters c = counters_of(&a);
	assert_int_equal(c.tx_frames, 5);
	assert_int_equal(c.rx_frames, 5);
	assert_int_equal(c.tx_bytes, 5000);
	assert_int_equal(c.rx_bytes, 5000);
	assert_int_equal(c.lists_sent, c.lists_completed);
	assert_int_equal(c.lists_indicated, c.lists_returned);
	end_close(&a);
}

// A tag beside the frame, and a checksum that is still to be written, arrive as such.
static void what_is_known_of_a_frame_goes_with_it(void **state)
{
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO asks = {.Value = NULL}, is;
	NDIS_NET_BUFFER_LIST_8021Q_INFO tag = {.Value = NULL};
	NET_BUFFER_LIST *lists[1];
	struct end a;

	end_open(&a, "a", NULL, "test_protocol");
	lists_make(lists, 1, 0, 60);
	asks.Transmit.IsIPv4 = asks.Transmit.TcpChecksum = 1;
	tag.TagHeader.VlanId = 5;
	NET_BUFFER_LIST_INFO(lists[0], TcpIpChecksumNetBufferListInfo) = asks.Value;
	NET_BUFFER_LIST_INFO(lists[0], Ieee8021QNetBufferListInfo) = tag.Value;
	test_send(a.user, lists, 1, GOOD);
	poll(1);
	const NET_BUFFER_LIST *got = a.user->held[0];
	is.Value = nimbl_nbl_slot(got, TcpIpChecksumNetBufferListInfo);
	assert_true(is.Receive.TcpChecksumSucceeded && is.Receive.TcpChecksumValueInvalid);
	assert_false(is.Receive.IpChecksumValueInvalid);
	assert_true((got->NblFlags & NDIS_NBL_FLAGS_IS_IPV4) != 0);
	assert_ptr_equal(nimbl_nbl_slot(got, Ieee8021QNetBufferListInfo), tag.Value);
	test_return_held(a.user);
	end_close(&a);
}

static void what_does_not_fit_is_dropped_under_its_reason(void **state)
{
	static const ULONG ways[] = {GOOD, 0};
	NET_BUFFER_LIST *lists[2];
	struct end a;

	end_open(&a, "a", NULL, "test_protocol");
	for (unsigned int i = 0; i < 2; i++) {
		lists_make(&lists[0], 1, 0, HEADER - 1);
		lists_make(&lists[1], 1, 0, 1500 + HEADER + 9);
		test_send(a.user, lists, 2, ways[i]);
		poll(1);
		assert_int_equal(a.user->held_count, 0);
		assert_int_equal(counters_of(&a).drops[NIMBL_DROP_TX_RUNT], i + 1);
		assert_int_equal(counters_of(&a).drops[NIMBL_DROP_TX_TOO_LONG], i + 1);
	}
	take_completed(&a, 2, NDIS_STATUS_SUCCESS);
	// Copies come from a pool of 256 lists.
	for (unsigned int i = 0; i < 300; i++) {
		lists_make(lists, 1, i, 60);
		test_send(a.user, lists, 1, 0);
		take_completed(&a, 1, NDIS_STATUS_SUCCESS);
	}
	assert_int_equal(counters_of(&a).drops[NIMBL_DROP_TX_NO_BUFFER], 300 - 256);
	poll(300 / 32 + 1);
	assert_int_equal(a.user->held_count, 256);
	test_return_held(a.user);
	end_close(&a);
	assert_pool_whole(pool);
}

static void a_full_queue_drops(void **state)
{
	NET_BUFFER_LIST *lists[64];
	struct end a;

	end_open(&a, "a", NULL, "test_protocol");
	for (unsigned int i = 0; i < 20; i++) {
		lists_make(lists, 64, 64 * i, 60);
		test_send(a.user, lists, 64, GOOD);
	}
	assert_int_equal(counters_of(&a).drops[NIMBL_DROP_TX_RING_FULL], 20 * 64 - 1023);
	poll(1);
	assert_int_equal(a.user->held_count, 32); // the burst of an lcore
	poll(1024 / 32);
	assert_int_equal(a.user->held_count, 1023);
	for (unsigned int i = 0; i < 1023; i++)
		assert_int_equal(number_of(a.user->held[i]), i);
	test_return_held(a.user);
	end_close(&a);
	assert_pool_whole(pool);
}

static void a_cable_has_two_ends(void **state)
{
	NET_BUFFER_LIST *lists[3];
	struct end a, b;

	end_open(&a, "a", "b", "test_protocol");
	assert_false(is_up(&a));
	lists_make(lists, 3, 0, 60);
	test_send(a.user, lists, 2, GOOD);
	test_send(a.user, lists + 2, 1, 0);
	take_completed(&a, 1, NDIS_STATUS_FAILURE);
	assert_int_equal(counters_of(&a).drops[NIMBL_DROP_TX_LINK_DOWN], 3);
	end_open(&b, "b", "a", "test_protocol");
	assert_true(is_up(&a) && is_up(&b));
	assert_int_equal(a.user->link.MediaConnectState, MediaConnectStateConnected);
	lists_make(lists, 3, 1, 60);
	test_send(a.user, lists, 2, GOOD);
	test_send(b.user, lists + 2, 1, 0);
	poll(1);
	assert_int_equal(b.user->held_count, 2);
	assert_ptr_equal(b.user->held[0], lists[0]);
	assert_int_equal(a.user->held_count, 1);
	assert_int_equal(number_of(a.user->held[0]), 3);
	take_completed(&b, 1, NDIS_STATUS_SUCCESS);
	test_return_held(a.user);
	test_return_held(b.user);
	end_close(&b);
	assert_false(is_up(&a));
	end_close(&a);
	assert_pool_whole(pool);
}

static void a_cable_to_who_does_not_answer_stays_down(void **state)
{
	struct end a, b;

	end_open(&a, "a", "b", "test_protocol");
	end_open(&b, "b", "c", "test_protocol");
	assert_false(is_up(&a) || is_up(&b));
	end_close(&a);
	end_close(&b);
}

// What waits when the port pauses never arrives; where only the stack changes, it does.
static void what_waits_survives_a_change_of_the_stack(void **state)
{
	NET_BUFFER_LIST *lists[4];
	NDIS_HANDLE filter;
	struct end a;

	end_open(&a, "a", NULL, "test_protocol");
	lists_make(lists, 4, 0, 60);
	test_send(a.user, lists, 4, GOOD);
	assert_int_equal(nimbl_filter_insert(a.adapter, 0, "pass", "p", NULL, &filter), 0);
	assert_int_equal(counters_of(&a).drops[NIMBL_DROP_RX_PAUSED], 0);
	poll(1);
	assert_int_equal(a.user->held_count, 4);
	test_return_held(a.user);
	lists_make(lists, 4, 0, 60);
	test_send(a.user, lists, 4, GOOD);
	end_close(&a);
	assert_pool_whole(pool);
}

// An echo on a port that receives what it sends: a frame goes round once for each poll.
static void an_echo_does_not_hold_its_lcore(void **state)
{
	NET_BUFFER_LIST *lists[3];
	struct end a;

	end_open(&a, "a", NULL, "echo");
	lists_make(lists, 3, 0, 60);
	NdisSendNetBufferLists(a.binding, test_chain(lists, 3), NDIS_DEFAULT_PORT_NUMBER, GOOD);
	poll(1000);
	assert_int_equal(counters_of(&a).rx_frames, 3 * 1000);
	end_close(&a);
	assert_pool_whole(pool);
}

static int start(void **state)
{
	if (stack_tests_start(state) != 0)
		return -1;
	pool = list_pool(TRUE, 2048, 0);
	return pool != NULL ? 0 : -1;
}

static int stop(void **state)
{
	close_whole(pool);
	return stack_tests_stop(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_given_for_good_is_received_as_it_lies),
		cmocka_unit_test(of_what_is_wanted_back_a_copy_is_received),
		cmocka_unit_test(what_is_known_of_a_frame_goes_with_it),
		cmocka_unit_test(what_does_not_fit_is_dropped_under_its_reason),
		cmocka_unit_test(a_full_queue_drops),
		cmocka_unit_test(a_cable_has_two_ends),
		cmocka_unit_test(a_cable_to_who_does_not_answer_stays_down),
		cmocka_unit_test(what_waits_survives_a_change_of_the_stack),
		cmocka_unit_test(an_echo_does_not_hold_its_lcore),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
