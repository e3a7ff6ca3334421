// SPDX-License-Identifier: BSD-3-Clause
// The server and its clients: server.c and connection.c.
#pragma once

#include <sys/queue.h>
#include <sys/types.h>

#include "ctl_priv.h"

struct event;

// A connection: waits for a request, or for room to write the answer, never for both.
struct ctl_client {
	struct nimbl_ctl *ctl;
	int fd;
	uid_t uid;
	bool may_write;
	struct event *can_read, *can_write;
	char *answer; // being sent, or NULL
	size_t size, sent;
	TAILQ_ENTRY(ctl_client) link;
};

struct nimbl_ctl {
	struct event_base *base;
	struct ctl_calls calls;
	int fd; // -1: none
	uid_t owner;
	struct event *accept, *again;
	TAILQ_HEAD(, ctl_client) clients;
	unsigned int client_count;
	char path[NIMBL_DIRECTORY_SIZE + NIMBL_INSTANCE_NAME_SIZE + 8]; // empty: no socket is there
	char request[NIMBL_CTL_MESSAGE_MAX];
};

// connection.c. Takes the descriptor; closes it where memory is short.
void ctl_client_open(struct nimbl_ctl *ctl, int fd, uid_t uid, bool may_write);
void ctl_client_close(struct ctl_client *client);
