// SPDX-License-Identifier: BSD-3-Clause
// Tables, JSON, CSV, the page and the configuration: what was measured goes where it was wished.
#include "tell.h"

#include <rte_lcore.h>
#include <stdlib.h>

#include "apply.h"
#include "bench.h"
#include "html.h"
#include "say.h"

static json_t *noise_json(const struct pool_noise *noise)
{
	return json_pack("{s:f, s:f, s:I}", "control_loop", noise->control, "same_cell_twice",
		noise->twin, "comparisons", (json_int_t)noise->comparisons);
}

static json_t *report_json(const struct pool_result *result, double seconds)
{
	return json_pack("{s:s, s:o, s:o, s:i, s:f, s:o}", "schema", "nimbl.bench.pool/1",
		"machine", bench_machine(), "noise", noise_json(&result->noise), "refused_cells",
		(int)result->refused, "seconds", seconds, "rows", pool_report_rows(result));
}

static void tables_print(const struct pool_result *result)
{
	struct pool_advice advice;

	bench_machine_print();
	printf("cycles per element, taken and given back: median, and where it lies with 99 %% "
	       "confidence;\n"
	       "p90, p99 of single bursts per element; noise of this run: control loop %.1f %%, "
	       "same cell twice %.1f %%\n\n",
		100 * result->noise.control, 100 * result->noise.twin);
	pool_report_table(result, stdout);
	if (rte_socket_count() == 1)
		printf("\nThis machine has one NUMA node: no memory is remote.\n");
	pool_advise(result, &advice);
	for (size_t i = 0; i < advice.claim_count; i++)
		printf("%s%s (burst %u, %s): %s, ratio %.2f\n", i == 0 ? "\n" : "",
			advice.claims[i].text, advice.claims[i].a->cell.burst,
			pool_work_word(advice.claims[i].a->cell.work),
			pool_claim_word(&advice.claims[i]), advice.claims[i].answer.ratio.median);
	if (advice.usual != NULL)
		printf("\n%s\n", advice.text);
}

// To standard error, so that what a machine reads stays whole.
static int apply(const struct pool_result *result, const char *config)
{
	struct pool_advice advice;

	pool_advise(result, &advice);
	if (!advice.changes) {
		fprintf(stderr, "%s stays as it is: %s\n", config, advice.text);
		return 0;
	}
	if (pool_apply(config, &advice.best->cell) < 0)
		return say_error();
	fprintf(stderr, "%s is changed, %s.bak is as it was: %s\n", config, config, advice.text);
	return 0;
}

int pool_tell(const struct pool_result *result, const struct pool_wish *wish, double seconds)
{
	json_t *json = report_json(result, seconds);
	int ret = wish->report != NULL ? pool_html_write(wish->report, result, json) : 0;

	if (wish->form == POOL_FORM_JSON)
		say_json(json_incref(json));
	else if (wish->form == POOL_FORM_CSV)
		pool_report_csv(result, stdout);
	else
		tables_print(result);
	json_decref(json);
	if (ret < 0)
		return say_error();
	if (wish->report != NULL && wish->form == POOL_FORM_TABLE)
		printf("\nreport: %s/index.html\n", wish->report);
	return wish->apply != NULL ? apply(result, wish->apply) : 0;
}
