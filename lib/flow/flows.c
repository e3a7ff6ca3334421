// SPDX-License-Identifier: BSD-3-Clause
// All streams: adding them, finding them by port, and what they tell of themselves.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flows_priv.h"

int nimbl_flows_open(struct nimbl_flows **flows)
{
	*flows = calloc(1, sizeof(**flows));
	if (*flows != NULL)
		return 0;
	return flow_no_memory();
}

void flows_cut(struct nimbl_flows *flows, unsigned int count)
{
	while (flows->count > count)
		flow_free(flows->list[--flows->count]);
}

void nimbl_flows_close(struct nimbl_flows *flows)
{
	if (flows == NULL)
		return;
	flows_cut(flows, 0);
	free(flows);
}

static int check_name(const struct nimbl_flows *flows, const struct spec *spec)
{
	for (unsigned int i = 0; spec->name != NULL && i < flows->count; i++) {
		if (strcmp(flows->list[i]->name, spec->name) != 0)
			continue;
		nimbl_fail(EINVAL, "there are two streams %s", nimbl_quote(spec->name).text);
		nimbl_mend("give each a name of its own");
		nimbl_blame("name", 0);
		return -EINVAL;
	}
	return 0;
}

int flows_add(struct nimbl_flows *flows, const char *port, const struct nimbl_option *options)
{
	struct spec *spec;
	int ret;

	if (flows->count == NIMBL_FLOWS_MAX) {
		nimbl_fail(EINVAL, "there are more than %d streams", NIMBL_FLOWS_MAX);
		nimbl_mend("let fields of a stream vary instead");
		return -EINVAL;
	}
	spec = calloc(1, sizeof(*spec));
	if (spec == NULL) {
		return flow_no_memory();
	}
	spec->port = port;
	ret = flow_spec_read(spec, options);
	if (ret == 0)
		ret = flow_spec_complete(spec);
	if (ret == 0)
		ret = check_name(flows, spec);
	if (ret == 0)
		ret = flow_compile(spec, (uint16_t)flows->count, &flows->list[flows->count]);
	flows->count += ret == 0;
	flow_spec_free(spec);
	free(spec);
	return ret;
}

int nimbl_flows_add(struct nimbl_flows *flows, const char *port, const struct nimbl_option *options)
{
	int ret = flows_add(flows, port, options);

	if (ret == 0)
		return 0;
	nimbl_fail_prefix("stream %u: ", flows->count + 1);
	return ret;
}

const char *nimbl_flows_port(const struct nimbl_flows *flows, unsigned int i)
{
	for (unsigned int at = 0; at < flows->count; at++) {
		unsigned int before = 0;

		while (before < at && strcmp(flows->list[before]->port, flows->list[at]->port) != 0)
			before++;
		if (before == at && i-- == 0)
			return flows->list[at]->port;
	}
	return NULL;
}

static bool is_of(const struct nimbl_flow *flow, const char *port)
{
	return port == NULL || strcmp(flow->port, port) == 0;
}

unsigned int nimbl_flows_count(const struct nimbl_flows *flows, const char *port)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < flows->count; i++)
		count += is_of(flows->list[i], port);
	return count;
}

const struct nimbl_flow *nimbl_flows_at(
	const struct nimbl_flows *flows, const char *port, unsigned int i)
{
	for (unsigned int at = 0; at < flows->count; at++)
		if (is_of(flows->list[at], port) && i-- == 0)
			return flows->list[at];
	return NULL;
}

const char *nimbl_flow_name(const struct nimbl_flow *flow)
{
	return flow->name;
}

const char *nimbl_flow_port(const struct nimbl_flow *flow)
{
	return flow->port;
}

uint16_t nimbl_flow_id(const struct nimbl_flow *flow)
{
	return flow->id;
}

bool nimbl_flow_is_signed(const struct nimbl_flow *flow)
{
	return flow->is_signed;
}

const struct nimbl_pace_spec *nimbl_flow_pace(const struct nimbl_flow *flow)
{
	return &flow->pace;
}

const struct nimbl_flow_replay *nimbl_flow_replay(const struct nimbl_flow *flow)
{
	return flow->replay.path != NULL ? &flow->replay : NULL;
}

uint16_t nimbl_flow_length_max(const struct nimbl_flow *flow)
{
	return flow->sizes.max;
}

uint64_t nimbl_flow_length_mean(const struct nimbl_flow *flow)
{
	return flow->sizes.mean;
}

bool nimbl_flow_varies(const struct nimbl_flow *flow)
{
	return flow->sizes.kind != SIZES_FIXED;
}

uint16_t nimbl_flow_length_of(const void *flow, uint64_t index)
{
	return nimbl_flow_length(flow, index);
}

void nimbl_flows_reference(FILE *out)
{
	flow_spec_reference(out);
}
