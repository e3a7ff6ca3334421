// SPDX-License-Identifier: BSD-3-Clause
// A whole test after RFC 2544: what was asked, and what came of it for each frame size.
#pragma once

#include <jansson.h>

#include "bed.h"
#include "search.h"

#define TEST_SIZES 16

enum test_part {
	TEST_LATENCY = 1 << 0,
	TEST_LOSS = 1 << 1,
	TEST_BURST = 1 << 2,
	TEST_RECOVERY = 1 << 3,
};
#define TEST_ALL 15u

struct test_wish {
	struct bed_wish bed;
	const char *sizes[TEST_SIZES];
	unsigned int size_count;
	unsigned int parts; // beside throughput
	enum search_way way;
	bool is_quick;
	double seconds, first_seconds, width, step; // step: of the loss curve
	double goals[SEARCH_GOALS];
	unsigned int goal_count;
	uint32_t repeats, burst_repeats, latency_repeats;
	double most_rate; // frames per second of each direction; 0: the line, or what we can send
	double min_rate;  // the test fails below; 0: no such criterion
};

// The figures of one size. What `parts` lacks was not measured, or could not be.
struct test_row {
	char size[32];
	double bytes;     // with FCS, in the mean
	double line_rate; // frames per second that the medium has room for
	double most;      // the highest rate of the search
	bool is_ours;     // that is all that this tester can send
	bool is_full;     // more than that the ports do not take: it is well above what they take
	bool has_throughput;
	unsigned int parts;
	struct search_answer answers[SEARCH_GOALS];
	struct curve curve;
	struct bursts bursts;
	struct latencies latencies;
	struct recovery recovery;
	char failure[224]; // why there is no more; empty: there is all
	size_t trials, voids;
};

struct test_result {
	const struct test_wish *wish;
	struct test_row rows[TEST_SIZES];
	unsigned int count;
	struct trials trials;
	uint64_t link_bps;
	bool is_assumed; // the medium does not say its speed
	double seconds;
	bool shares_cpus;
	uint32_t cpus;
	char *plan;         // of the engine, to be freed
	char dut[2048];     // how the device was set up, as far as we know
	char verdict[256];  // of the ledgers; empty: they balance
	unsigned int below; // sizes below `min_rate`
};

// Where it stands, for progress: after each trial.
struct test_progress {
	const char *size, *part;
	unsigned int row;
	double left_s; // -1: not known
};

// Run the test on an open bench. Returns 0, or -errno with the error set: -EINTR. What was done until then
// is in `result`.
int test_run(struct bed *bed, const struct test_wish *wish, struct test_result *result,
	void (*told)(const struct test_progress *now, const struct trial_result *trial));
void test_result_free(struct test_result *result);

// The report. JSON: schema nimbl.test.rfc2544/1.
json_t *test_json(const struct test_result *result);
void test_print(const struct test_result *result, FILE *out);

// One page with plots, and the JSON beside it. Returns 0 or -errno with the error set.
int test_page_write(const char *folder, const struct test_result *result, json_t *report);

// Plots as SVG, to be freed; NULL where there is nothing to draw.
enum test_plot { TEST_PLOT_THROUGHPUT, TEST_PLOT_LATENCY, TEST_PLOT_LOSS, TEST_PLOT_COUNT };
char *test_plot(const struct test_result *result, enum test_plot plot);
