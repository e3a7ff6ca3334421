// SPDX-License-Identifier: BSD-3-Clause
// The device of `--dut self`: a nimbl that forwards, in a process of its own, over memif. Needs no rights,
// hugepages or NIC.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DUT_PORTS 2

struct dut_wish {
	unsigned int ports;  // 2: forwards between them; 1: sends back
	const char *filters; // of its first port, as YAML writes a list; NULL: none
	uint16_t cpu;        // that it runs on
	bool polls;          // it has that CPU for itself
};

struct dut {
	pid_t pid;
	int events;                   // what it prints
	char folder[48];              // of its sockets and configuration
	char devices[DUT_PORTS][192]; // that its peer opens
	char config[2048];
};

// Start it and wait until it runs. Before DPDK is started in this process, by the thread that lives
// longest: the device ends with it, whatever happens. Returns 0 or -errno with the error set, and nothing
// is left then.
int dut_start(struct dut *dut, const struct dut_wish *wish);

// End it and remove its files. Returns its exit status, or 128 and the signal that ended it. Does nothing
// when there is none: 0.
int dut_end(struct dut *dut);

// Take away what it has printed, so that it never waits for a reader. Now and then, while it runs.
void dut_drain(const struct dut *dut);

// KiB of memory that it has resident, 0 when that is not known.
uint64_t dut_memory_kib(pid_t pid);
