// SPDX-License-Identifier: BSD-3-Clause
// Any text is either a configuration within its bounds, or one error with cause and mend.
#include <stdlib.h>
#include <string.h>

#include "nimbl_base.h"
#include "nimbl_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static void check_error(int ret, const struct nimbl_conf *conf)
{
	const struct nimbl_error *error = nimbl_last_error();

	must(ret < 0 && conf == NULL);
	must(error->code == -ret);
	must(strncmp(error->cause, "fuzz:", 5) == 0);
	must(error->mend[0] != '\0');
	must(is_printable(error->cause) && is_printable(error->mend));
	// Nothing is cut off: the longest message fits with room to spare.
	must(strlen(error->cause) < sizeof(error->cause) - 1);
	must(strlen(error->mend) < sizeof(error->mend) - 1);
}

static void check_conf(const struct nimbl_conf *conf)
{
	must(conf->port_count >= 1 && conf->port_count <= NIMBL_CONF_PORTS_MAX);
	must(conf->pool_count >= 1 && conf->pool_count <= NIMBL_CONF_POOLS_MAX);
	must(strcmp(conf->pools[0].name, "default") == 0);
	must(conf->burst >= 1 && conf->burst <= 64);
	must(conf->eal[conf->eal_count] == NULL);
	for (int i = 0; i < conf->port_count; i++) {
		const struct nimbl_conf_port *port = &conf->ports[i];

		must(port->name[0] != '\0' && port->pool < conf->pool_count);
		must(port->kind != NIMBL_DEVICE_NONE);
		must(nimbl_conf_device_kind(port->device) == port->kind);
		must(port->lcores.count == 0 || port->lcores.count == port->queues);
	}
	for (int i = 0; i < conf->xconnect_count; i++) {
		must(conf->xconnects[i].a < conf->port_count);
		must(conf->xconnects[i].b < conf->port_count);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nimbl_conf *conf = (void *)data;
	int ret;

	nimbl_clear_error();
	ret = nimbl_conf_parse("fuzz", (const char *)data, size, &conf);
	if (ret == 0) {
		must(nimbl_last_error()->code == 0);
		check_conf(conf);
	} else {
		check_error(ret, conf);
	}
	nimbl_conf_free(conf);
	return 0;
}
