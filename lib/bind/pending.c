// SPDX-License-Identifier: BSD-3-Clause
// Handlers that answer NDIS_STATUS_PENDING: waiting for the call that completes them, and knowing
// that call from one that comes too late for an operation that was given up.
#include <errno.h>
#include <rte_cycles.h>
#include <rte_pause.h>

#include "bind_priv.h"
#include "nimbl_log.h"
#include "nimbl_nbl.h"

#define PENDING_MS 1000 // how long one pause or restart may pend

#define SPINS     256u // looks before the first sleep
#define SLEEP_US  50u
#define SLEEP_MAX 1000u

static uint64_t word_of(enum operation operation, NDIS_STATUS status)
{
	return (uint64_t)operation << 32 | (uint32_t)status;
}

void pending_begin(struct pending *pending, enum operation operation)
{
	__atomic_store_n(&pending->word, word_of(operation, NDIS_STATUS_PENDING), __ATOMIC_RELEASE);
}

// One completion less is owed. False when none was.
static bool take_overdue(struct pending *pending, enum operation operation)
{
	uint32_t owed = __atomic_load_n(&pending->overdue[operation], __ATOMIC_ACQUIRE);

	while (owed > 0) {
		if (__atomic_compare_exchange_n(&pending->overdue[operation], &owed, owed - 1,
			    false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return true;
	}
	return false;
}

static bool replace(struct pending *pending, uint64_t from, uint64_t to)
{
	return __atomic_compare_exchange_n(
		&pending->word, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

bool pending_is(const struct pending *pending, enum operation operation)
{
	return __atomic_load_n(&pending->word, __ATOMIC_ACQUIRE) ==
	       word_of(operation, NDIS_STATUS_PENDING);
}

bool pending_complete(struct pending *pending, enum operation operation, NDIS_STATUS status)
{
	return take_overdue(pending, operation) ||
	       replace(pending, word_of(operation, NDIS_STATUS_PENDING),
		       word_of(operation, status));
}

static bool is_over(struct pending *pending, enum operation operation, NDIS_STATUS *status)
{
	uint64_t word = __atomic_load_n(&pending->word, __ATOMIC_ACQUIRE);

	*status = (NDIS_STATUS)(uint32_t)word;
	return word != word_of(operation, NDIS_STATUS_PENDING);
}

// Give up, unless it completes this very moment. The completion is owed from now on.
static NDIS_STATUS give_up(struct pending *pending, enum operation operation)
{
	NDIS_STATUS status;

	__atomic_fetch_add(&pending->overdue[operation], 1, __ATOMIC_ACQ_REL);
	if (replace(pending, word_of(operation, NDIS_STATUS_PENDING), 0))
		return NDIS_STATUS_PENDING;
	take_overdue(pending, operation);
	is_over(pending, operation, &status);
	return status;
}

static uint64_t deadline; // of all that pends, in cycles; 0: each has PENDING_MS

void nimbl_pending_limit(uint32_t ms)
{
	deadline = ms > 0 ? rte_get_timer_cycles() + rte_get_timer_hz() / 1000 * ms : 0;
}

uint64_t pending_deadline(void)
{
	return deadline != 0 ? deadline
			     : rte_get_timer_cycles() + rte_get_timer_hz() / 1000 * PENDING_MS;
}

NDIS_STATUS pending_wait(struct pending *pending, enum operation operation, NDIS_STATUS answer)
{
	uint64_t end = pending_deadline();
	unsigned int sleep_us = SLEEP_US;

	if (answer != NDIS_STATUS_PENDING) { // the handler has done it all
		__atomic_store_n(&pending->word, 0, __ATOMIC_RELEASE);
		return answer;
	}
	for (unsigned int i = 0; !is_over(pending, operation, &answer); i++) {
		if (rte_get_timer_cycles() >= end)
			return give_up(pending, operation);
		nimbl_lcores_turn();
		if (i < SPINS) {
			rte_pause();
			continue;
		}
		rte_delay_us_sleep(sleep_us);
		sleep_us = RTE_MIN(sleep_us + sleep_us / 8, SLEEP_MAX);
	}
	return answer;
}

int pause_unfinished(NDIS_HANDLE module)
{
	char out[384];

	nimbl_pools_describe(out, sizeof(out));
	nimbl_fail(ETIMEDOUT, "%s does not finish its pause; %s%s", nimbl_object_name(module),
		out[0] != '\0' ? "lists that are out: " : "no list is out", out);
	nimbl_log(NIMBL_LOG_WARNING, "%s", nimbl_last_error()->cause);
	return -ETIMEDOUT;
}
