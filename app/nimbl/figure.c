// SPDX-License-Identifier: BSD-3-Clause
// Figures with units, for people.
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "table.h"

#define NS_PER_S 1000000000ull

// Thousands are kept apart by a plain space, which every terminal and every 'tr -d " "' knows.
static void group(struct figure *figure, const char *digits)
{
	size_t length = strlen(digits), used = 0;

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			figure->text[used++] = ' ';
		figure->text[used++] = digits[i];
	}
	figure->text[used] = '\0';
}

struct figure format_count(uint64_t n)
{
	struct figure figure;
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, n);
	group(&figure, digits);
	return figure;
}

struct figure format_signed(int64_t n)
{
	struct figure figure = format_count(n < 0 ? 0 - (uint64_t)n : (uint64_t)n);

	if (n < 0) {
		memmove(figure.text + 1, figure.text, strlen(figure.text) + 1);
		figure.text[0] = '-';
	}
	return figure;
}

// False for NaN too.
static bool is_amount(double value)
{
	return value >= 0 && value < 1e300;
}

static struct figure format_scaled(double value, const char *unit)
{
	static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
	struct figure figure;
	size_t prefix = 0;

	if (!is_amount(value))
		return (struct figure){"-"};
	// 999.95 would be printed as 1000.0.
	while (value >= (prefix == 0 ? 999.5 : 999.95) && prefix < 5) {
		value /= 1000;
		prefix++;
	}
	snprintf(figure.text, sizeof(figure.text), "%.*f %s%s", prefix > 0 ? 1 : 0,
		value < 1e6 ? value : 999999.0, prefixes[prefix], unit);
	return figure;
}

struct figure format_packet_rate(double per_second)
{
	return format_scaled(per_second, "pps");
}

struct figure format_bit_rate(double per_second)
{
	return format_scaled(per_second, "bit/s");
}

// Links have round speeds, which need no decimals.
struct figure format_link(uint64_t bits_per_second)
{
	struct figure figure = {""};
	uint64_t mbits = bits_per_second / 1000000;

	if (bits_per_second == 0)
		return figure;
	if (bits_per_second % 1000000 != 0 || (mbits > 1000 && mbits % 1000 != 0))
		return format_bit_rate((double)bits_per_second);
	snprintf(figure.text, sizeof(figure.text), "%" PRIu64 " %cbit/s",
		mbits < 1000 ? mbits : mbits / 1000, mbits < 1000 ? 'M' : 'G');
	return figure;
}

struct figure format_duration_ns(uint64_t ns)
{
	struct figure figure;
	uint64_t s = ns / NS_PER_S + (ns % NS_PER_S >= NS_PER_S / 2); // rounded
	char *text = figure.text;

	if (ns < 1000)
		snprintf(text, sizeof(figure.text), "%" PRIu64 " ns", ns);
	else if (ns < 999950)
		snprintf(text, sizeof(figure.text), "%.1f us", (double)ns / 1e3);
	else if (ns < 999950000)
		snprintf(text, sizeof(figure.text), "%.1f ms", (double)ns / 1e6);
	else if (ns < 59950000000ull)
		snprintf(text, sizeof(figure.text), "%.1f s", (double)ns / 1e9);
	else if (s < 3600)
		snprintf(text, sizeof(figure.text), "%" PRIu64 " min %02" PRIu64 " s", s / 60,
			s % 60);
	else
		snprintf(text, sizeof(figure.text), "%" PRIu64 " h %02" PRIu64 " min", s / 3600,
			s / 60 % 60);
	return figure;
}

struct figure format_percent(double part, double of)
{
	struct figure figure = {"-"};

	if (is_amount(part) && is_amount(of) && of > 0)
		snprintf(figure.text, sizeof(figure.text), "%.1f %%", 100 * part / of);
	return figure;
}

struct figure format_mib(uint64_t bytes)
{
	// Tenths, rounded; no overflow: 2^64 bytes are 1.8e14 tenths.
	uint64_t tenths = (bytes >> 20) * 10 + ((bytes & 0xfffff) * 10 + 0x80000) / 0x100000;
	struct figure figure = format_count(tenths / 10);
	size_t used = strlen(figure.text);

	snprintf(figure.text + used, sizeof(figure.text) - used, ".%u", (unsigned)(tenths % 10));
	return figure;
}
