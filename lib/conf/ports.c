// SPDX-License-Identifier: BSD-3-Clause
// Ports and the cross-connects between them.
#include "conf_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int conf_read_device(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	struct nimbl_conf_port *port = base;
	int ret = conf_need_kind(reader, node, NODE_SCALAR, key->name);

	if (ret < 0)
		return ret;
	port->place = node->place;
	port->kind = nimbl_conf_device_kind(node->text);
	// The domain of a short PCI address needs room as well.
	if (node->text[0] == '\0')
		ret = conf_say(reader, node->place, "the device is missing");
	else if (strlen(node->text) > key->max)
		ret = conf_say(
			reader, node->place, "device %s is too long", conf_quote(node->text).text);
	else if (port->kind == NIMBL_DEVICE_NONE)
		ret = conf_say(reader, node->place, "%s is no device", conf_quote(node->text).text);
	if (ret < 0) {
		if (strlen(node->text) > key->max)
			nimbl_mend("%llu characters are allowed", (unsigned long long)key->max);
		else
			nimbl_mend("allowed: %s", conf_allowed(key).text);
		return ret;
	}
	conf_device_copy(port->device, sizeof(port->device), node->text, port->kind);
	return conf_check_device(reader, port);
}

int conf_read_descriptors(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = 0;

	if (node->kind == NODE_MAP)
		return conf_read_map(reader, key->inner, node, base);
	// One number is for both ways; the error calls it by the outer name.
	for (const struct key *inner = key->inner; inner->name != NULL && ret == 0; inner++) {
		struct key both = *inner;

		both.name = key->name;
		ret = conf_read_number(reader, &both, node, base);
	}
	return ret;
}

// A port stands on a device or on a driver that needs none.
static int check_below(
	const struct reader *reader, struct nimbl_conf_port *port, const struct node *value)
{
	bool has_device = port->kind != NIMBL_DEVICE_NONE;
	bool is_ethdev = strcmp(port->miniport.name, "ethdev") == 0;
	bool has_miniport = port->miniport.name[0] != '\0' && !is_ethdev;
	int ret;

	if (is_ethdev && port->miniport.setting_count > 0) {
		ret = conf_say(reader, port->miniport.place, "miniport ethdev has no settings");
		nimbl_mend("they are keys of the port; 'nimbl config reference' tells them");
		return ret;
	}
	if (is_ethdev) // as it is when nothing is said
		port->miniport = (struct nimbl_conf_end){.setting_count = 0};
	if (!has_device && !has_miniport) {
		ret = conf_say(reader, value->place, "the device is missing");
		nimbl_mend("write device: and one of %s", conf_allowed(conf_port_keys).text);
		return ret;
	}
	if (has_device && has_miniport) {
		ret = conf_say(reader, port->miniport.place, "there is a device and a miniport");
		nimbl_mend("devices have a miniport of their own: remove one of the two keys");
		return ret;
	}
	if (has_miniport)
		port->place = port->miniport.place;
	return 0;
}

// A cross-connect has two ends, and stands where both can be seen.
static int check_above(const struct reader *reader, const struct nimbl_conf_port *port)
{
	int ret;

	if (strcmp(port->protocol.name, "xconnect") != 0)
		return 0;
	ret = conf_say(reader, port->protocol.place, "a cross-connect is no protocol of one port");
	nimbl_mend("write xconnect: [[%s, %s]] beside ports", port->name, port->name);
	return ret;
}

// The keys of one port, over its presets.
static int read_port_keys(
	struct reader *reader, struct nimbl_conf_port *port, const struct node *value)
{
	const struct node *lcores;
	int ret;

	if (value->kind == NODE_SCALAR)
		return conf_read_device(reader, conf_port_keys, value, port);
	ret = conf_need_kind(reader, value, NODE_MAP, "a port");
	if (ret == 0)
		ret = conf_read_map(reader, conf_port_keys, value, port);
	if (ret < 0)
		return ret;
	ret = check_below(reader, port, value);
	if (ret == 0)
		ret = check_above(reader, port);
	if (ret < 0)
		return ret;
	lcores = conf_node_find(value, "lcores");
	return conf_check_port_lcores(reader, port, lcores != NULL ? lcores->place : value->place);
}

void conf_port_free(struct nimbl_conf_port *port)
{
	conf_settings_free(port->miniport.settings, port->miniport.setting_count);
	conf_settings_free(port->protocol.settings, port->protocol.setting_count);
}

int conf_read_port(struct reader *reader, const struct node *name, const struct node *value)
{
	struct nimbl_conf *conf = reader->conf;
	struct nimbl_conf_port *port = &conf->ports[conf->port_count];
	int ret;

	if (conf->port_count == NIMBL_CONF_PORTS_MAX) {
		ret = conf_say(reader, name->place, "port %s is one too many",
			conf_quote(name->text).text);
		nimbl_mend("%d ports are allowed", NIMBL_CONF_PORTS_MAX);
		return ret;
	}
	ret = conf_check_name(reader, name, "port", sizeof(port->name) - 1);
	if (ret < 0)
		return ret;
	if (conf_find_port(conf, name->text) >= 0) {
		ret = conf_say(reader, name->place, "there is a port %s already",
			conf_quote(name->text).text);
		nimbl_mend("give this one another name");
		return ret;
	}
	*port = (struct nimbl_conf_port){0};
	conf_presets(reader, conf_port_keys, port);
	port->verifier = conf->verifier;
	snprintf(port->name, sizeof(port->name), "%s", name->text);
	snprintf(reader->owner, sizeof(reader->owner), "port '%s': ", port->name);
	ret = read_port_keys(reader, port, value);
	reader->owner[0] = '\0';
	if (ret == 0)
		return conf->port_count++;
	conf_port_free(port);
	return ret;
}

int conf_read_ports(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = conf_need_kind(reader, node, NODE_MAP, key->name);

	if (ret < 0) {
		nimbl_mend("write ports: {a: net_null0}");
		return ret;
	}
	ret = conf_check_repeats(reader, node);
	for (const struct node *at = node->children; at != NULL && ret >= 0; at = at->next->next)
		ret = conf_read_port(reader, at, at->next);
	return ret < 0 ? ret : 0;
}

static int find_end(const struct reader *reader, const struct node *node)
{
	const char *names[NIMBL_CONF_PORTS_MAX + 1] = {NULL};
	struct nimbl_conf *conf = reader->conf;
	int ret = conf_find_port(conf, node->text);

	if (ret >= 0)
		return ret;
	for (int i = 0; i < conf->port_count; i++)
		names[i] = conf->ports[i].name;
	ret = conf_say(reader, node->place, "there is no port %s", conf_quote(node->text).text);
	conf_mend_word(node->text, "configured ports", names);
	return ret;
}

static int check_free(const struct reader *reader, const struct node *node, int port)
{
	const struct nimbl_conf *conf = reader->conf;
	const struct nimbl_conf_end *protocol = &conf->ports[port].protocol;
	char first[40] = "";
	int ret;

	if (protocol->name[0] != '\0') {
		ret = conf_say(reader, node->place,
			"port '%s' has protocol '%s' already, at line %u", conf->ports[port].name,
			protocol->name, protocol->place.line);
		nimbl_mend("a port has one protocol: remove it there, or the port here");
		return ret;
	}
	for (int i = 0; i < conf->xconnect_count; i++) {
		const struct nimbl_conf_xconnect *other = &conf->xconnects[i];

		if (other->a != port && other->b != port)
			continue;
		if (other->place.line > 0)
			snprintf(first, sizeof(first), ", first at line %u", other->place.line);
		ret = conf_say(reader, node->place, "port '%s' is connected twice%s",
			conf->ports[port].name, first);
		nimbl_mend("a port is in one pair only: remove it from one of them");
		return ret;
	}
	return 0;
}

static int pair_fail(const struct reader *reader, const struct node *pair)
{
	conf_say(reader, pair->place, "a pair in xconnect has to be two names of ports");
	nimbl_mend("write xconnect: [[a, b]]; a port with itself, [a, a], sends back what comes");
	return -EINVAL;
}

int conf_read_xconnect(struct reader *reader, const struct node *pair)
{
	struct nimbl_conf *conf = reader->conf;
	int ends[2];
	int i = 0, ret;

	if (pair->kind != NODE_LIST || pair->count != 2 || pair->children->kind != NODE_SCALAR ||
		pair->children->next->kind != NODE_SCALAR)
		return pair_fail(reader, pair);
	if (conf->xconnect_count == NIMBL_CONF_XCONNECTS_MAX) {
		ret = conf_say(reader, pair->place, "xconnect has too many pairs");
		nimbl_mend("%d pairs are allowed", NIMBL_CONF_XCONNECTS_MAX);
		return ret;
	}
	for (const struct node *at = pair->children; at != NULL; at = at->next, i++) {
		ends[i] = find_end(reader, at);
		if (ends[i] < 0)
			return ends[i];
		ret = check_free(reader, at, ends[i]);
		if (ret < 0)
			return ret;
	}
	conf->ports[ends[0]].connected = conf->ports[ends[1]].connected = true;
	conf->xconnects[conf->xconnect_count] =
		(struct nimbl_conf_xconnect){(uint16_t)ends[0], (uint16_t)ends[1], pair->place};
	return conf->xconnect_count++;
}

int conf_read_xconnects(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = conf_need_kind(reader, node, NODE_LIST, key->name);

	if (ret < 0)
		nimbl_mend("write xconnect: [[a, b]]");
	for (const struct node *at = node->children; at != NULL && ret >= 0; at = at->next)
		ret = conf_read_xconnect(reader, at);
	return ret < 0 ? ret : 0;
}
