// SPDX-License-Identifier: BSD-3-Clause
// The ports of an engine: their adapters, and what is bound to them.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eal.h"
#include "engine_priv.h"

#define OPTION_TEXT 40
#define OPTIONS_MAX 20
struct port_options {
	struct nimbl_option list[OPTIONS_MAX];
	char text[OPTIONS_MAX][OPTION_TEXT];
	unsigned int count;
};

static void option_text(struct port_options *options, const char *key, const char *value)
{
	options->list[options->count++] = (struct nimbl_option){key, value};
}

static void option_number(struct port_options *options, const char *key, uint32_t value)
{
	char *text = options->text[options->count];

	snprintf(text, OPTION_TEXT, "%u", value);
	option_text(options, key, text);
}

static void lcores_text(char *text, size_t size, const uint32_t *lcores, uint16_t count)
{
	size_t used = 0;

	text[0] = '\0';
	for (uint16_t i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, i > 0 ? ",%u" : "%u", lcores[i]);
}

void add_dpdk_says(void)
{
	const struct nimbl_error error = *nimbl_last_error();

	if (eal_first_error()[0] == '\0')
		return;
	nimbl_fail(error.code, "%s (DPDK: %s)", error.cause, eal_first_error());
	nimbl_mend("%s", error.mend);
}

static int miniport_open(
	struct nimbl_engine *engine, uint16_t i, const struct port_options *engines)
{
	const struct nimbl_conf_port *conf = &engine->conf->ports[i];
	const struct nimbl_conf_end *driver = &conf->miniport;
	struct nimbl_option *options =
		settings_options(driver->settings, driver->setting_count, OPTIONS_MAX);
	int ret;

	if (options == NULL)
		return -ENOMEM;
	// Its own settings come first, so that they count where both say something.
	memcpy(options + driver->setting_count, engines->list, engines->count * sizeof(options[0]));
	ret = nimbl_adapter_open(driver->name, conf->name, options, &engine->adapters[i]);
	if (ret == -ENOENT && engine->conf->driver_count == 0) { // linked in, but of another kind
		ret = nimbl_fail(EINVAL, "'%s' is no miniport driver", driver->name);
		nimbl_mend("miniports stand in drivers/miniport, and one may be your own");
	}
	options[driver->setting_count].key = NULL;
	if (ret == 0)
		ret = nimbl_options_check(engine->adapters[i], options);
	free(options);
	return ret < 0 ? end_fails(engine->conf, i, driver, ret) : 0;
}

static int port_open(struct nimbl_engine *engine, uint16_t i)
{
	static const char *const kinds[] = {[NIMBL_DEVICE_NONE] = "none",
		[NIMBL_DEVICE_PCI] = "pci",
		[NIMBL_DEVICE_VDEV] = "vdev",
		[NIMBL_DEVICE_INTERFACE] = "interface"};
	const struct nimbl_conf_port *conf = &engine->conf->ports[i];
	const struct nimbl_conf_pool *pool = &engine->conf->pools[conf->pool];
	const struct plan_port *port = &engine->plan->ports[i];
	struct port_options options = {.count = 0};
	char rx[80], tx[320], pool_name[80];

	lcores_text(rx, sizeof(rx), port->rx_lcores, port->rx_count);
	lcores_text(tx, sizeof(tx), port->tx_lcores, port->tx_count);
	snprintf(pool_name, sizeof(pool_name), "%s of %s", pool->name, conf->name);
	option_text(&options, "port", conf->name);
	option_text(&options, "device", port->devargs);
	option_text(&options, "kind", kinds[conf->kind]);
	option_text(&options, "interface", port->interface);
	option_text(&options, "rx_lcores", rx);
	option_text(&options, "tx_lcores", tx);
	option_text(&options, "pool", pool_name);
	option_number(&options, "rx_descriptors", conf->rx_descriptors);
	option_number(&options, "tx_descriptors", conf->tx_descriptors);
	option_number(&options, "mtu", port->mtu);
	option_number(&options, "queues", conf->queues);
	option_number(&options, "promiscuous", conf->promiscuous);
	option_number(&options, "offloads", conf->offloads);
	option_number(&options, "lists", port->lists);
	option_number(&options, "data_size", pool->data_size);
	option_number(&options, "cache", port->cache);
	option_number(&options, "reuse", pool->reclaim == NIMBL_POOL_RETURN_REUSE);
	if (pool->ops[0] != '\0')
		option_text(&options, "ops", pool->ops);
	if (pool->node != NIMBL_CONF_AUTO)
		option_number(&options, "node", pool->node);
	option_text(&options, NULL, NULL);
	if (conf->miniport.name[0] != '\0')
		return miniport_open(engine, i, &options);
	eal_clear_log();
	int ret = nimbl_adapter_open("ethdev", conf->name, options.list, &engine->adapters[i]);
	if (ret < 0)
		add_dpdk_says();
	return ret < 0 ? plan_port_fails(engine->plan, i, ret) : 0;
}

// A driver may itself say that something is not there.
static bool is_protocol(const char *name)
{
	struct nimbl_driver_info info;

	for (unsigned int i = 0; nimbl_driver_query(i, &info); i++) {
		if (strcmp(info.name, name) == 0)
			return info.is_protocol;
	}
	return false;
}

static int protocol_open(struct nimbl_engine *engine, uint16_t i)
{
	const struct nimbl_conf_port *conf = &engine->conf->ports[i];
	const struct nimbl_conf_end *driver = &conf->protocol;
	struct nimbl_option *options = settings_options(driver->settings, driver->setting_count, 2);
	int ret;

	if (options == NULL)
		return -ENOMEM;
	options[driver->setting_count] = (struct nimbl_option){"port", conf->name};
	options[driver->setting_count + 1] =
		(struct nimbl_option){"completion", engine->plan->ports[i].completion};
	ret = nimbl_binding_open(driver->name, engine->adapters[i], options, &engine->bindings[i]);
	if (ret == -ENOENT && engine->conf->driver_count == 0 &&
		!is_protocol(driver->name)) { // linked in, but of another kind
		ret = nimbl_fail(EINVAL, "'%s' is no protocol driver", driver->name);
		nimbl_mend("protocols stand in drivers/protocol, and one may be your own");
	}
	options[driver->setting_count].key = NULL;
	if (ret == 0)
		ret = nimbl_options_check(engine->bindings[i], options);
	free(options);
	return ret < 0 ? end_fails(engine->conf, i, driver, ret) : 0;
}

int port_connect(struct nimbl_engine *engine, uint16_t i)
{
	const struct plan_port *port = &engine->plan->ports[i];

	if (engine->conf->ports[i].protocol.name[0] != '\0')
		return protocol_open(engine, i);
	if (port->peer == NULL)
		return 0;
	struct nimbl_option options[] = {
		{"port", engine->conf->ports[i].name},
		{"peer", port->peer->name},
		{"completion", port->completion},
		{NULL, NULL},
	};
	return nimbl_binding_open("xconnect", engine->adapters[i], options, &engine->bindings[i]);
}

int ports_open(struct nimbl_engine *engine)
{
	int ret = 0;

	for (uint16_t i = 0; ret == 0 && i < engine->conf->port_count; i++)
		ret = port_open(engine, i);
	for (uint16_t i = 0; ret == 0 && i < engine->conf->port_count; i++)
		presence_note(engine, i);
	if (ret == 0)
		ret = filters_open(engine);
	for (uint16_t i = 0; ret == 0 && i < engine->conf->port_count; i++)
		ret = port_connect(engine, i);
	return ret == 0 ? verify_open(engine) : ret;
}

// All ports halt before one is freed: what one holds may be of the other's pool, and count there.
static void ports_halt(struct nimbl_engine *engine)
{
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		if (engine->adapters[i] != NULL)
			nimbl_adapter_halt(engine->adapters[i]);
	}
}

void ports_close(struct nimbl_engine *engine)
{
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		nimbl_binding_close(engine->bindings[i]);
		engine->bindings[i] = NULL;
	}
	ports_halt(engine);
	for (uint16_t i = 0; i < engine->conf->port_count; i++) {
		if (engine->adapters[i] != NULL)
			nimbl_adapter_query(engine->adapters[i], &engine->halted[i]);
		nimbl_adapter_close(engine->adapters[i]);
		engine->adapters[i] = NULL;
	}
}
