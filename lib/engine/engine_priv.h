// SPDX-License-Identifier: BSD-3-Clause
// State of the engine.
#pragma once

#include "links.h"
#include "nimbl_engine.h"
#include "plan.h"

// Whether the device of a port is there, and what is done about it.
struct presence {
	const char *why;   // it is gone; NULL: it is there
	bool by_user;      // who wanted it so
	uint64_t since_ms; // on the monotonic clock
	uint64_t next_ms;  // when to try again to bring it back
	uint32_t retry_ms; // what it was waited for that
	uint32_t removals;
	unsigned int if_index; // of the interface that it stands on; 0: none
	bool is_tap;
};

struct nimbl_engine {
	const struct nimbl_conf *conf;
	struct plan *plan;
	NDIS_HANDLE adapters[NIMBL_CONF_PORTS_MAX];
	NDIS_HANDLE bindings[NIMBL_CONF_PORTS_MAX]; // NULL: not connected
	struct presence presence[NIMBL_CONF_PORTS_MAX];
	struct links *links; // NULL: the kernel tells nothing
	bool running, stopped;
	uint64_t held_since, held_us; // the last change of a stack: when it began, how long it took
	bool paused[NIMBL_CONF_PORTS_MAX]; // for a violation
	uint64_t violations_said;          // the serial of the last one
	uint64_t looked_ns;                // when lists that are stuck were looked for
	struct nimbl_adapter_info halted[NIMBL_CONF_PORTS_MAX]; // their last figures
	struct nimbl_snapshot last;                             // after stop
};

// drivers.c: whether the configured files may be loaded, and loading them.
int drivers_check(const struct nimbl_conf *conf);
int drivers_open(const struct nimbl_conf *conf);

// ends.c: settings as options, with room for so many `more`; the caller's, to free, while the configuration
// stands. NULL when memory is short.
struct nimbl_option *settings_options(
	const struct nimbl_conf_setting *list, uint16_t count, uint16_t more);

// Where the setting stands that the last error is about, or else its driver.
struct nimbl_place settings_place(
	const struct nimbl_conf_setting *list, uint16_t count, struct nimbl_place driver);

// Put a place in front of the last error; return `ret`.
int place_fails(const struct nimbl_conf *conf, uint16_t port, struct nimbl_place place, int ret);
int end_fails(
	const struct nimbl_conf *conf, uint16_t port, const struct nimbl_conf_end *driver, int ret);

// Whether a driver is linked in, and its settings are what it allows, as far as it tells before it is
// loaded: of those in files nothing. `kind` says what it should be, `who` has the settings. Returns 0 or -errno. The same for all
// below and on top of ports.
int driver_check(const struct nimbl_conf *conf, const char *name, const char *kind, const char *who,
	const struct nimbl_conf_setting *list, uint16_t count);
int ends_check(const struct nimbl_conf *conf);

// removal.c: note what a port stands on, once it is open; and how long its device is gone, 0: it is there.
void presence_note(struct nimbl_engine *engine, uint16_t i);
uint64_t presence_gone_ms(const struct nimbl_engine *engine, uint16_t i);

// filters.c: whether the drivers of all configured filters are there, and attaching them.
int filters_check(const struct nimbl_conf *conf);
int filters_open(struct nimbl_engine *engine);

// ports.c: every port with its filters and what is bound to it, as far as that goes before something
// fails; one port's binding alone; and closing what there is.
int ports_open(struct nimbl_engine *engine);
int port_connect(struct nimbl_engine *engine, uint16_t i);
void ports_close(struct nimbl_engine *engine);

// What a PMD logged while it refused something is often the reason; ours stays the first word.
void add_dpdk_says(void);

// Have what each port receives leave the room that the stacks want through which it is sent on. The stacks run.
void rooms_make(struct nimbl_engine *engine);

// The index of a port; -ENOENT with an error that guesses what was meant.
int engine_find_port(const struct nimbl_engine *engine, const char *port);

// Let what is to go out through a port wait in the device where it comes in, while the stack changes.
void engine_hold_peer(const struct nimbl_engine *engine, int port, bool held);

// verify.c: before pools are made, and when all stacks stand.
void verify_begin(const struct nimbl_engine *engine);
int verify_open(struct nimbl_engine *engine);

// Takings from pools fail as configured, once all runs, and no more before it ends.
void shortage_begin(const struct nimbl_engine *engine);
void shortage_end(void);
