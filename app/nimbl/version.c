// SPDX-License-Identifier: BSD-3-Clause
// nimbl version: the versions of nimbl and of the DPDK that it was built with and runs with.
#include "version.h"

#include <rte_config.h>
#include <rte_version.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "nimbl_log.h"
#include "option.h"
#include "say.h"

const char *version_dpdk_compiled(void)
{
	static char text[32];

	snprintf(text, sizeof(text), "%d.%02d.%d%s", RTE_VER_YEAR, RTE_VER_MONTH, RTE_VER_MINOR,
		RTE_VER_SUFFIX);
	return text;
}

// "DPDK 22.11.11" without the name; the numbers one by one are experimental API.
const char *version_dpdk_running(void)
{
	const char *text = rte_version(), *prefix = RTE_VER_PREFIX " ";
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : text;
}

// A release candidate has a number behind the suffix, which the headers have apart.
bool version_is_same(void)
{
	const char *compiled = version_dpdk_compiled();
	size_t length = strlen(compiled);
	const char *running = version_dpdk_running();

	return strncmp(compiled, running, length) == 0 &&
	       (running[length] == '\0' || RTE_VER_SUFFIX[0] != '\0');
}

void version_check(void)
{
	if (!version_is_same())
		nimbl_log(NIMBL_LOG_WARNING,
			"built with DPDK %s, running with %s; build nimbl again with this DPDK",
			version_dpdk_compiled(), version_dpdk_running());
}

static const struct argp_option options[] = {
	{"json", 'j', NULL, 0, "Print one line of JSON (schema nimbl.version/1)", 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	bool *is_json = state->input;

	switch (key) {
	case 'j':
		*is_json = true;
		return 0;
	case ARGP_KEY_ARG:
		return option_surplus(state, text);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Print the versions of nimbl and of DPDK, and warn when DPDK is not the one that "
	       "nimbl was built with.\v" OPTION_EXIT_TEXT,
};

int command_version(int argc, char **argv)
{
	bool is_json = false;
	int ret = option_parse(&argp, argc, argv, &is_json);

	if (ret != 0)
		return ret;
	if (is_json)
		say_json(json_pack("{s:s, s:s, s:s, s:s, s:b}", "schema", "nimbl.version/1",
			"nimbl", NIMBL_VERSION, "dpdk_compiled", version_dpdk_compiled(),
			"dpdk_running", version_dpdk_running(), "dpdk_same",
			(int)version_is_same()));
	else
		printf("nimbl %s\nDPDK %s compiled, %s running\n", NIMBL_VERSION,
			version_dpdk_compiled(), version_dpdk_running());
	say_flush();
	version_check();
	return NIMBL_EXIT_OK;
}
