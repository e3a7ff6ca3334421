// SPDX-License-Identifier: BSD-3-Clause
// Text from drivers, to the log and into buffers.
#include <ndis.h>

#include "format.h"
#include "nimbl_log.h"

#define LINE_MAX_BYTES 512

static enum nimbl_log_level level_of(ULONG level)
{
	static const enum nimbl_log_level levels[] = {
		[DPFLTR_ERROR_LEVEL] = NIMBL_LOG_ERROR,
		[DPFLTR_WARNING_LEVEL] = NIMBL_LOG_WARNING,
		[DPFLTR_TRACE_LEVEL] = NIMBL_LOG_INFO,
		[DPFLTR_INFO_LEVEL] = NIMBL_LOG_DEBUG,
	};

	return level < ARRAYSIZE(levels) ? levels[level] : NIMBL_LOG_DEBUG;
}

static void print(enum nimbl_log_level level, const CHAR *format, va_list arguments)
{
	char line[LINE_MAX_BYTES];
	struct sink sink = {line, false, sizeof(line), 0};
	size_t length;

	if (level > nimbl_log_get_level())
		return;
	format_to(&sink, (struct text){format, false}, arguments);
	length = sink.length < sizeof(line) ? sink.length : sizeof(line);
	while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		length--; // the log ends its lines itself
	nimbl_log(level, "%.*s", (int)length, line);
}

ULONG DbgPrint(const CHAR *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(NIMBL_LOG_NOTICE, format, arguments);
	va_end(arguments);
	return STATUS_SUCCESS;
}

ULONG vDbgPrintEx(ULONG component, ULONG level, const CHAR *format, va_list arguments)
{
	print(level_of(level), format, arguments);
	return STATUS_SUCCESS;
}

ULONG DbgPrintEx(ULONG component, ULONG level, const CHAR *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vDbgPrintEx(component, level, format, arguments);
	va_end(arguments);
	return STATUS_SUCCESS;
}

// `size` characters, the terminator among them.
static NTSTATUS print_to(void *to, bool wide, SIZE_T size, const void *format, va_list arguments)
{
	struct sink sink = {to, wide, size - 1, 0};

	if (size == 0)
		return STATUS_INVALID_PARAMETER;
	format_to(&sink, (struct text){format, wide}, arguments);
	size_t end = sink.length < size ? sink.length : size - 1;
	if (wide)
		((WCHAR *)to)[end] = UNICODE_NULL;
	else
		((CHAR *)to)[end] = ANSI_NULL;
	return sink.length < size ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

NTSTATUS RtlStringCbPrintfA(CHAR *to, SIZE_T size, const CHAR *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	NTSTATUS status = print_to(to, false, size, format, arguments);
	va_end(arguments);
	return status;
}

NTSTATUS RtlStringCchPrintfW(WCHAR *to, SIZE_T count, PCWSTR format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	NTSTATUS status = print_to(to, true, count, format, arguments);
	va_end(arguments);
	return status;
}

NTSTATUS RtlStringCbPrintfW(WCHAR *to, SIZE_T size, PCWSTR format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	NTSTATUS status = print_to(to, true, size / sizeof(WCHAR), format, arguments);
	va_end(arguments);
	return status;
}

NTSTATUS RtlUnicodeStringPrintf(UNICODE_STRING *to, PCWSTR format, ...)
{
	struct sink sink = {to->Buffer, true, to->MaximumLength / sizeof(WCHAR), 0};
	va_list arguments;

	va_start(arguments, format);
	format_to(&sink, (struct text){format, true}, arguments);
	va_end(arguments);
	to->Length = (USHORT)((sink.length < sink.size ? sink.length : sink.size) * sizeof(WCHAR));
	return sink.length <= sink.size ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}
