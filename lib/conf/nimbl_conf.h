// SPDX-License-Identifier: BSD-3-Clause
// Configuration text (YAML) to one plain struct. Reads nothing but the text: what the machine has
// is for the engine to compare. Any thread may call; a configuration belongs to one at a time.
//
// Every error leaves cause and mend for nimbl_last_error(). An error in the text is -EINVAL and its
// cause begins with "file:line:column: ", counted from one; reading stops at the first.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "nimbl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NIMBL_CONF_PORTS_MAX      64
#define NIMBL_CONF_POOLS_MAX      16
#define NIMBL_CONF_XCONNECTS_MAX  64
#define NIMBL_CONF_EAL_MAX        64
#define NIMBL_CONF_FILTERS_MAX    64  // of all ports
#define NIMBL_CONF_SETTINGS_MAX   256 // of one filter, entries of lists counted one by one
#define NIMBL_CONF_VALUE_MAX      511 // characters of one setting
#define NIMBL_CONF_DRIVERS_MAX    16
#define NIMBL_CONF_PARAMETERS_MAX 12         // of one driver
#define NIMBL_CONF_QUEUES_MAX     16         // pairs of one port
#define NIMBL_CONF_BYTES_MAX      (1u << 20) // of one configuration text

// What "auto" becomes where 0 is a value of its own.
#define NIMBL_CONF_AUTO UINT32_MAX

// Lcores are numbered below this, as in DPDK's default build.
#define NIMBL_LCORES_MAX 128

enum nimbl_dev {
	NIMBL_DEV_AUTO, // the engine looks whether hugepages and rights are there
	NIMBL_DEV_ON,
	NIMBL_DEV_OFF,
};

// What a worker does when a poll finds nothing.
enum nimbl_idle {
	NIMBL_IDLE_AUTO,
	NIMBL_IDLE_POLL,
	NIMBL_IDLE_PAUSE,
	NIMBL_IDLE_SLEEP,
};

enum nimbl_pool_return {
	NIMBL_POOL_RETURN_POOL,
	NIMBL_POOL_RETURN_REUSE,
};

enum nimbl_pool_completion {
	NIMBL_POOL_COMPLETION_HANDOVER,
	NIMBL_POOL_COMPLETION_FULL,
};

enum nimbl_device_kind {
	NIMBL_DEVICE_NONE, // none of the below
	NIMBL_DEVICE_PCI,
	NIMBL_DEVICE_VDEV,
	NIMBL_DEVICE_INTERFACE,
};

// Where something stands in the file, counted from one; line 0: not in a file.
struct nimbl_place {
	uint32_t line;
	uint32_t column;
};

// Lcores in the order of the text, none twice. count 0 is auto.
struct nimbl_lcores {
	uint16_t count;
	uint16_t list[NIMBL_LCORES_MAX];
};

// Either workers or both of receive and transmit are set, or none.
struct nimbl_conf_lcores {
	uint32_t main; // NIMBL_CONF_AUTO: auto; may also be among the others, see dev mode
	struct nimbl_lcores workers;
	struct nimbl_lcores receive;
	struct nimbl_lcores transmit;
};

struct nimbl_conf_pool {
	char name[32];
	struct nimbl_place place; // of the name
	uint32_t size;            // lists; 0: auto
	uint32_t data_size;       // bytes of data room for a frame, without headroom
	char ops[32];             // mempool ops; empty: auto
	uint32_t cache;           // lists per lcore; NIMBL_CONF_AUTO: auto
	enum nimbl_pool_return reclaim;
	enum nimbl_pool_completion completion;
	uint32_t node; // NUMA node; NIMBL_CONF_AUTO: auto
};

// What a driver reads with nimbl_option(). A list is one of these for each entry, of the same key.
struct nimbl_conf_setting {
	char key[32];
	char *value;              // owned here
	struct nimbl_place place; // of the value
};

// The driver at one end of a port's stack: below it or on top.
struct nimbl_conf_end {
	char name[32]; // empty: none
	uint16_t setting_count;
	struct nimbl_place place;
	struct nimbl_conf_setting *settings; // owned here; NULL where there are none
};

// How the lists of a stack are verified, see nimbl_verify.h.
// Which takings from pools fail on purpose.
struct nimbl_conf_shortage {
	uint32_t rate; // in a million
	uint32_t nth, seed;
};

struct nimbl_conf_verifier {
	uint32_t level;
	uint32_t action; // in the order of enum nimbl_verify_action
	uint32_t stuck_ms;
};

struct nimbl_conf_port {
	char name[32];
	char device[512]; // a PCI address is always lower case and with its domain; empty: none
	enum nimbl_device_kind kind;
	struct nimbl_place place; // of the device's text
	uint16_t queues;
	uint16_t rx_descriptors;
	uint16_t tx_descriptors;
	uint16_t mtu; // 0: leave the device's
	bool promiscuous;
	uint32_t offloads;              // bits of nimbl_offload.h, or NIMBL_OFFLOADS_AUTO
	bool connected;                 // some cross-connect names it
	uint16_t pool;                  // index into pools
	struct nimbl_lcores lcores;     // one per queue; count 0: auto
	struct nimbl_conf_end miniport; // none: ethdev, over the device
	struct nimbl_conf_end protocol; // none: that of its cross-connect, if it has one
	struct nimbl_conf_verifier verifier;
};

// Two ports, joined both ways; a == b sends back what comes.
struct nimbl_conf_xconnect {
	uint16_t a;
	uint16_t b;
	struct nimbl_place place;
};

// What a driver reads as from the registry.
struct nimbl_conf_parameter {
	char key[32];
	char value[96];
};

// A driver in a shared object.
struct nimbl_conf_driver {
	char file[256]; // as it is written: with a '/' from the folder of the configuration
	char name[32];  // empty: that of the file
	uint16_t parameter_count;
	struct nimbl_place place; // of the file
	struct nimbl_conf_parameter parameters[NIMBL_CONF_PARAMETERS_MAX];
};

// A filter in the stack of a port. Those of one port follow each other, the lowest first.
struct nimbl_conf_filter {
	char driver[32];
	char name[32]; // that of the driver unless it has one of its own
	uint16_t port;
	uint16_t setting_count;
	struct nimbl_place place;
	struct nimbl_conf_setting *settings; // owned here; NULL where there are none
};

// Everything that can be configured. Read it freely; change it by the functions below.
struct nimbl_conf {
	char file[160];    // as messages show it: a long path keeps its end
	char folder[1024]; // of the file, where it is one: what relative paths start from
	char name[33];
	enum nimbl_dev dev;
	enum nimbl_idle idle;
	uint64_t memory_bytes; // 0: auto
	uint16_t burst;        // frames per poll
	uint16_t eal_count;
	uint16_t pool_count; // at least 1: pools[0] is 'default'
	uint16_t port_count;
	uint16_t xconnect_count;
	uint16_t filter_count;
	uint16_t driver_count;
	struct nimbl_conf_lcores lcores;
	struct nimbl_conf_verifier verifier; // of ports that say nothing of their own
	struct nimbl_conf_shortage shortage;
	char *eal[NIMBL_CONF_EAL_MAX + 1]; // owned here; NULL follows the last
	struct nimbl_conf_pool pools[NIMBL_CONF_POOLS_MAX];
	struct nimbl_conf_port ports[NIMBL_CONF_PORTS_MAX];
	struct nimbl_conf_xconnect xconnects[NIMBL_CONF_XCONNECTS_MAX];
	struct nimbl_conf_filter filters[NIMBL_CONF_FILTERS_MAX];
	struct nimbl_conf_driver drivers[NIMBL_CONF_DRIVERS_MAX];
};

// Read the file `path`, or standard input for "-". On success *conf is the caller's, for
// nimbl_conf_free(); it has at least one port. A file that cannot be read is its -errno, not enough
// memory -ENOMEM, and *conf is NULL after every error.
NIMBL_API int nimbl_conf_load(const char *path, struct nimbl_conf **conf);

// The same for `length` bytes of `text`, which need no terminator; messages call it `name`.
NIMBL_API int nimbl_conf_parse(
	const char *name, const char *text, size_t length, struct nimbl_conf **conf);

// A setting as text.
struct nimbl_conf_pair {
	const char *key, *value;
};

// Set keys of pools.<pool> in the text of a configuration; everything else, comments and the way it is
// written, stays. `text` has `length` bytes; messages call it `name`. On success *result is the new text,
// to be freed, and a valid configuration; otherwise -errno with the error set and NULL.
NIMBL_API int nimbl_conf_set_pool(const char *name, const char *text, size_t length,
	const char *pool, const struct nimbl_conf_pair *pairs, size_t count, char **result);

// Give back what load, parse or new made. NULL is fine.
NIMBL_API void nimbl_conf_free(struct nimbl_conf *conf);

// A configuration of defaults without any port, for commands that take none from a file. The
// caller's, for nimbl_conf_free(); NULL when memory is short.
NIMBL_API struct nimbl_conf *nimbl_conf_new(void);

// Add port `name` over `device` with the defaults of a port, checked as in a file; the strings are
// copied. Returns the index of the port; -EINVAL leaves the configuration as it was.
NIMBL_API int nimbl_conf_add_port(struct nimbl_conf *conf, const char *name, const char *device);

// Bind protocol `driver` to port `index`, with `count` settings; all is copied. -EINVAL or -ENOMEM leave the port
// without a protocol.
NIMBL_API int nimbl_conf_set_protocol(struct nimbl_conf *conf, int index, const char *driver,
	const struct nimbl_conf_pair *settings, size_t count);

// Join the ports named `a` and `b`, which exist already. Returns the index of the cross-connect;
// -EINVAL leaves the configuration as it was.
NIMBL_API int nimbl_conf_add_xconnect(struct nimbl_conf *conf, const char *a, const char *b);

// What `device` names, by its form alone; NIMBL_DEVICE_NONE when it has no known form.
NIMBL_API enum nimbl_device_kind nimbl_conf_device_kind(const char *device);

// Print every key with its allowed values, its default and what it is for, from the same table
// that drives the reading.
NIMBL_API void nimbl_conf_reference(FILE *out);

#ifdef __cplusplus
}
#endif
