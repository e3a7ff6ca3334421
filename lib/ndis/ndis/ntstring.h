// SPDX-License-Identifier: BSD-3-Clause
// Counted strings. Lengths are bytes. In 8-bit strings each byte is the character of its number
// (Latin 1); what does not fit into one becomes '?'. Letters of ASCII are the only ones that have
// a case. Any thread unless it says otherwise.
#pragma once

#include "status.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _STRING {
	USHORT Length;
	USHORT MaximumLength;
	CHAR *Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING;
typedef const ANSI_STRING *PCANSI_STRING;
typedef ANSI_STRING NDIS_ANSI_STRING, *PNDIS_ANSI_STRING;

#define UNICODE_NULL             ((WCHAR)0)
#define ANSI_NULL                ((CHAR)0)
#define UNICODE_STRING_MAX_BYTES ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS 32767

// Initialisers for constants. The text is read only, whatever the type says.
#define RTL_CONSTANT_STRING(s)                                    \
	{                                                         \
		sizeof(s) - sizeof((s)[0]), sizeof(s), (PVOID)(s) \
	}
#define NDIS_STRING_CONST(s) RTL_CONSTANT_STRING(L##s)
#define DECLARE_CONST_UNICODE_STRING(name, text) \
	const WCHAR name##_buffer[] = text;      \
	const UNICODE_STRING name = {            \
		sizeof(text) - sizeof(WCHAR), sizeof(text), (PWSTR)name##_buffer}

// An empty string with room for `size` characters.
#define DECLARE_UNICODE_STRING_SIZE(name, size) \
	WCHAR name##_buffer[size];              \
	UNICODE_STRING name = {0, (size) * sizeof(WCHAR), name##_buffer}

// Let the string name a text that ends with zero, which stays the caller's; NULL gives the empty one.
NIMBL_NDIS_API VOID RtlInitUnicodeString(UNICODE_STRING *DestinationString, PCWSTR SourceString);
NIMBL_NDIS_API VOID RtlInitAnsiString(ANSI_STRING *DestinationString, const CHAR *SourceString);
#define RtlInitString(Destination, Source)         RtlInitAnsiString(Destination, Source)
#define NdisInitUnicodeString(Destination, Source) RtlInitUnicodeString(Destination, Source)
#define NdisInitAnsiString(Destination, Source)    RtlInitAnsiString(Destination, Source)

#define RtlInitEmptyUnicodeString(String, Text, Size)                                \
	((void)((String)->Buffer = (Text), (String)->MaximumLength = (USHORT)(Size), \
		(String)->Length = 0))

// Copy as much as fits; a terminator too where there is room. A NULL source empties.
NIMBL_NDIS_API VOID RtlCopyUnicodeString(
	UNICODE_STRING *DestinationString, const UNICODE_STRING *SourceString);

// Append whole, or not at all: STATUS_BUFFER_TOO_SMALL.
NIMBL_NDIS_API NTSTATUS RtlAppendUnicodeStringToString(
	UNICODE_STRING *Destination, const UNICODE_STRING *Source);
NIMBL_NDIS_API NTSTATUS RtlAppendUnicodeToString(UNICODE_STRING *Destination, PCWSTR Source);

// Which comes first, as the sign of the result; and whether they are equal, or one begins the other.
NIMBL_NDIS_API LONG RtlCompareUnicodeString(
	const UNICODE_STRING *String1, const UNICODE_STRING *String2, BOOLEAN CaseInSensitive);
NIMBL_NDIS_API BOOLEAN RtlEqualUnicodeString(
	const UNICODE_STRING *String1, const UNICODE_STRING *String2, BOOLEAN CaseInSensitive);
NIMBL_NDIS_API BOOLEAN RtlPrefixUnicodeString(
	const UNICODE_STRING *String1, const UNICODE_STRING *String2, BOOLEAN CaseInSensitive);
#define NdisEqualString(String1, String2, CaseInSensitive) \
	RtlEqualUnicodeString(String1, String2, CaseInSensitive)
#define NdisEqualUnicodeString(String1, String2, CaseInSensitive) \
	RtlEqualUnicodeString(String1, String2, CaseInSensitive)

NIMBL_NDIS_API WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter);

// From one kind to the other, with a terminator. With `Allocate` the destination gets memory of its
// own, to be freed with RtlFree*String; not per packet. STATUS_BUFFER_OVERFLOW when it does not fit,
// STATUS_INSUFFICIENT_RESOURCES when memory is out.
NIMBL_NDIS_API NTSTATUS RtlAnsiStringToUnicodeString(
	UNICODE_STRING *DestinationString, const ANSI_STRING *SourceString, BOOLEAN Allocate);
NIMBL_NDIS_API NTSTATUS RtlUnicodeStringToAnsiString(
	ANSI_STRING *DestinationString, const UNICODE_STRING *SourceString, BOOLEAN Allocate);
#define NdisAnsiStringToUnicodeString(Destination, Source) \
	RtlAnsiStringToUnicodeString(Destination, Source, FALSE)
#define NdisUnicodeStringToAnsiString(Destination, Source) \
	RtlUnicodeStringToAnsiString(Destination, Source, FALSE)

// Free such memory and leave the empty string. One without memory is accepted.
NIMBL_NDIS_API VOID RtlFreeUnicodeString(UNICODE_STRING *UnicodeString);
NIMBL_NDIS_API VOID RtlFreeAnsiString(ANSI_STRING *AnsiString);

// A string of NDIS with memory of its own, from a text of 8-bit characters; freed with NdisFreeString.
// Its Buffer is NULL when memory is out.
NIMBL_NDIS_API VOID NdisInitializeString(NDIS_STRING *Destination, UCHAR *Source);
#define NdisFreeString(String) RtlFreeUnicodeString(&(String))

// A number in digits of `Base`: 2, 8, 10, 16, or 0 for what 0b, 0o or 0x in the text says, else 10.
// Reading ends before the first that is no digit. STATUS_INVALID_PARAMETER for another base,
// STATUS_BUFFER_OVERFLOW when the digits do not fit.
NIMBL_NDIS_API NTSTATUS RtlUnicodeStringToInteger(
	const UNICODE_STRING *String, ULONG Base, ULONG *Value);
NIMBL_NDIS_API NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, UNICODE_STRING *String);

#ifdef __cplusplus
}
#endif
