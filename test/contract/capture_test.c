// SPDX-License-Identifier: BSD-3-Clause
// The capturing filter: what is in the file is what passed, the file can always be read, and nothing
// that happens to it reaches the frames.
#include <fcntl.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../drivers/filter/capture/expression.h"
#include "../../drivers/filter/capture/ring.h"
#include "frames.h"
#include "stack_make.h"

static NDIS_HANDLE sender; // pool of what the protocol sends
static char folder[64];

struct bench {
	struct stack stack;
	NDIS_HANDLE filter;
};

static struct bench bench;

#define SETTINGS_MAX 8

struct file {
	char path[128];
};

static struct file file_named(const char *name)
{
	struct file file;

	snprintf(file.path, sizeof(file.path), "%s/%s", folder, name);
	return file;
}

static void bench_begin(void)
{
	memset(&bench, 0, sizeof(bench));
	stack_begin(&bench.stack);
}

// "count=3" and so on beside the file, ends with NULL.
static int filter_open(const char *path, const char *const *settings)
{
	char text[SETTINGS_MAX][128];
	struct nimbl_option options[SETTINGS_MAX + 2] = {{"file", path}};

	for (unsigned int i = 0; settings != NULL && settings[i] != NULL; i++) {
		snprintf(text[i], sizeof(text[i]), "%s", settings[i]);
		*strchr(text[i], '=') = '\0';
		options[i + 1] = (struct nimbl_option){text[i], text[i] + strlen(text[i]) + 1};
	}
	return nimbl_filter_open(
		"capture", bench.stack.adapter, 0, "capture", options, &bench.filter);
}

static void bench_run(void)
{
	stack_bind(&bench.stack);
	bench.stack.user->returns = true;
	assert_int_equal(nimbl_adapter_restart(bench.stack.adapter), 0);
	assert_int_equal(nimbl_filter_restart(bench.filter), 0);
	assert_int_equal(nimbl_binding_restart(bench.stack.binding), 0);
}

static void bench_open(const char *path, const char *const *settings)
{
	bench_begin();
	if (filter_open(path, settings) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	bench_run();
}

static void bench_close(void)
{
	assert_int_equal(nimbl_binding_pause(bench.stack.binding), 0);
	assert_int_equal(nimbl_filter_pause(bench.filter), 0);
	assert_int_equal(nimbl_adapter_pause(bench.stack.adapter), 0);
	nimbl_binding_close(bench.stack.binding);
	nimbl_adapter_close(bench.stack.adapter);
	assert_pool_whole(sender);
	assert_pools_whole();
}

static uint64_t figure(const char *name)
{
	struct nimbl_figure figures[32];
	unsigned int count = nimbl_filter_figures(bench.filter, figures, RTE_DIM(figures));

	for (unsigned int i = 0; i < count; i++) {
		if (strcmp(figures[i].name, name) == 0)
			return figures[i].value;
	}
	fail_msg("there is no figure '%s'", name);
	return 0;
}

static void wait_for(const char *name, uint64_t value)
{
	for (unsigned int i = 0; figure(name) < value; i++) {
		if (i == 20000)
			fail_msg("%s is %llu for 20 s", name, (unsigned long long)figure(name));
		usleep(1000);
	}
}

static void receive(uint32_t count, uint32_t first)
{
	test_miniport_indicate(bench.stack.mp, count, first, 0, NULL);
	bench.stack.mp->returned_count = 0;
}

static void send_some(uint32_t count, uint32_t first)
{
	NET_BUFFER_LIST *lists[64];

	for (uint32_t i = 0; i < count; i++) {
		uint32_t number = first + i;
		NET_BUFFER *nb;

		lists[i] = NdisAllocateNetBufferList(sender, 0, 0);
		nb = NET_BUFFER_LIST_FIRST_NB(lists[i]);
		nb->DataOffset = nb->CurrentMdlOffset = 128;
		nb->DataLength = 60;
		memcpy(NdisGetDataBuffer(nb, 4, NULL, 1, 0), &number, sizeof(number));
	}
	test_send(bench.stack.user, lists, count, 0);
	test_miniport_complete(bench.stack.mp, count, NDIS_STATUS_SUCCESS);
	for (uint32_t i = 0; i < count; i++)
		NdisFreeNetBufferList(bench.stack.user->completions[i].nbl);
	bench.stack.user->completed = 0;
}

// Frames of a file as libpcap reads them: their numbers, in order. Returns how many.
static uint32_t read_back(const char *path, uint32_t *numbers, uint32_t room, uint32_t caught)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	struct pcap_pkthdr *header;
	const u_char *data;
	uint32_t count = 0;
	int ret;

	if (pcap == NULL)
		fail_msg("%s: %s", path, why);
	while ((ret = pcap_next_ex(pcap, &header, &data)) == 1) {
		assert_true(count < room);
		assert_int_equal(header->len, 60);
		assert_int_equal(header->caplen, caught);
		// The clock of the lcores and that of the system may differ at the turn of a second.
		assert_in_range(time(NULL) + 2 - header->ts.tv_sec, 0, 3600);
		memcpy(&numbers[count++], data, sizeof(numbers[0]));
	}
	if (ret != PCAP_ERROR_BREAK)
		fail_msg("%s: %s", path, pcap_geterr(pcap));
	pcap_close(pcap);
	return count;
}

static void the_file_has_what_passed_in_order(void **state)
{
	struct file file = file_named("all.pcapng");
	uint32_t numbers[64];
	struct stat known;

	bench_open(file.path, NULL);
	receive(10, 100);
	send_some(5, 200);
	receive(3, 300);
	bench_close();
	assert_int_equal(read_back(file.path, numbers, RTE_DIM(numbers), 60), 18);
	for (uint32_t i = 0; i < 18; i++)
		assert_int_equal(numbers[i], i < 10 ? 100 + i : i < 15 ? 190 + i : 285 + i);
	assert_int_equal(stat(file.path, &known), 0);
	assert_int_equal(known.st_mode & 07777, 0640);
}

static void a_direction_and_a_snap_length_are_kept_to(void **state)
{
	static const char *const settings[] = {"direction=tx", "snap=20", NULL};
	struct file file = file_named("tx.pcapng");
	uint32_t numbers[64];

	bench_open(file.path, settings);
	receive(10, 0);
	send_some(5, 200);
	assert_int_equal(figure("rx_caught"), 0);
	assert_int_equal(figure("tx_caught"), 5);
	bench_close();
	assert_int_equal(read_back(file.path, numbers, RTE_DIM(numbers), 20), 5);
	assert_int_equal(numbers[4], 204);
}

static void a_count_ends_the_capture_and_nothing_else(void **state)
{
	static const char *const settings[] = {"count=10", NULL};
	struct file file = file_named("count.pcapng");
	uint32_t numbers[64];

	bench_open(file.path, settings);
	for (unsigned int i = 0; i < 5; i++)
		receive(8, 8 * i);
	wait_for("done", 1);
	receive(8, 0);
	assert_int_equal(bench.stack.user->indications, 6);
	bench_close();
	assert_int_equal(read_back(file.path, numbers, RTE_DIM(numbers), 60), 10);
	assert_int_equal(numbers[9], 9);
}

static void of_a_ring_of_files_the_newest_are_kept(void **state)
{
	static const char *const settings[] = {"file_size=2K", "files=3", NULL};
	struct file file = file_named("ring.pcapng");
	uint32_t numbers[64], last = 0, files = 0;

	bench_open(file.path, settings);
	for (uint32_t i = 0; i < 400; i += 8)
		receive(8, i);
	wait_for("written", 400);
	uint64_t begun = figure("files");
	bench_close();
	assert_in_range(begun, 15, 40);
	for (uint32_t i = 1; i <= begun; i++) {
		char name[32];
		struct stat known;

		snprintf(name, sizeof(name), "ring.%u.pcapng", i);
		file = file_named(name);
		if (stat(file.path, &known) < 0)
			continue;
		assert_in_range(known.st_size, 300, 2500);
		uint32_t count = read_back(file.path, numbers, RTE_DIM(numbers), 60);
		for (uint32_t n = 1; n < count; n++)
			assert_int_equal(numbers[n], numbers[n - 1] + 1);
		last = numbers[count - 1];
		files++;
	}
	assert_int_equal(files, 3);
	assert_int_equal(last, 399);
}

static void a_file_of_somebody_is_not_harmed(void **state)
{
	static const char *const settings[] = {"overwrite=true", NULL};
	struct file file = file_named("theirs"), link_to_it = file_named("link");
	uint32_t numbers[4];
	FILE *theirs = fopen(file.path, "w");

	assert_non_null(theirs);
	fputs("mine", theirs);
	fclose(theirs);
	bench_begin();
	assert_int_equal(filter_open(file.path, NULL), -EEXIST);
	assert_error_says("File exists");
	assert_int_equal(symlink(file.path, link_to_it.path), 0);
	assert_int_equal(filter_open(link_to_it.path, settings), -EEXIST);
	assert_int_equal(filter_open("/dev/null", settings), -EEXIST);
	assert_int_equal(filter_open("/nowhere/at/all", NULL), -ENOENT);
	assert_int_equal(access(file.path, F_OK), 0);
	assert_int_equal(filter_open(file.path, settings), 0);
	bench_run();
	receive(1, 7);
	bench_close();
	assert_int_equal(read_back(file.path, numbers, RTE_DIM(numbers), 60), 1);
}

// A limit on the size of files stands for a full disk.
static void a_full_disk_ends_the_capture_and_leaves_a_good_file(void **state)
{
	struct rlimit before, limit;
	struct file file = file_named("full.pcapng");
	uint32_t numbers[1000], count;

	bench_open(file.path, NULL);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 20000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (uint32_t i = 0; i < 1000; i += 8) {
		receive(8, i);
		usleep(100);
	}
	wait_for("done", 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(bench.stack.user->indications, 125);
	uint64_t written = figure("written");
	assert_true(figure("failed") > 0);
	bench_close();
	count = read_back(file.path, numbers, RTE_DIM(numbers), 60);
	assert_int_equal(count, written);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(numbers[i], i);
}

static void nobody_reads_from_the_fifo(void **state)
{
	struct file file = file_named("fifo");

	assert_int_equal(mkfifo(file.path, 0600), 0);
	bench_begin();
	assert_int_equal(filter_open(file.path, NULL), -ENXIO);
	nimbl_adapter_close(bench.stack.adapter);
}

// A reader that goes away ends the capture, not the program; one that never reads holds nothing up.
static void readers_of_a_fifo_come_and_go(void **state)
{
	struct file file = file_named("fifo2");
	int reader;

	assert_int_equal(mkfifo(file.path, 0600), 0);
	for (int goes = 0; goes < 2; goes++) {
		reader = open(file.path, O_RDONLY | O_NONBLOCK);
		bench_open(file.path, NULL);
		if (goes)
			close(reader);
		for (uint32_t i = 0; i < 4000; i += 8)
			receive(8, i);
		if (goes)
			wait_for("done", 1);
		bench_close(); // in time
		if (!goes)
			close(reader);
	}
}

// Expressions

static const char *const expressions[] = {
	"ip",
	"ip6",
	"arp",
	"tcp",
	"udp",
	"icmp",
	"udp port 53",
	"tcp port 80 or udp port 53",
	"host 10.0.0.1",
	"src host 10.0.0.1 and dst port 80",
	"net 10.0.0.0/8",
	"not tcp",
	"vlan",
	"vlan 5 and udp",
	"ether host 02:00:00:00:00:01",
	"ether broadcast",
	"ether[0] & 1 != 0",
	"less 100",
	"greater 200",
	"len > 64 and len < 500",
	"ip[8] < 64",
	"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
	"ip6 and udp",
	"portrange 50-100",
	"ip proto 17",
	"ether proto 0x0800",
	"udp[4:2] > 20",
	"ip[2:2] - 20 > 30",
	"(ip[0] & 0xf) << 2 = 20",
	"ether[1400] = 7",
	"ip multicast",
	"ether[12:2] = 0x800 and ether[len - 1] = 3",
};

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 33) % n;
}

// Frames of both families with and without tags, some cut short, some noise.
static void frame_any(struct frame *frame, unsigned int i)
{
	frame_make(frame, &(struct frame_spec){.v6 = (i & 1) != 0,
				  .udp = (i & 2) != 0,
				  .payload = random_below(900),
				  .first = (uint8_t)random_below(256)});
	if (i % 8 == 4)
		frame_tag(frame, (uint16_t)random_below(8));
	if (i % 16 == 5)
		frame->length = random_below(frame->length);
	for (unsigned int n = 0; i % 16 == 7 && n < 20; n++)
		frame->bytes[random_below(frame->length)] = (uint8_t)random_below(256);
	if (frame_headers(frame) <= frame->length && i % 4 != 0)
		frame_put16(frame, frame->l2 + frame->l3 + 2, i % 8 == 1 ? 53 : 80);
}

static void compare(const char *text, bool jit)
{
	struct capture_expression *expression;
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 262144);
	struct bpf_program program;
	static struct frame frame;

	if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) < 0) {
		assert_int_equal(capture_expression_open(text, jit, &expression), -EINVAL);
		pcap_close(pcap);
		return;
	}
	if (capture_expression_open(text, jit, &expression) < 0)
		fail_msg("%s: %s", text, nimbl_last_error()->cause);
	for (unsigned int i = 0; i < 64; i++) {
		frame_any(&frame, i);
		struct pcap_pkthdr header = {.len = frame.length, .caplen = frame.length};
		bool expected = pcap_offline_filter(&program, &header, frame.bytes) != 0;
		uint8_t *copy = malloc(frame.length + 1); // so that a look beyond it is seen

		memcpy(copy, frame.bytes, frame.length);
		if (capture_expression_matches(expression, copy, frame.length) != expected)
			fail_msg("'%s' differs at frame %u", text, i);
		free(copy);
	}
	capture_expression_close(expression);
	pcap_freecode(&program);
	pcap_close(pcap);
}

static void expressions_mean_what_libpcap_means(void **state)
{
	for (size_t i = 0; i < RTE_DIM(expressions); i++) {
		compare(expressions[i], false);
		compare(expressions[i], true);
	}
}

// Words of the language in any order: most are refused, the others mean the same to both.
static void expressions_of_any_words_are_refused_or_right(void **state)
{
	static const char *const words[] = {"ip", "ip6", "tcp", "udp", "arp", "host", "10.0.0.1",
		"port", "53", "80", "and", "or", "not", "(", ")", "ether", "[", "]", "0", "4", ":",
		"2", "=", ">", "<", "&", "+", "-", "*", "/", "len", "vlan", "less", "200", "src",
		"dst", "net", "10.0.0.0/8", "0x800", "proto", "!", "\x80", "'", "^", "%"};

	for (unsigned int i = 0; i < 4000; i++) {
		char text[128] = "";

		for (uint32_t n = 1 + random_below(7); n > 0; n--) {
			strcat(text, words[random_below(RTE_DIM(words))]);
			strcat(text, " ");
		}
		compare(text, (i & 1) != 0);
	}
}

static void what_an_expression_lacks_is_said(void **state)
{
	static const char *const settings[] = {"expression=udp prot 53", NULL};
	struct file file = file_named("never.pcapng");

	bench_begin();
	assert_int_equal(filter_open(file.path, settings), -EINVAL);
	assert_error_says("udp prot 53");
	assert_int_equal(access(file.path, F_OK), -1);
	nimbl_adapter_close(bench.stack.adapter);
}

// The ring

#define PUTTERS 3u
#define PUTS    30000u

static struct capture_ring ring;

static void *putter(void *arg)
{
	uint32_t who = (uint32_t)(uintptr_t)arg, data[100];

	for (uint32_t i = 0; i < PUTS; i++) {
		struct capture_record record = {
			.length = who, .caught = 8 + i % 93 * 4, .cycles = i};

		for (uint32_t n = 0; n < record.caught / 4; n++)
			data[n] = who * PUTS + i;
		while (!capture_ring_put(&ring, &record, data))
			sched_yield();
	}
	return NULL;
}

static void threads_share_the_ring(void **state)
{
	pthread_t threads[PUTTERS];
	uint64_t next[PUTTERS] = {0};
	uint32_t count = 0;

	assert_int_equal(capture_ring_open(&ring, 4096), 0);
	for (uintptr_t i = 0; i < PUTTERS; i++)
		pthread_create(&threads[i], NULL, putter, (void *)i);
	while (count < PUTTERS * PUTS) {
		const struct capture_record *record = capture_ring_first(&ring);

		if (record == NULL) {
			sched_yield();
			continue;
		}
		const uint32_t *data = (const uint32_t *)(record + 1);
		assert_int_equal(record->cycles, next[record->length]++);
		for (uint32_t n = 0; n < record->caught / 4; n++)
			assert_int_equal(data[n], record->length * PUTS + record->cycles);
		capture_ring_drop(&ring, record);
		count++;
	}
	for (unsigned int i = 0; i < PUTTERS; i++)
		pthread_join(threads[i], NULL);
	capture_ring_close(&ring);
}

static void what_does_not_fit_the_ring_is_not_taken(void **state)
{
	struct capture_record record = {.caught = 1000};
	uint8_t data[8192] = {0};
	uint32_t fit = 0;

	memset(&ring, 0, sizeof(ring));
	assert_int_equal(capture_ring_open(&ring, 4096), 0);
	while (capture_ring_put(&ring, &record, data))
		fit++;
	assert_int_equal(fit, 4);
	record.caught = 8192;
	assert_false(capture_ring_put(&ring, &record, data));
	record.caught = 1000;
	for (; fit > 0; fit--)
		capture_ring_drop(&ring, capture_ring_first(&ring));
	assert_null(capture_ring_first(&ring));
	assert_true(capture_ring_put(&ring, &record, data));
	assert_non_null(capture_ring_first(&ring));
	capture_ring_close(&ring);
}

static int start(void **state)
{
	if (stack_tests_start(state) != 0)
		return -1;
	snprintf(folder, sizeof(folder), "/tmp/nimbl-capture-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	sender = list_pool_with(TRUE, 256, 0,
		&(struct nimbl_pool_options){
			.name = "sender", .capacity = 256, .node = NIMBL_NODE_ANY});
	return 0;
}

static int stop(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	if (nimbl_pool_close(sender) < 0 || system(command) != 0)
		return -1;
	return stack_tests_stop(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_has_what_passed_in_order),
		cmocka_unit_test(a_direction_and_a_snap_length_are_kept_to),
		cmocka_unit_test(a_count_ends_the_capture_and_nothing_else),
		cmocka_unit_test(of_a_ring_of_files_the_newest_are_kept),
		cmocka_unit_test(a_file_of_somebody_is_not_harmed),
		cmocka_unit_test(a_full_disk_ends_the_capture_and_leaves_a_good_file),
		cmocka_unit_test(nobody_reads_from_the_fifo),
		cmocka_unit_test(readers_of_a_fifo_come_and_go),
		cmocka_unit_test(expressions_mean_what_libpcap_means),
		cmocka_unit_test(expressions_of_any_words_are_refused_or_right),
		cmocka_unit_test(what_an_expression_lacks_is_said),
		cmocka_unit_test(threads_share_the_ring),
		cmocka_unit_test(what_does_not_fit_the_ring_is_not_taken),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
