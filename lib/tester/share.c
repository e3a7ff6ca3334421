// SPDX-License-Identifier: BSD-3-Clause
// Testers of configurations: named by a file of streams, made by the first port that wants it, started when all
// ports that send run.
#include <errno.h>
#include <string.h>

#include "nimbl_log.h"
#include "tester_priv.h"

static int ports_give(struct nimbl_tester *tester)
{
	const struct nimbl_flow *list[NIMBL_TESTER_STREAMS_MAX];
	const char *port;
	int ret = 0;

	for (unsigned int p = 0; ret == 0 && (port = nimbl_flows_port(tester->own, p)) != NULL;
		p++) {
		unsigned int count = nimbl_flows_count(tester->own, port);

		for (unsigned int i = 0; i < count; i++)
			list[i] = nimbl_flows_at(tester->own, port, i);
		ret = nimbl_tester_send(tester, port, list, count);
	}
	return ret;
}

static void shared_close(struct nimbl_tester *tester)
{
	struct nimbl_flows *flows = tester->own;

	nimbl_tester_close(tester);
	nimbl_flows_close(flows);
}

int nimbl_tester_share(const char *file)
{
	struct nimbl_tester *tester = tester_find(file);
	int ret;

	if (tester != NULL) {
		tester->shares++;
		return 0;
	}
	ret = nimbl_tester_open(file, &tester);
	if (ret < 0)
		return ret;
	ret = nimbl_flows_open(&tester->own);
	if (ret == 0)
		ret = nimbl_flows_read(tester->own, file);
	if (ret == 0)
		ret = ports_give(tester);
	if (ret < 0) {
		shared_close(tester);
		return ret;
	}
	tester->shares = 1;
	return 0;
}

void nimbl_tester_unshare(const char *file)
{
	struct nimbl_tester *tester = tester_find(file);

	if (tester != NULL && --tester->shares == 0)
		shared_close(tester);
}

void nimbl_tester_set_running(struct nimbl_tester_port *port, bool is_running)
{
	((struct port *)port)->is_running = is_running;
}

void nimbl_tester_go(const char *file)
{
	struct nimbl_tester *tester = tester_find(file);

	if (tester == NULL || tester->is_started)
		return;
	for (unsigned int i = 0; i < tester->port_count; i++) {
		const struct port *port = tester->ports[i];

		if (!port->is_running && (port->is_bound || port->flow_count > 0))
			return;
	}
	if (nimbl_tester_start(tester) < 0)
		nimbl_log(NIMBL_LOG_ERROR, "%s: %s", file, nimbl_last_error()->cause);
	else
		tester->is_started = true;
}
