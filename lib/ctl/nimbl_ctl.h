// SPDX-License-Identifier: BSD-3-Clause
// The control socket: a running instance answers calls of clients on the same machine.
//
// A unix socket of type SOCK_SEQPACKET. A request is one message of up to 64 KiB, a JSON object:
//   {"call": "show-ports", "port": "wan"}
// The answer is a line of JSON, in as many messages as it takes; the newline ends it:
//   {"ok": {...}}   or   {"error": {"cause": "...", "mend": "...", "code": 22}}
// A connection may carry one request after the other. Whoever may open the socket may read; calls
// that change things are for root and the user that runs the instance.
//
// The server side belongs to the thread that runs the event loop. The types of jansson and libevent
// are named only: include their headers where they are used.
#pragma once

#include "nimbl_instance.h"

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct json_t;

#define NIMBL_CTL_MESSAGE_MAX 65536u
#define NIMBL_CTL_ANSWER_MAX  (1u << 20)

enum nimbl_ctl_type {
	NIMBL_CTL_TEXT,   // a string
	NIMBL_CTL_NUMBER, // a whole number, 0 to 2^32 - 1
	NIMBL_CTL_FLAG,   // true or false
};

struct nimbl_ctl_arg {
	const char *name;
	enum nimbl_ctl_type type;
	bool is_required;
	const char *help; // one line
};

// One call. Handlers see only arguments that are in the table, with the types that it says.
struct nimbl_ctl_call {
	const char *name;                 // "show-ports"
	const char *help;                 // one line
	bool needs_write;                 // changes something
	const struct nimbl_ctl_arg *args; // a NULL name ends them; NULL: none
	// Put into `answer`, an empty object, what stands under "ok". Returns 0, or -errno with cause
	// and mend noted. Has to be quick: everybody waits.
	int (*handler)(void *context, const struct json_t *args, struct json_t *answer);
};

struct nimbl_ctl;

// Listen at `path`, which is replaced: whoever calls this owns the name. Clients are served by
// `base` until nimbl_ctl_close(). Returns 0 or -errno.
NIMBL_API int nimbl_ctl_open(struct event_base *base, const char *path, struct nimbl_ctl **ctl);

// Serve these calls too, in the order of "help"; a NULL name ends them. The table must outlive the
// server; `context` is handed to its handlers. Returns 0, or -ENOSPC when there are too many tables.
NIMBL_API int nimbl_ctl_add(
	struct nimbl_ctl *ctl, const struct nimbl_ctl_call *calls, void *context);

// Hang up on all clients, remove the socket. NULL is accepted.
NIMBL_API void nimbl_ctl_close(struct nimbl_ctl *ctl);

// --- for clients; any thread, no event loop ---

struct nimbl_ctl_address {
	char name[NIMBL_INSTANCE_NAME_SIZE];
	char directory[NIMBL_DIRECTORY_SIZE];
};

// Find the running instance `name`, or the only one when `name` is NULL. Returns 0, or -errno that
// says what runs and how to choose.
NIMBL_API int nimbl_ctl_find(const char *name, struct nimbl_ctl_address *address);

// Ask and wait for the answer, at most some seconds. On success *answer is what stands under "ok",
// the caller's. Otherwise -errno; cause and mend are what the other side said, if it did.
NIMBL_API int nimbl_ctl_ask(const struct nimbl_ctl_address *address, const struct json_t *request,
	struct json_t **answer);

#ifdef __cplusplus
}
#endif
