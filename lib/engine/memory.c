// SPDX-License-Identifier: BSD-3-Clause
// The arithmetic of pools, for whoever asks before anything runs.
#include <stdio.h>
#include <string.h>

#include "nimbl_mem.h"
#include "nimbl_nbl.h"
#include "plan.h"

#define LARGE_PAGE (2ull << 20)

static void add_term(struct nimbl_memory_port *port, const char *what, uint32_t lists)
{
	if (lists > 0)
		port->terms[port->term_count++] = (struct nimbl_memory_term){what, lists};
}

static void terms_fill(struct nimbl_memory_port *view, const struct plan_port *port)
{
	const struct plan_need *need = &port->need;
	uint32_t cached = (port->cache + port->cache / 2) * need->lcores;
	uint32_t sum = need->receive + need->transmit + need->backlog + need->ring + need->cut +
		       need->held + need->flight + cached;

	add_term(view, "receive descriptors", need->receive);
	add_term(view, "transmit descriptors of where frames go", need->transmit);
	add_term(view, "waiting for these", need->backlog);
	add_term(view, "that the port keeps between send and receive", need->ring);
	add_term(view, "to cut large sends into", need->cut);
	add_term(view, "in queues of filters", need->held);
	add_term(view, "in flight on lcores", need->flight);
	add_term(view, "in the caches of lcores", cached);
	add_term(view, "to spare, or for even parts", port->lists > sum ? port->lists - sum : 0);
}

static void port_fill(struct nimbl_memory_port *view, const struct plan *plan, uint16_t i)
{
	const struct nimbl_conf_port *conf = &plan->conf->ports[i];
	const struct nimbl_conf_pool *pool = &plan->conf->pools[conf->pool];
	const struct plan_port *port = &plan->ports[i];
	bool reuse = pool->reclaim == NIMBL_POOL_RETURN_REUSE;

	view->port = conf->name;
	view->pool = pool->name;
	snprintf(view->ops, sizeof(view->ops), "%s",
		reuse                  ? "nimbl_reuse"
		: pool->ops[0] != '\0' ? pool->ops
				       : "ring_mp_mc");
	view->cache = port->cache;
	view->lists = port->lists;
	view->list_bytes = port->list_bytes;
	view->bytes = (uint64_t)port->lists * port->list_bytes;
	view->node = pool->node == NIMBL_CONF_AUTO ? NIMBL_NODE_ANY : (int)pool->node;
	terms_fill(view, port);
}

int nimbl_engine_memory(const struct nimbl_conf *conf, struct nimbl_memory *memory)
{
	struct plan *plan = NULL;
	int ret = plan_make(conf, &plan);

	memset(memory, 0, sizeof(*memory));
	if (ret < 0)
		return ret;
	memory->port_count = conf->port_count;
	for (uint16_t i = 0; i < conf->port_count; i++)
		port_fill(&memory->ports[i], plan, i);
	memory->pool_bytes = plan->pool_bytes;
	memory->total_bytes = plan->memory_bytes;
	memory->reserved = !plan->dev;
	memory->page_bytes = LARGE_PAGE;
	memory->pages = (plan->memory_bytes + LARGE_PAGE - 1) / LARGE_PAGE;
	memory->free_bytes = nimbl_hugepages_free();
	plan_free(plan);
	return 0;
}
