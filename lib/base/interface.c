// SPDX-License-Identifier: BSD-3-Clause
// Asking the kernel about its interfaces, with the ioctls of netdevice(7).
#include "nimbl_interface.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(const char *name, unsigned long code, struct ifreq *request)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(request->ifr_name, sizeof(request->ifr_name), "%.15s", name);
	int ret = ioctl(fd, code, request) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

bool nimbl_interface_is_up(const char *name)
{
	struct ifreq request = {0};

	return ask(name, SIOCGIFFLAGS, &request) == 0 &&
	       (request.ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
}

uint32_t nimbl_interface_mtu(const char *name)
{
	struct ifreq request = {0};

	return ask(name, SIOCGIFMTU, &request) == 0 ? (uint32_t)request.ifr_mtu : 0;
}

int nimbl_interface_set_mtu(const char *name, uint32_t mtu)
{
	struct ifreq request = {.ifr_mtu = (int)mtu};

	return ask(name, SIOCSIFMTU, &request);
}
