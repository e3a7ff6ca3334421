// SPDX-License-Identifier: BSD-3-Clause
// The listening side: who may come in, how many, and the removal of all at the end.
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nimbl_log.h"
#include "server_priv.h"

#define CLIENTS_MAX      64
#define CLIENTS_RESERVED 8 // of these, for root and our own user
#define CLIENTS_PER_UID  8 // of any other user
#define ACCEPTS_AT_ONCE  16
#define BACKLOG          16

static const struct timeval pause_time = {.tv_sec = 1};

static bool is_trusted(const struct nimbl_ctl *ctl, uid_t uid)
{
	return uid == 0 || uid == ctl->owner;
}

static bool is_full(const struct nimbl_ctl *ctl, uid_t uid)
{
	unsigned int of_uid = 0;
	struct ctl_client *client;

	if (is_trusted(ctl, uid))
		return ctl->client_count >= CLIENTS_MAX;
	TAILQ_FOREACH (client, &ctl->clients, link)
		of_uid += client->uid == uid;
	return ctl->client_count >= CLIENTS_MAX - CLIENTS_RESERVED || of_uid >= CLIENTS_PER_UID;
}

// One word on the way out. Nobody waits for it to be read.
static void refuse(int fd)
{
	size_t size;
	char *text;

	nimbl_fail(EUSERS, "too many clients");
	nimbl_mend("try again in some seconds: whoever says nothing is hung up on");
	text = ctl_answer_error(&size);
	if (text != NULL && send(fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		nimbl_log(NIMBL_LOG_DEBUG, "control: %s", strerror(errno));
	free(text);
	close(fd);
}

static void let_in(struct nimbl_ctl *ctl, int fd)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		close(fd);
	else if (is_full(ctl, cred.uid))
		refuse(fd);
	else
		ctl_client_open(ctl, fd, cred.uid, is_trusted(ctl, cred.uid));
}

static void on_accept(evutil_socket_t listener, short what, void *context)
{
	struct nimbl_ctl *ctl = context;

	// Not all that wait: the loop has more to do.
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			let_in(ctl, fd);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			// No descriptor or memory left: it would be ready again at once.
			nimbl_log(NIMBL_LOG_WARNING, "control: %s", strerror(errno));
			event_del(ctl->accept);
			event_add(ctl->again, &pause_time);
			return;
		}
	}
}

static void on_again(evutil_socket_t fd, short what, void *context)
{
	struct nimbl_ctl *ctl = context;

	event_add(ctl->accept, NULL);
}

// The rights are there from the first moment: a chmod() after it would leave one without.
static int bind_privately(int fd, const char *path)
{
	struct sockaddr_un address;
	int ret = ctl_address(path, &address);

	if (ret < 0)
		return ret;
	unlink(path);
	mode_t before = umask(0117);
	ret = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(before);
	return ret;
}

static int listen_at(struct nimbl_ctl *ctl, const char *path)
{
	int ret;

	ctl->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (ctl->fd < 0)
		return -errno;
	ret = bind_privately(ctl->fd, path);
	if (ret < 0)
		return ret;
	// From here there is something to remove.
	snprintf(ctl->path, sizeof(ctl->path), "%s", path);
	return listen(ctl->fd, BACKLOG) < 0 ? -errno : 0;
}

static int wait_for_clients(struct nimbl_ctl *ctl)
{
	ctl->accept = event_new(ctl->base, ctl->fd, EV_READ | EV_PERSIST, on_accept, ctl);
	ctl->again = event_new(ctl->base, -1, 0, on_again, ctl);
	if (ctl->accept == NULL || ctl->again == NULL || event_add(ctl->accept, NULL) < 0)
		return -ENOMEM;
	return 0;
}

int nimbl_ctl_open(struct event_base *base, const char *path, struct nimbl_ctl **result)
{
	struct nimbl_ctl *ctl = calloc(1, sizeof(*ctl));
	int ret = -ENOMEM;

	if (ctl != NULL) {
		TAILQ_INIT(&ctl->clients);
		ctl->fd = -1;
		ctl->base = base;
		ctl->owner = geteuid();
		ret = listen_at(ctl, path);
	}
	if (ret == 0)
		ret = wait_for_clients(ctl);
	if (ret == 0) {
		*result = ctl;
		return 0;
	}
	nimbl_fail(-ret, "control socket %s: %s", path, strerror(-ret));
	nimbl_mend("name another directory: RUNTIME_DIRECTORY=/some/where nimbl ...");
	nimbl_ctl_close(ctl);
	return ret;
}

int nimbl_ctl_add(struct nimbl_ctl *ctl, const struct nimbl_ctl_call *calls, void *context)
{
	if (ctl->calls.count == CTL_TABLES_MAX)
		return nimbl_fail(ENOSPC, "more than %d tables of calls", CTL_TABLES_MAX);
	ctl->calls.tables[ctl->calls.count++] = (struct ctl_table){calls, context};
	return 0;
}

void nimbl_ctl_close(struct nimbl_ctl *ctl)
{
	struct ctl_client *client;

	if (ctl == NULL)
		return;
	while ((client = TAILQ_FIRST(&ctl->clients)) != NULL)
		ctl_client_close(client);
	if (ctl->accept != NULL)
		event_free(ctl->accept);
	if (ctl->again != NULL)
		event_free(ctl->again);
	if (ctl->path[0] != '\0')
		unlink(ctl->path);
	if (ctl->fd >= 0)
		close(ctl->fd);
	free(ctl);
}
