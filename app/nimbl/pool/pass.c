// SPDX-License-Identifier: BSD-3-Clause
// From lcore to lcore: takers put bursts on a ring of DPDK, givers take them off and give them back.
#include "pass.h"

#include <errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>
#include <rte_ring.h>
#include <sched.h>

#include "loops.h"

#define PIPE_SLOTS 1024u
#define SPINS      256u

// One run. Takers count what they took; givers end when all takers have and the ring is empty.
struct pass {
	struct pool_desk *desk;
	struct way way;
	struct rte_ring *pipe;
	uint64_t bursts;
	uint32_t takers_left;
	uint64_t begin; // of the first taker
	uint64_t taken[POOL_LCORES_MAX], given;
	uint32_t taker_index;
};

// Where both sides share a CPU, who waits long lets the other one run.
static void wait_a_little(uint32_t *waits)
{
	if (++*waits % SPINS == 0)
		sched_yield();
	else
		rte_pause();
}

static double fairness = 1;

double pool_pass_fairness(void)
{
	return fairness;
}

static int taker(void *arg)
{
	struct pass *pass = arg;
	uint32_t index = __atomic_fetch_add(&pass->taker_index, 1, __ATOMIC_RELAXED);
	uint32_t burst = pass->desk->subject->cell.burst;
	void *objects[POOL_BURST_MAX];
	uint64_t unset = 0, total = 0;
	uint32_t waits = 0;

	__atomic_compare_exchange_n(
		&pass->begin, &unset, rte_rdtsc(), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	for (uint64_t i = 0; i < pass->bursts; i++) {
		uint32_t n = take(pass->desk, pass->way, objects, burst), sent = 0;

		while (sent < n) {
			sent += rte_ring_enqueue_burst(pass->pipe, &objects[sent], n - sent, NULL);
			if (sent < n)
				wait_a_little(&waits);
		}
		total += n;
		// A dry pool means that the givers are behind.
		if (n < burst)
			wait_a_little(&waits);
	}
	pass->taken[index] = total;
	__atomic_fetch_sub(&pass->takers_left, 1, __ATOMIC_RELEASE);
	return 0;
}

static int giver(void *arg)
{
	struct pass *pass = arg;
	uint32_t burst = pass->desk->subject->cell.burst;
	void *objects[POOL_BURST_MAX];
	uint64_t total = 0;
	uint32_t waits = 0;

	for (;;) {
		bool over = __atomic_load_n(&pass->takers_left, __ATOMIC_ACQUIRE) == 0;
		uint32_t n = rte_ring_dequeue_burst(pass->pipe, objects, burst, NULL);

		if (n > 0)
			give(pass->desk, pass->way, objects, n);
		else if (over)
			break;
		else
			wait_a_little(&waits);
		total += n;
	}
	__atomic_fetch_add(&pass->given, total, __ATOMIC_RELAXED);
	return 0;
}

static void run(struct pass *pass, const struct pool_lcores *lcores)
{
	for (uint32_t i = 0; i < lcores->giver_count; i++)
		rte_eal_remote_launch(giver, pass, lcores->givers[i]);
	for (uint32_t i = 0; i < lcores->taker_count; i++)
		rte_eal_remote_launch(taker, pass, lcores->takers[i]);
	if (lcores->has_main)
		giver(pass);
	for (uint32_t i = 0; i < lcores->taker_count; i++)
		rte_eal_wait_lcore(lcores->takers[i]);
	for (uint32_t i = 0; i < lcores->giver_count; i++)
		rte_eal_wait_lcore(lcores->givers[i]);
}

// The pipe has one end each where one lcore each uses it.
static struct rte_ring *pipe_open(const struct pool_lcores *lcores)
{
	unsigned int flags = lcores->taker_count == 1 ? RING_F_SP_ENQ : 0;

	if (lcores->giver_count + lcores->has_main == 1)
		flags |= RING_F_SC_DEQ;
	return rte_ring_create("bench_pass", PIPE_SLOTS, SOCKET_ID_ANY, flags);
}

struct pool_slice pool_pass_run(struct pool_desk *desk, uint64_t bursts)
{
	const struct pool_lcores *lcores = desk->lcores;
	struct pass pass = {
		.desk = desk,
		.way = pool_way_of(desk->subject, true),
		.pipe = pipe_open(lcores),
		.bursts = bursts / lcores->taker_count + 1,
		.takers_left = lcores->taker_count,
	};
	struct pool_slice result = {0, 0};
	uint64_t least = UINT64_MAX;

	if (pass.pipe == NULL)
		return result;
	run(&pass, lcores);
	result.cycles = rte_rdtsc() - pass.begin;
	for (uint32_t i = 0; i < lcores->taker_count; i++) {
		result.elements += pass.taken[i];
		least = RTE_MIN(least, pass.taken[i]);
	}
	pool_subject_flush(desk->subject);
	desk->failures += result.elements < bursts * desk->subject->cell.burst;
	fairness = result.elements > 0
			   ? (double)least * lcores->taker_count / (double)result.elements
			   : 1;
	rte_ring_free(pass.pipe);
	return result;
}
