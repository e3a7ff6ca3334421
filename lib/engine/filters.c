// SPDX-License-Identifier: BSD-3-Clause
// The filters of ports: as configured, and as they come and go while the engine runs.
#include <errno.h>
#include <rte_cycles.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_priv.h"
#include "nimbl_driver.h"
#include "nimbl_log.h"

static int fails_at(const struct nimbl_conf *conf, const struct nimbl_conf_filter *filter, int ret)
{
	return place_fails(conf, filter->port,
		settings_place(filter->settings, filter->setting_count, filter->place), ret);
}

// Of drivers that are only linked in, not loaded yet, no more is known than the list of drivers says.
int filters_check(const struct nimbl_conf *conf)
{
	for (uint16_t i = 0; i < conf->filter_count; i++) {
		const struct nimbl_conf_filter *filter = &conf->filters[i];
		int ret = driver_check(conf, filter->driver, "filter", filter->name,
			filter->settings, filter->setting_count);

		if (ret < 0)
			return fails_at(conf, filter, ret);
	}
	return 0;
}

static int filter_open(const struct nimbl_engine *engine, const struct nimbl_conf_filter *conf)
{
	struct nimbl_option *options = settings_options(conf->settings, conf->setting_count, 0);
	NDIS_HANDLE filter;
	int ret;

	if (options == NULL)
		return -ENOMEM;
	ret = nimbl_filter_open(conf->driver, engine->adapters[conf->port], NIMBL_FILTER_HIGHEST,
		conf->name, options, &filter);
	free(options);
	// What is linked in has the name, but is of another kind.
	if (ret == -ENOENT && engine->conf->driver_count == 0) {
		ret = nimbl_fail(EINVAL, "'%s' is no filter driver", conf->driver);
		nimbl_mend("filters stand in drivers/filter, and one may be your own");
	}
	return ret;
}

int filters_open(struct nimbl_engine *engine)
{
	for (uint16_t i = 0; i < engine->conf->filter_count; i++) {
		int ret = filter_open(engine, &engine->conf->filters[i]);

		if (ret < 0)
			return fails_at(engine->conf, &engine->conf->filters[i], ret);
	}
	return 0;
}

int engine_find_port(const struct nimbl_engine *engine, const char *port)
{
	const char *names[NIMBL_CONF_PORTS_MAX + 1] = {NULL}, *meant;

	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		names[i] = engine->conf->ports[i].name;
		if (strcmp(names[i], port) == 0)
			return i;
	}
	nimbl_fail(ENOENT, "there is no port '%s'", port);
	meant = nimbl_did_you_mean(port, names);
	if (meant != NULL)
		nimbl_mend("did you mean '%s'?", meant);
	else
		nimbl_mend("'nimbl show ports' lists them");
	return -ENOENT;
}

// A port whose stack can be changed: its device is there.
static int find_port(const struct nimbl_engine *engine, const char *port)
{
	int i = engine_find_port(engine, port);

	if (i < 0 || engine->presence[i].why == NULL)
		return i;
	nimbl_fail(ENODEV, "the device of port '%s' is gone: %s", port, engine->presence[i].why);
	nimbl_mend("its filters can be changed when it is back");
	return -ENODEV;
}

// What is to go out through a port while its stack changes comes in through its peer: that waits in the
// device as well, so that a change loses nothing.
void engine_hold_peer(const struct nimbl_engine *engine, int port, bool held)
{
	const struct nimbl_conf_port *peer = engine->plan->ports[port].peer;

	if (peer != NULL)
		nimbl_adapter_hold(engine->adapters[peer - engine->conf->ports], held);
	if (held)
		nimbl_lcores_publish();
}

// What the setting `to` of a filter names: that stack changes as well. -1: none.
static int other_port(const struct nimbl_engine *engine, const char *name)
{
	for (uint16_t i = 0; name != NULL && i < engine->conf->port_count; i++) {
		if (strcmp(engine->conf->ports[i].name, name) == 0)
			return i;
	}
	return -1;
}

static const char *to_of(const struct nimbl_option *options)
{
	for (; options != NULL && options->key != NULL; options++) {
		if (strcmp(options->key, "to") == 0)
			return options->value;
	}
	return NULL;
}

// From the one to the other traffic waits.
static void change_begin(struct nimbl_engine *engine, int port, int other)
{
	engine->held_since = rte_get_timer_cycles();
	if (other >= 0)
		engine_hold_peer(engine, other, true);
	engine_hold_peer(engine, port, true);
}

static void room_add(struct nimbl_room *room, NDIS_HANDLE adapter)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(adapter, &info);
	room->data_bytes = RTE_MAX(room->data_bytes, info.data_back_fill);
	room->context_bytes = RTE_MAX(room->context_bytes, info.context_back_fill);
}

static bool has_room(NDIS_HANDLE adapter, const struct nimbl_room *room)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(adapter, &info);
	return info.room.data_bytes >= room->data_bytes &&
	       info.room.context_bytes >= room->context_bytes;
}

// What a port receives is sent through its peer's stack, or its own. Without the room that these want, sends
// still work: headers get memory of their own.
void rooms_make(struct nimbl_engine *engine)
{
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		const struct nimbl_conf_port *peer = engine->plan->ports[i].peer;
		struct nimbl_room room = {.data_bytes = 0};

		room_add(&room, engine->adapters[i]);
		if (peer != NULL)
			room_add(&room, engine->adapters[peer - engine->conf->ports]);
		if (has_room(engine->adapters[i], &room))
			continue;
		engine_hold_peer(engine, i, true);
		if (nimbl_stack_make_room(engine->adapters[i], &room) < 0)
			nimbl_log(NIMBL_LOG_WARNING,
				"port '%s': no pools with %u bytes of headroom and %u of context: %s",
				engine->conf->ports[i].name, room.data_bytes, room.context_bytes,
				nimbl_last_error()->cause);
		engine_hold_peer(engine, i, false);
	}
}

static int change_end(struct nimbl_engine *engine, int port, int other, int ret)
{
	uint64_t cycles;

	if (ret == 0)
		rooms_make(engine);
	engine_hold_peer(engine, port, false);
	if (other >= 0)
		engine_hold_peer(engine, other, false);
	cycles = rte_get_timer_cycles() - engine->held_since;
	engine->held_us = (uint64_t)((double)cycles * 1e6 / (double)rte_get_timer_hz());
	return ret;
}

uint64_t nimbl_engine_held_us(const struct nimbl_engine *engine)
{
	return engine->held_us;
}

static NDIS_HANDLE find_filter(const struct nimbl_engine *engine, int port, const char *name)
{
	const char *names[NIMBL_FILTERS_MAX + 1] = {NULL}, *meant;
	NDIS_HANDLE filter = nimbl_filter_find(engine->adapters[port], name);
	struct nimbl_filter_info info;

	if (filter != NULL)
		return filter;
	for (unsigned int i = 0; nimbl_filter_query(engine->adapters[port], i, &info); i++)
		names[i] = info.name;
	nimbl_fail(ENOENT, "port '%s' has no filter '%s'", engine->conf->ports[port].name, name);
	meant = nimbl_did_you_mean(name, names);
	if (meant != NULL)
		nimbl_mend("did you mean '%s'?", meant);
	else
		nimbl_mend("'nimbl filter list' has them");
	return NULL;
}

// As configurations have it: names are printed, and asked for on command lines.
static int check_name(const char *name)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t length = strspn(name, letters);

	if (length > 0 && length <= 31 && name[length] == '\0')
		return 0;
	nimbl_fail(EINVAL, "%s cannot be a name of a filter", nimbl_quote(name).text);
	nimbl_mend("a name is 1 to 31 of the letters A-Z a-z 0-9 . _ -");
	return -EINVAL;
}

int nimbl_engine_filter_insert(struct nimbl_engine *engine, const char *port, unsigned int position,
	const char *driver, const char *name, const struct nimbl_option *options)
{
	int i = find_port(engine, port);
	int ret = i >= 0 && name != NULL ? check_name(name) : i;
	NDIS_HANDLE filter;

	if (ret < 0)
		return ret;
	int other = other_port(engine, to_of(options));
	change_begin(engine, i, other);
	return change_end(engine, i, other,
		nimbl_filter_insert(engine->adapters[i], position, driver,
			name != NULL ? name : driver, options, &filter));
}

int nimbl_engine_filter_remove(struct nimbl_engine *engine, const char *port, const char *name)
{
	int i = find_port(engine, port);
	NDIS_HANDLE filter = i >= 0 ? find_filter(engine, i, name) : NULL;

	if (filter == NULL)
		return i < 0 ? i : -ENOENT;
	int other = other_port(engine, nimbl_option(filter, "to", NULL));
	change_begin(engine, i, other);
	return change_end(engine, i, other, nimbl_filter_remove(filter));
}

int nimbl_engine_filter_reconfigure(struct nimbl_engine *engine, const char *port, const char *name,
	const struct nimbl_option *options)
{
	int i = find_port(engine, port);
	NDIS_HANDLE filter = i >= 0 ? find_filter(engine, i, name) : NULL;

	if (filter == NULL)
		return i < 0 ? i : -ENOENT;
	int other = other_port(engine, to_of(options));
	change_begin(engine, i, other);
	return change_end(engine, i, other, nimbl_filter_reconfigure(&filter, options));
}

void nimbl_engine_serve(struct nimbl_engine *engine)
{
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		if (!nimbl_stack_wants_restart(engine->adapters[i]))
			continue;
		change_begin(engine, i, -1);
		if (change_end(engine, i, -1, nimbl_stack_again(engine->adapters[i])) < 0)
			nimbl_log(NIMBL_LOG_ERROR, "port '%s': %s", engine->conf->ports[i].name,
				nimbl_last_error()->cause);
	}
}
