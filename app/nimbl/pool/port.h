// SPDX-License-Identifier: BSD-3-Clause
// A port of DPDK under work "nic": what is taken is received from it, or what goes back has passed through it.
#pragma once

#include "subject.h"

// Devices that the engine has opened for work "nic": by the names that they have in cells. At most POOL_DEVICES_MAX.
#define POOL_DEVICES_MAX 16u
void pool_port_add(const char *device, uint16_t port);

// Open the device of the subject's cell, once for all cells; nothing for a cell without. Returns 0 or -errno with
// the error set. On the control thread.
int pool_port_open(struct pool_subject *subject);

// Set the queue up anew so that it receives into the pool of the subject. Returns 0 or -errno. Between slices.
int pool_port_use(struct pool_subject *subject);

// What the queue holds of the pool goes back to it. Between slices.
void pool_port_leave(struct pool_subject *subject);

// All devices that were opened. On the control thread.
void pool_ports_close(void);

// In place of the pool where the device fills its queue itself: a burst received, a burst sent.
uint32_t pool_port_take_bare(struct pool_subject *subject, void **objects, uint32_t n);
void pool_port_give_bare(struct pool_subject *subject, void **objects, uint32_t n);
uint32_t pool_port_take_lists(struct pool_subject *subject, void **objects, uint32_t n);
void pool_port_give_lists(struct pool_subject *subject, void **objects, uint32_t n);

// Before the pool where the device gives back what is sent: sent, received, and then to the pool.
void pool_port_loop_bare(struct pool_subject *subject, void **objects, uint32_t n);
void pool_port_loop_lists(struct pool_subject *subject, void **objects, uint32_t n);
