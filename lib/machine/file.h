// SPDX-License-Identifier: BSD-3-Clause
// Files of sysfs and procfs. A path begins with '/'; in front of it goes the folder that NIMBL_ROOT
// names, so that tests have machines of their own. What is read is never longer than its buffer,
// ends with a zero, and may be nonsense.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "nimbl_base.h"

#define FILE_PATH_SIZE 512

// Where a file lies, with the root in front.
struct file_path {
	char text[FILE_PATH_SIZE];
};
struct file_path file_path(const char *fmt, ...) NIMBL_PRINTF(1, 2);

// Whether NIMBL_ROOT is set: the machine is a made-up one.
bool file_is_made_up(void);

bool file_exists(const char *fmt, ...) NIMBL_PRINTF(1, 2);

bool file_is_writable(const char *fmt, ...) NIMBL_PRINTF(1, 2);

// Read a file without the newline at its end. Returns its length or -errno; `text` is "" then.
int file_read(char *text, size_t size, const char *fmt, ...) NIMBL_PRINTF(3, 4);

// A whole file of up to 1 MiB, to be freed; NULL when there is none or memory is short.
char *file_text(const char *fmt, ...) NIMBL_PRINTF(1, 2);

// The number that a file begins with, decimal or 0x; `otherwise` when there is none.
int64_t file_number(int64_t otherwise, const char *fmt, ...) NIMBL_PRINTF(2, 3);

// The last part of what a symbolic link points to: the driver of a device. "" when it is none.
void file_link(char *name, size_t size, const char *fmt, ...) NIMBL_PRINTF(3, 4);

// Write a text in one call, as sysfs wants it. Makes no file. Returns 0 or -errno.
int file_write(const char *text, const char *fmt, ...) NIMBL_PRINTF(2, 3);

// The entries of a folder, sorted, without those that begin with a dot.
struct file_names {
	char **list;
	unsigned int count;
};
struct file_names file_names(const char *fmt, ...) NIMBL_PRINTF(1, 2);
void file_names_free(struct file_names *names);
