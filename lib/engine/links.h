// SPDX-License-Identifier: BSD-3-Clause
// What the kernel says about its interfaces coming and going, in the network namespace that the process
// was in when it asked: rtnetlink(7). Control thread.
#pragma once

#include <stdbool.h>

struct links;

// One interface: there, or there no more.
struct link_change {
	unsigned int index;
	const char *name;
	bool is_gone;
	bool has_moved; // gone: to another network namespace
};

typedef void links_fn(void *context, const struct link_change *change);

// Ask to be told from now on. NULL with the error set.
struct links *links_open(void);
void links_close(struct links *links);

// A descriptor that becomes readable when there is something to be told.
int links_fd(const struct links *links);

// Tell all that waits. False when the kernel could not keep all that happened.
bool links_read(struct links *links, links_fn *tell, void *context);
