// SPDX-License-Identifier: BSD-3-Clause
// Rows written and read: rounds and histogram as lists, the rest by name.
#include "row_json.h"

#include <stdio.h>
#include <string.h>

// Members that are numbers, so that writing and reading cannot come apart.
#define WHOLE_MEMBERS(X)    \
	X(warmup)           \
	X(voids)            \
	X(burst_overhead)   \
	X(total_bytes)      \
	X(element_bytes)    \
	X(block)            \
	X(is_void)          \
	X(shares_cpus)      \
	X(touch.is_counted) \
	X(bursts.max)       \
	X(proof.taken)      \
	X(proof.given)      \
	X(proof.twice)      \
	X(proof.strangers)  \
	X(proof.not_out)    \
	X(proof.out)        \
	X(proof.distinct)
#define REAL_MEMBERS(X)       \
	X(median.median)      \
	X(median.low)         \
	X(median.high)        \
	X(failures)           \
	X(shares.least)       \
	X(shares.most)        \
	X(shares.jain)        \
	X(touch.read[0])      \
	X(touch.read[1])      \
	X(touch.read[2])      \
	X(touch.written[0])   \
	X(touch.written[1])   \
	X(touch.written[2])   \
	X(proof.reuse_median) \
	X(proof.reuse_p90)

static json_t *rounds_to_json(const struct pool_row *row)
{
	json_t *list = json_array();

	for (size_t i = 0; i < row->rounds; i++)
		json_array_append_new(list, json_real(row->cycles[i]));
	return list;
}

// Pairs of bucket and count, of those that have one.
static json_t *histogram_to_json(const struct stats_histogram *histogram)
{
	json_t *list = json_array();

	for (size_t i = 0; i < STATS_BUCKETS; i++)
		if (histogram->counts[i] > 0)
			json_array_append_new(list, json_pack("[I, I]", (json_int_t)i,
							    (json_int_t)histogram->counts[i]));
	return list;
}

json_t *pool_row_to_json(const struct pool_row *row)
{
	char key[512];
	json_t *json;

	pool_cell_key(&row->cell, key, sizeof(key));
	json = json_pack("{s:s, s:s, s:s, s:o, s:o}", "cell", key, "why", row->why, "touch.why",
		row->touch.why, "cycles", rounds_to_json(row), "histogram",
		histogram_to_json(&row->bursts));
#define X(member) json_object_set_new(json, #member, json_integer((json_int_t)row->member));
	WHOLE_MEMBERS(X)
#undef X
#define X(member) json_object_set_new(json, #member, json_real(row->member));
	REAL_MEMBERS(X)
#undef X
	return json;
}

static bool rounds_from_json(const json_t *list, struct pool_row *row)
{
	if (!json_is_array(list) || json_array_size(list) > POOL_ROUNDS_MAX)
		return false;
	row->rounds = json_array_size(list);
	for (size_t i = 0; i < row->rounds; i++)
		row->cycles[i] = json_number_value(json_array_get(list, i));
	return true;
}

static bool histogram_from_json(const json_t *list, struct stats_histogram *histogram)
{
	size_t at;
	json_t *pair;

	json_array_foreach (list, at, pair) {
		json_int_t bucket, count;

		if (json_unpack(pair, "[I, I]", &bucket, &count) < 0 || bucket < 0 ||
			bucket >= STATS_BUCKETS || count < 0)
			return false;
		histogram->counts[bucket] = (uint64_t)count;
		histogram->total += (uint64_t)count;
	}
	return json_is_array(list);
}

bool pool_row_from_json(const json_t *json, struct pool_row *row)
{
	struct pool_row read;
	const char *cell = json_string_value(json_object_get(json, "cell"));
	const char *why = json_string_value(json_object_get(json, "why"));
	const char *untouched = json_string_value(json_object_get(json, "touch.why"));
	char key[512];

	memset(&read, 0, sizeof(read));
	read.cell = row->cell;
	pool_cell_key(&row->cell, key, sizeof(key));
	if (cell == NULL || why == NULL || untouched == NULL || strcmp(cell, key) != 0 ||
		!rounds_from_json(json_object_get(json, "cycles"), &read) ||
		!histogram_from_json(json_object_get(json, "histogram"), &read.bursts))
		return false;
	snprintf(read.why, sizeof(read.why), "%s", why);
	snprintf(read.touch.why, sizeof(read.touch.why), "%s", untouched);
#define X(member)                                             \
	if (!json_is_integer(json_object_get(json, #member))) \
		return false;                                 \
	read.member = (typeof(read.member))json_integer_value(json_object_get(json, #member));
	WHOLE_MEMBERS(X)
#undef X
#define X(member)                                            \
	if (!json_is_number(json_object_get(json, #member))) \
		return false;                                \
	read.member = json_number_value(json_object_get(json, #member));
	REAL_MEMBERS(X)
#undef X
	*row = read;
	return true;
}
