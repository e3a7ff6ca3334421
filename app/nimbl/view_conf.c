// SPDX-License-Identifier: BSD-3-Clause
// A configuration as JSON with the keys of its file, every default filled in; and that as YAML.
#include <stdio.h>
#include <string.h>

#include "nimbl_offload.h"
#include "view.h"

static json_t *number_or_auto(uint32_t value, uint32_t automatic)
{
	return value == automatic ? json_string("auto") : json_integer(value);
}

static json_t *text_or_auto(const char *text)
{
	return json_string(text[0] != '\0' ? text : "auto");
}

static json_t *lcore_list(const struct nimbl_lcores *lcores)
{
	json_t *list = json_array();

	for (uint16_t i = 0; i < lcores->count; i++)
		json_array_append_new(list, json_integer(lcores->list[i]));
	return list;
}

static json_t *lcores_or_auto(const struct nimbl_lcores *lcores)
{
	return lcores->count > 0 ? lcore_list(lcores) : json_string("auto");
}

static json_t *lcores_json(const struct nimbl_conf_lcores *lcores)
{
	json_t *main = number_or_auto(lcores->main, NIMBL_CONF_AUTO);

	if (lcores->receive.count == 0)
		return json_pack(
			"{s:o, s:o}", "main", main, "workers", lcores_or_auto(&lcores->workers));
	return json_pack("{s:o, s:o, s:o}", "main", main, "receive", lcore_list(&lcores->receive),
		"transmit", lcore_list(&lcores->transmit));
}

static json_t *memory_json(uint64_t bytes)
{
	char text[32];

	if (bytes == 0)
		return json_string("auto");
	snprintf(text, sizeof(text), "%lluK", (unsigned long long)(bytes >> 10));
	return json_string(text);
}

static json_t *pool_json(const struct nimbl_conf_pool *pool)
{
	bool is_reused = pool->reclaim == NIMBL_POOL_RETURN_REUSE;
	bool is_full = pool->completion == NIMBL_POOL_COMPLETION_FULL;

	return json_pack("{s:o, s:I, s:o, s:o, s:s, s:s, s:o}", "size",
		number_or_auto(pool->size, 0), "data_size", (json_int_t)pool->data_size, "ops",
		text_or_auto(pool->ops), "cache", number_or_auto(pool->cache, NIMBL_CONF_AUTO),
		"return", is_reused ? "reuse" : "pool", "completion", is_full ? "full" : "handover",
		"node", number_or_auto(pool->node, NIMBL_CONF_AUTO));
}

static json_t *offloads_json(uint32_t offloads)
{
	json_t *list;

	if (offloads == 0 || offloads == NIMBL_OFFLOADS_AUTO)
		return json_string(offloads == 0 ? "none" : "auto");
	list = json_array();
	for (unsigned int i = 0; i < NIMBL_OFFLOAD_COUNT; i++)
		if (offloads >> i & 1)
			json_array_append_new(list, json_string(nimbl_offload_word(i)));
	return list;
}

// A key that is there already is a list.
static void setting_add(json_t *settings, const char *key, const char *value)
{
	json_t *was = json_object_get(settings, key);

	if (was == NULL) {
		json_object_set_new(settings, key, json_string(value));
		return;
	}
	if (!json_is_array(was)) {
		was = json_pack("[O]", was);
		json_object_set_new(settings, key, was);
	}
	json_array_append_new(was, json_string(value));
}

static void add_settings(json_t *object, const struct nimbl_conf_setting *settings, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++)
		setting_add(object, settings[i].key, settings[i].value);
}

// One that is not there has no key either.
static void add_driver(json_t *port, const char *key, const struct nimbl_conf_end *driver)
{
	json_t *settings;

	if (driver->name[0] == '\0')
		return;
	settings = json_object();
	add_settings(settings, driver->settings, driver->setting_count);
	json_object_set_new(port, key, json_pack("{s:o}", driver->name, settings));
}

static json_t *filter_json(const struct nimbl_conf_filter *filter)
{
	json_t *settings = json_pack("{s:s}", "name", filter->name);

	add_settings(settings, filter->settings, filter->setting_count);
	return json_pack("{s:o}", filter->driver, settings);
}

static json_t *filters_json(const struct nimbl_conf *conf, uint16_t port)
{
	json_t *list = json_array();

	for (uint16_t i = 0; i < conf->filter_count; i++)
		if (conf->filters[i].port == port)
			json_array_append_new(list, filter_json(&conf->filters[i]));
	return list;
}

static json_t *verifier_json(const struct nimbl_conf_verifier *verifier)
{
	static const char *const actions[] = {"count", "quarantine", "pause", "stop"};
	char stuck[16];

	snprintf(stuck, sizeof(stuck), "%ums", verifier->stuck_ms);
	return json_pack("{s:i, s:s, s:s}", "level", (int)verifier->level, "action",
		actions[verifier->action], "stuck", stuck);
}

static json_t *shortage_json(const struct nimbl_conf_shortage *shortage)
{
	char rate[40];

	snprintf(rate, sizeof(rate), "%.10g%%", (double)shortage->rate / 10000);
	return json_pack("{s:s, s:I, s:I}", "rate", rate, "nth", (json_int_t)shortage->nth, "seed",
		(json_int_t)shortage->seed);
}

static json_t *port_json(const struct nimbl_conf *conf, uint16_t index)
{
	const struct nimbl_conf_port *port = &conf->ports[index];
	json_t *object = json_pack("{s:s, s:i, s:{s:i, s:i}, s:b, s:o, s:s, s:o}", "device",
		port->device, "queues", (int)port->queues, "descriptors", "receive",
		(int)port->rx_descriptors, "transmit", (int)port->tx_descriptors, "promiscuous",
		(int)port->promiscuous, "offloads", offloads_json(port->offloads), "pool",
		conf->pools[port->pool].name, "lcores", lcores_or_auto(&port->lcores));

	if (port->mtu != 0)
		json_object_set_new(object, "mtu", json_integer(port->mtu));
	json_object_set_new(object, "filters", filters_json(conf, index));
	if (port->device[0] == '\0')
		json_object_del(object, "device");
	else
		json_object_set_new(object, "miniport", json_string("ethdev"));
	add_driver(object, "miniport", &port->miniport);
	add_driver(object, "protocol", &port->protocol);
	json_object_set_new(object, "verifier", verifier_json(&port->verifier));
	return object;
}

static json_t *driver_json(const struct nimbl_conf_driver *driver)
{
	json_t *object = json_pack("{s:s}", "file", driver->file), *parameters = json_object();

	if (driver->name[0] != '\0')
		json_object_set_new(object, "name", json_string(driver->name));
	for (uint16_t i = 0; i < driver->parameter_count; i++)
		json_object_set_new(parameters, driver->parameters[i].key,
			json_string(driver->parameters[i].value));
	json_object_set_new(object, "parameters", parameters);
	return object;
}

static json_t *drivers_json(const struct nimbl_conf *conf)
{
	json_t *list = json_array();

	for (uint16_t i = 0; i < conf->driver_count; i++)
		json_array_append_new(list, driver_json(&conf->drivers[i]));
	return list;
}

static json_t *maps_json(const struct nimbl_conf *conf, json_t *root)
{
	json_t *pools = json_object(), *ports = json_object(), *pairs = json_array();

	for (uint16_t i = 0; i < conf->pool_count; i++)
		json_object_set_new(pools, conf->pools[i].name, pool_json(&conf->pools[i]));
	for (uint16_t i = 0; i < conf->port_count; i++)
		json_object_set_new(ports, conf->ports[i].name, port_json(conf, i));
	for (uint16_t i = 0; i < conf->xconnect_count; i++)
		json_array_append_new(
			pairs, json_pack("[s, s]", conf->ports[conf->xconnects[i].a].name,
				       conf->ports[conf->xconnects[i].b].name));
	json_object_set_new(root, "drivers", drivers_json(conf));
	json_object_set_new(root, "pools", pools);
	json_object_set_new(root, "ports", ports);
	json_object_set_new(root, "xconnect", pairs);
	return root;
}

json_t *view_conf_json(const struct nimbl_conf *conf)
{
	static const char *const dev[] = {"auto", "true", "false"};
	static const char *const idle[] = {"auto", "poll", "pause", "sleep"};
	json_t *eal = json_array(), *root;

	for (uint16_t i = 0; i < conf->eal_count; i++)
		json_array_append_new(eal, json_string(conf->eal[i]));
	root = json_pack("{s:s, s:s, s:o, s:o, s:s, s:i, s:o}", "name", conf->name, "dev",
		dev[conf->dev], "memory", memory_json(conf->memory_bytes), "lcores",
		lcores_json(&conf->lcores), "idle", idle[conf->idle], "burst", (int)conf->burst,
		"eal", eal);
	json_object_set_new(root, "verifier", verifier_json(&conf->verifier));
	json_object_set_new(root, "shortage", shortage_json(&conf->shortage));
	return maps_json(conf, root);
}

// A word that means only itself in YAML needs no quotes.
static bool is_plain(const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789._-/";
	size_t length = strspn(text, plain);

	return length > 0 && text[length] == '\0' && strchr("._-/", text[0]) == NULL;
}

// What JSON puts into quotes YAML reads too.
static void print_scalar(const json_t *value, FILE *out)
{
	const char *text = json_string_value(value);

	if (text != NULL && is_plain(text))
		fputs(text, out);
	else
		json_dumpf(value, out, JSON_ENCODE_ANY);
}

static void print_key(const char *key, FILE *out)
{
	json_t *text = json_string(key);

	print_scalar(text, out);
	fputc(':', out);
	json_decref(text);
}

// Lists, and small maps of single values, fit on the line of their key.
static bool is_flat(const json_t *value)
{
	json_t *inner;
	const char *key;

	json_object_foreach ((json_t *)(uintptr_t)value, key, inner)
		if (json_is_object(inner) || json_is_array(inner))
			return false;
	return json_object_size(value) <= 3;
}

// [a, b] and {a: 1, b: 2}, on the line.
static void print_flow(const json_t *value, FILE *out)
{
	const char *key, *between = "";
	json_t *inner;
	size_t i;

	if (json_is_array(value)) {
		fputc('[', out);
		json_array_foreach (value, i, inner) {
			fputs(between, out);
			print_flow(inner, out);
			between = ", ";
		}
		fputc(']', out);
	} else if (json_is_object(value)) {
		fputc('{', out);
		json_object_foreach ((json_t *)(uintptr_t)value, key, inner) {
			fputs(between, out);
			print_key(key, out);
			fputc(' ', out);
			print_flow(inner, out);
			between = ", ";
		}
		fputc('}', out);
	} else {
		print_scalar(value, out);
	}
}

static void print_yaml(const json_t *map, unsigned int indent, FILE *out)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)map, key, value) {
		fprintf(out, "%*s", (int)indent, "");
		print_key(key, out);
		if (json_is_object(value) && !is_flat(value)) {
			fputc('\n', out);
			print_yaml(value, indent + 2, out);
		} else {
			fputc(' ', out);
			print_flow(value, out);
			fputc('\n', out);
		}
	}
}

void view_print_conf(const json_t *config, FILE *out)
{
	print_yaml(config, 0, out);
}
