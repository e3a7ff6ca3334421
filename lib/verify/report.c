// SPDX-License-Identifier: BSD-3-Clause
// Violations: counted by code, remembered with all that is known of them, and never more work than a driver
// that breaks a rule with every packet makes necessary.
#include <execinfo.h>
#include <rte_spinlock.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "verify_priv.h"

#define OWNERS_SEEN 256u // culprits are told apart by so many numbers

static uint64_t counts[NIMBL_VIOLATION_CODES];
static uint32_t seen[NIMBL_VIOLATION_CODES][OWNERS_SEEN];
static struct nimbl_violation kept[NIMBL_VIOLATIONS_KEPT];
static uint64_t last_serial;
static uint32_t quarantined;
static rte_spinlock_t lock = RTE_SPINLOCK_INITIALIZER;

static const struct {
	const char *name, *text, *mend;
} codes[] = {
#define X(name, text, mend) {#name, text, mend},
	NIMBL_VIOLATIONS(X)
#undef X
};

const char *nimbl_violation_name(enum nimbl_violation_code code)
{
	return codes[code].name;
}

const char *nimbl_violation_text(enum nimbl_violation_code code)
{
	return codes[code].text;
}

const char *nimbl_violation_mend(enum nimbl_violation_code code)
{
	return codes[code].mend;
}

const char *nimbl_verify_action_name(enum nimbl_verify_action action)
{
	static const char *const names[] = {"count", "quarantine", "pause", "stop"};

	return names[action];
}

const char *nimbl_verify_event_name(enum nimbl_verify_event event)
{
	static const char *const names[] = {"indicated", "returned", "sent", "completed", "freed"};

	return names[event];
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// The first few of each culprit are remembered, and then ever fewer: all are counted.
static bool is_worth_keeping(enum nimbl_violation_code code, uint16_t culprit)
{
	uint32_t n = __atomic_add_fetch(&seen[code][culprit % OWNERS_SEEN], 1, __ATOMIC_RELAXED);

	__atomic_fetch_add(&counts[code], 1, __ATOMIC_RELAXED);
	return n <= 8 || (n & (n - 1)) == 0;
}

static void ask_for(const struct nimbl_verifier *verifier, enum nimbl_verify_action action)
{
	enum nimbl_verify_action *asked = (enum nimbl_verify_action *)(uintptr_t)&verifier->asked;
	enum nimbl_verify_action before = __atomic_load_n(asked, __ATOMIC_RELAXED);

	while (before < action && !__atomic_compare_exchange_n(asked, &before, action, false,
					  __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

// All but what a hand-off knows.
static void begin(struct nimbl_violation *violation, const struct nimbl_module *culprit,
	enum nimbl_violation_code code, const char *rule)
{
	const struct nimbl_verifier *verifier = culprit->verifier;

	*violation = (struct nimbl_violation){.time_ns = now_ns(), .code = code, .rule = rule};
	snprintf(violation->culprit, sizeof(violation->culprit), "%s", culprit->object.name);
	if (verifier == NULL)
		return;
	violation->action = verifier->actions[code];
	snprintf(violation->port, sizeof(violation->port), "%s", verifier->port);
}

static void add_list(struct nimbl_violation *violation, const struct nimbl_verifier *verifier,
	const NET_BUFFER_LIST *nbl)
{
	violation->nbl = nbl;
	snprintf(violation->owner, sizeof(violation->owner), "%s",
		nimbl_owner_name(word_owner(word_of(nbl))));
	if (verifier->level >= NIMBL_VERIFY_AGES)
		violation->age_ms =
			stamp_ms(stamp_now() - look_at((NET_BUFFER_LIST *)(uintptr_t)nbl)[1]);
	if (verifier->level >= NIMBL_VERIFY_EVENTS)
		violation->step_count = events_of(nbl, violation->steps, NIMBL_VERIFY_STEPS);
}

static void add_frames(struct nimbl_violation *violation, const struct nimbl_verifier *verifier,
	const void *caller)
{
	void *frames[NIMBL_VERIFY_FRAMES + 4];
	int count = verifier->level >= NIMBL_VERIFY_STACKS ? backtrace(frames, (int)RTE_DIM(frames))
							   : 0;
	int from = 0;

	violation->frames[violation->frame_count++] = caller;
	// Those before the caller are the verifier's own.
	for (int i = 0; i < count; i++) {
		if (frames[i] == caller)
			from = i + 1;
	}
	for (int i = from; from > 0 && i < count && violation->frame_count < NIMBL_VERIFY_FRAMES;
		i++)
		violation->frames[violation->frame_count++] = frames[i];
}

static void keep(struct nimbl_violation *violation)
{
	rte_spinlock_lock(&lock);
	violation->serial = ++last_serial;
	kept[violation->serial % NIMBL_VIOLATIONS_KEPT] = *violation;
	rte_spinlock_unlock(&lock);
}

static void report_module(const struct hand *hand, const struct nimbl_module *culprit,
	enum nimbl_violation_code code, const char *rule, const NET_BUFFER_LIST *nbl)
{
	const struct nimbl_verifier *verifier = hand->verifier;
	struct nimbl_violation violation;

	ask_for(verifier, verifier->actions[code]);
	if (verifier->level >= NIMBL_VERIFY_EVENTS && nbl != NULL)
		event_note(hand, nbl, (uint8_t)(code + 1));
	if (!is_worth_keeping(code, culprit->id))
		return;
	begin(&violation, culprit, code, rule);
	if (nbl != NULL)
		add_list(&violation, verifier, nbl);
	add_frames(&violation, verifier, hand->caller);
	keep(&violation);
}

void report(const struct hand *hand, enum nimbl_violation_code code, const char *rule,
	const NET_BUFFER_LIST *nbl)
{
	report_module(hand, hand->from, code, rule, nbl);
}

void report_taker(const struct hand *hand, enum nimbl_violation_code code, const char *rule,
	const NET_BUFFER_LIST *nbl)
{
	report_module(hand, hand->to, code, rule, nbl);
}

void nimbl_verify_blame_list(const struct nimbl_module *culprit, enum nimbl_violation_code code,
	const char *rule, const void *nbl)
{
	const struct nimbl_verifier *verifier = culprit->verifier;
	struct nimbl_violation violation;

	if (!is_verified(culprit))
		return;
	ask_for(verifier, verifier->actions[code]);
	if (!is_worth_keeping(code, culprit->id))
		return;
	begin(&violation, culprit, code, rule);
	if (nbl != NULL)
		add_list(&violation, verifier, nbl);
	keep(&violation);
}

void nimbl_verify_blame(
	const struct nimbl_module *culprit, enum nimbl_violation_code code, const char *rule)
{
	nimbl_verify_blame_list(culprit, code, rule, NULL);
}

void quarantine(NET_BUFFER_LIST *nbl)
{
	word_set(nbl, word_of(nbl), key_of(0, WAY_QUARANTINED), 0);
	__atomic_fetch_add(&quarantined, 1, __ATOMIC_RELAXED);
}

uint32_t nimbl_verify_quarantined(void)
{
	return __atomic_load_n(&quarantined, __ATOMIC_RELAXED);
}

uint64_t nimbl_violations_count(enum nimbl_violation_code code)
{
	uint64_t sum = 0;

	for (int i = 0; i < NIMBL_VIOLATION_CODES; i++) {
		if (code == NIMBL_VIOLATION_CODES || (int)code == i)
			sum += __atomic_load_n(&counts[i], __ATOMIC_RELAXED);
	}
	return sum;
}

bool nimbl_violation_next(uint64_t serial, struct nimbl_violation *violation)
{
	bool any;

	rte_spinlock_lock(&lock);
	if (last_serial > NIMBL_VIOLATIONS_KEPT && serial < last_serial - NIMBL_VIOLATIONS_KEPT)
		serial = last_serial - NIMBL_VIOLATIONS_KEPT;
	any = serial < last_serial;
	if (any)
		*violation = kept[(serial + 1) % NIMBL_VIOLATIONS_KEPT];
	rte_spinlock_unlock(&lock);
	return any;
}

void nimbl_violation_describe(const struct nimbl_violation *violation, char *text, size_t size)
{
	int used = snprintf(text, size, "%s %s: %s", codes[violation->code].name,
		codes[violation->code].text, violation->culprit);

	if (violation->rule[0] != '\0' && used >= 0 && (size_t)used < size)
		used += snprintf(text + used, size - (size_t)used, ", rule %s", violation->rule);
	if (violation->nbl != NULL && used >= 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, ", list %p of %s", violation->nbl,
			violation->owner);
}

void nimbl_violations_clear(void)
{
	rte_spinlock_lock(&lock);
	memset(counts, 0, sizeof(counts));
	memset(seen, 0, sizeof(seen));
	last_serial = 0;
	rte_spinlock_unlock(&lock);
	events_clear();
}
