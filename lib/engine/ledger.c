// SPDX-License-Identifier: BSD-3-Clause
// The three laws: frames, edges, objects.
#include <stdio.h>
#include <string.h>

#include "nimbl_engine.h"

static void sum(const struct nimbl_snapshot *snapshot, struct nimbl_counters *total)
{
	memset(total, 0, sizeof(*total));
	for (uint16_t i = 0; i < snapshot->port_count; i++)
		nimbl_counters_add(total, &snapshot->ports[i].counters);
}

static void judge(struct nimbl_ledger *ledger, bool at_rest)
{
	ledger->balanced = false;
	if (ledger->in_flight < 0 || (at_rest && ledger->in_flight != 0))
		snprintf(ledger->why, sizeof(ledger->why), "%lld frames are unaccounted for",
			(long long)ledger->in_flight);
	else if (ledger->lists_up < 0 || (at_rest && ledger->lists_up != 0))
		snprintf(ledger->why, sizeof(ledger->why),
			"%lld lists were indicated and never came back",
			(long long)ledger->lists_up);
	else if (ledger->lists_down < 0 || (at_rest && ledger->lists_down != 0))
		snprintf(ledger->why, sizeof(ledger->why),
			"%lld lists were sent and never completed", (long long)ledger->lists_down);
	else if (at_rest && ledger->pool_free + ledger->quarantined != ledger->pool_size)
		snprintf(ledger->why, sizeof(ledger->why),
			"%u of %u lists are not back in their pools",
			ledger->pool_size - ledger->pool_free - ledger->quarantined,
			ledger->pool_size);
	else if (ledger->violations > 0)
		snprintf(ledger->why, sizeof(ledger->why),
			"%llu violations of rules; 'nimbl nbl log' lists them",
			(unsigned long long)ledger->violations);
	else
		ledger->balanced = true;
}

void nimbl_ledger_compute(
	const struct nimbl_snapshot *snapshot, bool at_rest, struct nimbl_ledger *ledger)
{
	struct nimbl_counters total;

	memset(ledger, 0, sizeof(*ledger));
	sum(snapshot, &total);
	ledger->received = total.rx_frames;
	ledger->born = total.born;
	ledger->sent = total.tx_frames;
	ledger->consumed = total.consumed;
	memcpy(ledger->dropped, total.drops, sizeof(ledger->dropped));
	ledger->dropped_total = nimbl_counters_dropped(&total);
	ledger->in_flight = (int64_t)(total.rx_frames + total.born - total.tx_frames -
				      total.consumed - ledger->dropped_total);
	ledger->lists_up =
		(int64_t)(total.lists_indicated - total.lists_returned - total.lists_handed);
	ledger->lists_down = (int64_t)(total.lists_sent - total.lists_completed);
	for (uint16_t i = 0; i < snapshot->pool_count; i++) {
		ledger->pool_size += snapshot->pools[i].size;
		ledger->pool_free += snapshot->pools[i].free;
	}
	ledger->violations = snapshot->violations;
	ledger->quarantined = snapshot->quarantined;
	judge(ledger, at_rest);
}
