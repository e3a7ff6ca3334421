// SPDX-License-Identifier: BSD-3-Clause
// nimbl explain streams: what streams of test frames send, before anything is sent.
#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "explain.h"
#include "frame_text.h"
#include "nimbl_flow.h"
#include "nimbl_replay.h"
#include "option.h"
#include "say.h"
#include "table.h"

enum { KEY_JSON = OPTION_LONG, KEY_PCAP, KEY_FRAMES };

#define FRAMES_MAX 1000000

struct explain {
	const char *file, *pcap;
	bool is_json;
	uint32_t frames;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct explain *self = state->input;

	switch (key) {
	case KEY_JSON:
		self->is_json = true;
		return 0;
	case KEY_PCAP:
		self->pcap = text;
		return 0;
	case KEY_FRAMES:
		return option_number(state, "--frames", text, 0, FRAMES_MAX, &self->frames);
	case ARGP_KEY_ARG:
		if (self->file != NULL)
			return option_surplus(state, text);
		self->file = text;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

struct rate_text {
	char text[64];
};

static struct rate_text rate_text(const struct nimbl_pace_spec *pace)
{
	struct rate_text out;
	double rate = (double)pace->rate / 1000;

	switch (pace->unit) {
	case NIMBL_PACE_PPS:
		snprintf(out.text, sizeof(out.text), "%s", format_packet_rate(rate).text);
		break;
	case NIMBL_PACE_L1:
	case NIMBL_PACE_L2:
		snprintf(out.text, sizeof(out.text), "%s L%d", format_bit_rate(rate).text,
			pace->unit == NIMBL_PACE_L1 ? 1 : 2);
		break;
	case NIMBL_PACE_PERCENT:
		snprintf(out.text, sizeof(out.text), "%s of the line",
			format_percent((double)pace->rate, 1e6).text);
		break;
	default:
		snprintf(out.text, sizeof(out.text), "max");
	}
	return out;
}

// The frames of a stream one after the other: made, or those of a capture.
struct source {
	const struct nimbl_flow *flow;
	struct nimbl_replay *replay;
	uint64_t next;
};

static int source_open(struct source *source, const struct nimbl_flow *flow)
{
	const struct nimbl_flow_replay *replay = nimbl_flow_replay(flow);
	struct nimbl_replay_spec spec = {
		.length_max = NIMBL_FLOW_SIZE_MAX - NIMBL_FCS_BYTES, .hz = 1000000000, .loops = 1};

	*source = (struct source){.flow = flow};
	if (replay == NULL)
		return 0;
	spec.path = replay->path;
	return nimbl_replay_open(&spec, &source->replay);
}

// NULL: there is none any more.
static const uint8_t *source_next(struct source *source, uint16_t *length)
{
	static uint8_t room[NIMBL_FLOW_SIZE_MAX];
	const struct nimbl_replay_frame *frame;
	uint64_t index = source->next++;

	if (source->replay == NULL) {
		*length = nimbl_flow_length(source->flow, index);
		nimbl_flow_write(source->flow, index, 0, room);
		return room;
	}
	nimbl_replay_fill(source->replay);
	frame = nimbl_replay_peek(nimbl_replay_ring_of(source->replay));
	if (frame == NULL)
		return NULL;
	*length = (uint16_t)frame->length;
	memcpy(room, nimbl_replay_bytes(frame), frame->length);
	nimbl_replay_take(nimbl_replay_ring_of(source->replay), frame);
	return room;
}

static uint64_t frames_of(const struct explain *self, const struct nimbl_flow *flow)
{
	const uint64_t count = nimbl_flow_pace(flow)->count;

	return count != 0 && count < self->frames ? count : self->frames;
}

typedef void (*frame_fn)(void *context, uint64_t index, const uint8_t *frame, uint16_t length);

static void frames_each(
	const struct explain *self, const struct nimbl_flow *flow, frame_fn each, void *context)
{
	uint64_t count = frames_of(self, flow);
	const uint8_t *frame;
	struct source source;
	uint16_t length;
	int ret = source_open(&source, flow);

	for (uint64_t i = 0;
		ret == 0 && i < count && (frame = source_next(&source, &length)) != NULL; i++)
		each(context, i, frame, length);
	nimbl_replay_close(source.replay);
}

static void frame_to_json(void *frames, uint64_t index, const uint8_t *frame, uint16_t length)
{
	static char hex[NIMBL_FLOW_SIZE_MAX * 2 + 1];

	for (uint16_t i = 0; i < length; i++)
		snprintf(hex + 2 * i, 3, "%02x", frame[i]);
	json_array_append_new(frames, json_stringn(hex, 2u * length));
}

static json_t *stream_json(const struct explain *self, const struct nimbl_flow *flow)
{
	json_t *frames = json_array();

	frames_each(self, flow, frame_to_json, frames);
	return json_pack("{s:s, s:s, s:i, s:b, s:s, s:I, s:f, s:o}", "name", nimbl_flow_name(flow),
		"port", nimbl_flow_port(flow), "id", nimbl_flow_id(flow), "signed",
		nimbl_flow_is_signed(flow), "rate", rate_text(nimbl_flow_pace(flow)).text, "count",
		(json_int_t)nimbl_flow_pace(flow)->count, "mean_size",
		(double)nimbl_flow_length_mean(flow) / 1000 + NIMBL_FCS_BYTES, "frames", frames);
}

static void streams_json(const struct explain *self, const struct nimbl_flows *flows)
{
	json_t *streams = json_array();
	const struct nimbl_flow *flow;

	for (unsigned int i = 0; (flow = nimbl_flows_at(flows, NULL, i)) != NULL; i++)
		json_array_append_new(streams, stream_json(self, flow));
	say_json(json_pack("{s:s, s:o}", "schema", "nimbl.explain.streams/1", "streams", streams));
}

static void frame_to_table(void *table, uint64_t index, const uint8_t *frame, uint16_t length)
{
	table_count(table, index);
	table_count(table, length + NIMBL_FCS_BYTES);
	table_cell(table, "%s", frame_text_of(frame, length).text);
}

static void stream_print(const struct explain *self, const struct nimbl_flow *flow)
{
	const struct nimbl_pace_spec *pace = nimbl_flow_pace(flow);
	static const char *const headers[] = {"frame", "size", "what", NULL};
	struct table *table = table_new(headers);

	printf("stream '%s' (%u) of port '%s': %s, frames of %.1f bytes on average with FCS",
		nimbl_flow_name(flow), nimbl_flow_id(flow), nimbl_flow_port(flow),
		rate_text(pace).text,
		(double)nimbl_flow_length_mean(flow) / 1000 + NIMBL_FCS_BYTES);
	if (pace->burst > 1)
		printf(", bursts of %u", pace->burst);
	if (pace->gap_ns > 0)
		printf(", gaps of %s", format_duration_ns(pace->gap_ns).text);
	if (pace->count > 0)
		printf(", %s in all", format_count(pace->count).text);
	if (pace->duration_ns > 0)
		printf(", for %s", format_duration_ns(pace->duration_ns).text);
	printf("\n");
	frames_each(self, flow, frame_to_table, table);
	table_finish(table, 2, stdout);
	printf("\n");
}

static int pcap_fail(const struct explain *self, const char *why)
{
	nimbl_fail(EIO, "cannot write %s: %s", nimbl_quote(self->pcap).text, why);
	nimbl_mend("give a path that can be written, on a disk with room");
	return -EIO;
}

static void frame_to_pcap(void *out, uint64_t index, const uint8_t *frame, uint16_t length)
{
	struct pcap_pkthdr header = {
		.ts.tv_usec = (suseconds_t)(index % 1000000), .caplen = length, .len = length};

	pcap_dump(out, &header, frame);
}

// As an Ethernet capture without FCS, for tcpdump, tshark and the like.
static int pcap_write(const struct explain *self, const struct nimbl_flows *flows)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, NIMBL_FLOW_SIZE_MAX);
	pcap_dumper_t *out = pcap != NULL ? pcap_dump_open(pcap, self->pcap) : NULL;
	const struct nimbl_flow *flow;
	int ret = 0;

	if (out == NULL) {
		ret = pcap_fail(self, pcap != NULL ? pcap_geterr(pcap) : "not enough memory");
	} else {
		for (unsigned int i = 0; (flow = nimbl_flows_at(flows, NULL, i)) != NULL; i++)
			frames_each(self, flow, frame_to_pcap, out);
		if (pcap_dump_flush(out) != 0)
			ret = pcap_fail(self, strerror(errno));
		pcap_dump_close(out);
	}
	if (pcap != NULL)
		pcap_close(pcap);
	return ret;
}

static int explain_file(const struct explain *self)
{
	struct nimbl_flows *flows;
	const struct nimbl_flow *flow;
	int ret = nimbl_flows_open(&flows);

	if (ret == 0)
		ret = nimbl_flows_read(flows, self->file);
	if (ret == 0 && self->pcap != NULL)
		ret = pcap_write(self, flows);
	if (ret == 0 && self->is_json)
		streams_json(self, flows);
	else if (ret == 0)
		for (unsigned int i = 0; (flow = nimbl_flows_at(flows, NULL, i)) != NULL; i++)
			stream_print(self, flow);
	nimbl_flows_close(flows);
	return ret < 0 ? say_error() : 0;
}

int explain_streams(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"frames", KEY_FRAMES, "N", 0, "Show the first N frames of each stream (default 5)",
			0},
		{"pcap", KEY_PCAP, "FILE", 0, "Write these frames to a capture file", 0},
		{"json", KEY_JSON, NULL, 0,
			"Print one JSON object (schema nimbl.explain.streams/1), frames as hex", 0},
		{0}};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[STREAMS]",
		.doc = "Say what streams of test frames send: their first frames, as they leave. Nothing "
		       "is sent. Without a file: all keys that a stream may have. Sizes are with FCS.\v"
		       "Example: nimbl explain streams examples/streams/imix.yaml\n\n" OPTION_EXIT_TEXT,
	};
	struct explain self = {.frames = 5};
	int ret = option_parse(&argp, argc, argv, &self);

	if (ret != 0)
		return ret;
	if (self.file != NULL)
		return explain_file(&self);
	nimbl_flows_reference(stdout);
	return 0;
}
