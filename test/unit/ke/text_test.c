// SPDX-License-Identifier: BSD-3-Clause
// Counted strings, and the formats of Windows.
#include <ndis.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nimbl_log.h"

// A UNICODE_STRING of a literal u"...".
#define TEXT(s)                                      \
	{                                            \
		sizeof(s) - 2, sizeof(s), (PWSTR)(s) \
	}

#define assert_format(expected, ...)                                                        \
	do {                                                                                \
		char got[256];                                                              \
		assert_int_equal(                                                           \
			RtlStringCbPrintfA(got, sizeof(got), __VA_ARGS__), STATUS_SUCCESS); \
		assert_string_equal(got, expected);                                         \
	} while (0)

static void widths_are_those_of_windows(void **state)
{
	LONG minus = -1;

	assert_format(
		"-1 ffffffff FFFFFFFF 4294967295", "%d %x %X %lu", minus, minus, minus, minus);
	assert_format("-1|ffffffff", "%ld|%lx", minus, minus); // l is 32 bits
	assert_format("-2 fffffffffffffffe", "%I64d %I64x", (LONG64)-2, (LONG64)-2);
	assert_format("-2 18446744073709551614", "%lld %llu", (LONG64)-2, (LONG64)-2);
	assert_format("7 8 9", "%I32u %Iu %zu", 7, (SIZE_T)8, (SIZE_T)9);
	assert_format("65535 255 -1 -1", "%hu %hhu %hd %hhd", minus, minus, minus, minus);
	assert_format("9223372036854775808", "%I64u", (ULONG64)1 << 63);
	assert_format("-9223372036854775808", "%I64d", INT64_MIN);
	assert_format("000000000000BEEF", "%p", (PVOID)0xBEEF);
}

static void flags_pad(void **state)
{
	assert_format("[   42][42   ][00042][+42][ 42]", "[%5d][%-5d][%05d][%+d][% d]", 42, 42, 42,
		42, 42);
	assert_format("[0x2a][0X2A][052][0]", "[%#x][%#X][%#o][%#x]", 42, 42, 42, 0);
	assert_format(
		"[  007][-0007][ab ][]", "[%5.3d][%05d][%-*.*s][%.0d]", 7, -7, 3, 2, "abc", 0);
	assert_format("[007  ]", "[%*.3d]", -5, 7);
	assert_format("100% x", "%d%% %c", 100, 'x');
}

static void texts_may_be_wide_or_counted(void **state)
{
	UNICODE_STRING wide = {4, 4, (PWSTR)u"abcd"};
	ANSI_STRING narrow = {3, 3, (CHAR *)"xyzw"};

	assert_format("ab ab ab", "%ws %ls %S", u"ab", u"ab", u"ab");
	assert_format("[   ab][ab   ][a]", "[%5ws][%-5S][%.1ws]", u"ab", u"ab", u"ab");
	assert_format("ab|xyz|a", "%wZ|%Z|%.1wZ", &wide, &narrow, &wide);
	assert_format("\xE4?", "%ws", u"\u00E4\u4E00");
	assert_format("c (null) (null)", "%wc %s %wZ", u'c', NULL, NULL);
}

static void what_does_not_fit_is_cut(void **state)
{
	char narrow[4];
	WCHAR wide[4];
	UNICODE_STRING counted = {0, sizeof(wide), wide};

	assert_int_equal(
		RtlStringCbPrintfA(narrow, sizeof(narrow), "%d", 12345), STATUS_BUFFER_OVERFLOW);
	assert_string_equal(narrow, "123");
	assert_int_equal(RtlStringCbPrintfA(narrow, 0, "x"), STATUS_INVALID_PARAMETER);
	assert_int_equal(
		RtlStringCchPrintfW(wide, 4, u"%s%S", u"a", "bcd"), STATUS_BUFFER_OVERFLOW);
	assert_memory_equal(wide, u"abc", 8);
	assert_int_equal(RtlStringCbPrintfW(wide, sizeof(wide), u"%hs", "xyz"), STATUS_SUCCESS);
	assert_memory_equal(wide, u"xyz", 8);
	assert_int_equal(RtlUnicodeStringPrintf(&counted, u"%u", 1234), STATUS_SUCCESS);
	assert_int_equal(counted.Length, 8);
	assert_memory_equal(wide, u"1234", 8);
	assert_int_equal(RtlUnicodeStringPrintf(&counted, u"12345"), STATUS_BUFFER_OVERFLOW);
}

// What the body writes to standard error.
static void said_by(void (*body)(void), char *said, size_t size)
{
	int saved = dup(STDERR_FILENO), ends[2];
	ssize_t length;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	body();
	dup2(saved, STDERR_FILENO);
	close(ends[1]);
	length = read(ends[0], said, size - 1);
	said[length > 0 ? length : 0] = '\0';
	close(ends[0]);
	close(saved);
}

static void print(void)
{
	DbgPrint("adapter %ws is %lx\n", u"eth0", 0xCAFE);
	DbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_ERROR_LEVEL, "bad %d", 3);
	DbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_TRACE_LEVEL, "nobody asked");
}

static void prints_are_lines_of_the_log(void **state)
{
	char said[512];

	unsetenv("JOURNAL_STREAM");
	said_by(print, said, sizeof(said));
	assert_string_equal(said, "nimbl: adapter eth0 is cafe\nnimbl: error: bad 3\n");
}

static void strings_are_counted_in_bytes(void **state)
{
	WCHAR room[6];
	UNICODE_STRING s, to = {0, sizeof(room), room}, empty;

	RtlInitUnicodeString(&s, u"abc");
	assert_int_equal(s.Length, 6);
	assert_int_equal(s.MaximumLength, 8);
	RtlInitUnicodeString(&empty, NULL);
	assert_int_equal(empty.Length + empty.MaximumLength, 0);
	RtlCopyUnicodeString(&to, &s);
	assert_memory_equal(room, u"abc", 8);
	assert_int_equal(RtlAppendUnicodeToString(&to, u"de"), STATUS_SUCCESS);
	assert_memory_equal(room, u"abcde", 12);
	assert_int_equal(RtlAppendUnicodeStringToString(&to, &s), STATUS_BUFFER_TOO_SMALL);
	assert_int_equal(to.Length, 10);
	assert_int_equal(RtlAppendUnicodeToString(&to, u"f"), STATUS_SUCCESS); // no terminator
	assert_int_equal(to.Length, 12);
	RtlCopyUnicodeString(&to, NULL);
	assert_int_equal(to.Length, 0);
}

static void strings_compare_with_and_without_case(void **state)
{
	UNICODE_STRING a = TEXT(u"Abc"), b = TEXT(u"aBC"), longer = TEXT(u"abcd"),
		       other = TEXT(u"abd");

	assert_true(RtlEqualUnicodeString(&a, &b, TRUE));
	assert_false(RtlEqualUnicodeString(&a, &b, FALSE));
	assert_false(RtlEqualUnicodeString(&a, &longer, TRUE));
	assert_true(RtlPrefixUnicodeString(&a, &longer, TRUE));
	assert_false(RtlPrefixUnicodeString(&longer, &a, TRUE));
	assert_int_equal(RtlCompareUnicodeString(&a, &b, TRUE), 0);
	assert_true(RtlCompareUnicodeString(&a, &longer, TRUE) < 0);
	assert_true(RtlCompareUnicodeString(&other, &longer, FALSE) > 0);
	assert_true(RtlCompareUnicodeString(&a, &b, FALSE) < 0);
}

static void strings_change_their_width(void **state)
{
	char room[4];
	ANSI_STRING narrow, small = {0, sizeof(room), room};
	UNICODE_STRING wide, made = TEXT(u"a\u00E4\u4E00");
	NDIS_STRING name;

	RtlInitAnsiString(&narrow, "a\xE4");
	assert_int_equal(RtlAnsiStringToUnicodeString(&wide, &narrow, TRUE), STATUS_SUCCESS);
	assert_int_equal(wide.Length, 4);
	assert_memory_equal(wide.Buffer, u"a\u00E4", 6);
	RtlFreeUnicodeString(&wide);
	assert_null(wide.Buffer);
	assert_int_equal(RtlUnicodeStringToAnsiString(&small, &made, FALSE), STATUS_SUCCESS);
	assert_string_equal(room, "a\xE4?");
	small.MaximumLength = 3;
	assert_int_equal(
		RtlUnicodeStringToAnsiString(&small, &made, FALSE), STATUS_BUFFER_OVERFLOW);
	NdisInitializeString(&name, (UCHAR *)"eth");
	assert_int_equal(name.Length, 6);
	NdisFreeString(name);
}

static void numbers_are_read_and_written(void **state)
{
	static const struct {
		UNICODE_STRING text;
		ULONG base, value;
	} cases[] = {
		{TEXT(u"1500"), 0, 1500},
		{TEXT(u" -1"), 10, UINT32_MAX},
		{TEXT(u"0x1F"), 0, 31},
		{TEXT(u"1fg"), 16, 31},
		{TEXT(u"0b101"), 0, 5},
		{TEXT(u"0o17"), 0, 15},
		{TEXT(u""), 10, 0},
	};
	WCHAR room[4];
	UNICODE_STRING to = {0, sizeof(room), room};
	ULONG value;

	for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
		assert_int_equal(RtlUnicodeStringToInteger(&cases[i].text, cases[i].base, &value),
			STATUS_SUCCESS);
		assert_int_equal(value, cases[i].value);
	}
	assert_int_equal(
		RtlUnicodeStringToInteger(&cases[0].text, 7, &value), STATUS_INVALID_PARAMETER);
	assert_int_equal(RtlIntegerToUnicodeString(0xA5, 16, &to), STATUS_SUCCESS);
	assert_memory_equal(room, u"A5", 6);
	assert_int_equal(RtlIntegerToUnicodeString(12345, 10, &to), STATUS_BUFFER_OVERFLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(widths_are_those_of_windows),
		cmocka_unit_test(flags_pad),
		cmocka_unit_test(texts_may_be_wide_or_counted),
		cmocka_unit_test(what_does_not_fit_is_cut),
		cmocka_unit_test(prints_are_lines_of_the_log),
		cmocka_unit_test(strings_are_counted_in_bytes),
		cmocka_unit_test(strings_compare_with_and_without_case),
		cmocka_unit_test(strings_change_their_width),
		cmocka_unit_test(numbers_are_read_and_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
