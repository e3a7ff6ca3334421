// SPDX-License-Identifier: BSD-3-Clause
// The VLAN filter against a model on flat bytes: every mode, type and way with foreign tags, tags in the
// list or in the frame, lists of several packets, in several MDLs, shared, lent, given away or not.
#include "packet_make.h"

#define ROUNDS 200
#define LISTS  12

enum direction {
	UP,
	DOWN,
};

struct config {
	const char *mode, *type, *foreign;
	bool is_8021ad;
};

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static bool has_tag(const struct packet *p)
{
	return p->length >= 18 &&
	       (get16(p->bytes + 12) == 0x8100 || get16(p->bytes + 12) == 0x88a8);
}

static bool model_push(struct packet *p, const struct config *config, uint16_t type)
{
	if (has_tag(p) && (get16(p->bytes + 14) & 0xfff) == 0) {
		put16(p->bytes + 12, type);
		put16(p->bytes + 14, get16(p->bytes + 14) | 5);
		return true;
	}
	if (has_tag(p) && config->foreign[0] != 's')
		return config->foreign[0] == 'p';
	packet_tag(p, type, 3 << 13 | 5);
	return true;
}

// False: dropped.
static bool model(struct packet *p, const struct config *config, enum direction direction)
{
	uint16_t type = config->is_8021ad ? 0x88a8 : 0x8100;
	bool is_own = has_tag(p) && get16(p->bytes + 12) == type;
	uint16_t id = is_own ? get16(p->bytes + 14) & 0xfff : 0;

	if (strcmp(config->mode, "untag") == 0) {
		if (has_tag(p))
			packet_remove(p, 12, 4);
		return true;
	}
	if (strcmp(config->mode, "translate") == 0) {
		uint16_t from = direction == UP ? 5 : 105, to = direction == UP ? 105 : 5;

		if (id != from)
			return config->foreign[0] == 'p';
		put16(p->bytes + 14, (uint16_t)(get16(p->bytes + 14) - from + to));
		return true;
	}
	if ((strcmp(config->mode, "access") == 0) == (direction == UP))
		return model_push(p, config, type);
	if (id != 5)
		return config->foreign[0] == 'p';
	packet_remove(p, 12, 4);
	return true;
}

static void random_packet(struct packet *p)
{
	static const uint16_t types[] = {0x8100, 0x88a8, 0x0800, 0x86dd, 0x9100};
	static const uint16_t ids[] = {5, 0, 105, 7, 5};

	p->length = packet_random(6) == 0 ? 14 + packet_random(8) : 60 + packet_random(200);
	for (uint32_t i = 0; i < p->length; i++)
		p->bytes[i] = (uint8_t)packet_random(256);
	put16(p->bytes + 12, types[2 + packet_random(3)]);
	for (uint32_t tags = packet_random(3); tags > 0; tags--)
		packet_tag(p, types[packet_random(2)],
			(uint16_t)(packet_random(16) << 12 | ids[packet_random(5)]));
}

static PVOID random_slot(void)
{
	static const uint16_t tcis[] = {0, 0, 5, 3 << 13 | 5, 105, 7 << 13, 9};

	return packet_slot(tcis[packet_random(7)]);
}

static struct packet wanted[PACKETS_MAX];
static uint32_t wanted_count, dropped_count;

static void want(const struct packet *packet, PVOID slot, const struct config *config,
	enum direction direction)
{
	const NDIS_NET_BUFFER_LIST_8021Q_INFO info = {.Value = slot};
	struct packet *p = &wanted[wanted_count];

	*p = *packet;
	if (slot != NULL)
		packet_tag(p, 0x8100,
			(uint16_t)(info.TagHeader.UserPriority << 13 |
				   info.TagHeader.CanonicalFormatId << 12 | info.TagHeader.VlanId));
	if (model(p, config, direction))
		wanted_count++;
	else
		dropped_count++;
}

static void set_slot(NET_BUFFER_LIST *nbl, PVOID slot)
{
	if (slot != NULL)
		NET_BUFFER_LIST_INFO(nbl, Ieee8021QNetBufferListInfo) = slot;
}

static void expect_out(struct packet_stack *ps, uint64_t dropped_before)
{
	packet_expect(wanted, wanted_count);
	assert_int_equal(
		stack_dropped(&ps->stack, NIMBL_DROP_VLAN) - dropped_before, dropped_count);
	wanted_count = dropped_count = 0;
}

static void receive_round(struct packet_stack *ps, const struct config *config)
{
	static const ULONG ways[] = {0, NIMBL_RECEIVE_FLAGS_HANDOVER, NDIS_RECEIVE_FLAGS_RESOURCES};
	NET_BUFFER_LIST *lists[LISTS], *clones[LISTS] = {NULL};
	ULONG flags = ways[packet_random(3)];
	uint64_t before = stack_dropped(&ps->stack, NIMBL_DROP_VLAN);
	struct packet packets[LISTS], after;

	for (uint32_t i = 0; i < LISTS; i++) {
		PVOID slot = random_slot();

		random_packet(&packets[i]);
		lists[i] = packet_received(ps->received, &packets[i]);
		lists[i]->SourceHandle = ps->stack.adapter;
		set_slot(lists[i], slot);
		if (packet_random(4) == 0)
			lists[i]->NblFlags = NDIS_NBL_FLAGS_RECV_READ_ONLY;
		else if (packet_random(4) == 0)
			clones[i] = NdisAllocateCloneNetBufferList(lists[i], NULL, NULL, 0);
		want(&packets[i], slot, config, UP);
	}
	ps->stack.user->on_receive = packet_on_receive;
	ps->stack.mp->returned_count = 0;
	NdisMIndicateReceiveNetBufferLists(
		ps->stack.adapter, test_chain(lists, LISTS), 0, LISTS, flags);
	expect_out(ps, before);
	for (uint32_t i = 0; i < LISTS; i++) {
		if (clones[i] != NULL) { // shared data is as it was
			after.length = nb_gather(
				NET_BUFFER_LIST_FIRST_NB(clones[i]), after.bytes, PACKET_MAX);
			assert_int_equal(after.length, packets[i].length);
			assert_memory_equal(after.bytes, packets[i].bytes, after.length);
			clones[i]->ParentNetBufferList = lists[i];
			NdisFreeCloneNetBufferList(clones[i], 0);
		}
		if ((flags & NDIS_RECEIVE_FLAGS_RESOURCES) != 0)
			NdisFreeNetBufferList(lists[i]);
	}
	assert_int_equal(ps->stack.mp->returned_count,
		(flags & NDIS_RECEIVE_FLAGS_RESOURCES) != 0 ? 0 : LISTS);
}

// Lists of the protocol's own, of up to four packets; or received ones, given away.
static void send_round(struct packet_stack *ps, const struct config *config)
{
	bool given = packet_random(2) == 0;
	NET_BUFFER_LIST *lists[LISTS];
	uint64_t before = stack_dropped(&ps->stack, NIMBL_DROP_VLAN);
	struct packet packets[LISTS][4], after;
	uint32_t counts[LISTS];
	PVOID slots[LISTS];

	for (uint32_t i = 0; i < LISTS; i++) {
		slots[i] = random_slot();
		counts[i] = given ? 1 : 1 + packet_random(4);
		for (uint32_t j = 0; j < counts[i]; j++) {
			random_packet(&packets[i][j]);
			want(&packets[i][j], slots[i], config, DOWN);
		}
		lists[i] = given ? packet_received(ps->received, packets[i])
				 : packets_list(ps->lists, ps->buffers, packets[i], counts[i]);
		set_slot(lists[i], slots[i]);
		lists[i]->SourceHandle = ps->stack.binding;
	}
	ps->stack.user->completed = 0;
	test_send(ps->stack.user, lists, LISTS, given ? NIMBL_SEND_FLAGS_HANDOVER : 0);
	packet_take_sent(ps, given);
	expect_out(ps, before);
	assert_int_equal(ps->stack.user->completed, given ? 0 : LISTS);
	for (uint32_t i = 0; i < LISTS && !given; i++) { // as they were
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(lists[i]);

		assert_ptr_equal(nimbl_nbl_slot(lists[i], Ieee8021QNetBufferListInfo), slots[i]);
		assert_int_equal(lists[i]->ChildRefCount, 0);
		for (uint32_t j = 0; j < counts[i]; j++, nb = NET_BUFFER_NEXT_NB(nb)) {
			after.length = nb_gather(nb, after.bytes, PACKET_MAX);
			assert_int_equal(after.length, packets[i][j].length);
			assert_memory_equal(after.bytes, packets[i][j].bytes, after.length);
		}
		packets_free(lists[i]);
	}
}

static void what_comes_out_is_what_the_model_says(void **state)
{
	static const char *const modes[] = {"access", "tag", "untag", "translate"};
	static const char *const types[] = {"8021q", "8021ad"};
	static const char *const foreigns[] = {"drop", "pass", "stack"};

	for (unsigned int i = 0; i < 24; i++) {
		const struct config config = {
			modes[i % 4], types[i / 4 % 2], foreigns[i / 8], i / 4 % 2};
		const struct nimbl_option options[] = {{"mode", config.mode}, {"type", config.type},
			{"foreign", config.foreign}, {"id", "5"}, {"priority", "3"},
			{"map", "5:105"}, {NULL, NULL}};
		struct packet_stack ps;

		packet_seed = i + 1;
		packet_stack_open(&ps, "vlan", options);
		for (unsigned int round = 0; round < ROUNDS; round++) {
			receive_round(&ps, &config);
			send_round(&ps, &config);
		}
		packet_stack_close(&ps);
	}
}

static void figures_tell_frames_and_foreign_ones(void **state)
{
	const struct nimbl_option options[] = {{"mode", "tag"}, {"id", "5"}, {NULL, NULL}};
	struct packet_stack ps;
	NET_BUFFER_LIST *lists[3];
	struct packet packet;

	packet_stack_open(&ps, "vlan", options);
	ps.stack.user->on_receive = packet_on_receive;
	for (int i = 0; i < 3; i++) {
		packet = (struct packet){.length = 60};
		lists[i] = packet_received(ps.received, &packet);
		set_slot(lists[i], packet_slot(i == 0 ? 6 : 5));
	}
	NdisMIndicateReceiveNetBufferLists(
		ps.stack.adapter, test_chain(lists, 3), 0, 3, NIMBL_RECEIVE_FLAGS_HANDOVER);
	assert_int_equal(packet_figure(&ps, "rx_frames"), 2);
	assert_int_equal(packet_figure(&ps, "rx_foreign"), 1);
	assert_int_equal(packet_figure(&ps, "tx_frames"), 0);
	assert_int_equal(packet_out.count, 2);
	packet_out.count = 0;
	packet_stack_close(&ps);
}

// A pause waits for the parts that a miniport still has.
static void a_pause_waits_for_parts(void **state)
{
	const struct nimbl_option options[] = {{"mode", "tag"}, {"id", "5"}, {NULL, NULL}};
	struct packet packet = {.length = 60};
	struct packet_stack ps;
	NET_BUFFER_LIST *nbl;

	packet_stack_open(&ps, "vlan", options);
	nbl = packets_list(ps.lists, ps.buffers, &packet, 1);
	nbl->SourceHandle = ps.stack.binding;
	test_send(ps.stack.user, &nbl, 1, 0);
	assert_int_equal(ps.stack.mp->sent_count, 1);
	assert_ptr_not_equal(ps.stack.mp->sent[0], nbl);
	assert_int_equal(nbl->ChildRefCount, 1);
	assert_int_equal(packet_figure(&ps, "parts"), 1);
	assert_int_equal(nimbl_filter_pause(ps.filter), -ETIMEDOUT);
	test_miniport_complete(ps.stack.mp, 1, NDIS_STATUS_SEND_ABORTED);
	assert_int_equal(ps.stack.user->completed, 1);
	assert_int_equal(ps.stack.user->completions[0].status, NDIS_STATUS_SEND_ABORTED);
	packets_free(nbl);
	packet_stack_close(&ps);
}

// Offsets that a send tells count from the start of the frame.
static void offsets_of_offloads_move_with_the_frame(void **state)
{
	const struct nimbl_option options[] = {
		{"mode", "tag"}, {"id", "5"}, {"type", "8021ad"}, {NULL, NULL}};
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO sum = {.Value = NULL};
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large = {.Value = NULL};
	struct packet packet = {.length = 60};
	struct packet_stack ps;
	NET_BUFFER_LIST *nbl;

	packet_stack_open(&ps, "vlan", options);
	nbl = packet_received(ps.received, &packet);
	sum.Transmit.TcpHeaderOffset = 34;
	large.LsoV2Transmit.TcpHeaderOffset = 34;
	NET_BUFFER_LIST_INFO(nbl, TcpIpChecksumNetBufferListInfo) = sum.Value;
	NET_BUFFER_LIST_INFO(nbl, TcpLargeSendNetBufferListInfo) = large.Value;
	test_send(ps.stack.user, &nbl, 1, NIMBL_SEND_FLAGS_HANDOVER);
	sum.Value = NET_BUFFER_LIST_INFO(ps.stack.mp->sent[0], TcpIpChecksumNetBufferListInfo);
	large.Value = NET_BUFFER_LIST_INFO(ps.stack.mp->sent[0], TcpLargeSendNetBufferListInfo);
	assert_int_equal(sum.Transmit.TcpHeaderOffset, 38);
	assert_int_equal(large.LsoV2Transmit.TcpHeaderOffset, 38);
	packet_take_sent(&ps, true);
	packet_out.count = 0;
	packet_stack_close(&ps);
}

static void refuse(const struct nimbl_option *options, const char *cause, const char *setting)
{
	struct stack stack;
	NDIS_HANDLE filter;

	stack_begin(&stack);
	assert_int_equal(
		nimbl_filter_open("vlan", stack.adapter, 0, "vlan", options, &filter), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, cause);
	assert_string_equal(nimbl_last_error()->setting, setting);
	assert_true(nimbl_last_error()->mend[0] != '\0');
	nimbl_adapter_close(stack.adapter);
}

static void settings_that_do_not_fit_are_refused(void **state)
{
	const struct nimbl_option none[] = {{NULL, NULL}};
	const struct nimbl_option no_id[] = {{"mode", "tag"}, {NULL, NULL}};
	const struct nimbl_option no_map[] = {{"mode", "translate"}, {NULL, NULL}};
	const struct nimbl_option pair[] = {
		{"mode", "translate"}, {"map", "1:2"}, {"map", "3-4"}, {NULL, NULL}};
	const struct nimbl_option range[] = {
		{"mode", "translate"}, {"map", "1:4095"}, {NULL, NULL}};
	const struct nimbl_option twice[] = {
		{"mode", "translate"}, {"map", "1:2"}, {"map", "3:2"}, {NULL, NULL}};

	refuse(none, "setting 'mode' is missing", "mode");
	refuse(no_id, "mode 'tag' needs 'id'", "mode");
	refuse(no_map, "mode 'translate' needs 'map'", "mode");
	refuse(pair, "map '3-4' is no pair of ids", "map");
	assert_int_equal(nimbl_last_error()->nth, 1);
	refuse(range, "map '1:4095' is out of range", "map");
	refuse(twice, "map '3:2' names an id a second time", "map");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_out_is_what_the_model_says),
		cmocka_unit_test(figures_tell_frames_and_foreign_ones),
		cmocka_unit_test(a_pause_waits_for_parts),
		cmocka_unit_test(offsets_of_offloads_move_with_the_frame),
		cmocka_unit_test(settings_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
