// SPDX-License-Identifier: BSD-3-Clause
// The verifier of an engine: levels as configured and as they change, what violations ask for, and saying it.
#include <errno.h>
#include <time.h>

#include "engine_priv.h"
#include "nimbl_log.h"
#include "nimbl_nbl.h"

#define LOOK_NS 500000000ull // between two looks for lists that are stuck

static struct nimbl_verifier how_of(const struct nimbl_conf_verifier *conf, uint32_t level)
{
	struct nimbl_verifier how = {
		.level = (enum nimbl_verify_level)level, .stuck_ms = conf->stuck_ms};

	for (int code = 0; code < NIMBL_VIOLATION_CODES; code++)
		how.actions[code] = (enum nimbl_verify_action)conf->action;
	return how;
}

// Pools check where some list is verified, or is to be missed.
static bool checks_pools(const struct nimbl_conf *conf)
{
	bool any = conf->shortage.rate > 0 || conf->shortage.nth > 0;

	for (uint16_t i = 0; i < conf->port_count; i++)
		any |= conf->ports[i].verifier.level > NIMBL_VERIFY_LAWS;
	return any;
}

void verify_begin(const struct nimbl_engine *engine)
{
	nimbl_pools_set_checked(checks_pools(engine->conf));
}

void shortage_begin(const struct nimbl_engine *engine)
{
	const struct nimbl_conf_shortage *conf = &engine->conf->shortage;

	nimbl_pools_set_shortage(&(struct nimbl_pool_shortage){
		.rate = conf->rate, .nth = conf->nth, .seed = conf->seed});
}

void shortage_end(void)
{
	nimbl_pools_set_shortage(&(struct nimbl_pool_shortage){.rate = 0});
}

int nimbl_engine_set_shortage(struct nimbl_engine *engine, const struct nimbl_pool_shortage *how)
{
	int ret;

	if (checks_pools(engine->conf)) {
		nimbl_pools_set_shortage(how);
		return 0;
	}
	ret = nimbl_fail(ENOTSUP, "the pools of this instance do not check, so none can be short");
	nimbl_mend("start it with 'verifier: 1' or a 'shortage' in its configuration");
	return ret;
}

static int verify_port(struct nimbl_engine *engine, int i, uint32_t level)
{
	const struct nimbl_verifier how = how_of(&engine->conf->ports[i].verifier, level);
	int ret;

	engine_hold_peer(engine, i, true);
	ret = nimbl_stack_verify(engine->adapters[i], &how);
	if (ret == 0 && engine->paused[i]) {
		engine->paused[i] = false;
		ret = nimbl_stack_restart(engine->adapters[i]);
		nimbl_adapter_hold(engine->adapters[i], false);
	}
	engine_hold_peer(engine, i, false);
	return ret;
}

int verify_open(struct nimbl_engine *engine)
{
	int ret = 0;

	for (uint16_t i = 0; ret == 0 && i < engine->conf->port_count; i++) {
		uint32_t level = engine->conf->ports[i].verifier.level;

		ret = level > NIMBL_VERIFY_LAWS ? verify_port(engine, i, level) : 0;
	}
	return ret;
}

int nimbl_engine_verify(
	struct nimbl_engine *engine, const char *port, enum nimbl_verify_level level)
{
	int only = port != NULL ? engine_find_port(engine, port) : 0;
	int ret = only;

	if (only < 0)
		return only;
	if (port != NULL)
		return verify_port(engine, only, level);
	for (uint16_t i = 0; ret == 0 && i < engine->conf->port_count; i++)
		ret = verify_port(engine, i, level);
	return ret;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void look_for_stuck(struct nimbl_engine *engine)
{
	uint64_t now = now_ns();
	bool any = false;

	for (uint16_t i = 0; i < engine->conf->port_count; i++)
		any |= nimbl_stack_verifier(engine->adapters[i])->level >= NIMBL_VERIFY_AGES;
	if (!any || now - engine->looked_ns < LOOK_NS)
		return;
	engine->looked_ns = now;
	nimbl_verify_look();
}

static void say_new(struct nimbl_engine *engine)
{
	struct nimbl_violation violation;
	char text[256];

	while (nimbl_violation_next(engine->violations_said, &violation)) {
		engine->violations_said = violation.serial;
		nimbl_violation_describe(&violation, text, sizeof(text));
		nimbl_log(NIMBL_LOG_WARNING, "%s", text);
	}
}

static void pause_port(struct nimbl_engine *engine, uint16_t i)
{
	engine->paused[i] = true;
	nimbl_adapter_hold(engine->adapters[i], true);
	nimbl_lcores_publish();
	nimbl_stack_pause(engine->adapters[i]);
	nimbl_log(NIMBL_LOG_ERROR,
		"port '%s' is paused for a violation; 'nimbl nbl track N %s' lets it run again",
		engine->conf->ports[i].name, engine->conf->ports[i].name);
}

bool nimbl_engine_watch(struct nimbl_engine *engine)
{
	bool goes_on = true;

	if (!engine->running)
		return true;
	look_for_stuck(engine);
	say_new(engine);
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		enum nimbl_verify_action asked = nimbl_stack_verifier(engine->adapters[i])->asked;

		goes_on &= asked != NIMBL_VERIFY_STOP;
		if (asked == NIMBL_VERIFY_PAUSE && !engine->paused[i])
			pause_port(engine, i);
	}
	return goes_on;
}
