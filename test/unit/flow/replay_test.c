// SPDX-License-Identifier: BSD-3-Clause
// Replay of captures: every frame comes once in each loop, whole, in order and at its time, through a ring that is
// smaller than the file; and what is wrong with a file is told with its place.
#include <errno.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nimbl_random.h"
#include "nimbl_replay.h"

#define HZ 2000000000ull

static char path[64];

static int setup(void **state)
{
	int fd;

	strcpy(path, "/tmp/nimbl-replay-XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	return unlink(path);
}

static uint32_t length_of(uint64_t n)
{
	return 60 + (uint32_t)(nimbl_draw(1, n) % 1455);
}

// Frames of one byte value each, a microsecond apart.
static void make(unsigned int count, uint32_t (*length)(uint64_t n), uint32_t cut, int type)
{
	pcap_t *pcap = pcap_open_dead(type, 65535);
	pcap_dumper_t *out = pcap_dump_open(pcap, path);
	static uint8_t data[65535];

	for (unsigned int n = 0; n < count; n++) {
		struct pcap_pkthdr header = {.ts = {.tv_sec = 5, .tv_usec = n}, .len = length(n)};

		header.caplen = header.len - cut;
		memset(data, (int)n, header.len);
		pcap_dump((u_char *)out, &header, data);
	}
	pcap_dump_close(out);
	pcap_close(pcap);
}

static struct nimbl_replay_spec spec_of(uint64_t speed, uint64_t loops)
{
	return (struct nimbl_replay_spec){.path = path,
		.speed = speed,
		.loops = loops,
		.length_max = 1514,
		.hz = HZ,
		.ring_bytes = 8192};
}

static struct nimbl_replay *opened(const struct nimbl_replay_spec *spec)
{
	struct nimbl_replay *replay;

	if (nimbl_replay_open(spec, &replay) != 0)
		fail_msg("%s", nimbl_last_error()->cause);
	return replay;
}

// Whether frame `n` of files with `count` frames is the next; it is taken.
static void expect_next(
	struct nimbl_replay_ring *ring, uint64_t n, unsigned int count, uint64_t step)
{
	const struct nimbl_replay_frame *frame = nimbl_replay_peek(ring);

	assert_non_null(frame);
	assert_int_equal(frame->length, length_of(n % count));
	for (uint32_t i = 0; i < frame->length; i++)
		assert_int_equal(nimbl_replay_bytes(frame)[i], (uint8_t)(n % count));
	assert_int_equal(frame->at, n * step);
	nimbl_replay_take(ring, frame);
}

static void a_file_goes_through_a_smaller_ring(void **state)
{
	make(3000, length_of, 0, DLT_EN10MB);
	struct nimbl_replay_spec spec = spec_of(1000, 1);
	struct nimbl_replay *replay = opened(&spec);
	struct nimbl_replay_ring *ring = nimbl_replay_ring_of(replay);

	for (uint64_t n = 0; n < 3000; n++) {
		if (n % 3 == 0)
			nimbl_replay_fill(replay);
		expect_next(ring, n, 3000, HZ / 1000000);
	}
	assert_int_equal(nimbl_replay_fill(replay), 0);
	assert_null(nimbl_replay_peek(ring));
	assert_true(nimbl_replay_is_over(ring));
	assert_int_equal(nimbl_replay_error(replay), 0);
	nimbl_replay_close(replay);
}

static void a_reader_of_its_own_keeps_up(void **state)
{
	make(500, length_of, 0, DLT_EN10MB);
	struct nimbl_replay_spec spec = spec_of(1000, 20);
	struct nimbl_replay *replay = opened(&spec);
	struct nimbl_replay_ring *ring = nimbl_replay_ring_of(replay);

	assert_int_equal(nimbl_replay_start(replay), 0);
	for (uint64_t n = 0; n < 10000; n++) {
		while (nimbl_replay_peek(ring) == NULL)
			assert_false(nimbl_replay_is_over(ring));
		// A loop begins a mean distance after the last; 499 us over 500 frames are 998 ns.
		const struct nimbl_replay_frame *frame = nimbl_replay_peek(ring);

		assert_int_equal(frame->length, length_of(n % 500));
		assert_int_equal(
			frame->at, (n / 500 * (499000 + 998) + n % 500 * 1000) * HZ / 1000000000);
		nimbl_replay_take(ring, frame);
	}
	while (!nimbl_replay_is_over(ring))
		assert_null(nimbl_replay_peek(ring));
	nimbl_replay_close(replay);
}

static void an_endless_replay_can_be_closed(void **state)
{
	make(10, length_of, 0, DLT_EN10MB);
	struct nimbl_replay_spec spec = spec_of(0, 0);
	struct nimbl_replay *replay = opened(&spec);

	assert_int_equal(nimbl_replay_start(replay), 0);
	for (uint64_t n = 0; n < 1000; n++) {
		while (nimbl_replay_peek(nimbl_replay_ring_of(replay)) == NULL)
			;
		expect_next(nimbl_replay_ring_of(replay), n, 10, 0);
	}
	nimbl_replay_close(replay);
}

static void time_goes_as_fast_as_asked(void **state)
{
	make(5, length_of, 0, DLT_EN10MB);
	for (uint64_t speed = 1; speed < 10000; speed = speed * 3 + 1) {
		struct nimbl_replay_spec spec = spec_of(speed, 1);
		struct nimbl_replay *replay = opened(&spec);

		for (uint64_t n = 0; n < 5; n++) {
			const struct nimbl_replay_frame *frame =
				nimbl_replay_peek(nimbl_replay_ring_of(replay));

			assert_int_equal(frame->at, n * 1000 * HZ / 1000000 / speed);
			nimbl_replay_take(nimbl_replay_ring_of(replay), frame);
		}
		nimbl_replay_close(replay);
	}
}

static void times_that_go_back_are_waited_for_by_nobody(void **state)
{
	static const uint64_t seconds[] = {100, 50, 101, 4000000000, 4000000001};
	static const uint64_t at[] = {0, 0, 1, 1, 1};
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *out = pcap_dump_open(pcap, path);
	uint8_t data[60] = {0};

	for (int i = 0; i < 5; i++) {
		struct pcap_pkthdr header = {
			.ts = {.tv_sec = (time_t)seconds[i]}, .len = 60, .caplen = 60};

		pcap_dump((u_char *)out, &header, data);
	}
	pcap_dump_close(out);
	pcap_close(pcap);
	struct nimbl_replay_spec spec = spec_of(1000, 1);
	struct nimbl_replay *replay = opened(&spec);

	for (int i = 0; i < 5; i++) {
		const struct nimbl_replay_frame *frame =
			nimbl_replay_peek(nimbl_replay_ring_of(replay));

		assert_int_equal(frame->at, at[i] * HZ);
		nimbl_replay_take(nimbl_replay_ring_of(replay), frame);
	}
	nimbl_replay_close(replay);
}

static void what_a_file_holds_is_told(void **state)
{
	struct nimbl_replay_summary summary;
	uint64_t bytes = 0;

	make(100, length_of, 0, DLT_EN10MB);
	assert_int_equal(nimbl_replay_check(path, 1514, &summary), 0);
	for (uint64_t n = 0; n < 100; n++)
		bytes += length_of(n);
	assert_int_equal(summary.frames, 100);
	assert_int_equal(summary.bytes, bytes);
	assert_int_equal(summary.duration_ns, 99000);
	assert_true(summary.is_whole);
}

// --- what is wrong ---

static void refused(int error, const char *cause, const char *mend)
{
	struct nimbl_replay_spec spec = spec_of(1000, 1);
	struct nimbl_replay *replay = (void *)&spec;

	nimbl_clear_error();
	assert_int_equal(nimbl_replay_open(&spec, &replay), -error);
	assert_null(replay);
	if (strstr(nimbl_last_error()->cause, cause) == NULL)
		fail_msg("%s", nimbl_last_error()->cause);
	if (strstr(nimbl_last_error()->mend, mend) == NULL)
		fail_msg("%s", nimbl_last_error()->mend);
}

static uint32_t sixty(uint64_t n)
{
	return 60;
}

static uint32_t long_third(uint64_t n)
{
	return n == 2 ? 1515 : 60;
}

static uint32_t short_second(uint64_t n)
{
	return n == 1 ? 13 : 60;
}

static void wrong_files_say_what_and_where(void **state)
{
	char keep[sizeof(path)];

	make(3, long_third, 0, DLT_EN10MB);
	refused(EINVAL, ": frame 3 has 1519 bytes with FCS, and at most 1518 can be sent",
		"raise the MTU");
	make(3, short_second, 0, DLT_EN10MB);
	refused(EINVAL, ": frame 2 has 13 bytes, too few for an Ethernet header", "editcap");
	make(3, sixty, 10, DLT_EN10MB);
	refused(EINVAL, ": frame 1 was captured in part: 50 of its 60 bytes", "tcpdump -s 0");
	make(3, sixty, 0, DLT_LINUX_SLL);
	refused(EINVAL, "has frames of link type 113 (LINUX_SLL), not of Ethernet",
		"tcpdump -i eth0");
	make(0, sixty, 0, DLT_EN10MB);
	refused(EINVAL, "has no frame", "capture some");
	make(3, sixty, 0, DLT_EN10MB);
	assert_int_equal(truncate(path, 24 + 2 * 76 + 30), 0);
	refused(EINVAL, ": frame 3 'truncated dump file", "cut off or broken");
	assert_int_equal(truncate(path, 10), 0);
	refused(EINVAL, "is no capture: 'truncated dump file", "pcap or pcapng");
	assert_int_equal(truncate(path, 0), 0);
	refused(EINVAL, "is no capture", "pcap or pcapng");
	FILE *text = fopen(path, "w");

	fputs("streams: [{port: a, dst: 02:00:00:00:00:02}]\n", text);
	fclose(text);
	refused(EINVAL, "is no capture: 'unknown file format'", "pcap or pcapng");
	memcpy(keep, path, sizeof(path));
	strcpy(path, "/nonexistent/x.pcap");
	refused(ENOENT, "cannot read the capture '/nonexistent/x.pcap': No such file", "ls -l");
	strcpy(path, "/tmp");
	refused(EINVAL, "the capture '/tmp' is no file", "more than once");
	memcpy(path, keep, sizeof(path));
}

// Beyond what is looked at beforehand, or when a file changes: found by the reader.
static void a_file_that_breaks_on_the_way_is_told_later(void **state)
{
	make(1000, sixty, 0, DLT_EN10MB);
	struct nimbl_replay_spec spec = spec_of(1000, 1);
	struct nimbl_replay *replay = opened(&spec);
	struct nimbl_replay_ring *ring = nimbl_replay_ring_of(replay);
	const struct nimbl_replay_frame *frame;
	unsigned int n = 0;

	assert_int_equal(truncate(path, 24 + 900 * 76 + 5), 0);
	while (!nimbl_replay_is_over(ring)) {
		while ((frame = nimbl_replay_peek(ring)) != NULL) {
			nimbl_replay_take(ring, frame);
			n++;
		}
		nimbl_replay_fill(replay);
	}
	assert_int_equal(n, 900);
	assert_int_equal(nimbl_replay_error(replay), -EINVAL);
	assert_non_null(strstr(nimbl_last_error()->cause, ": frame 901 'truncated dump file"));
	nimbl_replay_close(replay);
}

static void rings_that_hold_no_frame_are_refused(void **state)
{
	make(1, sixty, 0, DLT_EN10MB);
	struct nimbl_replay_spec spec = spec_of(1000, 1);
	struct nimbl_replay *replay;

	spec.ring_bytes = 4096;
	assert_int_equal(nimbl_replay_open(&spec, &replay), -EINVAL);
	spec.ring_bytes = 12000;
	assert_int_equal(nimbl_replay_open(&spec, &replay), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_goes_through_a_smaller_ring),
		cmocka_unit_test(a_reader_of_its_own_keeps_up),
		cmocka_unit_test(an_endless_replay_can_be_closed),
		cmocka_unit_test(time_goes_as_fast_as_asked),
		cmocka_unit_test(times_that_go_back_are_waited_for_by_nobody),
		cmocka_unit_test(what_a_file_holds_is_told),
		cmocka_unit_test(wrong_files_say_what_and_where),
		cmocka_unit_test(a_file_that_breaks_on_the_way_is_told_later),
		cmocka_unit_test(rings_that_hold_no_frame_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
