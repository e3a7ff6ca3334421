// SPDX-License-Identifier: BSD-3-Clause
// The verifier: a wrapper on all edges of a stack that knows for each list who holds it and what he may do
// with it, refuses what breaks a rule of NDIS, and says who did it. Off, it is not there at all.
#pragma once

#include "nimbl_wrap.h"

#ifdef __cplusplus
extern "C" {
#endif

// Each level does what those below it do, and more.
enum nimbl_verify_level {
	NIMBL_VERIFY_LAWS,   // the laws of the ledger only: nothing on the edges
	NIMBL_VERIFY_OWNERS, // owner and state of each list, checked and set at each hand-off
	NIMBL_VERIFY_AGES,   // when each list was handed on; looks for those that are stuck
	NIMBL_VERIFY_EVENTS, // every hand-off in a ring of each lcore
	NIMBL_VERIFY_STACKS, // the calls that led to a violation; what frames and what is behind them hold
	NIMBL_VERIFY_LEVELS
};

// code, what was done, what mends it. The numbers stay: N16 is not looked for yet.
#define NIMBL_VIOLATIONS(X)                                                                        \
	X(N01, "freed twice", "free a list once, and forget the pointer")                          \
	X(N02, "given back twice", "return or complete each list once")                            \
	X(N03, "used while somebody else holds it", "touch no list after it was passed on")        \
	X(N04, "freed to the wrong pool or by the wrong function",                                 \
		"free it with the function that matches its allocation")                           \
	X(N05, "went the wrong way, or without its source",                                        \
		"set SourceHandle on lists of your own, and take them out when they come back")    \
	X(N06, "the chain is not what the call says",                                              \
		"end chains with NULL, have no list twice, count those that you pass")             \
	X(N07, "children or references do not add up",                                             \
		"free all children before the parent goes on, and count each once")                \
	X(N08, "used after it went back to its pool", "forget lists that you have freed")          \
	X(N09, "kept when it had to be back", "give all lists back before a pause is complete")    \
	X(N10, "held for too long", "pass it on, or give it back")                                 \
	X(N11, "sent or indicated while paused", "begin nothing from the pause to the restart")    \
	X(N12, "kept or given back though it was only lent",                                       \
		"copy what you want of a chain with RESOURCES, and leave it as it came")           \
	X(N13, "a pause or restart completed twice", "complete it by return or by call")           \
	X(N14, "written outside its data", "stay inside DataLength")                               \
	X(N15, "read-only data changed", "clone before you write")                                 \
	X(N16, "handled by the wrong lcore", "stay on the lcore that was called")                  \
	X(N17, "its mbuf is not sound", "look at the driver of the device")                        \
	X(N18, "its buffers are not sound", "keep CurrentMdl, its offset and DataOffset together") \
	X(N19, "came back other than it went",                                                     \
		"undo each advance and retreat, keep the MDL chain")                               \
	X(N20, "a flag or status that is not so", "set flags only when they are true")             \
	X(N21, "a request or status out of turn",                                                  \
		"answer each request once, make none again before, and be silent after the halt")

enum nimbl_violation_code {
#define X(name, text, mend) NIMBL_##name,
	NIMBL_VIOLATIONS(X)
#undef X
		NIMBL_VIOLATION_CODES
};

// What follows from a violation beside its being counted and noted.
enum nimbl_verify_action {
	NIMBL_VERIFY_COUNT,      // nothing
	NIMBL_VERIFY_QUARANTINE, // a list that is not sound is never used again
	NIMBL_VERIFY_PAUSE,      // its stack is paused
	NIMBL_VERIFY_STOP,       // the engine stops, and fails
};

// Code ("N03"), words for people, and the name of an action, a level, an event.
NIMBL_API const char *nimbl_violation_name(enum nimbl_violation_code code);
NIMBL_API const char *nimbl_violation_text(enum nimbl_violation_code code);
NIMBL_API const char *nimbl_violation_mend(enum nimbl_violation_code code);
NIMBL_API const char *nimbl_verify_action_name(enum nimbl_verify_action action);

// Hand-offs, named as NDIS names those that its tracker of owners logs.
enum nimbl_verify_event {
	NIMBL_EVENT_INDICATED,
	NIMBL_EVENT_RETURNED,
	NIMBL_EVENT_SENT,
	NIMBL_EVENT_COMPLETED,
	NIMBL_EVENT_FREED,
};

NIMBL_API const char *nimbl_verify_event_name(enum nimbl_verify_event event);

struct nimbl_verify_step {
	uint64_t tsc;
	const void *nbl;
	const void *caller; // the code that called
	uint16_t from, to;  // owners, see nimbl_owner_name()
	uint8_t event;
	uint8_t is_violation; // one more than its code
};

#define NIMBL_VERIFY_STEPS  8
#define NIMBL_VERIFY_FRAMES 8

struct nimbl_violation {
	uint64_t serial;  // counted from 1
	uint64_t time_ns; // monotonic
	enum nimbl_violation_code code;
	enum nimbl_verify_action action;
	const char *rule; // which line of our catalogue of rules (B1, O2, ...), or ""
	char culprit[76]; // who did it: "filter count on wan"
	char owner[76];   // who held the list then
	char port[32];
	const void *nbl;                         // NULL: no list
	uint32_t age_ms;                         // since the list was handed on last; from level 2
	const void *frames[NIMBL_VERIFY_FRAMES]; // the caller, and from level 4 its callers
	unsigned int frame_count;
	struct nimbl_verify_step
		steps[NIMBL_VERIFY_STEPS]; // of that list, oldest first; from level 3
	unsigned int step_count;
};

// How a stack is verified. It stands in the adapter and changes while the stack is paused.
struct nimbl_verifier {
	enum nimbl_verify_level level;
	enum nimbl_verify_action actions[NIMBL_VIOLATION_CODES];
	uint32_t stuck_ms; // level 2: a list held longer is N10
	char port[32];
	enum nimbl_verify_action asked; // the strongest action that a violation has asked for
};

// Every NDIS driver's place in a stack has a number, which lists carry. Control threads.
NIMBL_API uint16_t nimbl_owner_add(const struct nimbl_module *module, const void *driver);
NIMBL_API void nimbl_owner_remove(uint16_t id);
NIMBL_API const char *nimbl_owner_name(uint16_t id); // never NULL; also of who is gone

extern const struct nimbl_wrapper nimbl_verify_wrapper;

// Who is being called on this thread, as far as verified stacks know; NULL: nobody. For messages.
NIMBL_API const struct nimbl_module *nimbl_verify_inside(void);

// Note a violation of `culprit` that no list shows. Any thread.
void nimbl_verify_blame(
	const struct nimbl_module *culprit, enum nimbl_violation_code code, const char *rule);

// There are so many more stacks, and so many more that are verified; below zero: fewer. Control thread.
void nimbl_verify_stacks(int more, int verified);

// A stack that has carried lists is verified from now on, or no longer: some are where nobody saw them go.
void nimbl_verify_lost_sight(void);

// Be told of what is wrong with frees from here on.
void nimbl_verify_watch_pools(void);

// The same where a list does.
void nimbl_verify_blame_list(const struct nimbl_module *culprit, enum nimbl_violation_code code,
	const char *rule, const void *nbl);

// After `module` was paused, or halted: lists that it still holds are N09. Control thread.
void nimbl_verify_rest(const struct nimbl_module *module);

// Look for lists that are held for too long, in verified stacks of level 2 and up. Control thread, off the
// datapath; once a second is enough.
NIMBL_API void nimbl_verify_look(void);

// How many violations there were, of one code or, with NIMBL_VIOLATION_CODES, of all.
NIMBL_API uint64_t nimbl_violations_count(enum nimbl_violation_code code);

// Copy the violation after number `serial`, or the oldest that is remembered; false when there is none.
#define NIMBL_VIOLATIONS_KEPT 256
NIMBL_API bool nimbl_violation_next(uint64_t serial, struct nimbl_violation *violation);

// One line about it, without its end.
NIMBL_API void nimbl_violation_describe(
	const struct nimbl_violation *violation, char *text, size_t size);

// Forget all, for tests.
NIMBL_API void nimbl_violations_clear(void);

// What one owner holds now, as far as lists of open pools say.
struct nimbl_holding {
	uint16_t owner;
	uint32_t lists;     // that it was given and has to pass on or give back
	uint32_t oldest_ms; // from level 2; else 0
	const void *oldest; // that list
};

// Fill at most `room` of them, the fullest first; returns how many. Control thread.
NIMBL_API unsigned int nimbl_holdings(struct nimbl_holding *holdings, unsigned int room);

// The last hand-offs of all lcores, oldest first; from level 3. Returns how many. Control thread.
NIMBL_API unsigned int nimbl_verify_steps(struct nimbl_verify_step *steps, unsigned int room);

// Lists that were put aside and are never used again.
NIMBL_API uint32_t nimbl_verify_quarantined(void);

#ifdef __cplusplus
}
#endif
