// SPDX-License-Identifier: BSD-3-Clause
// Blocks of pcapng, and getting them out whole.
#include "pcapng.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_SECTION    0x0a0d0d0au
#define BLOCK_INTERFACE  1u
#define BLOCK_STATISTICS 5u
#define BLOCK_PACKET     6u

#define OPT_COMMENT  1u
#define SHB_USERAPPL 4u
#define IF_NAME      2u
#define IF_TSRESOL   9u
#define IF_FILTER    11u
#define EPB_FLAGS    2u
#define ISB_START    2u
#define ISB_END      3u
#define ISB_RECEIVED 4u
#define ISB_DROPPED  5u

#define LINKTYPE_ETHERNET 1u
#define TEXT_MAX          4096u // of an option

static void put(struct pcapng *self, const void *data, uint32_t bytes)
{
	static const uint8_t zeros[4];
	uint32_t pad = -bytes & 3;

	memcpy(self->buffer + self->used, data, bytes);
	memcpy(self->buffer + self->used + bytes, zeros, pad);
	self->used += bytes + pad;
}

static void put32(struct pcapng *self, uint32_t value)
{
	put(self, &value, sizeof(value));
}

static void put_time(struct pcapng *self, uint64_t ns)
{
	put32(self, (uint32_t)(ns >> 32));
	put32(self, (uint32_t)ns);
}

// The length stands at both ends and is known at the second.
static uint32_t block_begin(struct pcapng *self, uint32_t type)
{
	uint32_t at = self->used;

	put32(self, type);
	put32(self, 0);
	return at;
}

static void block_end(struct pcapng *self, uint32_t at)
{
	uint32_t length = self->used + 4 - at;

	memcpy(self->buffer + at + 4, &length, sizeof(length));
	put32(self, length);
}

static void option(struct pcapng *self, uint16_t code, const void *data, uint32_t bytes)
{
	uint16_t head[2] = {code, (uint16_t)bytes};

	put(self, head, sizeof(head));
	put(self, data, bytes);
}

static void option_text(struct pcapng *self, uint16_t code, const char *text)
{
	if (text != NULL)
		option(self, code, text, (uint32_t)strnlen(text, TEXT_MAX));
}

static void option_end(struct pcapng *self)
{
	put32(self, 0);
}

static void section(struct pcapng *self, const struct pcapng_head *head)
{
	static const uint64_t unknown = UINT64_MAX; // how long the section is
	uint32_t at = block_begin(self, BLOCK_SECTION);

	put32(self, 0x1a2b3c4du); // says the byte order
	put32(self, 1);           // version 1.0
	put(self, &unknown, sizeof(unknown));
	option_text(self, OPT_COMMENT, head->comment);
	option_text(self, SHB_USERAPPL, head->application);
	option_end(self);
	block_end(self, at);
}

static void interface(struct pcapng *self, const struct pcapng_head *head, const char *direction)
{
	char name[64] = "", filter[TEXT_MAX] = ""; // a zero says that the filter is a text
	uint32_t at = block_begin(self, BLOCK_INTERFACE);
	const uint8_t nanoseconds = 9;

	put32(self, LINKTYPE_ETHERNET);
	put32(self, head->snap);
	strncat(name, head->port, sizeof(name) - 5);
	strcat(name, direction);
	option_text(self, IF_NAME, name);
	option(self, IF_TSRESOL, &nanoseconds, 1);
	if (head->filter != NULL) {
		strncat(filter + 1, head->filter, sizeof(filter) - 2);
		option(self, IF_FILTER, filter, 1 + (uint32_t)strlen(filter + 1));
	}
	option_end(self);
	block_end(self, at);
}

void pcapng_begin(struct pcapng *self, int fd, bool is_file, const struct pcapng_head *head)
{
	self->fd = fd;
	self->is_file = is_file;
	self->size = 0;
	self->used = self->frames = 0;
	section(self, head);
	interface(self, head, " rx");
	interface(self, head, " tx");
}

bool pcapng_has_room(const struct pcapng *self, uint32_t caught)
{
	return self->used + PCAPNG_PACKET_OVERHEAD + caught + 3 <= sizeof(self->buffer);
}

void pcapng_packet(struct pcapng *self, bool is_tx, uint64_t ns, const void *data, uint32_t caught,
	uint32_t length)
{
	uint32_t at = block_begin(self, BLOCK_PACKET);
	const uint32_t direction = is_tx ? 2 : 1;

	put32(self, is_tx);
	put_time(self, ns);
	put32(self, caught);
	put32(self, length);
	put(self, data, caught);
	option(self, EPB_FLAGS, &direction, sizeof(direction));
	option_end(self);
	block_end(self, at);
	self->frames++;
}

void pcapng_statistics(struct pcapng *self, bool is_tx, uint64_t begin_ns, uint64_t end_ns,
	uint64_t seen, uint64_t missed)
{
	uint32_t begin[2] = {(uint32_t)(begin_ns >> 32), (uint32_t)begin_ns};
	uint32_t end[2] = {(uint32_t)(end_ns >> 32), (uint32_t)end_ns};
	uint32_t at = block_begin(self, BLOCK_STATISTICS);

	put32(self, is_tx);
	put_time(self, end_ns);
	option(self, ISB_START, begin, sizeof(begin));
	option(self, ISB_END, end, sizeof(end));
	option(self, ISB_RECEIVED, &seen, sizeof(seen));
	option(self, ISB_DROPPED, &missed, sizeof(missed));
	option_end(self);
	block_end(self, at);
}

// The reader of a FIFO is slow: wait a little, unless nobody waits for it any more.
static int wait_for_reader(const struct pcapng *self, bool (*give_up)(void *arg), void *arg)
{
	struct pollfd poll_fd = {.fd = self->fd, .events = POLLOUT};

	if (give_up(arg))
		return -ETIMEDOUT;
	return poll(&poll_fd, 1, 100) < 0 && errno != EINTR ? -errno : 0;
}

// What was written of a block that is not whole goes. The disk may have room again for the next one.
static void cut_back(const struct pcapng *self)
{
	if (ftruncate(self->fd, (off_t)self->size) == 0)
		lseek(self->fd, (off_t)self->size, SEEK_SET);
}

int pcapng_flush(struct pcapng *self, bool (*give_up)(void *arg), void *arg)
{
	uint32_t done = 0;
	int ret = 0;

	while (ret == 0 && done < self->used) {
		ssize_t n = write(self->fd, self->buffer + done, self->used - done);

		if (n >= 0)
			done += (uint32_t)n;
		else if (errno == EAGAIN)
			ret = wait_for_reader(self, give_up, arg);
		else if (errno != EINTR)
			ret = -errno;
	}
	if (ret == 0)
		self->size += self->used;
	else if (self->is_file)
		cut_back(self);
	self->used = self->frames = 0;
	return ret;
}
