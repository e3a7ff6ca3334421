// SPDX-License-Identifier: BSD-3-Clause
// Aligned tables: cells are kept as text until all are known.
#include "table.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2 // spaces between columns

struct table {
	const char *const *headers;
	size_t columns;
	char **cells; // row after row
	size_t count, room;
	bool is_broken; // memory ran short
};

struct column {
	size_t width;
	bool is_right;
};

static struct table broken = {.is_broken = true};

struct table *table_new(const char *const *headers)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return &broken;
	table->headers = headers;
	while (headers[table->columns] != NULL)
		table->columns++;
	return table;
}

static bool make_room(struct table *table)
{
	if (table->is_broken || table->count < table->room)
		return !table->is_broken;
	size_t room = table->room > 0 ? 2 * table->room : 64;
	char **cells = reallocarray(table->cells, room, sizeof(*cells));

	table->is_broken = cells == NULL;
	if (cells != NULL) {
		table->cells = cells;
		table->room = room;
	}
	return cells != NULL;
}

void table_cell(struct table *table, const char *fmt, ...)
{
	char *text;
	va_list args;

	if (!make_room(table))
		return;
	va_start(args, fmt);
	int length = vasprintf(&text, fmt, args);
	va_end(args);
	if (length < 0)
		table->is_broken = true;
	else
		table->cells[table->count++] = text;
}

void table_count(struct table *table, uint64_t n)
{
	table_cell(table, "%s", format_count(n).text);
}

static bool is_figure(const char *text)
{
	if (*text == '\0' || strcmp(text, "-") == 0)
		return true;
	if (*text == '-' || *text == '+')
		text++;
	return isdigit((unsigned char)*text) != 0;
}

// A column without a row, or with nothing but empty cells, is text.
static struct column measure(const struct table *table, size_t number)
{
	struct column column = {strlen(table->headers[number]), true};
	bool has_digit = false;

	for (size_t i = number; i < table->count; i += table->columns) {
		const char *text = table->cells[i];
		size_t length = strlen(text);

		column.width = length > column.width ? length : column.width;
		column.is_right = column.is_right && is_figure(text);
		has_digit = has_digit || strpbrk(text, "0123456789") != NULL;
	}
	column.is_right = column.is_right && has_digit;
	return column;
}

// Spaces are written before the next text only, so no line ends with one.
static void print_row(const struct table *table, const struct column *columns,
	const char *const *row, size_t filled, unsigned int indent, FILE *out)
{
	size_t behind = indent;

	for (size_t i = 0; i < table->columns; i++) {
		const char *text = i < filled ? row[i] : "";
		size_t pad = columns[i].width - strlen(text);

		behind += columns[i].is_right ? pad : 0;
		if (*text != '\0') {
			fprintf(out, "%*s%s", (int)behind, "", text);
			behind = 0;
		}
		behind += GAP + (columns[i].is_right ? 0 : pad);
	}
	fputc('\n', out);
}

void table_print(const struct table *table, unsigned int indent, FILE *out)
{
	size_t width = table->columns;
	struct column *columns = table->is_broken ? NULL : calloc(width + 1, sizeof(*columns));

	if (columns == NULL) {
		fprintf(out, "%*s(not enough memory for this table)\n", (int)indent, "");
		return;
	}
	for (size_t i = 0; i < width; i++)
		columns[i] = measure(table, i);
	print_row(table, columns, table->headers, width, indent, out);
	for (size_t i = 0; width > 0 && i < table->count; i += width) {
		size_t left = table->count - i;

		print_row(table, columns, (const char *const *)&table->cells[i],
			left < width ? left : width, indent, out);
	}
	free(columns);
}

void table_finish(struct table *table, unsigned int indent, FILE *out)
{
	table_print(table, indent, out);
	table_free(table);
}

void table_free(struct table *table)
{
	if (table == NULL || table == &broken)
		return;
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}
