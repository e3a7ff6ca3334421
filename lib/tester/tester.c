// SPDX-License-Identifier: BSD-3-Clause
// Testers by name, their ports, and what these send and expect.
#include "nimbl_tester.h"

#include <errno.h>
#include <rte_cycles.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tester_priv.h"

static TAILQ_HEAD(, nimbl_tester) testers = TAILQ_HEAD_INITIALIZER(testers);

struct nimbl_tester *tester_find(const char *name)
{
	struct nimbl_tester *tester;

	TAILQ_FOREACH (tester, &testers, link) {
		if (strcmp(tester->name, name) == 0)
			return tester;
	}
	return NULL;
}

int nimbl_tester_open(const char *name, struct nimbl_tester **result)
{
	struct nimbl_tester *tester;

	tester_clock_begin();
	if (strlen(name) >= NIMBL_TESTER_NAME_SIZE)
		return nimbl_fail(ENAMETOOLONG, "the name of a tester is too long");
	if (tester_find(name) != NULL)
		return nimbl_fail(EEXIST, "there is a tester '%s' already", name);
	tester = calloc(1, sizeof(*tester));
	if (tester == NULL)
		return nimbl_fail(ENOMEM, "no memory for a tester");
	snprintf(tester->name, sizeof(tester->name), "%s", name);
	TAILQ_INSERT_TAIL(&testers, tester, link);
	*result = tester;
	return 0;
}

static void lanes_free(struct port *port)
{
	for (unsigned int i = 0; i < port->shared.lane_count; i++)
		tester_slices_free(&port->shared.lanes[i]);
	free(port->shared.lanes);
	port->shared.lanes = NULL;
	port->shared.lane_count = 0;
	nimbl_checkers_close(port->checkers);
	port->checkers = NULL;
}

void nimbl_tester_close(struct nimbl_tester *tester)
{
	if (tester == NULL)
		return;
	for (unsigned int i = 0; i < tester->port_count; i++) {
		lanes_free(tester->ports[i]);
		free(tester->ports[i]->flows);
		free(tester->ports[i]->expected);
		free(tester->ports[i]);
	}
	TAILQ_REMOVE(&testers, tester, link);
	free(tester);
}

struct port *tester_port_find(const struct nimbl_tester *tester, const char *name)
{
	for (unsigned int i = 0; i < tester->port_count; i++) {
		if (strcmp(tester->ports[i]->shared.name, name) == 0)
			return tester->ports[i];
	}
	return NULL;
}

static struct port *port_make(struct nimbl_tester *tester, const char *name)
{
	struct port *port = tester_port_find(tester, name);

	if (port != NULL)
		return port;
	if (tester->port_count == NIMBL_TESTER_PORTS_MAX) {
		nimbl_fail(ENOSPC, "port '%s' is one too many: a tester has at most %u", name,
			NIMBL_TESTER_PORTS_MAX);
		return NULL;
	}
	if (posix_memalign((void **)&port, RTE_CACHE_LINE_SIZE, sizeof(*port)) != 0) {
		nimbl_fail(ENOMEM, "no memory for port '%s'", name);
		return NULL;
	}
	memset(port, 0, sizeof(*port));
	snprintf(port->shared.name, sizeof(port->shared.name), "%s", name);
	tester->ports[tester->port_count++] = port;
	return port;
}

int tester_busy(const char *what)
{
	nimbl_fail(EBUSY, "%s: a trial is running", what);
	nimbl_mend("stop it and wait until it is done");
	return -EBUSY;
}

// A copy of `count` elements of `size` bytes takes the place of *list.
static int list_replace(void **list, const void *from, unsigned int count, size_t size)
{
	void *copy = NULL;

	if (count > 0) {
		copy = calloc(count, size);
		if (copy == NULL)
			return nimbl_fail(ENOMEM, "no memory for %u streams", count);
		memcpy(copy, from, count * size);
	}
	free(*list);
	*list = copy;
	return 0;
}

int nimbl_tester_send(struct nimbl_tester *tester, const char *name,
	const struct nimbl_flow *const *flows, unsigned int count)
{
	struct port *port;
	int ret;

	if (!nimbl_tester_is_done(tester))
		return tester_busy("what a port sends cannot be changed");
	port = port_make(tester, name);
	if (port == NULL)
		return -nimbl_last_error()->code;
	ret = list_replace((void **)&port->flows, flows, count, sizeof(flows[0]));
	if (ret == 0)
		port->flow_count = count;
	return ret;
}

int nimbl_tester_expect(
	struct nimbl_tester *tester, const char *name, const uint16_t *streams, unsigned int count)
{
	struct port *port;
	int ret;

	if (!nimbl_tester_is_done(tester))
		return tester_busy("what a port expects cannot be changed");
	port = port_make(tester, name);
	if (port == NULL)
		return -nimbl_last_error()->code;
	ret = list_replace((void **)&port->expected, streams, count, sizeof(streams[0]));
	if (ret == 0) {
		port->expected_count = count;
		port->has_expected = true;
	}
	return ret;
}

void nimbl_tester_override(struct nimbl_tester *tester, const struct nimbl_tester_override *how)
{
	tester->how = how != NULL ? *how : (struct nimbl_tester_override){.frames = 0};
}

static int lanes_make(struct port *port, const struct nimbl_tester_place *place)
{
	struct nimbl_tester_lane *lanes = NULL;
	size_t size = place->lcore_count * sizeof(*lanes);

	if (posix_memalign((void **)&lanes, RTE_CACHE_LINE_SIZE, size) != 0)
		return nimbl_fail(ENOMEM, "no memory for the lanes of port '%s'", place->port);
	memset(lanes, 0, size);
	for (unsigned int i = 0; i < place->lcore_count; i++)
		lanes[i].lcore = place->lcores[i];
	lanes_free(port);
	port->shared.lanes = lanes;
	port->shared.lane_count = place->lcore_count;
	return 0;
}

struct nimbl_tester_port *nimbl_tester_attach(
	const char *name, const struct nimbl_tester_place *place)
{
	struct nimbl_tester *tester = tester_find(name);
	struct port *port;

	if (tester == NULL) {
		nimbl_fail(ENOENT, "there is no tester '%s'", name);
		nimbl_mend("a protocol 'tester' in a configuration wants 'streams: FILE' instead");
		return NULL;
	}
	port = port_make(tester, place->port);
	if (port == NULL)
		return NULL;
	if (port->is_bound) {
		nimbl_fail(EEXIST, "tester '%s' has a port '%s' already", name, place->port);
		return NULL;
	}
	if (lanes_make(port, place) < 0)
		return NULL;
	tester->hz = tester_clock_hz();
	port->is_bound = true;
	port->room = place->room;
	port->link_bps = place->link_bps;
	return &port->shared;
}

void nimbl_tester_detach(struct nimbl_tester_port *shared)
{
	struct port *port = (struct port *)shared;

	for (unsigned int i = 0; i < shared->lane_count; i++) {
		struct nimbl_tester_lane *lane = &shared->lanes[i];

		if (lane->state != NIMBL_TESTER_IDLE)
			lane->ended = rte_rdtsc();
		__atomic_store_n(&lane->state, NIMBL_TESTER_IDLE, __ATOMIC_RELEASE);
	}
	port->is_bound = false;
	port->is_running = false;
}
