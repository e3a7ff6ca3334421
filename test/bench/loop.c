// SPDX-License-Identifier: BSD-3-Clause
// The loop of a forwarding lcore, a fixed number of times: what devtools/count-instructions counts.
//
//	loop never|off|switched|on
//
// The verifier is not mentioned in the configuration, configured off, switched on and off again while the
// engine runs, or on.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_engine.h"

#define WARM  300u // rounds before those that are counted
#define TURNS 100u

static const char config[] = "dev: true\n"
			     "name: count-instructions\n"
			     "ports: {a: 'net_null0,size=64', b: 'net_null1,size=64'}\n"
			     "xconnect: [[a, b]]\n";

struct work {
	uint32_t lcore;
	uint64_t packets;
};

// Callgrind counts from its beginning to its end.
uint64_t counted(uint32_t lcore);

__attribute__((noinline)) uint64_t counted(uint32_t lcore)
{
	return nimbl_lcore_run(lcore, TURNS);
}

static int warm(void *arg)
{
	const struct work *work = arg;

	nimbl_lcore_run(work->lcore, WARM);
	return 0;
}

static int count(void *arg)
{
	struct work *work = arg;

	nimbl_lcore_run(work->lcore, WARM);
	work->packets += counted(work->lcore);
	return 0;
}

static int verify(struct nimbl_engine *engine, const char *how, struct work *work)
{
	if (strcmp(how, "never") == 0 || strcmp(how, "off") == 0)
		return 0;
	if (nimbl_engine_verify(engine, NULL, NIMBL_VERIFY_OWNERS) < 0 ||
		nimbl_engine_call(engine, warm, work) < 0)
		return -1;
	return strcmp(how, "switched") == 0 ? nimbl_engine_verify(engine, NULL, NIMBL_VERIFY_LAWS)
					    : 0;
}

static int run(struct nimbl_engine *engine, const char *how)
{
	static const char *const modes[] = {"handover", "full"};
	struct nimbl_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	struct work work = {.packets = 0};
	int ret = snapshot != NULL ? nimbl_engine_restart(engine) : -1;

	if (ret == 0) {
		nimbl_engine_snapshot(engine, snapshot);
		work.lcore = snapshot->lcores[0].lcore;
		nimbl_lcores_set_burst(32);
	}
	for (unsigned int i = 0; ret == 0 && i < 2; i++) {
		ret = nimbl_engine_reconnect(engine, modes[i]);
		if (ret == 0)
			ret = verify(engine, how, &work);
		if (ret == 0)
			ret = nimbl_engine_call(engine, count, &work);
	}
	free(snapshot);
	if (ret == 0)
		printf("packets %llu\n", (unsigned long long)work.packets);
	return ret;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "never";
	struct nimbl_engine *engine = NULL;
	struct nimbl_conf *conf = NULL;
	char text[sizeof(config) + 16];

	snprintf(
		text, sizeof(text), "%s%s", config, strcmp(how, "off") == 0 ? "verifier: 0\n" : "");
	int ret = nimbl_conf_parse("-", text, strlen(text), &conf);
	if (ret == 0)
		ret = nimbl_engine_open(conf, &engine);
	if (ret == 0)
		ret = run(engine, how);
	if (ret != 0)
		fprintf(stderr, "loop: %s\n", nimbl_last_error()->cause);
	nimbl_engine_close(engine);
	nimbl_conf_free(conf);
	return ret != 0;
}
