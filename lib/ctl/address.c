// SPDX-License-Identifier: BSD-3-Clause
// The address of a socket, for both sides.
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ctl_priv.h"

int ctl_address(const char *path, struct sockaddr_un *address)
{
	size_t size = strlen(path) + 1;

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (size > sizeof(address->sun_path))
		return -ENAMETOOLONG;
	memcpy(address->sun_path, path, size);
	return 0;
}
