// SPDX-License-Identifier: BSD-3-Clause
// Lcores: what the configuration asks for, held against the CPUs that this process may use.
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "plan.h"

struct cpus {
	uint32_t list[NIMBL_LCORES_MAX];
	uint32_t count;
	char text[128]; // "0-1"
};

static void cpus_read(struct cpus *cpus)
{
	cpu_set_t set;
	size_t used = 0;

	memset(cpus, 0, sizeof(*cpus));
	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (uint32_t cpu = 0; cpu < NIMBL_LCORES_MAX; cpu++) {
		if (CPU_ISSET(cpu, &set))
			cpus->list[cpus->count++] = cpu;
	}
	for (uint32_t i = 0; i < cpus->count && used < sizeof(cpus->text) - 12; i++) {
		uint32_t from = i;

		while (i + 1 < cpus->count && cpus->list[i + 1] == cpus->list[i] + 1)
			i++;
		used += (size_t)snprintf(cpus->text + used, sizeof(cpus->text) - used,
			from == i ? "%s%u" : "%s%u-%u", used > 0 ? "," : "", cpus->list[from],
			cpus->list[i]);
	}
}

static bool cpus_have(const struct cpus *cpus, uint32_t cpu)
{
	for (uint32_t i = 0; i < cpus->count; i++) {
		if (cpus->list[i] == cpu)
			return true;
	}
	return false;
}

static int lcore_missing(const struct plan *plan, const struct cpus *cpus, uint32_t lcore)
{
	nimbl_fail(EINVAL, "%s: lcores: %u is asked for, this process may use %s", plan->conf->file,
		lcore, cpus->text);
	nimbl_mend("use lcores of %s, or 'lcores: auto'; taskset or the container limits them",
		cpus->text);
	return -EINVAL;
}

static int lcores_take(struct plan *plan, const struct cpus *cpus, const struct nimbl_lcores *asked)
{
	for (uint16_t i = 0; i < asked->count; i++) {
		if (!cpus_have(cpus, asked->list[i]))
			return lcore_missing(plan, cpus, asked->list[i]);
		plan->lcores[plan->lcore_count++] =
			(struct plan_lcore){.id = asked->list[i], .cpu = asked->list[i]};
	}
	return 0;
}

static uint32_t total_queues(const struct nimbl_conf *conf)
{
	uint32_t queues = 0;

	for (uint16_t i = 0; i < conf->port_count; i++)
		queues += conf->ports[i].queues;
	return queues;
}

static bool is_lcore(const struct plan *plan, uint32_t id)
{
	for (uint16_t i = 0; i < plan->lcore_count; i++) {
		if (plan->lcores[i].id == id)
			return true;
	}
	return false;
}

// As many workers as queues, at most one per CPU but the first, at least one.
static void workers_choose(struct plan *plan, const struct cpus *cpus)
{
	uint32_t queues = total_queues(plan->conf);

	for (uint32_t i = 1; i < cpus->count && plan->lcore_count < queues; i++) {
		if (cpus->list[i] != plan->conf->lcores.main)
			plan->lcores[plan->lcore_count++] =
				(struct plan_lcore){.id = cpus->list[i], .cpu = cpus->list[i]};
	}
	if (plan->lcore_count == 0)
		plan->lcores[plan->lcore_count++] =
			(struct plan_lcore){.id = NIMBL_LCORES_MAX - 2, .cpu = cpus->list[0]};
}

// The control thread: a CPU of its own where there is one, else a second lcore on a worker's.
static int main_choose(struct plan *plan, const struct cpus *cpus)
{
	uint32_t asked = plan->conf->lcores.main;

	if (asked != NIMBL_CONF_AUTO && !cpus_have(cpus, asked))
		return lcore_missing(plan, cpus, asked);
	for (uint32_t i = 0; asked == NIMBL_CONF_AUTO && i < cpus->count; i++) {
		if (!is_lcore(plan, cpus->list[i]))
			asked = cpus->list[i];
	}
	if (asked == NIMBL_CONF_AUTO)
		asked = cpus->list[0];
	plan->main = (struct plan_lcore){.id = asked, .cpu = asked};
	if (is_lcore(plan, asked))
		plan->main.id = NIMBL_LCORES_MAX - 1;
	return 0;
}

// Every queue of every port to a receiving lcore: as the port says, else in turn.
static void queues_assign(struct plan *plan)
{
	uint16_t turn = 0;

	for (uint16_t i = 0; i < plan->conf->port_count; i++) {
		const struct nimbl_conf_port *port = &plan->conf->ports[i];
		struct plan_port *to = &plan->ports[i];

		to->rx_count = port->queues;
		for (uint16_t q = 0; q < port->queues; q++)
			to->rx_lcores[q] = port->lcores.count > 0
						   ? port->lcores.list[q]
						   : plan->lcores[turn++ % plan->rx_lcore_count].id;
	}
}

static void tx_lcore_add(struct plan_port *port, uint32_t lcore)
{
	for (uint16_t i = 0; i < port->tx_count; i++) {
		if (port->tx_lcores[i] == lcore)
			return;
	}
	port->tx_lcores[port->tx_count++] = lcore;
}

// Transmit queues: one for each lcore that receives what this port sends; in a pipeline the
// transmitting lcores in turn, one per queue.
static void senders_assign(struct plan *plan)
{
	uint16_t transmitters = plan->lcore_count - plan->rx_lcore_count, turn = 0;

	for (uint16_t i = 0; i < plan->conf->port_count; i++) {
		struct plan_port *port = &plan->ports[i];
		const struct plan_port *from = port;

		if (plan->pipeline) {
			for (uint16_t q = 0; q < port->rx_count; q++)
				tx_lcore_add(port,
					plan->lcores[plan->rx_lcore_count + turn++ % transmitters]
						.id);
			continue;
		}
		if (port->peer != NULL)
			from = &plan->ports[port->peer - plan->conf->ports];
		for (uint16_t q = 0; q < from->rx_count; q++)
			tx_lcore_add(port, from->rx_lcores[q]);
	}
}

static bool polls_something(const struct plan *plan, uint32_t lcore)
{
	for (uint16_t i = 0; i < plan->conf->port_count; i++) {
		const struct plan_port *port = &plan->ports[i];

		for (uint16_t q = 0; q < port->rx_count; q++) {
			if (port->rx_lcores[q] == lcore)
				return true;
		}
		for (uint16_t q = 0; q < port->tx_count; q++) {
			if (port->tx_lcores[q] == lcore)
				return true;
		}
	}
	return false;
}

static int idle_lcores_refuse(const struct plan *plan)
{
	for (uint16_t i = 0; i < plan->lcore_count; i++) {
		if (polls_something(plan, plan->lcores[i].id))
			continue;
		nimbl_fail(EINVAL, "%s: lcores: %u polls nothing: queues: %u, lcores: %u",
			plan->conf->file, plan->lcores[i].id, total_queues(plan->conf),
			plan->lcore_count);
		nimbl_mend("take it out of 'lcores', or give a port more 'queues'");
		return -EINVAL;
	}
	return 0;
}

static int port_lcores_check(const struct plan *plan)
{
	for (uint16_t i = 0; i < plan->conf->port_count; i++) {
		const struct nimbl_conf_port *port = &plan->conf->ports[i];

		for (uint16_t q = 0; q < port->lcores.count; q++) {
			if (is_lcore(plan, port->lcores.list[q]))
				continue;
			nimbl_fail(EINVAL,
				"lcore %u polls for it but is not one of the lcores in use",
				port->lcores.list[q]);
			nimbl_mend("name it under 'lcores: {workers: [...]}'");
			return plan_port_fails(plan, i, -EINVAL);
		}
	}
	return 0;
}

int plan_lcores(struct plan *plan)
{
	const struct nimbl_conf_lcores *asked = &plan->conf->lcores;
	struct cpus cpus;
	int ret;

	cpus_read(&cpus);
	plan->pipeline = asked->receive.count > 0;
	ret = lcores_take(plan, &cpus, plan->pipeline ? &asked->receive : &asked->workers);
	if (ret < 0)
		return ret;
	if (plan->lcore_count == 0)
		workers_choose(plan, &cpus);
	plan->rx_lcore_count = plan->lcore_count;
	ret = lcores_take(plan, &cpus, &asked->transmit);
	if (ret < 0)
		return ret;
	ret = main_choose(plan, &cpus);
	if (ret < 0)
		return ret;
	ret = port_lcores_check(plan);
	if (ret < 0)
		return ret;
	queues_assign(plan);
	senders_assign(plan);
	return idle_lcores_refuse(plan);
}
