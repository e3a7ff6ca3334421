// SPDX-License-Identifier: BSD-3-Clause
// nimbl bench: measurements side by side in one process.
#include "bench.h"

#include <rte_cycles.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "command.h"
#include "compare.h"
#include "nimbl_conf.h"
#include "nimbl_nbl.h"
#include "option.h"
#include "say.h"
#include "version.h"

static const struct command benchmarks[] = {
	{"path", "what carrying frames as NET_BUFFER_LISTs costs over a bare DPDK loop",
		bench_path},
	{"change", "how long traffic waits while filters come and go", bench_change},
	{"buffer", "what taking and giving back lists costs over bare mbufs", bench_buffer},
	{"pool", "which way of taking buffers and giving them back costs what", bench_pool},
	{"compare", "what became slower between two reports", bench_compare},
	{NULL, NULL, NULL},
};

// The first line of `path` that starts with `key`, behind the colon; or the whole first line.
static void read_line(const char *path, const char *key, char *text, size_t size)
{
	char line[256];
	FILE *file = fopen(path, "re");

	snprintf(text, size, "unknown");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (key != NULL && strncmp(line, key, strlen(key)) != 0)
			continue;
		const char *value = key != NULL ? strchr(line, ':') : line;
		if (value == NULL)
			continue;
		value += key != NULL ? 2 : 0;
		snprintf(text, size, "%.*s", (int)strcspn(value, "\n"), value);
		break;
	}
	if (file != NULL)
		fclose(file);
}

json_t *bench_machine(void)
{
	char cpu[128], governor[64];
	struct utsname kernel;

	uname(&kernel);
	read_line("/proc/cpuinfo", "model name", cpu, sizeof(cpu));
	read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", NULL, governor,
		sizeof(governor));
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:I, s:s}", "cpu", cpu, "cpus",
		(int)sysconf(_SC_NPROCESSORS_ONLN), "kernel", kernel.release, "governor", governor,
		"dpdk", version_dpdk_running(), "nimbl", NIMBL_VERSION, "tsc_hz",
		(json_int_t)rte_get_tsc_hz(), "cycles",
		"of the time stamp counter, not of the core");
}

long bench_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

void bench_machine_print(void)
{
	char cpu[128];

	read_line("/proc/cpuinfo", "model name", cpu, sizeof(cpu));
	printf("%s, %ld CPUs, DPDK %s; cycles are those of the time stamp counter (%.2f GHz)\n",
		cpu, sysconf(_SC_NPROCESSORS_ONLN), version_dpdk_running(),
		(double)rte_get_tsc_hz() / 1e9);
}

struct nimbl_conf *bench_conf(const char *const devices[2])
{
	struct nimbl_conf *conf = nimbl_conf_new();

	if (conf == NULL)
		return NULL;
	snprintf(conf->name, sizeof(conf->name), "bench-%d", (int)getpid());
	conf->dev = NIMBL_DEV_AUTO;
	conf->burst = NIMBL_BURST_MAX;
	if (nimbl_conf_add_port(conf, "a", devices[0]) < 0 ||
		nimbl_conf_add_port(conf, "b", devices[1]) < 0 ||
		nimbl_conf_add_xconnect(conf, "a", "b") < 0) {
		nimbl_conf_free(conf);
		return NULL;
	}
	return conf;
}

int bench_compare(int argc, char **argv)
{
	return compare_reports("nimbl.bench.compare/1",
		"Compare two reports of 'nimbl bench pool', 'path' or 'buffer', row by row.\v" COMPARE_TEXT
		"Example:\n"
		"  nimbl bench pool --quick --json > before.json\n"
		"  nimbl bench pool --quick --json > after.json\n"
		"  nimbl bench compare before.json after.json\n\n" OPTION_EXIT_TEXT,
		argc, argv);
}

int command_bench(int argc, char **argv)
{
	static const struct command_group group = {
		.table = benchmarks,
		.words = "path|change|buffer|pool|compare",
		.missing = "what to measure is missing: path, change, buffer, pool or compare",
		.help = "Measure nimbl beside bare DPDK, alternating in one process.\v"
			"  path    what carrying frames as NET_BUFFER_LISTs costs over a bare loop\n"
			"  change  how long traffic waits while filters come and go\n"
			"  buffer  what taking and giving back lists costs over bare mbufs\n"
			"  pool    which way of taking buffers and giving them back costs what\n"
			"  compare what became slower between two reports of path, buffer or pool\n\n"
			"Example: nimbl bench path --json\n\n" OPTION_EXIT_TEXT,
	};

	return command_group(&group, argc, argv);
}
