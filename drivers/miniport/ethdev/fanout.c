// SPDX-License-Identifier: BSD-3-Clause
// The net_af_packet PMD makes every socket join a fanout group, also when there is only one, and has
// the kernel put IPv4 fragments together for it. No argument turns that off. A bridge must pass
// fragments as they are, and two processes whose ids and interfaces happen to give the same group
// refuse each other. So the option is looked at on its way to the kernel, while the PMD opens its
// sockets and at no other time.
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ethdev_priv.h"

static _Thread_local uint16_t sockets;

void ethdev_fanout_begin(uint16_t queues)
{
	sockets = queues;
}

void ethdev_fanout_end(void)
{
	sockets = 0;
}

// Stands before libc's for everything that EAL loads.
__attribute__((visibility("default"))) int setsockopt(
	int fd, int level, int option, const void *value, socklen_t length)
{
	int fanout;

	if (sockets > 0 && level == SOL_PACKET && option == PACKET_FANOUT &&
		length == sizeof(fanout)) {
		if (sockets == 1)
			return 0;
		fanout = *(const int *)value & ~(PACKET_FANOUT_FLAG_DEFRAG << 16);
		value = &fanout;
	}
	return (int)syscall(SYS_setsockopt, fd, level, option, value, length);
}
