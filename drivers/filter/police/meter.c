// SPDX-License-Identifier: BSD-3-Clause
#include "meter.h"

#include <errno.h>
#include <rte_common.h>
#include <rte_pause.h>
#include <string.h>

#include "nimbl_path.h"

#define PLACE_BITS 16
#define PLACE_MASK ((1u << PLACE_BITS) - 1)

static union police_state *place_of(struct police_meter *meter, uint32_t number)
{
	return &meter->places[number / 2].states[number % 2];
}

int police_meter_open(
	struct police_meter *meter, uint64_t rate, uint64_t burst, uint64_t peak, uint64_t excess)
{
	struct rte_meter_srtcm_params one = {.cir = rate / 8, .cbs = burst, .ebs = excess};
	struct rte_meter_trtcm_params two = {
		.cir = rate / 8, .pir = peak / 8, .cbs = burst, .pbs = excess};
	union police_state *first = place_of(meter, 0);
	int ret;

	meter->has_peak = peak != 0;
	if (meter->has_peak) {
		ret = rte_meter_trtcm_profile_config(&meter->two, &two);
		if (ret == 0)
			ret = rte_meter_trtcm_config(&first->two, &meter->two);
	} else {
		ret = rte_meter_srtcm_profile_config(&meter->one, &one);
		if (ret == 0)
			ret = rte_meter_srtcm_config(&first->one, &meter->one);
	}
	if (ret != 0)
		return nimbl_fail(EINVAL, "the meter takes no such rates and sizes");
	return 0;
}

// Word by word: what is torn is found out when the head is exchanged.
static void state_copy(union police_state *to, const union police_state *from)
{
	for (unsigned int i = 0; i < RTE_DIM(to->words); i++)
		__atomic_store_n(&to->words[i], __atomic_load_n(&from->words[i], __ATOMIC_RELAXED),
			__ATOMIC_RELAXED);
}

// Clocks of CPUs, and of those that began again, may be behind the state.
static uint64_t not_before(uint64_t now, uint64_t then)
{
	return (int64_t)(now - then) < 0 ? then : now;
}

static void judge_one(struct police_meter *meter, struct rte_meter_srtcm *state, uint64_t now,
	const uint32_t *lengths, unsigned int count, uint8_t *colors)
{
	now = not_before(now, state->time);
	for (unsigned int i = 0; i < count; i++)
		colors[i] = (uint8_t)rte_meter_srtcm_color_blind_check(
			state, &meter->one, now, lengths[i]);
}

static void judge_two(struct police_meter *meter, struct rte_meter_trtcm *state, uint64_t now,
	const uint32_t *lengths, unsigned int count, uint8_t *colors)
{
	now = not_before(not_before(now, state->time_tc), state->time_tp);
	for (unsigned int i = 0; i < count; i++)
		colors[i] = (uint8_t)rte_meter_trtcm_color_blind_check(
			state, &meter->two, now, lengths[i]);
}

static bool try_judge(struct police_meter *meter, uint32_t row, uint64_t now,
	const uint32_t *lengths, unsigned int count, uint8_t *colors)
{
	uint64_t head = __atomic_load_n(&meter->head, __ATOMIC_ACQUIRE);
	uint32_t from = (uint32_t)head & PLACE_MASK, to = 2 * row + (from == 2 * row);
	union police_state state;

	state_copy(&state, place_of(meter, from));
	if (meter->has_peak)
		judge_two(meter, &state.two, now, lengths, count, colors);
	else
		judge_one(meter, &state.one, now, lengths, count, colors);
	__atomic_thread_fence(__ATOMIC_ACQ_REL);
	state_copy(place_of(meter, to), &state);
	return __atomic_compare_exchange_n(&meter->head, &head,
		((head >> PLACE_BITS) + 1) << PLACE_BITS | to, false, __ATOMIC_ACQ_REL,
		__ATOMIC_RELAXED);
}

void police_meter_judge(struct police_meter *meter, uint64_t now, const uint32_t *lengths,
	unsigned int count, uint8_t *colors)
{
	uint32_t row = nimbl_lcore_here();
	bool is_stranger = row == RTE_MAX_LCORE;

	while (is_stranger && __atomic_exchange_n(&meter->strangers, 1, __ATOMIC_ACQUIRE) != 0)
		rte_pause();
	while (!try_judge(meter, row, now, lengths, count, colors))
		rte_pause();
	if (is_stranger)
		__atomic_store_n(&meter->strangers, 0, __ATOMIC_RELEASE);
}
