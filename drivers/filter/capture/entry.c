// SPDX-License-Identifier: BSD-3-Clause
// The capturing filter: its settings, and the life of a module. Control thread.
#include <errno.h>
#include <stdlib.h>

#include "capture_priv.h"

static const char *const directions[] = {"rx", "tx", "both", NULL};

static const char *const figures[] = {
	"rx_caught", "tx_caught", "missed", "written", "bytes", "files", "failed", "done", NULL};

#define SETTING(setting, kind) \
	.name = #setting, .type = NIMBL_SETTING_##kind, NIMBL_SETTING_AT(capture, setting)

static const struct nimbl_setting settings[] = {
	{SETTING(file, PATH), .required = true,
		.help = "The file that is written, or a FIFO that somebody reads."},
	{SETTING(overwrite, FLAG), .preset = "false",
		.help = "Whether an existing file is replaced."},
	{SETTING(expression, TEXT), .max = 2000, .absent = "every frame",
		.help = "Which frames, as pcap-filter(7) has it."},
	{SETTING(direction, CHOICE), .words = directions, .preset = "both",
		.help = "Which frames: received, sent, or both."},
	{SETTING(snap, NUMBER), .min = 1, .max = 65535, .preset = "65535",
		.help = "How many bytes of a frame are kept."},
	{SETTING(count, NUMBER), .preset = "0", .help = "Ends after so many frames; 0: never."},
	{SETTING(duration, TIME), .preset = "0s", .help = "Ends after so long; 0s: never."},
	{SETTING(file_size, SIZE), .preset = "0",
		.help = "About how large a file gets before the next one, or the end; 0: any size."},
	{SETTING(file_time, TIME), .preset = "0s",
		.help = "How long a file is written before the next one, or the end; 0s: any time."},
	{SETTING(files, NUMBER), .max = 100000, .preset = "0",
		.help = "How many files are kept, the oldest goes; 0: there is only one."},
	{SETTING(buffer, SIZE), .min = 256 << 10, .max = 1ull << 30, .preset = "4M",
		.help = "Room for what is caught and not written yet."},
	{SETTING(jit, FLAG), .preset = "true",
		.help = "Whether the expression becomes machine code where the machine allows it."},
	{SETTING(comment, TEXT), .max = 1000, .absent = "none",
		.help = "A remark at the start of each file."},
	{.name = NULL},
};

static void capture_close(void *context)
{
	struct capture *self = context;

	capture_writer_stop(self);
	if (self->out != NULL)
		capture_file_close(self);
	free(self->out);
	capture_ring_close(&self->ring);
	capture_expression_close(self->matches);
}

static int capture_open(void *context)
{
	struct capture *self = context;
	int ret = 0;

	if (self->expression != NULL && self->expression[0] != '\0')
		ret = capture_expression_open(self->expression, self->jit, &self->matches);
	if (ret == 0)
		ret = capture_ring_open(&self->ring, self->buffer);
	if (ret < 0)
		return ret;
	self->out = malloc(sizeof(*self->out));
	if (self->out == NULL)
		return nimbl_fail(ENOMEM, "no memory for a capture");
	self->out->fd = -1;
	ret = capture_file_open(self);
	return ret < 0 ? ret : capture_writer_start(self);
}

static const struct nimbl_filter_kind kind = {
	.help = "Writes frames that pass to files of pcapng.",
	.size = sizeof(struct capture),
	.allows = NIMBL_FILTER_ATTRIBUTES_HANDOVER | NIMBL_FILTER_ATTRIBUTES_UNTOUCHED,
	.settings = settings,
	.figures = figures,
	.open = capture_open,
	.close = capture_close,
};

NIMBL_FILTER(capture, kind, .SendNetBufferListsHandler = capture_send,
	.ReceiveNetBufferListsHandler = capture_receive)
