// SPDX-License-Identifier: BSD-3-Clause
// Signatures: the check is that of the standards, any bit that flips under it is seen, and tags, padding and
// routers leave it as it is.
#include "streams.h"

static void the_check_is_crc32c(void **state)
{
	// RFC 3720, B.4: 32 bytes of 0, of 1s, and increasing ones
	uint8_t bytes[32] = {0};

	assert_int_equal(~nimbl_crc32c(UINT32_MAX, bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, 32);
	assert_int_equal(~nimbl_crc32c(UINT32_MAX, bytes, 32), 0x62a8ab43);
	for (uint8_t i = 0; i < 32; i++)
		bytes[i] = i;
	assert_int_equal(~nimbl_crc32c(UINT32_MAX, bytes, 32), 0x46dd794e);
	assert_int_equal(~nimbl_crc32c(UINT32_MAX, (const uint8_t *)"123456789", 9), 0xe3069283);
}

static void the_table_is_that_of_the_polynomial(void **state)
{
	for (uint32_t n = 0; n < 256; n++) {
		uint32_t crc = n;

		for (int i = 0; i < 8; i++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
		assert_int_equal(nimbl_crc32c_table[n], crc);
	}
}

static uint32_t frame_of(const char *text, uint8_t *frame)
{
	struct nimbl_flows *flows = streams_of(text);
	uint32_t length = nimbl_flow_length(nimbl_flows_at(flows, NULL, 0), 77);

	nimbl_flow_write(nimbl_flows_at(flows, NULL, 0), 77, 0xabcdef, frame);
	nimbl_flows_close(flows);
	return length;
}

static void every_bit_of_the_payload_is_checked(void **state)
{
	struct nimbl_signature signature = {0};
	uint8_t frame[128];
	uint32_t length = frame_of("- {port: a, " DST ", size: 90, payload: random}", frame);

	for (uint32_t bit = 42 * 8; bit < length * 8; bit++) {
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(
			nimbl_signature_read(frame, length, &signature), NIMBL_SIGNATURE_CORRUPT);
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(nimbl_signature_read(frame, length, &signature), NIMBL_SIGNATURE_GOOD);
	assert_true(signature.tsc48 == 0xabcdef && signature.sequence == 77);
}

static void tags_padding_and_routers_leave_it(void **state)
{
	struct nimbl_signature signature = {0};
	uint8_t frame[160];
	uint32_t length = frame_of("- {port: a, " DST ", size: 72, vlan: 5}", frame);

	memset(frame + length, 0x77, 40);
	assert_int_equal(
		nimbl_signature_read(frame, length + 40, &signature), NIMBL_SIGNATURE_GOOD);
	frame[18 + 8]--; // TTL
	memmove(frame + 12, frame + 16, length - 16);
	assert_int_equal(nimbl_signature_read(frame, length - 4, &signature), NIMBL_SIGNATURE_GOOD);
	assert_int_equal(signature.sequence, 77);
	length = frame_of(
		"- {port: a, " DST ", size: 96, signature: false, ipv6: {}, tcp: {}}", frame);
	assert_int_equal(nimbl_signature_read(frame, length, &signature), NIMBL_SIGNATURE_NONE);
	length = frame_of(
		"- {port: a, size: 67, eth: {dst: 02:00:00:00:00:02, type: 0x88b5}}", frame);
	assert_int_equal(nimbl_signature_read(frame, length, &signature), NIMBL_SIGNATURE_GOOD);
}

static void a_frame_cut_anywhere_is_not_ours(void **state)
{
	struct nimbl_signature signature = {0};
	uint8_t frame[128];
	uint32_t length = frame_of("- {port: a, " DST ", size: 100, ipv6: {}}", frame);

	for (uint32_t cut = 0; cut < length; cut++)
		assert_int_equal(
			nimbl_signature_read(frame, cut, &signature), NIMBL_SIGNATURE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_check_is_crc32c),
		cmocka_unit_test(the_table_is_that_of_the_polynomial),
		cmocka_unit_test(every_bit_of_the_payload_is_checked),
		cmocka_unit_test(tags_padding_and_routers_leave_it),
		cmocka_unit_test(a_frame_cut_anywhere_is_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
