// SPDX-License-Identifier: BSD-3-Clause
// The engine's life: open, start, stop, close.
#include "nimbl_engine.h"

#include <errno.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eal.h"
#include "engine_priv.h"
#include "nimbl_log.h"
#include "nimbl_nbl.h"
#include "plan.h"

int nimbl_engine_check(const struct nimbl_conf *conf)
{
	struct plan *plan;
	int ret = drivers_check(conf);

	if (ret == 0)
		ret = ends_check(conf);
	if (ret == 0)
		ret = filters_check(conf);
	if (ret == 0)
		ret = plan_make(conf, &plan);
	if (ret == 0)
		plan_free(plan);
	return ret;
}

#define STOP_MS 300 // for all that pends when the engine stops

static enum nimbl_rest rest_of(enum nimbl_idle idle)
{
	return idle == NIMBL_IDLE_SLEEP   ? NIMBL_REST_SLEEP
	       : idle == NIMBL_IDLE_PAUSE ? NIMBL_REST_PAUSE
					  : NIMBL_REST_NEVER;
}

int nimbl_engine_open(const struct nimbl_conf *conf, struct nimbl_engine **result)
{
	struct nimbl_engine *engine = calloc(1, sizeof(*engine));
	int ret;

	if (engine == NULL)
		return nimbl_fail(ENOMEM, "no memory");
	engine->conf = conf;
	ret = drivers_check(conf);
	if (ret == 0)
		ret = ends_check(conf);
	if (ret == 0)
		ret = filters_check(conf);
	if (ret == 0)
		ret = plan_make(conf, &engine->plan);
	if (ret < 0)
		goto free_engine;
	ret = eal_start(engine->plan);
	if (ret < 0)
		goto free_plan;
	nimbl_pools_set_large_pages(engine->plan->own_pages);
	ret = nimbl_lcores_init(conf->burst, rest_of(engine->plan->idle));
	if (ret < 0)
		goto stop_eal;
	verify_begin(engine);
	ret = nimbl_drivers_load();
	if (ret == 0)
		ret = drivers_open(conf);
	if (ret < 0)
		goto unload;
	engine->links = links_open(); // before there is anything to miss
	if (engine->links == NULL)
		nimbl_log(NIMBL_LOG_WARNING, "%s", nimbl_last_error()->cause);
	ret = ports_open(engine);
	if (ret < 0)
		goto close_ports;
	*result = engine;
	return 0;
close_ports:
	ports_close(engine);
	links_close(engine->links);
unload:
	nimbl_drivers_unload();
stop_eal:
	eal_stop();
free_plan:
	plan_free(engine->plan);
free_engine:
	free(engine);
	return ret;
}

int nimbl_engine_restart(struct nimbl_engine *engine)
{
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		eal_clear_log();
		int ret = nimbl_stack_restart(engine->adapters[i]);
		if (ret < 0) {
			add_dpdk_says();
			return plan_port_fails(engine->plan, i, ret);
		}
	}
	rooms_make(engine);
	for (uint16_t i = 0; i < engine->conf->port_count; i++)
		nimbl_adapter_hold(engine->adapters[i], false);
	engine->running = true;
	return 0;
}

int nimbl_engine_start(struct nimbl_engine *engine)
{
	int ret = nimbl_engine_restart(engine);

	if (ret == 0)
		ret = nimbl_lcores_start();
	if (ret == 0)
		shortage_begin(engine);
	return ret;
}

int nimbl_engine_reconnect(struct nimbl_engine *engine, const char *completion)
{
	int ret = 0;

	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		engine->plan->ports[i].completion = completion;
		if (engine->bindings[i] != NULL)
			nimbl_binding_pause(engine->bindings[i]);
	}
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		nimbl_binding_close(engine->bindings[i]);
		engine->bindings[i] = NULL;
	}
	for (uint16_t i = 0; ret == 0 && i < engine->conf->port_count; i++)
		ret = port_connect(engine, i);
	for (uint16_t i = 0; ret == 0 && i < engine->conf->port_count; i++)
		ret = engine->bindings[i] != NULL ? nimbl_binding_restart(engine->bindings[i]) : 0;
	return ret;
}

int nimbl_engine_call(const struct nimbl_engine *engine, int (*call)(void *), void *arg)
{
	uint32_t lcore = engine->plan->lcores[0].id;
	int ret = rte_eal_remote_launch(call, arg, lcore);

	return ret < 0 ? ret : rte_eal_wait_lcore(lcore);
}

// Pools are released with their ports; what is left of them afterwards is what did not come home.
static int pool_left(NDIS_HANDLE pool, void *arg)
{
	struct nimbl_snapshot *last = arg;
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	for (uint16_t i = 0; i < last->pool_count; i++) {
		if (strcmp(last->pools[i].name, info.name) == 0)
			last->pools[i].free = info.free;
	}
	return 0;
}

// The lcores go on meanwhile, for lists that are out come home through their hands. What a PMD does
// not give back in time it gives back, or is forced to, when its port halts: that is no error.
static int stacks_pause(struct nimbl_engine *engine)
{
	int ret = 0;

	for (uint16_t i = 0; i < engine->conf->port_count; i++)
		nimbl_adapter_hold(engine->adapters[i], true);
	if (nimbl_lcores_publish() < 0)
		ret = -nimbl_last_error()->code;
	nimbl_pending_limit(STOP_MS);
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		if (engine->bindings[i] != NULL)
			nimbl_binding_pause(engine->bindings[i]);
	}
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		if (nimbl_stack_pause(engine->adapters[i]) < 0)
			ret = -nimbl_last_error()->code;
	}
	nimbl_pending_limit(0);
	return ret;
}

int nimbl_engine_stop(struct nimbl_engine *engine)
{
	int ret;

	if (!engine->running)
		return 0;
	shortage_end();
	nimbl_engine_snapshot(engine, &engine->last);
	struct nimbl_lcore_view lcores[NIMBL_LCORES_MAX]; // as they were at work
	memcpy(lcores, engine->last.lcores, sizeof(lcores));
	ret = stacks_pause(engine);
	nimbl_lcores_stop();
	engine->running = false;
	nimbl_engine_snapshot(engine, &engine->last);
	memcpy(engine->last.lcores, lcores, sizeof(lcores));
	ports_close(engine);
	for (uint16_t i = 0; i < engine->conf->port_count; i++)
		engine->last.ports[i].counters = engine->halted[i].counters;
	nimbl_pools_reap();
	for (uint16_t i = 0; i < engine->last.pool_count; i++)
		engine->last.pools[i].free = engine->last.pools[i].size;
	nimbl_pool_foreach(pool_left, &engine->last);
	engine->last.violations = nimbl_violations_count(NIMBL_VIOLATION_CODES);
	engine->last.quarantined = nimbl_verify_quarantined();
	engine->stopped = true;
	return ret;
}

void nimbl_engine_close(struct nimbl_engine *engine)
{
	if (engine == NULL)
		return;
	nimbl_engine_stop(engine);
	if (!engine->stopped)
		ports_close(engine);
	links_close(engine->links);
	nimbl_drivers_unload();
	eal_stop();
	plan_free(engine->plan);
	free(engine);
}

const char *nimbl_engine_plan_text(const struct nimbl_engine *engine)
{
	return engine->plan->text != NULL ? engine->plan->text : "";
}

NDIS_HANDLE nimbl_engine_adapter(const struct nimbl_engine *engine, const char *name)
{
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		if (strcmp(engine->conf->ports[i].name, name) == 0)
			return engine->adapters[i];
	}
	return NULL;
}
