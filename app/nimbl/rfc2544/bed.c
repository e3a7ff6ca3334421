// SPDX-License-Identifier: BSD-3-Clause
// Opening and closing the bench.
#include "bed.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "doubt.h"
#include "nimbl_conf.h"
#include "nimbl_engine.h"
#include "nimbl_tester.h"

#define TESTER  "test"
#define LINK_S  30.0
#define CLOCK_S 0.3
#define GRAIN_S 0.01
#define GRAINS  10 // between two looks at links

volatile int bed_interrupted;

// The CPUs that we may use: the first and the last one, which are the same where there is one.
static uint32_t cpus_look(uint16_t *first, uint16_t *last)
{
	cpu_set_t set;
	uint32_t count = 0;

	*first = *last = 0;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	for (uint16_t cpu = 0; cpu < NIMBL_LCORES_MAX; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		if (count++ == 0)
			*first = cpu;
		*last = cpu;
	}
	return count > 0 ? count : 1;
}

static int device_start(struct bed *bed)
{
	uint16_t first, last;

	bed->cpus = cpus_look(&first, &last);
	if (!bed->wish->is_self)
		return 0;
	struct dut_wish wish = {
		.ports = bed->port_count,
		.filters = bed->wish->dut_filters,
		.cpu = last,
		.polls = bed->cpus > 1,
	};
	bed->shares_cpus = bed->cpus < 4;
	int ret = dut_start(&bed->dut, &wish);
	for (unsigned int i = 0; ret == 0 && i < bed->port_count; i++)
		bed->devices[i] = bed->dut.devices[i];
	return ret;
}

static void ports_choose(struct bed *bed)
{
	static const char *const names[BED_PORTS] = {"a", "b"};
	const struct bed_wish *wish = bed->wish;

	bed->port_count = wish->is_self ? (wish->is_reflector ? 1 : 2) : wish->port_count;
	bed->sender_count = wish->is_one_way ? 1 : bed->port_count;
	for (unsigned int i = 0; i < bed->port_count; i++) {
		bed->names[i] = wish->is_self ? names[i] : wish->names[i];
		bed->devices[i] = wish->devices[i];
	}
}

// As YAML writes any text.
static void quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text != '\0'; text++) {
		fputc(*text, out);
		if (*text == '\'')
			fputc('\'', out);
	}
	fputc('\'', out);
}

static int conf_make(struct bed *bed)
{
	uint16_t first, last;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return nimbl_fail(ENOMEM, "no memory for a configuration");
	cpus_look(&first, &last);
	fprintf(out, "name: test-%d\nidle: %s\n", (int)getpid(), bed->cpus > 1 ? "poll" : "sleep");
	if (bed->wish->is_self)
		fprintf(out, "dev: true\nlcores: {main: %u, workers: [%u]}\n", first, first);
	fprintf(out, "ports:\n");
	for (unsigned int i = 0; i < bed->port_count; i++) {
		fprintf(out, "  ");
		quoted(out, bed->names[i]);
		fprintf(out, ":\n    device: ");
		quoted(out, bed->devices[i]);
		fprintf(out, "\n    protocol: {tester: {name: " TESTER "}}\n");
	}
	fclose(out);
	int ret = nimbl_conf_parse("the test", text, size, &bed->conf);
	free(text);
	return ret;
}

static bool links_are_up(struct bed *bed)
{
	bool up = true;

	nimbl_engine_snapshot(bed->engine, bed->snapshot);
	for (uint16_t i = 0; i < bed->snapshot->port_count; i++)
		up &= bed->snapshot->ports[i].link_up && bed->snapshot->ports[i].gone_ms == 0;
	return up;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void serve(struct bed *bed)
{
	nimbl_engine_watch(bed->engine);
	nimbl_engine_serve(bed->engine);
	nimbl_engine_devices(bed->engine);
	dut_drain(&bed->dut);
}

int bed_wait(struct bed *bed, double seconds, double *late_s, bool *is_down)
{
	const struct timespec grain = {.tv_nsec = (long)(GRAIN_S * 1e9)};
	double begin = now_s(), before = begin;

	for (unsigned int i = 0; before - begin < seconds; i++) {
		double left = seconds - (before - begin);
		struct timespec rest = {.tv_nsec = (long)(left * 1e9)};

		if (bed_interrupted)
			return -EINTR;
		nanosleep(left < GRAIN_S ? &rest : &grain, NULL);
		double now = now_s();
		if (late_s != NULL && now - before - GRAIN_S > *late_s)
			*late_s = now - before - GRAIN_S;
		if (i % GRAINS == GRAINS - 1) {
			serve(bed);
			if (is_down != NULL)
				*is_down |= !links_are_up(bed);
		}
		before = i % GRAINS == GRAINS - 1 ? now_s() : now;
	}
	return bed_interrupted ? -EINTR : 0;
}

// Software ports may have no address, and nobody takes frames for none: then one that is local.
static void mac_take(const uint8_t *mac, unsigned int i, char *text, size_t size)
{
	static const uint8_t none[6];
	const uint8_t own[6] = {2, 0, 0, 0, 0, (uint8_t)(i + 1)};

	if (memcmp(mac, none, sizeof(none)) == 0)
		mac = own;
	snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		mac[4], mac[5]);
}

static int links_wait(struct bed *bed)
{
	for (double begin = now_s(); !links_are_up(bed);) {
		if (now_s() - begin > LINK_S) {
			nimbl_fail(ENETDOWN, "not all links are up within %.0f s", LINK_S);
			nimbl_mend("look at cables and the device under test; see 'nimbl doctor'");
			return -ENETDOWN;
		}
		int ret = bed_wait(bed, 0.1, NULL, NULL);
		if (ret < 0)
			return ret;
	}
	bed->link_bps = 0;
	for (uint16_t i = 0; i < bed->snapshot->port_count; i++) {
		const struct nimbl_port_view *port = &bed->snapshot->ports[i];

		if (bed->link_bps == 0 || (port->link_bps > 0 && port->link_bps < bed->link_bps))
			bed->link_bps = port->link_bps;
		mac_take(port->mac, i, bed->macs[i], sizeof(bed->macs[i]));
	}
	return 0;
}

// The time stamp counter by the clock, while the engine settles.
static int clock_measure(struct bed *bed)
{
	struct doubt_reading before, after;

	doubt_read(&before, bed->dut.pid);
	int ret = bed_wait(bed, CLOCK_S, NULL, NULL);
	doubt_read(&after, bed->dut.pid);
	bed->tsc_hz = doubt_tsc_hz(&before, &after);
	return ret;
}

int bed_open(struct bed *bed, const struct bed_wish *wish)
{
	*bed = (struct bed){.wish = wish, .dut = {.events = -1}};
	bed->snapshot = calloc(1, sizeof(*bed->snapshot));
	bed->histogram = calloc(2, sizeof(*bed->histogram));
	if (bed->snapshot == NULL || bed->histogram == NULL)
		return nimbl_fail(ENOMEM, "no memory for a test");
	ports_choose(bed);
	int ret = device_start(bed);
	if (ret == 0)
		ret = conf_make(bed);
	if (ret == 0)
		ret = nimbl_tester_open(TESTER, &bed->tester);
	if (ret == 0)
		ret = nimbl_engine_open(bed->conf, &bed->engine);
	if (ret == 0)
		ret = nimbl_engine_start(bed->engine);
	if (ret == 0)
		ret = clock_measure(bed);
	return ret == 0 ? links_wait(bed) : ret;
}

static void verdict(struct bed *bed, const char *fmt, ...) NIMBL_PRINTF(2, 3);
static void verdict(struct bed *bed, const char *fmt, ...)
{
	va_list args;

	if (bed->ends_bad)
		return;
	bed->ends_bad = true;
	va_start(args, fmt);
	vsnprintf(bed->verdict, sizeof(bed->verdict), fmt, args);
	va_end(args);
}

static void ledger_judge(struct bed *bed)
{
	struct nimbl_ledger ledger;

	if (bed->engine == NULL)
		return;
	if (nimbl_engine_stop(bed->engine) < 0) {
		verdict(bed, "%s", nimbl_last_error()->cause);
		return;
	}
	nimbl_engine_snapshot(bed->engine, bed->snapshot);
	nimbl_ledger_compute(bed->snapshot, true, &ledger);
	if (!ledger.balanced)
		verdict(bed, "the tester's ledger: %s", ledger.why);
}

void bed_close(struct bed *bed)
{
	ledger_judge(bed);
	nimbl_engine_close(bed->engine);
	nimbl_tester_close(bed->tester);
	nimbl_flows_close(bed->flows);
	nimbl_conf_free(bed->conf);
	int status = dut_end(&bed->dut);
	if (status != 0)
		verdict(bed, "the device of --dut self ended with status %d", status);
	free(bed->snapshot);
	free(bed->histogram);
	bed->engine = NULL;
	bed->snapshot = NULL;
}
