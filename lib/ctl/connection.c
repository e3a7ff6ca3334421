// SPDX-License-Identifier: BSD-3-Clause
// One client: a request, its answer, the next request. It holds one answer at most, and is hung up
// on when it lets us wait.
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server_priv.h"

static const struct timeval patience = {.tv_sec = 5};

void ctl_client_close(struct ctl_client *client)
{
	struct nimbl_ctl *ctl = client->ctl;

	if (client->can_read != NULL)
		event_free(client->can_read);
	if (client->can_write != NULL)
		event_free(client->can_write);
	TAILQ_REMOVE(&ctl->clients, client, link);
	ctl->client_count--;
	close(client->fd);
	free(client->answer);
	free(client);
}

static void wait_on(struct ctl_client *client, struct event *event)
{
	if (event_add(event, &patience) < 0)
		ctl_client_close(client);
}

// As much as the client takes now. Frees the client when it is gone.
static void send_on(struct ctl_client *client)
{
	while (client->sent < client->size) {
		size_t left = client->size - client->sent;
		size_t piece = left < NIMBL_CTL_MESSAGE_MAX ? left : NIMBL_CTL_MESSAGE_MAX;
		ssize_t sent = send(client->fd, client->answer + client->sent, piece,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent > 0) {
			client->sent += (size_t)sent;
		} else if (errno == EAGAIN) {
			wait_on(client, client->can_write);
			return;
		} else if (errno != EINTR) {
			ctl_client_close(client);
			return;
		}
	}
	free(client->answer);
	client->answer = NULL;
	wait_on(client, client->can_read);
}

static void answer(struct ctl_client *client, const char *request, size_t length, bool is_long)
{
	if (is_long) {
		nimbl_fail(EMSGSIZE, "a request has at most %u bytes", NIMBL_CTL_MESSAGE_MAX);
		nimbl_mend("ask for less at a time");
		client->answer = ctl_answer_error(&client->size);
	} else {
		client->answer = ctl_answer(
			&client->ctl->calls, client->may_write, request, length, &client->size);
	}
	client->sent = 0;
	if (client->answer != NULL)
		send_on(client);
	else
		ctl_client_close(client);
}

// Without room for control messages the kernel takes no descriptor over for us, and says that one
// was sent, which nobody does in good faith.
static void on_request(evutil_socket_t fd, short what, void *context)
{
	struct ctl_client *client = context;
	struct nimbl_ctl *ctl = client->ctl;
	struct iovec room = {ctl->request, sizeof(ctl->request)};
	struct msghdr message = {.msg_iov = &room, .msg_iovlen = 1};
	ssize_t length;

	if (what & EV_TIMEOUT) {
		ctl_client_close(client);
		return;
	}
	length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		wait_on(client, client->can_read);
	else if (length <= 0 || (message.msg_flags & MSG_CTRUNC))
		ctl_client_close(client);
	else
		answer(client, ctl->request, (size_t)length, message.msg_flags & MSG_TRUNC);
}

static void on_room(evutil_socket_t fd, short what, void *context)
{
	struct ctl_client *client = context;

	if (what & EV_TIMEOUT)
		ctl_client_close(client);
	else
		send_on(client);
}

void ctl_client_open(struct nimbl_ctl *ctl, int fd, uid_t uid, bool may_write)
{
	struct ctl_client *client = calloc(1, sizeof(*client));

	if (client == NULL) {
		close(fd);
		return;
	}
	client->ctl = ctl;
	client->fd = fd;
	client->uid = uid;
	client->may_write = may_write;
	TAILQ_INSERT_TAIL(&ctl->clients, client, link);
	ctl->client_count++;
	client->can_read = event_new(ctl->base, fd, EV_READ, on_request, client);
	client->can_write = event_new(ctl->base, fd, EV_WRITE, on_room, client);
	if (client->can_read == NULL || client->can_write == NULL)
		ctl_client_close(client);
	else
		wait_on(client, client->can_read);
}
