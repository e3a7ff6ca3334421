// SPDX-License-Identifier: BSD-3-Clause
// Messages of the kernel about links, and what they mean.
#include "links.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nimbl_base.h"

struct links {
	struct mnl_socket *socket;
	links_fn *tell; // while links_read() runs
	void *context;
};

struct links *links_open(void)
{
	struct links *links = calloc(1, sizeof(*links));

	if (links == NULL) {
		nimbl_fail(ENOMEM, "no memory to watch interfaces");
		return NULL;
	}
	links->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (links->socket != NULL && mnl_socket_bind(links->socket, RTMGRP_LINK, 0) == 0)
		return links;
	nimbl_fail(errno, "the kernel does not tell of its interfaces: %s", strerror(errno));
	links_close(links);
	return NULL;
}

void links_close(struct links *links)
{
	if (links == NULL)
		return;
	if (links->socket != NULL)
		mnl_socket_close(links->socket);
	free(links);
}

int links_fd(const struct links *links)
{
	return mnl_socket_get_fd(links->socket);
}

static int on_message(const struct nlmsghdr *message, void *context)
{
	const struct links *links = context;
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	struct link_change change = {.name = "", .is_gone = message->nlmsg_type == RTM_DELLINK};
	const struct nlattr *attribute;

	// Bridges speak of their ports in the same words, of another family.
	if ((message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK) ||
		info->ifi_family != AF_UNSPEC)
		return MNL_CB_OK;
	change.index = (unsigned int)info->ifi_index;
	mnl_attr_for_each(attribute, message, sizeof(*info))
	{
		if (mnl_attr_get_type(attribute) == IFLA_IFNAME)
			change.name = mnl_attr_get_str(attribute);
		if (mnl_attr_get_type(attribute) == IFLA_NEW_NETNSID)
			change.has_moved = true;
	}
	links->tell(links->context, &change);
	return MNL_CB_OK;
}

bool links_read(struct links *links, links_fn *tell, void *context)
{
	char room[32768] __attribute__((aligned(8)));
	bool is_all = true;
	ssize_t size;

	links->tell = tell;
	links->context = context;
	for (;;) {
		size = mnl_socket_recvfrom(links->socket, room, sizeof(room));
		if (size > 0)
			mnl_cb_run(room, (size_t)size, 0, 0, on_message, links);
		else if (size < 0 && errno == ENOBUFS)
			is_all = false;
		else
			return is_all;
	}
}
