// SPDX-License-Identifier: BSD-3-Clause
// Derived lists and memory of others over real PMDs: what one port sends the other receives, byte for
// byte. A pair of net_memif, and a file by net_pcap; or the two devices that the command line names.
#include "foreign_make.h"

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <unistd.h>

#include "../../drivers/miniport/ethdev/ethdev_priv.h"
#include "nimbl_bind.h"
#include "nimbl_lcore.h"
#include "ring_port.h"

#define END    UINT32_MAX
#define MEMORY 8192u
#define HEADER 14u
#define FRAME  1000u
#define MARK   0x88b5u // the type of our frames: the kernel sends some of its own

static struct {
	struct ring_port port[2]; // [1] receives
	struct ethdev *dev;
	NDIS_HANDLE rooms, lists;
	uint8_t *memory;
	struct nimbl_adapter_info before;
	uint32_t taken; // of what was received
} wire;

static bool is_up(const struct ethdev *dev)
{
	return __atomic_load_n(&dev->link_up, __ATOMIC_RELAXED);
}

static int port_open(int i, const char *what)
{
	static const char *const names[] = {"from", "to"};
	static const struct ring_port_options options = {.lists = "2048"};

	if (device_port_open(&wire.port[i], what, names[i], &options) == 0)
		return 0;
	fprintf(stderr, "%s\n", nimbl_last_error()->cause);
	return -1;
}

static int wire_open(void **state)
{
	wire.memory = malloc(MEMORY); // EAL knows nothing of it
	foreign_fill(wire.memory, MEMORY);
	wire.memory[12] = MARK >> 8;
	wire.memory[13] = MARK & 0xff;
	wire.lists = list_pool(TRUE, 0, 0);
	wire.rooms = list_pool_with(TRUE, 2048, 0,
		&(struct nimbl_pool_options){.capacity = 64, .node = NIMBL_NODE_ANY});
	wire.dev = nimbl_adapter_context(wire.port[0].adapter);
	for (int ms = 0; ms < 5000 && !is_up(wire.dev); ms++)
		rte_delay_us_sleep(1000);
	assert_true(is_up(wire.dev));
	nimbl_adapter_query(wire.port[0].adapter, &wire.before);
	return 0;
}

static int pool_is_whole(NDIS_HANDLE pool, void *arg)
{
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	if (strncmp(info.name, "derived", 7) == 0 || strcmp(info.name, "headers") == 0)
		assert_int_equal(info.free, info.size);
	return 0;
}

static int wire_close(void **state)
{
	nimbl_pool_foreach(pool_is_whole, NULL);
	if (wire.port[1].user != NULL)
		test_return_held(wire.port[1].user);
	wire.taken = 0;
	close_whole(wire.rooms);
	close_whole(wire.lists);
	free(wire.memory);
	return 0;
}

// What a counter of the sending port has moved by in this test.
#define counted(name) (counters().name - wire.before.counters.name)

static struct nimbl_counters counters(void)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(wire.port[0].adapter, &info);
	return info.counters;
}

static void header_write(NET_BUFFER *nb)
{
	memcpy(NdisGetDataBuffer(nb, HEADER, NULL, 1, 0), wire.memory, HEADER);
}

// The next received frame of ours, which begins as the memory does.
static NET_BUFFER *received(void)
{
	const struct test_binding *to = wire.port[1].user;

	for (int ms = 0; ms < 2000; ms++) {
		while (wire.taken < to->held_count) {
			NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(to->held[wire.taken++]);
			uint8_t type[2] = {0};

			nimbl_nb_read(nb, 12, type, 2);
			if (type[0] << 8 == (MARK & 0xff00) && type[1] == (MARK & 0xff))
				return nb;
		}
		nimbl_lcore_run(0, 1);
		rte_delay_us_sleep(1000);
	}
	fail_msg("no frame came");
	return NULL;
}

// The header, then `bytes` of the memory from `from` on.
static void assert_received(uint32_t from, uint32_t bytes)
{
	uint8_t got[MEMORY];

	if (wire.port[1].user == NULL)
		return; // to a file: looked at afterwards
	NET_BUFFER *nb = received();
	assert_nb_sound(nb);
	assert_int_equal(nb->DataLength, HEADER + bytes);
	assert_int_equal(nimbl_nb_read(nb, 0, got, sizeof(got)), HEADER + bytes);
	assert_memory_equal(got, wire.memory, HEADER);
	assert_memory_equal(got + HEADER, wire.memory + from, bytes);
}

// Send, and wait for the completion.
static void send_whole(NET_BUFFER_LIST *nbl)
{
	struct test_binding *user = wire.port[0].user;
	uint32_t completed = user->completed;

	test_send(user, &nbl, 1, 0);
	for (int ms = 0; ms < 2000 && user->completed == completed; ms++) {
		nimbl_lcore_run(0, 1);
		rte_delay_us_sleep(100);
	}
	assert_int_equal(user->completed, completed + 1);
	assert_ptr_equal(user->completions[completed].nbl, nbl);
	assert_int_equal(user->completions[completed].status, NDIS_STATUS_SUCCESS);
}

static NET_BUFFER_LIST *list_over(MDL *chain, uint32_t offset, uint32_t bytes)
{
	NET_BUFFER_LIST *nbl =
		NdisAllocateNetBufferAndNetBufferList(wire.lists, 0, 0, chain, offset, bytes);

	assert_non_null(nbl);
	return nbl;
}

// A frame in a room of a pool: the first FRAME bytes of the memory.
static NET_BUFFER_LIST *list_in_a_room(void)
{
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(wire.rooms, 0, 0);
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

	assert_int_equal(NdisRetreatNetBufferDataStart(nb, FRAME, 0, NULL), 0);
	memcpy(NdisGetDataBuffer(nb, FRAME, NULL, 1, 0), wire.memory, FRAME);
	return nbl;
}

static void memory_of_others_arrives(void **state)
{
	static const uint32_t pieces[][6] = {
		{FRAME, END}, {HEADER, FRAME - HEADER, END}, {7, 0, 20, 1, FRAME - 28, END}};

	for (size_t i = 0; i < RTE_DIM(pieces); i++) {
		MDL *chain = foreign_chain(wire.memory, pieces[i]);
		NET_BUFFER_LIST *nbl = list_over(chain, 0, FRAME);

		send_whole(nbl);
		assert_received(HEADER, FRAME - HEADER);
		NdisFreeNetBufferList(nbl);
		foreign_chain_free(chain);
	}
	assert_int_equal(counted(tx_foreign) + counted(tx_copied), 3);
	if (wire.dev->reach == NIMBL_REACH_PROCESS && wire.dev->can_segment)
		assert_int_equal(counted(tx_foreign), 3);
}

static void a_header_before_memory_of_others_arrives(void **state)
{
	MDL *chain = foreign_chain(wire.memory + 500, (const uint32_t[]){FRAME, END});
	NET_BUFFER_LIST *nbl = list_over(chain, 0, FRAME);

	assert_int_equal(NdisRetreatNetBufferListDataStart(nbl, HEADER, 0, NULL, NULL), 0);
	header_write(NET_BUFFER_LIST_FIRST_NB(nbl));
	send_whole(nbl);
	assert_received(500, FRAME);
	NdisAdvanceNetBufferListDataStart(nbl, HEADER, TRUE, NULL);
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
}

// Each of these twice: a parent in a room of a pool, and one over memory of others.
static void derived_arrive(void (*derive)(NET_BUFFER_LIST *parent))
{
	MDL *chain = foreign_chain(wire.memory, (const uint32_t[]){300, 300, 400, END});
	NET_BUFFER_LIST *parents[] = {list_in_a_room(), list_over(chain, 0, FRAME)};

	for (int i = 0; i < 2; i++) {
		derive(parents[i]);
		NdisFreeNetBufferList(parents[i]);
	}
	foreign_chain_free(chain);
	assert_int_equal(counted(tx_frames), counted(frames_asked));
}

static void clone_and_parent(NET_BUFFER_LIST *parent)
{
	for (ULONG flags = 0; flags <= NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS; flags += 2) {
		NET_BUFFER_LIST *child = NdisAllocateCloneNetBufferList(parent, NULL, NULL, flags);

		assert_non_null(child);
		send_whole(child);
		assert_received(HEADER, FRAME - HEADER);
		send_whole(parent); // while the clone is there
		assert_received(HEADER, FRAME - HEADER);
		send_whole(child); // and again
		assert_received(HEADER, FRAME - HEADER);
		NdisFreeCloneNetBufferList(child, flags);
	}
}

static void clones_arrive(void **state)
{
	derived_arrive(clone_and_parent);
}

static void fragments_of(NET_BUFFER_LIST *parent)
{
	static const ULONG sizes[] = {60, 99, 300, 493, 986, 2000};

	for (size_t i = 0; i < RTE_DIM(sizes); i++) {
		ULONG most = sizes[i], left = FRAME - HEADER, from = HEADER;
		NET_BUFFER_LIST *child = NdisAllocateFragmentNetBufferList(
			parent, NULL, NULL, HEADER, most, HEADER, 0, 0);

		assert_non_null(child);
		for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(child); nb != NULL; nb = nb->Next)
			header_write(nb);
		send_whole(child);
		for (; left > 0; from += most, left -= RTE_MIN(left, most))
			assert_received(from, RTE_MIN(left, most));
		NdisFreeFragmentNetBufferList(child, HEADER, 0);
	}
}

static void fragments_with_fresh_headers_arrive(void **state)
{
	derived_arrive(fragments_of);
}

// Fragments of the parent put together again, without the headers that they had of their own.
static void reassembly_of(NET_BUFFER_LIST *parent)
{
	NET_BUFFER_LIST *parts =
		NdisAllocateFragmentNetBufferList(parent, NULL, NULL, HEADER, 300, HEADER, 0, 0);
	NET_BUFFER_LIST *whole =
		NdisAllocateReassembledNetBufferList(parts, NULL, HEADER, HEADER, 0, 0);

	assert_non_null(whole);
	header_write(NET_BUFFER_LIST_FIRST_NB(whole));
	send_whole(whole);
	assert_received(HEADER, FRAME - HEADER);
	NdisFreeReassembledNetBufferList(whole, HEADER, 0);
	NdisFreeFragmentNetBufferList(parts, HEADER, 0);
}

static void reassembled_lists_arrive(void **state)
{
	derived_arrive(reassembly_of);
}

#define PCAP_HEADER 24u
#define PCAP_RECORD 16u

// Frames in the file that are the header and then memory without a gap. Returns how many there are.
static uint32_t file_check(const char *path)
{
	static uint8_t file[1 << 20];
	FILE *in = fopen(path, "rb");
	uint32_t frames = 0;

	assert_non_null(in);
	size_t size = fread(file, 1, sizeof(file), in);
	fclose(in);
	for (size_t at = PCAP_HEADER; at < size; frames++) {
		uint32_t bytes;
		const uint8_t *data = file + at + PCAP_RECORD;

		memcpy(&bytes, file + at + 8, sizeof(bytes));
		at += PCAP_RECORD + bytes;
		assert_true(at <= size);
		assert_memory_equal(data, wire.memory, HEADER);
		assert_non_null(memmem(wire.memory, MEMORY, data + HEADER, bytes - HEADER));
	}
	return frames;
}

static void all_of_it_reaches_a_file(void **state)
{
	char path[64], device[128];
	struct ring_port pair[2] = {wire.port[0], wire.port[1]};
	void (*const what[])(void **) = {memory_of_others_arrives,
		a_header_before_memory_of_others_arrives, clones_arrive,
		fragments_with_fresh_headers_arrive, reassembled_lists_arrive};
	static const uint32_t frames[] = {3, 1, 12, 70, 2};

	snprintf(path, sizeof(path), "/tmp/nimbl-wire-%d.pcap", getpid());
	snprintf(device, sizeof(device), "net_pcap_wire,tx_pcap=%s", path);
	memset(wire.port, 0, sizeof(wire.port));
	for (size_t i = 0; i < RTE_DIM(what); i++) {
		assert_int_equal(port_open(0, device), 0);
		wire_open(state);
		what[i](state);
		assert_int_equal(ring_port_close(&wire.port[0]), 0);
		uint32_t n = file_check(path);
		unlink(path);
		assert_int_equal(n, frames[i]);
		wire_close(state);
	}
	memcpy(wire.port, pair, sizeof(pair));
}

static const char *devices[2];

static int start(void **state)
{
	if (eal_harness_start(state) != 0 || nimbl_lcores_init(64, NIMBL_REST_NEVER) != 0 ||
		nimbl_drivers_load() != 0)
		return -1;
	return port_open(0, devices[0]) == 0 ? port_open(1, devices[1]) : -1;
}

// One end of a memif hears from EAL's thread that the other is gone, and crashes when it is closed
// while it does.
static int stop(void **state)
{
	int ret = ring_port_close(&wire.port[0]);

	for (int ms = 0; ms < 1000 && is_up(nimbl_adapter_context(wire.port[1].adapter)); ms++)
		rte_delay_us_sleep(1000);
	rte_delay_us_sleep(10000);
	return ret | ring_port_close(&wire.port[1]);
}

#define over_the_wire(name) cmocka_unit_test_setup_teardown(name, wire_open, wire_close)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		over_the_wire(memory_of_others_arrives),
		over_the_wire(a_header_before_memory_of_others_arrives),
		over_the_wire(clones_arrive),
		over_the_wire(fragments_with_fresh_headers_arrive),
		over_the_wire(reassembled_lists_arrive),
		cmocka_unit_test(all_of_it_reaches_a_file),
	};
	char memif[2][96];

	for (int i = 0; i < 2; i++) {
		snprintf(memif[i], sizeof(memif[i]),
			"net_memif%d,id=7,role=%s,socket=nimbl-wire-%d", i,
			i == 0 ? "server" : "client", getpid());
		devices[i] = argc == 3 ? argv[1 + i] : memif[i];
	}
	return cmocka_run_group_tests(tests, start, stop);
}
