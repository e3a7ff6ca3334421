// SPDX-License-Identifier: BSD-3-Clause
// The mirroring filter: copies leave through another port, and whatever becomes of them or of that
// port, the originals go their way.
#include "stack_make.h"

static NDIS_HANDLE sender; // pool of what the protocol sends

struct end {
	NDIS_HANDLE adapter, binding;
	struct test_miniport *mp;
	struct test_binding *user;
};

static struct end source, target;

static void end_open(struct end *end, const char *name)
{
	if (nimbl_adapter_open("test_miniport", name, NULL, &end->adapter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	end->mp = nimbl_adapter_context(end->adapter);
	assert_int_equal(nimbl_binding_open("test_protocol", end->adapter, NULL, &end->binding), 0);
	end->user = test_binding_of(end->binding);
}

static void ends_open(void)
{
	end_open(&source, "from");
	end_open(&target, "mon");
	assert_int_equal(nimbl_stack_restart(source.adapter), 0);
	assert_int_equal(nimbl_stack_restart(target.adapter), 0);
	source.user->returns = true;
}

static void ends_close(void)
{
	assert_int_equal(nimbl_stack_pause(source.adapter), 0);
	assert_int_equal(nimbl_stack_pause(target.adapter), 0);
	nimbl_binding_close(source.binding);
	nimbl_binding_close(target.binding);
	nimbl_adapter_close(source.adapter);
	nimbl_adapter_close(target.adapter);
	assert_pool_whole(sender);
	assert_int_equal(nimbl_pools_reap(), 0);
	assert_pools_whole();
}

static NDIS_HANDLE mirror_to(struct end *from, const char *to, const char *key, const char *value)
{
	struct nimbl_option options[] = {{"to", to}, {key, value}, {NULL, NULL}};
	NDIS_HANDLE filter = NULL;

	if (nimbl_filter_insert(
		    from->adapter, NIMBL_FILTER_HIGHEST, "mirror", "mirror", options, &filter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	return filter;
}

static uint64_t figure(NDIS_HANDLE filter, const char *name)
{
	struct nimbl_figure figures[16];
	unsigned int count = nimbl_filter_figures(filter, figures, RTE_DIM(figures));

	for (unsigned int i = 0; i < count; i++) {
		if (strcmp(figures[i].name, name) == 0)
			return figures[i].value;
	}
	fail_msg("there is no figure '%s'", name);
	return 0;
}

static struct nimbl_counters counters_of(const struct end *end)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(end->adapter, &info);
	return info.counters;
}

static unsigned int filters_of(const struct end *end)
{
	struct nimbl_filter_info info;
	unsigned int count = 0;

	while (nimbl_filter_query(end->adapter, count, &info))
		count++;
	return count;
}

static uint32_t number_of(NET_BUFFER_LIST *nbl)
{
	uint32_t number;

	assert_nb_sound(NET_BUFFER_LIST_FIRST_NB(nbl));
	assert_int_equal(nimbl_nb_read(NET_BUFFER_LIST_FIRST_NB(nbl), 0, &number, sizeof(number)),
		sizeof(number));
	return number;
}

static void receive(uint32_t count, uint32_t first, ULONG flags)
{
	test_miniport_indicate(source.mp, count, first, flags, NULL);
	source.mp->returned_count = 0;
}

static void send_some(struct end *end, uint32_t count, uint32_t first)
{
	NET_BUFFER_LIST *lists[64];

	for (uint32_t i = 0; i < count; i++) {
		uint32_t number = first + i;
		NET_BUFFER *nb;

		lists[i] = NdisAllocateNetBufferList(sender, 0, 0);
		lists[i]->SourceHandle = end->binding;
		nb = NET_BUFFER_LIST_FIRST_NB(lists[i]);
		nb->DataOffset = nb->CurrentMdlOffset = 128;
		nb->DataLength = 60;
		memcpy((uint8_t *)nb->MdlChain->MappedSystemVa + 128, &number, sizeof(number));
	}
	test_send(end->user, lists, count, 0);
}

static void complete(struct end *end, uint32_t count, NDIS_STATUS status)
{
	test_miniport_complete(end->mp, count, status);
	for (uint32_t i = 0; i < end->user->completed; i++)
		NdisFreeNetBufferList(end->user->completions[i].nbl);
	end->user->completed = 0;
}

static void copies_leave_through_the_other_port(ULONG flags)
{
	NDIS_HANDLE mirror;

	ends_open();
	mirror = mirror_to(&source, "mon", NULL, NULL);
	assert_int_equal(filters_of(&target), 1);
	receive(5, 100, flags);
	assert_int_equal(source.user->indications, 1);
	send_some(&source, 4, 200);
	assert_int_equal(source.mp->sent_count, 4);
	complete(&source, 4, NDIS_STATUS_SUCCESS); // before the copies do
	assert_int_equal(target.mp->sent_count, 9);
	for (uint32_t i = 0; i < 9; i++)
		assert_int_equal(number_of(target.mp->sent[i]), i < 5 ? 100 + i : 195 + i);
	assert_int_equal(figure(mirror, "rx_mirrored"), 5);
	assert_int_equal(figure(mirror, "tx_mirrored"), 4);
	assert_int_equal(counters_of(&target).born, 9);
	assert_int_equal(counters_of(&source).born, 0);
	complete(&target, 9, NDIS_STATUS_SUCCESS);
	ends_close();
}

static void copies_of_both_directions_leave_through_the_other_port(void **state)
{
	copies_leave_through_the_other_port(0);
}

static void copies_of_lent_and_given_frames_leave_too(void **state)
{
	copies_leave_through_the_other_port(NDIS_RECEIVE_FLAGS_RESOURCES);
	copies_leave_through_the_other_port(NIMBL_RECEIVE_FLAGS_HANDOVER);
}

static void what_the_other_port_sends_itself_completes_to_its_sender(void **state)
{
	ends_open();
	mirror_to(&source, "mon", NULL, NULL);
	receive(2, 0, 0);
	send_some(&target, 3, 50);
	receive(2, 2, 0);
	assert_int_equal(target.mp->sent_count, 7);
	test_miniport_complete(target.mp, 7, NDIS_STATUS_SUCCESS); // all in one chain
	assert_int_equal(target.user->completed, 3);
	complete(&target, 0, NDIS_STATUS_SUCCESS);
	ends_close();
}

static void one_in_so_many_is_copied_and_only_so_much_of_it(void **state)
{
	struct nimbl_option options[] = {
		{"to", "mon"}, {"one_in", "3"}, {"snap", "60"}, {"direction", "rx"}, {NULL, NULL}};
	NDIS_HANDLE mirror;

	ends_open();
	assert_int_equal(
		nimbl_filter_insert(source.adapter, 0, "mirror", "m", options, &mirror), 0);
	for (uint32_t i = 0; i < 30; i += 5)
		receive(5, i, 0);
	send_some(&source, 2, 0);
	complete(&source, 2, NDIS_STATUS_SUCCESS);
	assert_int_equal(target.mp->sent_count, 10);
	for (uint32_t i = 0; i < 10; i++) {
		assert_int_equal(number_of(target.mp->sent[i]), 3 * i);
		assert_int_equal(
			NET_BUFFER_DATA_LENGTH(NET_BUFFER_LIST_FIRST_NB(target.mp->sent[i])), 60);
	}
	complete(&target, 10, NDIS_STATUS_SUCCESS);
	ends_close();
}

static void a_port_that_sends_nothing_holds_nothing_up(void **state)
{
	NDIS_HANDLE mirror;

	ends_open();
	mirror = mirror_to(&source, "mon", "copies", "8");
	for (unsigned int i = 0; i < 4; i++)
		receive(5, 5 * i, 0);
	assert_int_equal(source.user->indications, 4);
	assert_int_equal(target.mp->sent_count, 8);
	assert_int_equal(figure(mirror, "no_copy"), 12);
	complete(&target, 8, NDIS_STATUS_FAILURE);
	assert_int_equal(figure(nimbl_filter_find(target.adapter, "mirror@from"), "refused"), 8);
	receive(5, 20, 0);
	assert_int_equal(target.mp->sent_count, 5);
	complete(&target, 5, NDIS_STATUS_SUCCESS);
	ends_close();
}

static void while_the_other_port_is_paused_nothing_is_copied(void **state)
{
	NDIS_HANDLE mirror;

	ends_open();
	mirror = mirror_to(&source, "mon", NULL, NULL);
	assert_int_equal(nimbl_stack_pause(target.adapter), 0);
	receive(5, 0, 0);
	assert_int_equal(figure(mirror, "away"), 5);
	assert_int_equal(source.user->indications, 1);
	assert_int_equal(nimbl_stack_restart(target.adapter), 0);
	receive(5, 0, 0);
	assert_int_equal(target.mp->sent_count, 5);
	complete(&target, 5, NDIS_STATUS_SUCCESS);
	ends_close();
}

static void an_outlet_that_somebody_removes_is_gone(void **state)
{
	NDIS_HANDLE mirror;

	ends_open();
	mirror = mirror_to(&source, "mon", NULL, NULL);
	assert_int_equal(nimbl_filter_remove(nimbl_filter_find(target.adapter, "mirror@from")), 0);
	receive(5, 0, 0);
	assert_int_equal(figure(mirror, "away"), 5);
	assert_int_equal(nimbl_filter_remove(mirror), 0);
	ends_close();
}

static void the_outlet_goes_with_its_tap(void **state)
{
	NDIS_HANDLE mirror;

	ends_open();
	mirror = mirror_to(&source, "mon", NULL, NULL);
	struct nimbl_option options[] = {{"to", "mon"}, {"direction", "tx"}, {NULL, NULL}};
	assert_int_equal(nimbl_filter_reconfigure(&mirror, options), 0);
	assert_int_equal(filters_of(&target), 1);
	receive(5, 0, 0);
	assert_int_equal(target.mp->sent_count, 0);
	send_some(&source, 1, 0);
	assert_int_equal(target.mp->sent_count, 1);
	complete(&source, 1, NDIS_STATUS_SUCCESS);
	complete(&target, 1, NDIS_STATUS_SUCCESS);
	assert_int_equal(nimbl_filter_remove(mirror), 0);
	assert_int_equal(filters_of(&source), 0);
	assert_int_equal(filters_of(&target), 0);
	ends_close();
}

static void a_pause_of_the_other_port_waits_for_copies(void **state)
{
	NDIS_HANDLE outlet;

	ends_open();
	mirror_to(&source, "mon", NULL, NULL);
	outlet = nimbl_filter_find(target.adapter, "mirror@from");
	receive(5, 0, 0);
	assert_int_equal(nimbl_binding_pause(target.binding), 0);
	nimbl_pending_limit(50);
	assert_int_equal(nimbl_filter_pause(outlet), -ETIMEDOUT);
	nimbl_pending_limit(0);
	receive(5, 0, 0); // not copied
	assert_int_equal(target.mp->sent_count, 5);
	complete(&target, 5, NDIS_STATUS_SUCCESS); // ends the pause that was given up
	assert_int_equal(nimbl_filter_restart(outlet), 0);
	assert_int_equal(nimbl_binding_restart(target.binding), 0);
	assert_int_equal(nimbl_filter_pause(outlet), 0);
	ends_close();
}

// Also where a tap stands below the outlet of the other one.
static void copies_are_not_copied(void **state)
{
	struct nimbl_option options[] = {{"to", "from"}, {NULL, NULL}};
	NDIS_HANDLE back;

	ends_open();
	mirror_to(&source, "mon", NULL, NULL);
	assert_int_equal(
		nimbl_filter_insert(target.adapter, 0, "mirror", "back", options, &back), 0);
	send_some(&source, 3, 0);
	assert_int_equal(source.mp->sent_count, 3);
	assert_int_equal(target.mp->sent_count, 3);
	complete(&source, 3, NDIS_STATUS_SUCCESS);
	complete(&target, 3, NDIS_STATUS_SUCCESS);
	send_some(&target, 2, 0);
	assert_int_equal(source.mp->sent_count, 2);
	assert_int_equal(target.mp->sent_count, 2);
	complete(&source, 2, NDIS_STATUS_SUCCESS);
	complete(&target, 2, NDIS_STATUS_SUCCESS);
	ends_close();
}

static void a_port_that_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *to, *cause;
	} cases[] = {{"mom", "there is no port 'mom'"}, {"from", "'from' is the port itself"}};

	ends_open();
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct nimbl_option options[] = {{"to", cases[i].to}, {NULL, NULL}};
		NDIS_HANDLE filter;

		assert_true(nimbl_filter_insert(
				    source.adapter, 0, "mirror", "m", options, &filter) < 0);
		assert_error_says(cases[i].cause);
		assert_int_equal(filters_of(&source) + filters_of(&target), 0);
	}
	receive(5, 0, 0);
	assert_int_equal(source.user->indications, 1);
	ends_close();
}

static int start(void **state)
{
	if (stack_tests_start(state) != 0)
		return -1;
	sender = list_pool_with(TRUE, 256, 0,
		&(struct nimbl_pool_options){
			.name = "sender", .capacity = 256, .node = NIMBL_NODE_ANY});
	return 0;
}

static int stop(void **state)
{
	if (nimbl_pool_close(sender) < 0)
		return -1;
	return stack_tests_stop(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_of_both_directions_leave_through_the_other_port),
		cmocka_unit_test(copies_of_lent_and_given_frames_leave_too),
		cmocka_unit_test(what_the_other_port_sends_itself_completes_to_its_sender),
		cmocka_unit_test(one_in_so_many_is_copied_and_only_so_much_of_it),
		cmocka_unit_test(a_port_that_sends_nothing_holds_nothing_up),
		cmocka_unit_test(while_the_other_port_is_paused_nothing_is_copied),
		cmocka_unit_test(an_outlet_that_somebody_removes_is_gone),
		cmocka_unit_test(the_outlet_goes_with_its_tap),
		cmocka_unit_test(a_pause_of_the_other_port_waits_for_copies),
		cmocka_unit_test(copies_are_not_copied),
		cmocka_unit_test(a_port_that_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
