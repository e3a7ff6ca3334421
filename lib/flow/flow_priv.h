// SPDX-License-Identifier: BSD-3-Clause
// Inside lib/flow: what the text of a stream becomes before it is compiled, and what it is compiled to.
#pragma once

#include "nimbl_flow.h"
#include "nimbl_setting.h"

typedef unsigned __int128 wide;

// --- value.c: texts to values ---

// How values of a field are written.
enum format {
	FORMAT_NUMBER,
	FORMAT_MAC,
	FORMAT_IP4,
	FORMAT_IP6,
	FORMAT_TAG, // kinds of VLAN tags
	FORMAT_SIZE,
};

enum pattern_kind {
	PATTERN_FIXED,
	PATTERN_STEP,  // start + step * (n % count), modulo the field
	PATTERN_RANGE, // start + random below count
	PATTERN_MASK,  // start, but random where mask has bits
	PATTERN_LIST,
};

#define LIST_MAX 4096u

// The values of a field, one frame after the other. The list is owned here.
struct pattern {
	enum pattern_kind kind;
	wide start, step, mask;
	wide count;
	uint64_t seed;
	bool has_seed;
	wide *list;
};

// Read one text as a pattern of values of `bits`, at least `min` and at most `max`. `what` is its key. Returns 0,
// or -EINVAL with cause and mend.
struct value_form {
	enum format format;
	wide min, max;
	const char *allowed; // NULL: follows from the format
};
int flow_pattern_read(
	struct pattern *pattern, const char *what, const char *text, const struct value_form *form);

// What a form allows, in words.
struct form_text {
	char text[256];
};
struct form_text flow_form_allowed(const struct value_form *form);

// Add the next text of a list; what is there must be fixed or a list.
int flow_pattern_add(
	struct pattern *pattern, const char *what, const char *text, const struct value_form *form);

// A decimal number, or a hexadecimal one after 0x, of `length` characters; false: it is none.
bool flow_number_read(const char *text, size_t length, wide *value);

// --- fields.c: what headers have ---

enum layer {
	LAYER_ETH,
	LAYER_VLAN,
	LAYER_IP4,
	LAYER_IP6,
	LAYER_UDP,
	LAYER_TCP,
	LAYER_ICMP,
	LAYER_ICMP6,
	LAYER_COUNT,
};

#define TAGS_MAX   4
#define FIELDS_MAX 48

struct field {
	const char *name; // behind the name of the layer
	enum layer layer;
	uint16_t bit, bits; // where it is in the header
	struct value_form form;
	const char *preset; // NULL: what the layout says
	const char *help;
};

extern const struct field flow_fields[]; // ends with a NULL name
extern const char *const flow_layer_names[LAYER_COUNT];
extern const uint16_t flow_layer_bytes[LAYER_COUNT];

// The field of a key such as "ipv4.dst" or "vlan.2.vid", and the tag it is in; NULL: there is none.
const struct field *flow_field_find(const char *key, unsigned int *tag);

// The layer that a key is, or begins with; LAYER_COUNT: none.
enum layer flow_layer_find(const char *key, unsigned int *tag);

// --- sizes.c ---

enum sizes_kind {
	SIZES_FIXED,
	SIZES_CYCLE,  // list[n % count]
	SIZES_RANDOM, // start + random below count
};

// Lengths in memory, without FCS.
struct sizes {
	enum sizes_kind kind;
	uint16_t min, max;
	uint32_t count;
	uint64_t seed;
	uint64_t mean; // thousandths
	uint16_t *cycle;
};

int flow_sizes_read(struct sizes *sizes, const char *const *texts, unsigned int count);

// --- rate.c ---

int flow_rate_read(struct nimbl_pace_spec *pace, const char *text);

// "2", "0.5": thousandths.
int flow_speed_read(uint64_t *speed, const char *text);

// --- spec.c: options to a stream as it was asked ---

enum sum_wish {
	SUM_RIGHT,
	SUM_WRONG,
	SUM_ZERO,
};

enum payload_kind {
	PAYLOAD_ZEROS,
	PAYLOAD_INCREMENT,
	PAYLOAD_RANDOM,
	PAYLOAD_HEX,
};

struct spec {
	const char *name, *port;
	bool is_signed;
	uint64_t seed;
	struct nimbl_pace_spec pace;
	struct nimbl_flow_replay replay; // path NULL: none
	bool has_speed, has_rate, has_size;
	struct sizes sizes;
	bool has[LAYER_COUNT];
	unsigned int tags;
	enum sum_wish sums[LAYER_COUNT];
	enum payload_kind payload;
	const char *hex;
	struct {
		bool given;
		struct pattern pattern;
	} fields[TAGS_MAX][FIELDS_MAX]; // of other layers than VLAN in the first row
};

// Read options into *spec, which starts zeroed and is for flow_spec_free(), after failures too; texts stay those
// of the options.
int flow_spec_read(struct spec *spec, const struct nimbl_option *options);
void flow_spec_free(struct spec *spec);

// together.c: add the headers that follow from others, and look at what has to fit together.
int flow_spec_complete(struct spec *spec);

// keys.c: the table of plain settings, and what is said of a key that there is none of.
extern const struct nimbl_setting flow_settings[];
const struct nimbl_setting *flow_setting_find(const char *key);
int flow_key_unknown(const char *key);
void flow_spec_reference(FILE *out);

// --- compile.c ---

// A window of 8 bytes at an even offset, and what goes into some of its bits.
struct patch {
	enum pattern_kind kind;
	uint16_t at;
	uint8_t shift;     // of the value, in network order
	bool in_ip, in_l4; // whether a checksum covers it
	uint64_t mask;     // as it lies in memory
	uint64_t start, step, count, random;
	uint64_t seed;
	uint64_t *list; // owned by the flow
};

#define PATCHES_MAX 64

// Of a payload that is cut off somewhere: what its bytes come to.
struct tail {
	uint32_t crc;
	uint16_t sum; // as it lies in memory
};

struct nimbl_flow {
	char name[64], port[32];
	uint16_t id;
	bool is_signed, is_static; // static: all frames of one length are the same
	struct nimbl_pace_spec pace;
	struct nimbl_flow_replay replay; // path owned here; NULL: none
	struct sizes sizes;

	uint16_t ip_at, l4_at, payload_at; // 0: there is none
	uint16_t ip_length_at, udp_length_at;
	uint16_t ip_less;              // bytes before those that the IP header counts
	uint16_t ip_sum_at, l4_sum_at; // 0: there is none
	uint16_t ip_xor, l4_xor;       // makes them wrong
	uint16_t l4_zero;              // what a sum of 0 is sent as
	uint16_t ip_base, l4_base;     // sums of what is fixed, but for lengths and payload
	bool ip_moves;                 // its checksum differs from frame to frame
	bool l4_moves;
	uint8_t l4_lengths; // how often the L4 checksum counts the length

	uint16_t patch_count;
	struct patch *patches;
	struct tail *tails; // of payloads from `tail_first` bytes on
	uint16_t tail_first;
	uint8_t *frame; // a whole one of the longest, without values of patches
};

int flow_compile(const struct spec *spec, uint16_t id, struct nimbl_flow **flow);
void flow_free(struct nimbl_flow *flow);

// frame.c: fill flow->frame, and flow->patches, for a layout that is there.
int flow_frame_build(struct nimbl_flow *flow, const struct spec *spec);

// What IP says that follows; 0: no header of ours.
uint8_t flow_protocol(const struct spec *spec);

// Note that memory is short; returns -ENOMEM.
int flow_no_memory(void);

// write.c: lengths and checksums into the frame that others of a fixed size are copied from.
void flow_frame_finish(struct nimbl_flow *flow);

// --- the sum of RFC 1071, over words as they lie in memory ---

static inline uint64_t sum_add(uint64_t sum, uint64_t word)
{
	return sum + (word & 0xffffffff) + (word >> 32);
}

static inline uint16_t sum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}
