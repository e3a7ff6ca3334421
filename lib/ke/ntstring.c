// SPDX-License-Identifier: BSD-3-Clause
// Counted strings.
#include <ndis.h>
#include <stdlib.h>

#define CHARS(string) ((string)->Length / sizeof(WCHAR))

VOID RtlInitUnicodeString(UNICODE_STRING *string, PCWSTR text)
{
	SIZE_T length = 0;

	*string = (UNICODE_STRING){.Buffer = (PWSTR)(ULONG_PTR)text};
	if (text == NULL)
		return;
	while (length < UNICODE_STRING_MAX_CHARS - 1 && text[length] != UNICODE_NULL)
		length++;
	string->Length = (USHORT)(length * sizeof(WCHAR));
	string->MaximumLength = (USHORT)((length + 1) * sizeof(WCHAR));
}

VOID RtlInitAnsiString(ANSI_STRING *string, const CHAR *text)
{
	SIZE_T length = text != NULL ? strnlen(text, UINT16_MAX - 1) : 0;

	string->Buffer = (CHAR *)(ULONG_PTR)text;
	string->Length = (USHORT)length;
	string->MaximumLength = (USHORT)(text != NULL ? length + 1 : 0);
}

static void terminate(UNICODE_STRING *string)
{
	if (string->MaximumLength >= string->Length + sizeof(WCHAR))
		string->Buffer[CHARS(string)] = UNICODE_NULL;
}

VOID RtlCopyUnicodeString(UNICODE_STRING *to, const UNICODE_STRING *from)
{
	USHORT length = from != NULL ? from->Length : 0;

	if (length > to->MaximumLength)
		length = to->MaximumLength;
	if (length > 0)
		RtlMoveMemory(to->Buffer, from->Buffer, length);
	to->Length = length;
	terminate(to);
}

NTSTATUS RtlAppendUnicodeStringToString(UNICODE_STRING *to, const UNICODE_STRING *from)
{
	if ((SIZE_T)to->Length + from->Length > to->MaximumLength)
		return STATUS_BUFFER_TOO_SMALL;
	if (from->Length > 0)
		RtlMoveMemory(&to->Buffer[CHARS(to)], from->Buffer, from->Length);
	to->Length = (USHORT)(to->Length + from->Length);
	terminate(to);
	return STATUS_SUCCESS;
}

NTSTATUS RtlAppendUnicodeToString(UNICODE_STRING *to, PCWSTR text)
{
	UNICODE_STRING from;

	RtlInitUnicodeString(&from, text);
	return RtlAppendUnicodeStringToString(to, &from);
}

WCHAR RtlUpcaseUnicodeChar(WCHAR character)
{
	return character >= 'a' && character <= 'z' ? (WCHAR)(character - 'a' + 'A') : character;
}

static WCHAR fold(WCHAR character, BOOLEAN ignore_case)
{
	return ignore_case ? RtlUpcaseUnicodeChar(character) : character;
}

// How many characters both begin with.
static SIZE_T common(const UNICODE_STRING *a, const UNICODE_STRING *b, BOOLEAN ignore_case)
{
	SIZE_T most = a->Length < b->Length ? CHARS(a) : CHARS(b), i = 0;

	while (i < most && fold(a->Buffer[i], ignore_case) == fold(b->Buffer[i], ignore_case))
		i++;
	return i;
}

LONG RtlCompareUnicodeString(const UNICODE_STRING *a, const UNICODE_STRING *b, BOOLEAN ignore_case)
{
	SIZE_T i = common(a, b, ignore_case);

	if (i < CHARS(a) && i < CHARS(b))
		return fold(a->Buffer[i], ignore_case) - fold(b->Buffer[i], ignore_case);
	return (LONG)a->Length - (LONG)b->Length;
}

BOOLEAN RtlEqualUnicodeString(const UNICODE_STRING *a, const UNICODE_STRING *b, BOOLEAN ignore_case)
{
	return a->Length == b->Length && common(a, b, ignore_case) == CHARS(a);
}

BOOLEAN RtlPrefixUnicodeString(
	const UNICODE_STRING *prefix, const UNICODE_STRING *string, BOOLEAN ignore_case)
{
	return common(prefix, string, ignore_case) == CHARS(prefix);
}

// Room for `size` bytes: what there is, or memory of its own.
static NTSTATUS room(PVOID *buffer, USHORT *maximum, SIZE_T size, BOOLEAN allocate)
{
	if (!allocate)
		return size <= *maximum ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
	if (size > UNICODE_STRING_MAX_BYTES)
		return STATUS_INVALID_PARAMETER;
	*buffer = malloc(size);
	*maximum = (USHORT)size;
	return *buffer != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS RtlAnsiStringToUnicodeString(UNICODE_STRING *to, const ANSI_STRING *from, BOOLEAN allocate)
{
	PVOID buffer = to->Buffer;
	NTSTATUS status =
		room(&buffer, &to->MaximumLength, (from->Length + 1) * sizeof(WCHAR), allocate);

	if (status != STATUS_SUCCESS)
		return status;
	to->Buffer = buffer;
	for (SIZE_T i = 0; i < from->Length; i++)
		to->Buffer[i] = (UCHAR)from->Buffer[i];
	to->Length = (USHORT)(from->Length * sizeof(WCHAR));
	to->Buffer[from->Length] = UNICODE_NULL;
	return STATUS_SUCCESS;
}

NTSTATUS RtlUnicodeStringToAnsiString(ANSI_STRING *to, const UNICODE_STRING *from, BOOLEAN allocate)
{
	PVOID buffer = to->Buffer;
	NTSTATUS status = room(&buffer, &to->MaximumLength, CHARS(from) + 1, allocate);

	if (status != STATUS_SUCCESS)
		return status;
	to->Buffer = buffer;
	for (SIZE_T i = 0; i < CHARS(from); i++)
		to->Buffer[i] = from->Buffer[i] > 0xFF ? '?' : (CHAR)from->Buffer[i];
	to->Length = (USHORT)CHARS(from);
	to->Buffer[to->Length] = ANSI_NULL;
	return STATUS_SUCCESS;
}

VOID RtlFreeUnicodeString(UNICODE_STRING *string)
{
	free(string->Buffer);
	*string = (UNICODE_STRING){0};
}

VOID RtlFreeAnsiString(ANSI_STRING *string)
{
	free(string->Buffer);
	*string = (ANSI_STRING){0};
}

VOID NdisInitializeString(NDIS_STRING *to, UCHAR *text)
{
	ANSI_STRING from;

	RtlInitAnsiString(&from, (const CHAR *)text);
	*to = (NDIS_STRING){0};
	if (RtlAnsiStringToUnicodeString(to, &from, TRUE) != STATUS_SUCCESS)
		*to = (NDIS_STRING){0};
}

static ULONG digit_of(WCHAR character)
{
	WCHAR upper = RtlUpcaseUnicodeChar(character);

	if (character >= '0' && character <= '9')
		return character - '0';
	return upper >= 'A' && upper <= 'F' ? upper - 'A' + 10u : UINT32_MAX;
}

// What the text says in front of its digits.
static ULONG base_said(const WCHAR *text, SIZE_T length)
{
	if (length < 2 || text[0] != '0')
		return 0;
	switch (text[1]) {
	case 'x':
		return 16;
	case 'o':
		return 8;
	case 'b':
		return 2;
	default:
		return 0;
	}
}

NTSTATUS RtlUnicodeStringToInteger(const UNICODE_STRING *string, ULONG base, ULONG *value)
{
	SIZE_T length = CHARS(string), i = 0;
	BOOLEAN negative;
	ULONG sum = 0;

	if (base != 0 && base != 2 && base != 8 && base != 10 && base != 16)
		return STATUS_INVALID_PARAMETER;
	while (i < length && string->Buffer[i] <= ' ')
		i++;
	negative = i < length && string->Buffer[i] == '-';
	if (i < length && (string->Buffer[i] == '-' || string->Buffer[i] == '+'))
		i++;
	if (base == 0) {
		base = base_said(&string->Buffer[i], length - i);
		i += base != 0 ? 2 : 0;
		base = base != 0 ? base : 10;
	}
	for (; i < length && digit_of(string->Buffer[i]) < base; i++)
		sum = sum * base + digit_of(string->Buffer[i]);
	*value = negative ? -sum : sum;
	return STATUS_SUCCESS;
}

NTSTATUS RtlIntegerToUnicodeString(ULONG value, ULONG base, UNICODE_STRING *string)
{
	WCHAR digits[32], *end = digits + ARRAYSIZE(digits), *first = end;

	base = base != 0 ? base : 10;
	if (base != 2 && base != 8 && base != 10 && base != 16)
		return STATUS_INVALID_PARAMETER;
	do {
		*--first = (WCHAR)("0123456789ABCDEF"[value % base]);
		value /= base;
	} while (value != 0);
	SIZE_T bytes = (SIZE_T)((PUCHAR)end - (PUCHAR)first);
	if (bytes > string->MaximumLength)
		return STATUS_BUFFER_OVERFLOW;
	RtlCopyMemory(string->Buffer, first, bytes);
	string->Length = (USHORT)bytes;
	terminate(string);
	return STATUS_SUCCESS;
}
