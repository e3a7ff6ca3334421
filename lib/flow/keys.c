// SPDX-License-Identifier: BSD-3-Clause
// The keys of a stream beside the fields of headers, suggestions for wrong ones, and the reference.
#include <errno.h>
#include <string.h>

#include "flow_priv.h"

#define NAMES_MAX 64

static const char *const sum_words[] = {"right", "wrong", NULL};
static const char *const udp_sum_words[] = {"right", "wrong", "zero", NULL};

#define SUM(layer) .offset = offsetof(struct spec, sums[layer]), .size = sizeof(enum sum_wish)
#define PACE(member)                                  \
	.offset = offsetof(struct spec, pace.member), \
	.size = sizeof(((struct spec *)0)->pace.member)

// clang-format off
const struct nimbl_setting flow_settings[] = {
	{"name", NIMBL_SETTING_TEXT, NIMBL_SETTING_AT(spec, name), .min = 1, .max = 63,
	 .absent = "its port and number", .help = "Name of the stream in reports."},
	{"port", NIMBL_SETTING_TEXT, NIMBL_SETTING_AT(spec, port), .min = 1, .max = 31,
	 .absent = "required in files", .help = "Port that sends it."},
	{"signature", NIMBL_SETTING_FLAG, NIMBL_SETTING_AT(spec, is_signed), .preset = "true",
	 .help = "Whether the last 18 bytes tell stream, sequence, time and a check."},
	{"seed", NIMBL_SETTING_NUMBER, NIMBL_SETTING_AT(spec, seed), .preset = "1",
	 .help = "Of all that is random and has no seed of its own."},
	{"burst", NIMBL_SETTING_NUMBER, PACE(burst), .min = 1, .max = 1000000, .preset = "1",
	 .help = "Frames that go back to back."},
	{"gap", NIMBL_SETTING_TIME, PACE(gap_ns), .max = 3600000000000, .preset = "0s",
	 .help = "Pause after each burst, beside what the rate says."},
	{"count", NIMBL_SETTING_NUMBER, PACE(count), .preset = "0", .help = "Frames in all; 0: no end."},
	{"duration", NIMBL_SETTING_TIME, PACE(duration_ns), .preset = "0s",
	 .help = "Time from the first frame on; 0: no end."},
	{"delay", NIMBL_SETTING_TIME, PACE(delay_ns), .preset = "0s", .help = "Before the first frame."},
	{"replay.file", NIMBL_SETTING_PATH, NIMBL_SETTING_AT(spec, replay.path), .absent = "none",
	 .help = "Capture (pcap, pcapng) whose frames are sent as they are, from the current folder."},
	{"replay.loops", NIMBL_SETTING_NUMBER, NIMBL_SETTING_AT(spec, replay.loops), .preset = "1",
	 .help = "How often it is sent; 0: no end."},
	{"ipv4.checksum", NIMBL_SETTING_CHOICE, SUM(LAYER_IP4), .words = sum_words, .preset = "right",
	 .help = "Of the IPv4 header."},
	{"udp.checksum", NIMBL_SETTING_CHOICE, SUM(LAYER_UDP), .words = udp_sum_words, .preset = "right",
	 .help = "Of UDP; zero is none, which IPv4 allows."},
	{"tcp.checksum", NIMBL_SETTING_CHOICE, SUM(LAYER_TCP), .words = sum_words, .preset = "right",
	 .help = "Of TCP."},
	{"icmp.checksum", NIMBL_SETTING_CHOICE, SUM(LAYER_ICMP), .words = sum_words, .preset = "right",
	 .help = "Of ICMP."},
	{"icmpv6.checksum", NIMBL_SETTING_CHOICE, SUM(LAYER_ICMP6), .words = sum_words,
	 .preset = "right", .help = "Of ICMPv6."},
	{0}};

// What is read in another way.
static const struct {
	const char *name, *allowed, *preset, *help;
} special[] = {
	{"size", "64 to 16384, a range (64..1518 step 2), 'random 64..1518', imix, 'genome aaabbg', or "
		 "a list of '64 weight 7' and the like", "64", "Bytes of a frame with its FCS."},
	{"rate", "max, 50%, 1.5Mpps, '1Gbit/s L1', '1Gbit/s L2'", "max",
	 "Frames or bits per second, L1 with preamble and gap, L2 without; or the share of the line."},
	{"payload", "zeros, increment, random, or hex such as 0xdeadbeef", "zeros",
	 "What follows the headers; the same in all frames, but for the signature."},
	{"replay.speed", "0.001 to 1000000", "1", "2 is twice as fast as captured; not with a rate."},
	{"dst", "a MAC, IPv4 or IPv6 address", "none", "Short for eth.dst, ipv4.dst or ipv6.dst."},
	{"src", "a MAC, IPv4 or IPv6 address", "none", "Short for eth.src, ipv4.src or ipv6.src."},
};
// clang-format on

#define SPECIALS (sizeof(special) / sizeof(special[0]))

const struct nimbl_setting *flow_setting_find(const char *key)
{
	const struct nimbl_setting *row = flow_settings;

	while (row->name != NULL && strcmp(row->name, key) != 0)
		row++;
	return row->name != NULL ? row : NULL;
}

// Names of fields, for suggestions.
struct names {
	char text[FIELDS_MAX][24];
	const char *list[NAMES_MAX + FIELDS_MAX];
};

static void collect(struct names *names)
{
	unsigned int n = 0;

	for (const struct nimbl_setting *row = flow_settings; row->name != NULL; row++)
		names->list[n++] = row->name;
	for (size_t i = 0; i < SPECIALS; i++)
		names->list[n++] = special[i].name;
	for (int i = 0; i < LAYER_COUNT; i++)
		names->list[n++] = flow_layer_names[i];
	for (int i = 0; flow_fields[i].name != NULL; i++) {
		snprintf(names->text[i], sizeof(names->text[i]), "%s.%s",
			flow_layer_names[flow_fields[i].layer], flow_fields[i].name);
		names->list[n++] = names->text[i];
	}
	names->list[n] = NULL;
}

int flow_key_unknown(const char *key)
{
	struct names names;
	const char *meant;

	collect(&names);
	nimbl_fail(EINVAL, "a stream has no key %s", nimbl_quote(key).text);
	meant = nimbl_did_you_mean(key, names.list);
	if (meant != NULL)
		nimbl_mend("did you mean '%s'? 'nimbl explain streams' lists all keys", meant);
	else
		nimbl_mend("'nimbl explain streams' lists all keys");
	return -EINVAL;
}

static void print_entry(
	FILE *out, const char *name, const char *help, const char *allowed, const char *preset)
{
	fprintf(out, "%s\n    %s\n    Allowed: %s.\n    Default: %s.\n\n", name, help, allowed,
		preset);
}

void flow_spec_reference(FILE *out)
{
	for (const struct nimbl_setting *row = flow_settings; row->name != NULL; row++)
		print_entry(out, row->name, row->help, nimbl_setting_allowed(row).text,
			row->preset != NULL ? row->preset : row->absent);
	for (size_t i = 0; i < SPECIALS; i++)
		print_entry(out, special[i].name, special[i].help, special[i].allowed,
			special[i].preset);
	for (const struct field *field = flow_fields; field->name != NULL; field++) {
		char name[32];

		snprintf(name, sizeof(name), "%s.%s", flow_layer_names[field->layer], field->name);
		print_entry(out, name, field->help, flow_form_allowed(&field->form).text,
			field->preset != NULL ? field->preset : "as the frame needs it");
	}
}
