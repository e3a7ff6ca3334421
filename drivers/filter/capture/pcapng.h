// SPDX-License-Identifier: BSD-3-Clause
// A file of pcapng (draft-ietf-opsawg-pcapng): one section, an interface for each direction of a port.
// Written by ourselves: rte_pcapng of DPDK 22.11 names interfaces after devices of DPDK that a filter
// does not know, and dates packets by a clock that it takes after the first of them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PCAPNG_PACKET_OVERHEAD 44u // bytes of a block beyond its data, which is padded to 4

struct pcapng {
	int fd;
	bool is_file;    // not a FIFO or the like: can be cut
	uint64_t size;   // bytes of whole blocks that are in it
	uint32_t used;   // of the buffer, whole blocks
	uint32_t frames; // in the buffer
	uint8_t buffer[256 << 10];
};

struct pcapng_head {
	const char *application, *comment; // of the section; comment NULL: none
	const char *port, *filter; // of the interfaces "port rx" and "port tx"; filter NULL: none
	uint32_t snap;
};

// Begin: section and interfaces 0 (received) and 1 (sent), in the buffer. `fd` stays the caller's.
void pcapng_begin(struct pcapng *self, int fd, bool is_file, const struct pcapng_head *head);

// Whether a packet of `caught` bytes has room in the buffer.
bool pcapng_has_room(const struct pcapng *self, uint32_t caught);

// Add a packet, for which there is room; `ns` since 1970.
void pcapng_packet(struct pcapng *self, bool is_tx, uint64_t ns, const void *data, uint32_t caught,
	uint32_t length);

// Add the statistics of an interface: frames seen and not captured, from `begin_ns` to `end_ns`.
void pcapng_statistics(struct pcapng *self, bool is_tx, uint64_t begin_ns, uint64_t end_ns,
	uint64_t seen, uint64_t missed);

// Write the buffer out. When that fails the file is cut back to what it was, so that it stays valid.
// `give_up` is asked while a reader is slow. Returns 0 or -errno; the buffer is empty after both.
int pcapng_flush(struct pcapng *self, bool (*give_up)(void *arg), void *arg);
