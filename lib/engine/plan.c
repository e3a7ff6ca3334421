// SPDX-License-Identifier: BSD-3-Clause
// The plan as a whole, and its text for people.
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "nimbl_mem.h"

int plan_port_fails(const struct plan *plan, uint16_t i, int ret)
{
	const struct nimbl_conf_port *port = &plan->conf->ports[i];

	if (port->place.line > 0)
		nimbl_fail_prefix("%s:%u:%u: port '%s': ", plan->conf->file, port->place.line,
			port->place.column, port->name);
	else
		nimbl_fail_prefix("port '%s': ", port->name);
	return ret;
}

static void peers_set(struct plan *plan)
{
	for (uint16_t i = 0; i < plan->conf->xconnect_count; i++) {
		const struct nimbl_conf_xconnect *x = &plan->conf->xconnects[i];

		plan->ports[x->a].peer = &plan->conf->ports[x->b];
		plan->ports[x->b].peer = &plan->conf->ports[x->a];
	}
	for (uint16_t i = 0; i < plan->conf->port_count; i++) {
		const struct nimbl_conf_pool *pool = &plan->conf->pools[plan->conf->ports[i].pool];

		plan->ports[i].completion =
			pool->completion == NIMBL_POOL_COMPLETION_FULL ? "full" : "handover";
	}
}

// What the machine has not, EAL would spend long minutes to find out; of what the container may not have,
// the kernel would kill us. A pool that is too large for the machine is told when it is made, with its place.
static int memory_check(const struct plan *plan)
{
	struct machine_limits limits;
	uint64_t most;

	machine_limits_read(&limits);
	most = plan->conf->memory_bytes != 0 ? limits.total : UINT64_MAX;
	most = limits.memory != 0 && limits.memory < most ? limits.memory : most;
	if (plan->memory_bytes <= most)
		return 0;
	nimbl_fail(ENOMEM, "memory: %llu MiB are needed, %s has %llu MiB",
		(unsigned long long)(plan->memory_bytes >> 20) + 1,
		most == limits.total ? "this machine" : "this container",
		(unsigned long long)(most >> 20));
	nimbl_mend("'memory: auto', or smaller pools: 'nimbl explain memory' has the sum");
	return -ENOMEM;
}

// Hugepages when there are enough of them, else dev mode: said, not asked.
static int dev_choose(struct plan *plan, const char **why)
{
	uint64_t free_bytes = nimbl_hugepages_free();

	*why = NULL;
	plan->dev = plan->conf->dev == NIMBL_DEV_ON;
	if (plan->conf->dev == NIMBL_DEV_ON || free_bytes >= plan->memory_bytes)
		return 0;
	if (plan->conf->dev == NIMBL_DEV_OFF) {
		nimbl_fail(ENOMEM, "hugepages: %llu MiB are needed, %llu MiB are free",
			(unsigned long long)(plan->memory_bytes >> 20) + 1,
			(unsigned long long)(free_bytes >> 20));
		nimbl_mend("sudo sysctl vm.nr_hugepages=%llu, or run without hugepages: --dev",
			(unsigned long long)(plan->memory_bytes >> 21) + 1);
		return -ENOMEM;
	}
	plan->dev = true;
	*why = free_bytes == 0 ? "there are no free hugepages" : "there are too few free hugepages";
	return 0;
}

// Whether another process or a device works on the memory of frames itself.
static bool memory_is_shared(const struct nimbl_conf_port *port)
{
	return port->kind == NIMBL_DEVICE_PCI || strncmp(port->device, "virtio_user", 11) == 0 ||
	       strncmp(port->device, "net_virtio_user", 15) == 0 ||
	       strstr(port->device, "zero-copy=yes") != NULL;
}

static void memory_choose(struct plan *plan)
{
	plan->own_pages = plan->dev;
	for (uint16_t i = 0; i < plan->conf->port_count; i++)
		plan->own_pages &= !memory_is_shared(&plan->conf->ports[i]);
	plan->eal_bytes = plan->memory_bytes - (plan->own_pages ? plan->pool_bytes : 0);
}

static void idle_choose(struct plan *plan)
{
	plan->idle = plan->conf->idle;
	if (plan->idle == NIMBL_IDLE_AUTO)
		plan->idle = plan->dev ? NIMBL_IDLE_SLEEP : NIMBL_IDLE_POLL;
}

static void lcores_write(FILE *out, const uint32_t *lcores, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++)
		fprintf(out, "%s%u", i > 0 ? "," : "", lcores[i]);
}

// What is to be said of who stands on a port, before the name of its protocol.
static const char *above_of(const struct nimbl_conf_port *conf, const struct plan_port *port)
{
	if (conf->protocol.name[0] != '\0')
		return ", for protocol ";
	return port->peer == NULL ? "; not connected: what it receives is dropped" : "";
}

static void text_write(const struct plan *plan, const char *why, FILE *out)
{
	if (why != NULL)
		fprintf(out,
			"dev mode: %s (needed: %llu MiB); for speed: sudo sysctl "
			"vm.nr_hugepages=%llu\n",
			why, (unsigned long long)(plan->memory_bytes >> 20) + 1,
			(unsigned long long)(plan->memory_bytes >> 21) + 1);
	for (uint16_t i = 0; i < plan->conf->port_count; i++) {
		const struct plan_port *port = &plan->ports[i];
		const struct nimbl_conf_port *conf = &plan->conf->ports[i];
		const struct nimbl_conf_pool *pool = &plan->conf->pools[conf->pool];

		fprintf(out, "port %s: %s, lcore ", conf->name,
			conf->miniport.name[0] != '\0' ? conf->miniport.name : conf->device);
		lcores_write(out, port->rx_lcores, port->rx_count);
		fprintf(out, " receives, ");
		lcores_write(out, port->tx_lcores, port->tx_count);
		fprintf(out, " transmits%s%s\n", above_of(conf, port), conf->protocol.name);
		fprintf(out, "port %s: pool of %u lists x %u bytes = %.1f MiB: %s%s\n", conf->name,
			port->lists, port->list_bytes,
			(double)port->lists * port->list_bytes / (1 << 20),
			pool->size == 0 ? "" : "size as configured; least: ", port->arithmetic);
	}
	if (plan->own_pages)
		fprintf(out,
			"pools lie in large pages of the process, %llu MiB; DPDK itself takes %llu MiB\n",
			(unsigned long long)(plan->pool_bytes >> 20) + 1,
			(unsigned long long)(plan->eal_bytes >> 20) + 1);
	if (plan->main.cpu != plan->main.id || plan->lcores[0].id != plan->lcores[0].cpu)
		fprintf(out, "control shares CPU %u with a worker: results are not comparable\n",
			plan->main.cpu);
}

static int shared_cpu_check(const struct plan *plan)
{
	for (uint16_t i = 0; i < plan->lcore_count; i++) {
		if (plan->dev || plan->lcores[i].cpu != plan->main.cpu)
			continue;
		nimbl_fail(EINVAL, "%s: lcores: CPU %u is to do control and to poll",
			plan->conf->file, plan->main.cpu);
		nimbl_mend("leave one CPU to 'main', or allow it with 'dev: true'");
		return -EINVAL;
	}
	return 0;
}

int plan_make(const struct nimbl_conf *conf, struct plan **result)
{
	struct plan *plan = calloc(1, sizeof(*plan));
	const char *why = NULL;
	size_t size;
	int ret;

	if (plan == NULL)
		return nimbl_fail(ENOMEM, "no memory");
	plan->conf = conf;
	peers_set(plan);
	ret = plan_devices(plan);
	if (ret == 0)
		ret = plan_lcores(plan);
	if (ret == 0)
		ret = plan_pools(plan);
	if (ret == 0)
		ret = memory_check(plan);
	if (ret == 0)
		ret = dev_choose(plan, &why);
	if (ret == 0)
		ret = shared_cpu_check(plan);
	if (ret < 0) {
		plan_free(plan);
		return ret;
	}
	idle_choose(plan);
	memory_choose(plan);
	FILE *out = open_memstream(&plan->text, &size);
	if (out != NULL) {
		text_write(plan, why, out);
		fclose(out);
	}
	*result = plan;
	return 0;
}

void plan_free(struct plan *plan)
{
	if (plan != NULL)
		free(plan->text);
	free(plan);
}
