// SPDX-License-Identifier: BSD-3-Clause
// Lcores and devices by what a snapshot of the engine says.
#include "ground.h"

#include <rte_lcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port.h"

// Each device once; two cells may share one, and a pair is two.
static int device_add(struct nimbl_conf *conf, const char *device)
{
	char name[16];

	for (uint16_t i = 0; i < conf->port_count; i++)
		if (strcmp(conf->ports[i].device, device) == 0)
			return 0;
	snprintf(name, sizeof(name), "port%u", conf->port_count);
	return nimbl_conf_add_port(conf, name, device);
}

int pool_devices_add(struct nimbl_conf *conf, const char *list)
{
	const struct pool_axis *axis = pool_axis_find("port");
	char value[POOL_PORT_BYTES];
	struct pool_cell cell;
	int ret = 0;

	while (ret >= 0 && pool_axis_next(axis, &list, value, sizeof(value))) {
		if (!axis->set(&cell, value))
			return pool_axis_wrong(axis, value);
		char *peer = strchr(cell.port, '+');

		if (!pool_cell_has_device(&cell))
			continue;
		if (peer != NULL)
			*peer++ = '\0';
		ret = device_add(conf, cell.port);
		if (ret >= 0 && peer != NULL)
			ret = device_add(conf, peer);
	}
	return ret;
}

void pool_devices_pass_on(struct nimbl_engine *engine)
{
	struct nimbl_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (snapshot == NULL)
		return;
	nimbl_engine_snapshot(engine, snapshot);
	for (uint16_t i = 0; i < snapshot->port_count; i++)
		if (snapshot->ports[i].device != NULL)
			pool_port_add(snapshot->ports[i].device, snapshot->ports[i].port_id);
	free(snapshot);
}

// The CPU that an lcore has for itself.
static uint32_t cpu_of(uint32_t lcore)
{
	rte_cpuset_t cpus = rte_lcore_cpuset(lcore);

	for (uint32_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &cpus))
			return i;
	return 0;
}

static void cpu_add(struct pool_lcores *lcores, uint32_t cpu)
{
	for (uint32_t i = 0; i < lcores->cpu_count; i++)
		if (lcores->cpus[i] == cpu)
			return;
	if (lcores->cpu_count < POOL_CPUS_MAX)
		lcores->cpus[lcores->cpu_count++] = cpu;
}

void pool_lcores_choose(
	struct pool_lcores *lcores, struct nimbl_engine *engine, const cpu_set_t *allowed)
{
	struct nimbl_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (snapshot == NULL)
		return;
	nimbl_engine_snapshot(engine, snapshot);
	lcores->taker = snapshot->lcores[0].lcore;
	free(snapshot);
	cpu_add(lcores, cpu_of(lcores->taker));
	cpu_add(lcores, cpu_of(rte_get_main_lcore()));
	for (uint32_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, allowed))
			cpu_add(lcores, i);
}
