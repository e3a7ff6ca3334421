// SPDX-License-Identifier: BSD-3-Clause
// From lcore to lcore: takers put bursts on a ring of DPDK, givers take them off and give them back.
#include "pass.h"

#include <errno.h>
#include <pthread.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>
#include <rte_ring.h>
#include <sched.h>

#include "loops.h"

#define PIPE_SLOTS 1024u
#define SPINS      256u
#define HANDS_MAX  (2 * POOL_SIDE_MAX)

struct pass;

// One lcore of a run.
struct hand {
	struct pass *pass;
	pthread_t thread;
	uint32_t cpu;
	bool takes, has_thread;
	uint64_t elements, begin;
	uint64_t dry; // bursts for which the pool had not enough
	struct pool_counter *counter;
	struct stats_histogram bursts;
};

struct pass {
	struct pool_desk *desk;
	struct way way;
	struct rte_ring *pipe;
	uint64_t bursts; // of a taker; who is there first ends the run
	uint32_t count, takers_left, ready;
	bool is_over, has_failed, is_timed;
	struct hand hands[HANDS_MAX]; // takers, then givers
};

// Where lcores share a CPU, who waits long lets the others run.
static void wait_a_little(uint32_t *waits)
{
	if (++*waits % SPINS == 0)
		sched_yield();
	else
		rte_pause();
}

// Nobody begins before all are there.
static void wait_for_all(struct pass *pass)
{
	uint32_t waits = 0;

	__atomic_fetch_add(&pass->ready, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&pass->ready, __ATOMIC_ACQUIRE) < pass->count)
		wait_a_little(&waits);
}

static bool is_over(const struct pass *pass)
{
	return __atomic_load_n(&pass->is_over, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&pass->has_failed, __ATOMIC_RELAXED);
}

// Taking or giving back, with what a run wants beside.
static uint32_t take_burst(struct hand *hand, void **objects, uint32_t n)
{
	struct pass *pass = hand->pass;
	uint64_t begin = pass->is_timed ? rte_rdtsc_precise() : 0;

	if (unlikely(hand->counter != NULL))
		pool_counter_begin(hand->counter);
	n = take(pass->desk, pass->way, objects, n);
	if (unlikely(hand->counter != NULL))
		pool_counter_end(hand->counter, n);
	if (unlikely(pass->is_timed))
		stats_histogram_add(&hand->bursts, rte_rdtsc_precise() - begin);
	return n;
}

static void give_burst(struct hand *hand, void **objects, uint32_t n)
{
	struct pass *pass = hand->pass;
	uint64_t begin = pass->is_timed ? rte_rdtsc_precise() : 0;

	if (unlikely(hand->counter != NULL))
		pool_counter_begin(hand->counter);
	give(pass->desk, pass->way, objects, n);
	// Whoever took them has counted them.
	if (unlikely(hand->counter != NULL))
		pool_counter_end(hand->counter, 0);
	if (unlikely(pass->is_timed))
		stats_histogram_add(&hand->bursts, rte_rdtsc_precise() - begin);
}

static void taker(struct hand *hand)
{
	struct pass *pass = hand->pass;
	uint32_t burst = pass->desk->subject->cell.burst, waits = 0;
	void *objects[POOL_BURST_MAX];

	hand->begin = rte_rdtsc();
	for (uint64_t i = 0; i < pass->bursts && !is_over(pass); i++) {
		uint32_t n = take_burst(hand, objects, burst), sent = 0;

		while (sent < n) {
			sent += rte_ring_enqueue_burst(pass->pipe, &objects[sent], n - sent, NULL);
			if (sent < n)
				wait_a_little(&waits);
		}
		hand->elements += n;
		// A dry pool means that the givers are behind.
		if (n < burst) {
			hand->dry++;
			wait_a_little(&waits);
		}
	}
	__atomic_store_n(&pass->is_over, true, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&pass->takers_left, 1, __ATOMIC_RELEASE);
}

static void giver(struct hand *hand)
{
	struct pass *pass = hand->pass;
	uint32_t burst = pass->desk->subject->cell.burst, waits = 0;
	void *objects[POOL_BURST_MAX];

	for (;;) {
		bool over = __atomic_load_n(&pass->takers_left, __ATOMIC_ACQUIRE) == 0;
		uint32_t n = rte_ring_dequeue_burst(pass->pipe, objects, burst, NULL);

		if (n > 0)
			give_burst(hand, objects, n);
		else if (over)
			break;
		else
			wait_a_little(&waits);
		hand->elements += n;
	}
}

static int work(void *arg)
{
	struct hand *hand = arg;

	wait_for_all(hand->pass);
	if (hand->takes)
		taker(hand);
	else
		giver(hand);
	return 0;
}

// A thread that EAL did not make becomes an lcore of its own, with a cache in each mempool.
static void *thread_main(void *arg)
{
	struct hand *hand = arg;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(hand->cpu, &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	if (rte_thread_register() < 0)
		__atomic_store_n(&hand->pass->has_failed, true, __ATOMIC_RELAXED);
	work(hand);
	rte_thread_unregister();
	return NULL;
}

static void thread_start(struct hand *hand)
{
	struct pass *pass = hand->pass;

	hand->has_thread = pthread_create(&hand->thread, NULL, thread_main, hand) == 0;
	if (hand->has_thread)
		return;
	// Its part is over before it began.
	__atomic_store_n(&pass->has_failed, true, __ATOMIC_RELAXED);
	if (hand->takes)
		__atomic_fetch_sub(&pass->takers_left, 1, __ATOMIC_RELEASE);
	__atomic_fetch_add(&pass->ready, 1, __ATOMIC_ACQ_REL);
}

static void run(struct pass *pass, const struct pool_lcores *lcores)
{
	for (uint32_t i = 1; i + 1 < pass->count; i++)
		thread_start(&pass->hands[i]);
	rte_eal_remote_launch(work, &pass->hands[0], lcores->taker);
	work(&pass->hands[pass->count - 1]);
	rte_eal_wait_lcore(lcores->taker);
	for (uint32_t i = 1; i + 1 < pass->count; i++)
		if (pass->hands[i].has_thread)
			pthread_join(pass->hands[i].thread, NULL);
}

// The pipe has one end each where one lcore each uses it.
static struct rte_ring *pipe_open(const struct pool_cell *cell)
{
	unsigned int flags =
		(cell->takers == 1 ? RING_F_SP_ENQ : 0) | (cell->givers == 1 ? RING_F_SC_DEQ : 0);

	return rte_ring_create("bench_pass", PIPE_SLOTS, SOCKET_ID_ANY, flags);
}

static struct stats_shares shares_of(const struct pass *pass, uint32_t first, uint32_t end)
{
	uint64_t parts[HANDS_MAX];

	for (uint32_t i = first; i < end; i++)
		parts[i - first] = pass->hands[i].elements;
	return stats_shares(parts, end - first);
}

// The side that shared less fairly.
static void shares_add(struct pool_desk *desk, const struct pass *pass)
{
	uint32_t takers = desk->subject->cell.takers;
	struct stats_shares took = shares_of(pass, 0, takers);
	struct stats_shares gave = shares_of(pass, takers, pass->count);
	struct stats_shares worse = took.jain < gave.jain ? took : gave;

	desk->shares.least += worse.least;
	desk->shares.most += worse.most;
	desk->shares.jain += worse.jain;
	desk->share_count++;
}

static void hands_prepare(struct pass *pass, const struct pool_lcores *lcores)
{
	for (uint32_t i = 0; i < pass->count; i++) {
		// The first two CPUs are those of the first taker and of the last giver.
		uint32_t place = lcores->cpu_count > 2 ? 2 + (i - 1) % (lcores->cpu_count - 2)
						       : i % lcores->cpu_count;

		pass->hands[i].pass = pass;
		pass->hands[i].takes = i < pass->takers_left;
		pass->hands[i].cpu = lcores->cpus[place];
	}
}

static void extra_collect(struct pass *pass, const struct pool_pass_extra *extra)
{
	for (uint32_t i = 0; i < pass->count; i++) {
		struct hand *hand = &pass->hands[i];

		if (extra->bursts != NULL)
			stats_histogram_merge(extra->bursts, &hand->bursts);
		if (hand->counter != NULL)
			pool_counter_merge(extra->counter, hand->counter);
		pool_counter_free(hand->counter);
	}
}

static bool extra_prepare(struct pass *pass, const struct pool_pass_extra *extra)
{
	pass->is_timed = extra->bursts != NULL;
	for (uint32_t i = 0; extra->counter != NULL && i < pass->count; i++) {
		pass->hands[i].counter = pool_counter_new();
		if (pass->hands[i].counter == NULL)
			return false;
		pool_counter_learn(pass->hands[i].counter);
	}
	return true;
}

struct pool_slice pool_pass_run(
	struct pool_desk *desk, uint64_t bursts, const struct pool_pass_extra *extra)
{
	const struct pool_cell *cell = &desk->subject->cell;
	struct pool_slice result = {0, 0};
	struct pass *pass = calloc(1, sizeof(*pass));

	if (pass == NULL)
		return result;
	pass->desk = desk;
	pass->way = pool_way_of(desk->subject, true);
	pass->pipe = pipe_open(cell);
	pass->bursts = bursts / cell->takers + 1;
	pass->takers_left = cell->takers;
	pass->count = cell->takers + cell->givers;
	hands_prepare(pass, desk->lcores);
	if (pass->pipe != NULL && extra_prepare(pass, extra)) {
		run(pass, desk->lcores);
		result.cycles = rte_rdtsc() - pass->hands[0].begin;
		for (uint32_t i = 0; i < cell->takers; i++) {
			result.elements += pass->hands[i].elements;
			desk->failures += pass->hands[i].dry;
		}
		shares_add(desk, pass);
	}
	extra_collect(pass, extra);
	pool_subject_flush(desk->subject);
	if (pass->pipe == NULL || pass->has_failed)
		desk->why = "no ring, thread or lcore id is left for work pass";
	rte_ring_free(pass->pipe);
	free(pass);
	return result;
}

bool pool_pass_shares_cpus(const struct pool_lcores *lcores, const struct pool_cell *cell)
{
	return cell->work == POOL_WORK_PASS && cell->takers + cell->givers > lcores->cpu_count;
}
