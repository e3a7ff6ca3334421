// SPDX-License-Identifier: BSD-3-Clause
// Reports as one HTML page that needs nothing else: the frame around it, and the files of its folder.
#pragma once

#include <jansson.h>
#include <stdio.h>

// From the doctype to the heading, in our style; `title` is plain text.
void page_begin(FILE *out, const char *title, const char *heading);
void page_end(FILE *out);

// Text with what HTML would take for its own written otherwise.
void page_text(FILE *out, const char *text);

// The members of `machine` in a line, and behind them how long it all took.
void page_machine(FILE *out, json_t *machine, double seconds);

// Make `folder` unless it is there. Returns 0 or -errno with the error set.
int page_folder(const char *folder);

// Open a file of it for writing; `path` becomes its name. NULL with the error set.
FILE *page_open(const char *folder, const char *name, char *path, size_t size);

// A full disk is seen at the end only. Returns 0 or -EIO with the error set.
int page_close(FILE *file, const char *path);
