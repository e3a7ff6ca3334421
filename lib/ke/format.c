// SPDX-License-Identifier: BSD-3-Clause
// A formatter of our own, because Windows means other widths by the same letters than libc does, and
// has texts of 16 bits and with counts.
#include "format.h"

enum width {
	WIDTH_8,
	WIDTH_16,
	WIDTH_32,
	WIDTH_64,
};

// One conversion: %[flags][width][.precision][size]type.
struct directive {
	bool left, zero, plus, space, alternate;
	size_t width, precision;
	bool has_precision;
	bool said_wide, said_narrow; // l or w, h: of texts
	enum width size;             // of numbers
};

// va_list is an array, which a function cannot be given by reference.
struct arguments {
	va_list list;
};

static unsigned int at(struct text text, size_t i)
{
	return text.wide ? ((const WCHAR *)text.characters)[i]
			 : ((const UCHAR *)text.characters)[i];
}

static void put(struct sink *sink, unsigned int character)
{
	size_t i = sink->length++;

	if (i >= sink->size)
		return;
	if (sink->wide)
		((WCHAR *)sink->characters)[i] = (WCHAR)character;
	else
		((UCHAR *)sink->characters)[i] = (UCHAR)(character > 0xFF ? '?' : character);
}

static void put_times(struct sink *sink, unsigned int character, size_t times)
{
	while (times-- > 0)
		put(sink, character);
}

static void put_text(
	struct sink *sink, const struct directive *how, struct text text, size_t length)
{
	size_t pad = length < how->width ? how->width - length : 0;

	if (!how->left)
		put_times(sink, ' ', pad);
	for (size_t i = 0; i < length; i++)
		put(sink, at(text, i));
	if (how->left)
		put_times(sink, ' ', pad);
}

// A text that ends with zero, or where the precision says.
static void put_terminated(struct sink *sink, const struct directive *how, struct text text)
{
	size_t most = how->has_precision ? how->precision : SIZE_MAX, length = 0;

	if (text.characters == NULL)
		text = (struct text){"(null)", false};
	while (length < most && at(text, length) != 0)
		length++;
	put_text(sink, how, text, length);
}

// A counted string; both kinds begin alike.
static void put_counted(
	struct sink *sink, const struct directive *how, const UNICODE_STRING *string)
{
	struct text text = {string != NULL ? string->Buffer : NULL, how->said_wide};
	size_t length;

	if (text.characters == NULL) {
		put_terminated(sink, how, text);
		return;
	}
	length = string->Length / (text.wide ? sizeof(WCHAR) : sizeof(CHAR));
	put_text(sink, how, text,
		how->has_precision && how->precision < length ? how->precision : length);
}

// Digits from the right end of `room`, the first one's place.
static char *digits_of(char *end, ULONG64 value, unsigned int base, const char *letters)
{
	for (; value != 0; value /= base)
		*--end = letters[value % base];
	return end;
}

static void put_digits(struct sink *sink, const struct directive *how, const char *prefix,
	const char *digits, size_t count)
{
	size_t before = 0, zeros = 0, pad;

	while (prefix[before] != '\0')
		before++;
	if (count < (how->has_precision ? how->precision : 1))
		zeros = (how->has_precision ? how->precision : 1) - count;
	pad = before + zeros + count < how->width ? how->width - before - zeros - count : 0;
	if (how->zero && !how->left && !how->has_precision) {
		zeros += pad;
		pad = 0;
	}
	if (!how->left)
		put_times(sink, ' ', pad);
	for (size_t i = 0; i < before; i++)
		put(sink, (unsigned char)prefix[i]);
	put_times(sink, '0', zeros);
	for (size_t i = 0; i < count; i++)
		put(sink, (unsigned char)digits[i]);
	if (how->left)
		put_times(sink, ' ', pad);
}

static ULONG64 unsigned_next(enum width size, struct arguments *from)
{
	if (size == WIDTH_64)
		return va_arg(from->list, ULONG64);
	ULONG value = va_arg(from->list, ULONG);
	return size == WIDTH_8 ? (UCHAR)value : size == WIDTH_16 ? (USHORT)value : value;
}

static LONG64 signed_next(enum width size, struct arguments *from)
{
	if (size == WIDTH_64)
		return va_arg(from->list, LONG64);
	LONG value = va_arg(from->list, LONG);
	return size == WIDTH_8 ? (signed char)value : size == WIDTH_16 ? (SHORT)value : value;
}

static void put_signed(struct sink *sink, const struct directive *how, LONG64 value)
{
	const char *sign = value < 0 ? "-" : how->plus ? "+" : how->space ? " " : "";
	char room[24], *end = room + sizeof(room);
	char *first =
		digits_of(end, value < 0 ? -(ULONG64)value : (ULONG64)value, 10, "0123456789");

	put_digits(sink, how, sign, first, (size_t)(end - first));
}

static void put_unsigned(
	struct sink *sink, const struct directive *how, unsigned int type, ULONG64 value)
{
	unsigned int base = type == 'u' ? 10 : type == 'o' ? 8 : 16;
	const char *letters = type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	const char *prefix = "";
	char room[24], *end = room + sizeof(room);
	char *first = digits_of(end, value, base, letters);

	if (how->alternate && value != 0 && base != 10)
		prefix = base == 8 ? "0" : type == 'X' ? "0X" : "0x";
	put_digits(sink, how, prefix, first, (size_t)(end - first));
}

static void flags_read(struct directive *how, struct text format, size_t *i)
{
	for (;; ++*i) {
		switch (at(format, *i)) {
		case '-':
			how->left = true;
			break;
		case '0':
			how->zero = true;
			break;
		case '+':
			how->plus = true;
			break;
		case ' ':
			how->space = true;
			break;
		case '#':
			how->alternate = true;
			break;
		default:
			return;
		}
	}
}

// Digits, or a star: the next argument. A negative one sets `negative`.
static size_t number_read(struct text format, size_t *i, struct arguments *from, bool *negative)
{
	size_t number = 0;

	if (at(format, *i) == '*') {
		LONG64 value = va_arg(from->list, INT);

		++*i;
		*negative = value < 0;
		return (size_t)(value < 0 ? -value : value);
	}
	for (; at(format, *i) >= '0' && at(format, *i) <= '9'; ++*i)
		number = number * 10 + at(format, *i) - '0';
	return number;
}

static void size_read(struct directive *how, struct text format, size_t *i)
{
	how->size = WIDTH_32;
	for (;; ++*i) {
		switch (at(format, *i)) {
		case 'h':
			how->size = how->said_narrow ? WIDTH_8 : WIDTH_16;
			how->said_narrow = true;
			break;
		case 'l': // the second one makes 64 bits
			how->size = how->said_wide ? WIDTH_64 : WIDTH_32;
			how->said_wide = true;
			break;
		case 'w':
			how->said_wide = true;
			break;
		case 'I':
			how->size = WIDTH_64;
			if (at(format, *i + 1) == '3' && at(format, *i + 2) == '2')
				how->size = WIDTH_32, *i += 2;
			else if (at(format, *i + 1) == '6' && at(format, *i + 2) == '4')
				*i += 2;
			break;
		case 'j':
		case 't':
		case 'z':
			how->size = WIDTH_64;
			break;
		default:
			return;
		}
	}
}

static struct directive directive_read(struct text format, size_t *i, struct arguments *from)
{
	struct directive how = {0};
	bool negative = false;

	flags_read(&how, format, i);
	how.width = number_read(format, i, from, &negative);
	how.left |= negative;
	negative = false;
	if (at(format, *i) == '.') {
		++*i;
		how.precision = number_read(format, i, from, &negative);
		how.has_precision = !negative;
	}
	size_read(&how, format, i);
	return how;
}

// Small letters are texts like the format, capitals of the other kind, unless the size says.
static bool text_is_wide(const struct directive *how, unsigned int type, bool format_is_wide)
{
	if (how->said_wide || how->said_narrow)
		return how->said_wide;
	return format_is_wide == (type == 's' || type == 'c');
}

static void put_pointer(struct sink *sink, struct directive how, const void *pointer)
{
	how.has_precision = true;
	how.precision = 2 * sizeof(pointer);
	put_unsigned(sink, &how, 'X', (ULONG_PTR)pointer);
}

static void put_character(struct sink *sink, const struct directive *how, bool wide, UINT character)
{
	WCHAR one = wide ? (WCHAR)character : (UCHAR)character;

	put_text(sink, how, (struct text){&one, true}, 1);
}

static void convert(struct sink *sink, const struct directive *how, unsigned int type,
	struct arguments *from, bool format_is_wide)
{
	bool wide = text_is_wide(how, type, format_is_wide);

	switch (type) {
	case 'd':
	case 'i':
		put_signed(sink, how, signed_next(how->size, from));
		break;
	case 'o':
	case 'u':
	case 'x':
	case 'X':
		put_unsigned(sink, how, type, unsigned_next(how->size, from));
		break;
	case 'p':
		put_pointer(sink, *how, va_arg(from->list, void *));
		break;
	case 'c':
	case 'C':
		put_character(sink, how, wide, va_arg(from->list, UINT));
		break;
	case 's':
	case 'S':
		put_terminated(sink, how, (struct text){va_arg(from->list, void *), wide});
		break;
	case 'Z':
		put_counted(sink, how, va_arg(from->list, const UNICODE_STRING *));
		break;
	default: // %% too: what is no conversion stands for itself
		put(sink, type);
	}
}

void format_to(struct sink *sink, struct text format, va_list arguments)
{
	struct arguments from;

	va_copy(from.list, arguments);
	for (size_t i = 0; at(format, i) != 0; i++) {
		if (at(format, i) != '%') {
			put(sink, at(format, i));
			continue;
		}
		i++;
		struct directive how = directive_read(format, &i, &from);
		if (at(format, i) == 0)
			break;
		convert(sink, &how, at(format, i), &from, format.wide);
	}
	va_end(from.list);
}
