// SPDX-License-Identifier: BSD-3-Clause
// Ports whose device goes away while the engine runs, and comes back.
#include <errno.h>
#include <net/if.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "eal.h"
#include "engine_priv.h"
#include "nimbl_log.h"

#define RETRY_MS     100u // until the second try to bring a port back
#define RETRY_MS_MAX 5000u

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void presence_note(struct nimbl_engine *engine, uint16_t i)
{
	struct presence *presence = &engine->presence[i];
	struct rte_eth_dev_info info;
	char name[RTE_ETH_NAME_MAX_LEN];
	uint16_t port_id;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(engine->plan->ports[i].devargs, ","),
		engine->plan->ports[i].devargs);
	presence->if_index = 0;
	if (rte_eth_dev_get_port_by_name(name, &port_id) < 0 ||
		rte_eth_dev_info_get(port_id, &info) < 0)
		return;
	presence->if_index = info.if_index;
	presence->is_tap = strcmp(info.driver_name, "net_tap") == 0;
}

uint64_t presence_gone_ms(const struct nimbl_engine *engine, uint16_t i)
{
	const struct presence *presence = &engine->presence[i];

	return presence->why != NULL ? RTE_MAX(now_ms() - presence->since_ms, 1u) : 0;
}

static bool is_gone(const struct nimbl_engine *engine, uint16_t i)
{
	return engine->presence[i].why != NULL;
}

// Whether the port comes back without being asked to: when the kernel has its interface again. A tap is
// made by ourselves, and whoever deletes it does not want it.
static bool returns_alone(const struct nimbl_engine *engine, uint16_t i)
{
	return !engine->presence[i].by_user && !engine->presence[i].is_tap &&
	       engine->plan->ports[i].interface[0] != '\0';
}

static void retry_in(struct presence *presence, uint32_t ms)
{
	presence->retry_ms = ms;
	presence->next_ms = now_ms() + ms;
}

static void retry_now(struct presence *presence)
{
	presence->retry_ms = RETRY_MS / 2;
	presence->next_ms = 0;
}

// `why` is a literal. By surprise unless the user wants it.
static void take_away(struct nimbl_engine *engine, uint16_t i, const char *why, bool by_user)
{
	struct presence *presence = &engine->presence[i];

	presence->since_ms = now_ms();
	presence->why = why;
	presence->by_user = by_user;
	presence->removals++;
	nimbl_stack_remove(engine->adapters[i], !by_user);
	engine->bindings[i] = NULL;
	nimbl_log(by_user ? NIMBL_LOG_NOTICE : NIMBL_LOG_WARNING,
		"port '%s' is gone: %s; %s, taken down in %llu ms", engine->conf->ports[i].name,
		why,
		returns_alone(engine, i) ? "it comes back with its interface"
					 : "'nimbl port add' brings it back",
		(unsigned long long)(now_ms() - presence->since_ms));
	retry_in(presence, RETRY_MS);
}

// What comes before all of the stack runs waits in the device.
static int stack_bring_up(struct nimbl_engine *engine, uint16_t i)
{
	nimbl_adapter_hold(engine->adapters[i], true);
	int ret = port_connect(engine, i);
	if (ret == 0)
		ret = nimbl_stack_restart(engine->adapters[i]);
	nimbl_adapter_hold(engine->adapters[i], false);
	return ret;
}

static int bring_back(struct nimbl_engine *engine, uint16_t i)
{
	struct presence *presence = &engine->presence[i];

	eal_clear_log();
	int ret = nimbl_stack_return(engine->adapters[i]);
	if (ret == 0) {
		ret = stack_bring_up(engine, i);
		if (ret < 0) { // as it was before
			const struct nimbl_error error = *nimbl_last_error();

			nimbl_stack_remove(engine->adapters[i], false);
			engine->bindings[i] = NULL;
			nimbl_fail(error.code, "%s", error.cause);
			nimbl_mend("%s", error.mend);
		}
	}
	if (ret < 0) {
		add_dpdk_says();
		return plan_port_fails(engine->plan, i, ret);
	}
	nimbl_log(NIMBL_LOG_NOTICE, "port '%s' is back after %llu ms", engine->conf->ports[i].name,
		(unsigned long long)presence_gone_ms(engine, i));
	presence->why = NULL;
	presence_note(engine, i);
	return 0;
}

// Each failure doubles the time to the next try.
static void try_back(struct nimbl_engine *engine, uint16_t i)
{
	struct presence *presence = &engine->presence[i];

	if (now_ms() < presence->next_ms)
		return;
	if (if_nametoindex(engine->plan->ports[i].interface) == 0 || bring_back(engine, i) == 0) {
		retry_in(presence, RETRY_MS);
		return;
	}
	retry_in(presence, RTE_MIN(2 * presence->retry_ms, RETRY_MS_MAX));
	nimbl_log(NIMBL_LOG_WARNING, "%s; next try in %u ms", nimbl_last_error()->cause,
		presence->retry_ms);
}

static void on_gone(struct nimbl_engine *engine, uint16_t i, const struct link_change *change)
{
	const struct presence *presence = &engine->presence[i];

	if (is_gone(engine, i) || presence->if_index != change->index)
		return;
	if (!change->has_moved)
		take_away(engine, i, "its interface was deleted", false);
	else if (!presence->is_tap) // the descriptor of a tap works wherever it is
		take_away(engine, i, "its interface moved to another network namespace", false);
}

static void on_link(void *context, const struct link_change *change)
{
	struct nimbl_engine *engine = context;

	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		if (change->is_gone)
			on_gone(engine, i, change);
		else if (is_gone(engine, i) &&
			 strcmp(change->name, engine->plan->ports[i].interface) == 0)
			retry_now(&engine->presence[i]);
	}
}

// Where the kernel could not tell all: whether the interfaces are still there.
static void look_for_all(struct nimbl_engine *engine)
{
	char name[IFNAMSIZ];

	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		const struct presence *presence = &engine->presence[i];

		if (!is_gone(engine, i) && presence->if_index != 0 && !presence->is_tap &&
			if_indextoname(presence->if_index, name) == NULL)
			take_away(engine, i, "its interface is there no more", false);
	}
}

int nimbl_engine_devices_fd(const struct nimbl_engine *engine)
{
	return engine->links != NULL ? links_fd(engine->links) : -1;
}

void nimbl_engine_devices(struct nimbl_engine *engine)
{
	if (!engine->running)
		return;
	if (engine->links == NULL || !links_read(engine->links, on_link, engine))
		look_for_all(engine);
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		if (is_gone(engine, i) && returns_alone(engine, i))
			try_back(engine, i);
		else if (!is_gone(engine, i) && nimbl_adapter_is_lost(engine->adapters[i]))
			take_away(engine, i, "its driver says that the device is gone", false);
	}
}

int nimbl_engine_port_remove(struct nimbl_engine *engine, const char *port)
{
	int i = engine_find_port(engine, port);

	if (i < 0)
		return i;
	if (is_gone(engine, (uint16_t)i)) {
		engine->presence[i].by_user = true; // and does not come back by itself any more
		return 0;
	}
	take_away(engine, (uint16_t)i, "removed on request", true);
	return 0;
}

int nimbl_engine_port_add(struct nimbl_engine *engine, const char *port)
{
	int i = engine_find_port(engine, port);

	if (i < 0)
		return i;
	if (is_gone(engine, (uint16_t)i))
		return bring_back(engine, (uint16_t)i);
	nimbl_fail(EEXIST, "the device of port '%s' is there", port);
	nimbl_mend("'nimbl port remove %s' takes it out", port);
	return -EEXIST;
}
