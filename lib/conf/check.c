// SPDX-License-Identifier: BSD-3-Clause
// What ports and the keys of a map must not share.
#include "conf_priv.h"

#include <errno.h>
#include <string.h>

int conf_find_port(const struct nimbl_conf *conf, const char *name)
{
	for (int i = 0; i < conf->port_count; i++)
		if (strcmp(conf->ports[i].name, name) == 0)
			return i;
	return -1;
}

int conf_check_device(const struct reader *reader, const struct nimbl_conf_port *port)
{
	const struct nimbl_conf *conf = reader->conf;

	for (int i = 0; i < conf->port_count; i++) {
		const struct nimbl_conf_port *other = &conf->ports[i];

		if (!conf_device_same(other->device, port->device))
			continue;
		if (other->place.line > 0)
			conf_say(reader, port->place,
				"device %s is used by port '%s' already, at %u:%u",
				conf_quote(port->device).text, other->name, other->place.line,
				other->place.column);
		else
			conf_say(reader, port->place, "device %s is used by port '%s' already",
				conf_quote(port->device).text, other->name);
		nimbl_mend("give each port its own device");
		return -EINVAL;
	}
	return 0;
}

int conf_check_repeats(const struct reader *reader, const struct node *map)
{
	for (const struct node *at = map->children; at != NULL; at = at->next->next) {
		const struct node *first = map->children;

		if (at->text[0] == '\0') {
			conf_say(reader, at->place, "a key is empty");
			nimbl_mend("write a name before the colon");
			return -EINVAL;
		}
		while (strcmp(first->text, at->text) != 0)
			first = first->next->next;
		if (first == at)
			continue;
		conf_say(reader, at->place, "key %s is there twice, first at line %u",
			conf_quote(at->text).text, first->place.line);
		nimbl_mend("remove one of the two");
		return -EINVAL;
	}
	return 0;
}
