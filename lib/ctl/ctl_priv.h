// SPDX-License-Identifier: BSD-3-Clause
// Inside lib/ctl: the table of calls, and the text of requests and answers.
#pragma once

#include <jansson.h>
#include <sys/un.h>

#include "nimbl_ctl.h"

#define CTL_TABLES_MAX 16
#define CTL_NAMES_MAX  128 // of calls, in guesses

struct ctl_calls {
	struct ctl_table {
		const struct nimbl_ctl_call *calls;
		void *context;
	} tables[CTL_TABLES_MAX];
	unsigned int count;
};

// --- request.c: text in, text out; knows no socket ---

// Answer `length` bytes of a request. The line, of *size bytes with its newline, is the caller's to
// free(); NULL when memory is short.
char *ctl_answer(const struct ctl_calls *calls, bool may_write, const char *request, size_t length,
	size_t *size);

// The answer that says the last error of this thread.
char *ctl_answer_error(size_t *size);

// --- address.c ---

// The address of a socket. Returns 0, or -ENAMETOOLONG.
int ctl_address(const char *path, struct sockaddr_un *address);
