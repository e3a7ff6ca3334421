// SPDX-License-Identifier: BSD-3-Clause
// The line per second: what each port sends and receives.
#include "gen.h"
#include "live.h"

// Counters are without the FCS; here as everywhere in a generator L2 is with it.
static double with_fcs(double l2_bps, double pps)
{
	return l2_bps + pps * NIMBL_FCS_BYTES * 8;
}

void gen_second(void *context, double elapsed_s, const struct nimbl_snapshot *before,
	const struct nimbl_snapshot *now)
{
	struct live live = live_measure(elapsed_s, before, now);

	live_begin(true);
	live_print("%4.0f s", elapsed_s);
	for (uint16_t i = 0; i < now->port_count; i++) {
		struct view_rates rates = view_port_rates(before, now, i);

		live_print("  %s out %s %s in %s %s L2", now->ports[i].name,
			format_packet_rate(rates.tx_pps).text,
			format_bit_rate(with_fcs(rates.tx_l2_bps, rates.tx_pps)).text,
			format_packet_rate(rates.rx_pps).text,
			format_bit_rate(with_fcs(rates.rx_l2_bps, rates.rx_pps)).text);
	}
	live_print_tail(&live);
	live_end();
}
