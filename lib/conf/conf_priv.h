// SPDX-License-Identifier: BSD-3-Clause
// Inside lib/conf: the tree of nodes, the schema, and how errors are said.
#pragma once

#include "tree.h"

// --- say.c: errors ---

#define conf_quote(text) nimbl_quote(text)

// What is being read, and what of it: errors begin with the two.
struct reader {
	struct nimbl_conf *conf;
	char owner[64]; // "port 'wan': ", or empty at the top
};

// One error at `place`; returns -EINVAL. A mend has to follow.
int conf_say(const struct reader *reader, struct nimbl_place place, const char *fmt, ...)
	NIMBL_PRINTF(3, 4);

// The mend for a wrong word: what was meant, if anything is near, and what is allowed.
void conf_mend_word(const char *word, const char *what, const char *const *names);

// --- schema.c: the keys ---

struct key;

// Read `node`, which may be of any kind, into the struct at `base`.
typedef int read_fn(
	struct reader *reader, const struct key *key, const struct node *node, void *base);

struct key {
	const char *name;
	read_fn *read;
	size_t offset, size;      // of the member; sizes 1, 2, 4 and 8 take a number
	uint64_t min, max;        // of a number, or of the length of a text
	const char *const *words; // of an enumeration, in the order of its values
	bool has_auto;            // a number that may be "auto" ...
	uint64_t auto_value;      // ... which is stored as this
	const char *allowed;      // in words, when it follows from nothing above
	const char *preset;       // the default, read like text of a file; NULL: none
	const char *absent;       // what holds without the key, where preset is NULL
	const struct key *inner;  // the keys below this one
	bool named;               // the inner keys stand below a name that the user chooses
	const char *help;
};

extern const struct key conf_root_keys[], conf_lcores_keys[], conf_pool_keys[], conf_port_keys[],
	conf_descriptors_keys[], conf_driver_keys[], conf_verifier_keys[], conf_shortage_keys[];

// Write the defaults of `keys` into `base`.
void conf_presets(struct reader *reader, const struct key *keys, void *base);

// Read a map by `keys`, in their order, after a look for unknown and repeated ones.
int conf_read_map(
	struct reader *reader, const struct key *keys, const struct node *map, void *base);

// Fail for a key of `map` that stands there twice, or has no name.
int conf_check_repeats(const struct reader *reader, const struct node *map);

// Write what `key` allows, in words, for messages and the reference.
struct allowed {
	char text[160];
};
struct allowed conf_allowed(const struct key *key);

// --- value.c, drivers.c, lcores.c, filters.c, offloads.c, ports.c, pools.c, verifier.c: readers ---

#define DIGITS_MAX 10

// Digits only, and not so many that they might not fit; false otherwise.
bool conf_parse_digits(const char *text, size_t length, uint64_t *value);

// Fail unless `node` is of `kind`, saying what `what` is instead.
int conf_need_kind(const struct reader *reader, const struct node *node, enum node_kind kind,
	const char *what);

read_fn conf_read_word, conf_read_flag, conf_read_number, conf_read_memory, conf_read_name,
	conf_read_ops, conf_read_eal;
read_fn conf_read_lcores, conf_read_lcore_list, conf_read_pools, conf_read_pool_of_port,
	conf_read_ports, conf_read_device;
read_fn conf_read_drivers, conf_read_driver_file, conf_read_parameters;
read_fn conf_read_descriptors, conf_read_end, conf_read_filters, conf_read_offloads,
	conf_read_xconnects;
read_fn conf_read_verifier, conf_read_time, conf_read_shortage, conf_read_share;

// The name of a port or a pool; `what` says which.
int conf_check_name(
	const struct reader *reader, const struct node *node, const char *what, size_t max);

// settings.c: where settings are put, both the owner's; reading a map of them, but for the key `except`, which
// may be NULL; freeing them. A driver is read whole.
struct settings {
	struct nimbl_conf_setting **list;
	uint16_t *count;
};
int conf_read_settings(struct reader *reader, const char *driver, const char *except,
	const struct node *node, struct settings *to);
void conf_settings_free(struct nimbl_conf_setting *settings, uint16_t count);

// Fail for one `what` more than `most`.
int conf_too_many(const struct reader *reader, const struct node *node, const char *what, int most);

// One port and one cross-connect, from a file or from a command. They return the index.
int conf_read_port(struct reader *reader, const struct node *name, const struct node *value);
int conf_read_xconnect(struct reader *reader, const struct node *pair);

// Free what a port owns.
void conf_port_free(struct nimbl_conf_port *port);

// --- check.c, device.c: what must fit together ---

int conf_find_port(const struct nimbl_conf *conf, const char *name);
int conf_find_pool(const struct nimbl_conf *conf, const char *name);
int conf_check_device(const struct reader *reader, const struct nimbl_conf_port *port);
int conf_check_port_lcores(
	const struct reader *reader, const struct nimbl_conf_port *port, struct nimbl_place place);

// A PCI address gets lower case and its domain; anything else stays as it is.
void conf_device_copy(char *out, size_t size, const char *device, enum nimbl_device_kind kind);

// Whether both name one device, whatever options follow a comma.
bool conf_device_same(const char *a, const char *b);
