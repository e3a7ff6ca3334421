// SPDX-License-Identifier: BSD-3-Clause
// The report as JSON. Figures that were not measured are missing, never 0.
#include <math.h>
#include <string.h>

#include "bench.h"
#include "test.h"

static json_t *latency_json(const struct trial_latency *latency)
{
	static const char *const names[TRIAL_PERCENTILES] = {
		"p50", "p90", "p99", "p99.9", "p99.99"};
	json_t *object = json_pack("{s:I}", "samples", (json_int_t)latency->samples);

	if (latency->samples == 0)
		return object;
	json_object_set_new(object, "least", json_real(latency->least));
	json_object_set_new(object, "mean", json_real(latency->mean));
	json_object_set_new(object, "most", json_real(latency->most));
	for (unsigned int i = 0; i < TRIAL_PERCENTILES; i++)
		json_object_set_new(object, names[i], json_real(latency->at[i]));
	return object;
}

static json_t *answer_json(
	const struct test_row *row, double goal, const struct search_answer *answer)
{
	static const char *const states[] = {
		[SEARCH_FOUND] = "found",
		[SEARCH_AT_MOST] = "highest rate",
		[SEARCH_NONE] = "none",
		[SEARCH_ENDED] = "not found within the trials",
	};
	json_t *object = json_pack("{s:f, s:s}", "loss_goal", goal, "state", states[answer->state]);

	if (answer->lower > 0) {
		json_object_set_new(object, "frames_per_s", json_real(answer->lower));
		json_object_set_new(object, "l2_bps", json_real(answer->lower * row->bytes * 8));
		json_object_set_new(
			object, "line_percent", json_real(100 * answer->lower / row->line_rate));
		json_object_set_new(object, "loss_most", json_real(answer->loss));
		json_object_set_new(object, "trials", json_integer(answer->trials));
	}
	if (answer->upper > 0)
		json_object_set_new(object, "not_frames_per_s", json_real(answer->upper));
	return object;
}

static json_t *latencies_json(const struct latencies *latencies)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < latencies->count; i++) {
		const struct latency_point *point = &latencies->points[i];

		json_array_append_new(list,
			json_pack("{s:f, s:f, s:f, s:i, s:o}", "part", point->part, "frames_per_s",
				point->rate, "loss", point->loss, "repetitions",
				(int)point->repeats, "ns", latency_json(&point->latency)));
	}
	return list;
}

static json_t *curve_json(const struct curve *curve)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < curve->count; i++)
		json_array_append_new(
			list, json_pack("{s:f, s:f}", "frames_per_s", curve->points[i].rate, "loss",
				      curve->points[i].loss));
	return list;
}

static json_t *bursts_json(const struct bursts *bursts)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < bursts->count; i++)
		json_array_append_new(list, json_integer((json_int_t)bursts->frames[i]));
	return json_pack("{s:o, s:b, s:f, s:f, s:I, s:I, s:f, s:f}", "frames", list, "endless",
		bursts->is_endless, "mean", bursts->mean, "deviation", bursts->deviation, "least",
		(json_int_t)bursts->least, "most", (json_int_t)bursts->most, "implied_buffer_s",
		bursts->implied_s, "corrected_buffer_s", bursts->corrected_s);
}

static json_t *recovery_json(const struct recovery *recovery)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < recovery->count; i++)
		json_array_append_new(list,
			recovery->seconds[i] < 0 ? json_null() : json_real(recovery->seconds[i]));
	return json_pack("{s:f, s:f, s:o, s:s?}", "over_frames_per_s", recovery->over_rate,
		"then_frames_per_s", recovery->then_rate, "seconds", list, "why_none",
		recovery->why);
}

static json_t *size_json(const struct test_result *result, const struct test_row *row)
{
	json_t *answers = json_array();
	json_t *object = json_pack("{s:s, s:f, s:f, s:f, s:b, s:b, s:I, s:I}", "size", row->size,
		"bytes", row->bytes, "line_frames_per_s", row->line_rate, "highest_frames_per_s",
		row->most, "highest_is_the_testers", row->is_ours, "ports_were_full", row->is_full,
		"trials", (json_int_t)row->trials, "void_trials", (json_int_t)row->voids);

	for (unsigned int g = 0; row->has_throughput && g < result->wish->goal_count; g++)
		json_array_append_new(
			answers, answer_json(row, result->wish->goals[g], &row->answers[g]));
	json_object_set_new(object, "throughput", answers);
	if (row->parts & TEST_LATENCY)
		json_object_set_new(object, "latency", latencies_json(&row->latencies));
	if (row->parts & TEST_LOSS)
		json_object_set_new(object, "frame_loss", curve_json(&row->curve));
	if (row->parts & TEST_BURST)
		json_object_set_new(object, "back_to_back", bursts_json(&row->bursts));
	if (row->parts & TEST_RECOVERY)
		json_object_set_new(object, "recovery", recovery_json(&row->recovery));
	if (row->failure[0] != '\0')
		json_object_set_new(object, "failure", json_string(row->failure));
	return object;
}

// What can be compared with another report: one figure each, and between what it lies.
static void rows_add(json_t *list, const struct test_result *result, const struct test_row *row)
{
	char at[40];

	for (unsigned int g = 0; row->has_throughput && g < result->wish->goal_count; g++) {
		const struct search_answer *answer = &row->answers[g];

		snprintf(at, sizeof(at), "loss %g %%", 100 * result->wish->goals[g]);
		if (answer->lower > 0)
			json_array_append_new(list,
				json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:s}", "figure",
					"throughput", "size", row->size, "at", at, "unit",
					"frames/s", "value", answer->lower, "low", answer->lower,
					"high", answer->upper > 0 ? answer->upper : answer->lower,
					"better", "higher"));
	}
	for (unsigned int i = 0; (row->parts & TEST_LATENCY) && i < row->latencies.count; i++) {
		const struct latency_point *point = &row->latencies.points[i];

		snprintf(at, sizeof(at), "%.0f %% of throughput", 100 * point->part);
		if (point->repeats > 0)
			json_array_append_new(list,
				json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:s}", "figure",
					"median latency", "size", row->size, "at", at, "unit", "ns",
					"value", point->latency.at[0], "low", point->medians[0],
					"high", point->medians[point->repeats - 1], "better",
					"lower"));
	}
}

static json_t *voids_json(const struct trials *trials)
{
	json_t *object = json_object();

	for (int i = TRIAL_GOOD + 1; i < TRIAL_DOUBT_COUNT; i++)
		if (trials->voids[i] > 0)
			json_object_set_new(object, trial_doubt_word((enum trial_doubt)i),
				json_integer((json_int_t)trials->voids[i]));
	return object;
}

static json_t *trial_json(const struct trial_result *trial)
{
	if (trial->doubt != TRIAL_GOOD)
		return json_pack("{s:f, s:f, s:s, s:s}", "frames_per_s", trial->ask.rate, "seconds",
			trial->seconds, "void", trial_doubt_word(trial->doubt), "why", trial->why);
	return json_pack("{s:f, s:f, s:I, s:I, s:f, s:I, s:I, s:I, s:o}", "frames_per_s",
		trial->ask.rate, "seconds", trial->seconds, "sent", (json_int_t)trial->sent,
		"received", (json_int_t)trial->received, "loss", trial_loss(trial), "duplicates",
		(json_int_t)trial->duplicates, "reordered", (json_int_t)trial->reordered, "corrupt",
		(json_int_t)trial->corrupt, "latency_ns", latency_json(&trial->latency));
}

static json_t *method_json(const struct test_result *result)
{
	const struct test_wish *wish = result->wish;
	const struct bed_wish *bed = &wish->bed;

	return json_pack("{s:s, s:b, s:f, s:i, s:f, s:s, s:s, s:f, s:f, s:f, s:s, s:s}", "search",
		wish->way == SEARCH_MLR ? "growing trials (MLRsearch-style)" : "binary", "quick",
		wish->is_quick, "trial_s", wish->seconds, "trials_that_decide", (int)wish->repeats,
		"width", wish->width, "directions",
		bed->is_one_way ? "one way" : "both ways at once", "ports",
		bed->is_reflector || (!bed->is_self && bed->port_count == 1) ? "one, reflected"
									     : "two",
		"learning_wait_s", bed->times.learn, "settle_s", bed->times.settle, "rest_s",
		bed->times.rest, "protocol", "UDP over IPv4 (RFC 2544 appendix C), signed payload",
		"loss",
		"frames sent and not received whole, by sequence numbers, after the settling time; "
		"what a port of the device would not take counts as lost");
}

json_t *test_json(const struct test_result *result)
{
	json_t *sizes = json_array(), *rows = json_array(), *trials = json_array();

	for (unsigned int i = 0; i < result->count; i++) {
		json_array_append_new(sizes, size_json(result, &result->rows[i]));
		rows_add(rows, result, &result->rows[i]);
	}
	for (size_t i = 0; i < result->trials.count; i++)
		json_array_append_new(trials, trial_json(&result->trials.all[i]));
	return json_pack(
		"{s:s, s:o, s:o, s:{s:I, s:b}, s:s, s:s?, s:b, s:f, s:I, s:I, s:o, s:{s:f}, "
		"s:s, s:o, s:o, s:o}",
		"schema", "nimbl.test.rfc2544/1", "machine", bench_machine(), "method",
		method_json(result), "medium", "bps", (json_int_t)result->link_bps, "assumed",
		result->is_assumed, "device", result->dut, "plan", result->plan, "shares_cpus",
		result->shares_cpus, "seconds", result->seconds, "trials",
		(json_int_t)result->trials.count, "void_trials",
		(json_int_t)trials_void(&result->trials), "voids", voids_json(&result->trials),
		"noise", "same_cell_twice", result->wish->is_quick ? 0.10 : 0.02, "ledgers",
		result->verdict[0] != '\0' ? result->verdict : "balanced", "sizes", sizes, "rows",
		rows, "every_trial", trials);
}
