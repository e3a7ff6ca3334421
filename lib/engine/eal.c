// SPDX-License-Identifier: BSD-3-Clause
// EAL: its arguments from the plan, its messages.
#include "eal.h"

#include <errno.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eal_fault.h"
#include "nimbl_instance.h"
#include "nimbl_log.h"

#define ERRORS_SIZE 2048
#define ARGS_MAX    (48 + 2 * NIMBL_CONF_PORTS_MAX + NIMBL_CONF_EAL_MAX)

struct args {
	char *list[ARGS_MAX + 1];
	int count;
};

static struct {
	bool started;
	char first_error[256];
	char errors[ERRORS_SIZE]; // all of them, as far as they fit
} eal;

const char *eal_first_error(void)
{
	return eal.first_error;
}

void eal_clear_log(void)
{
	eal.first_error[0] = eal.errors[0] = '\0';
}

static void args_add(struct args *args, const char *fmt, ...) NIMBL_PRINTF(2, 3);

static void args_add(struct args *args, const char *fmt, ...)
{
	char text[1024];
	va_list list;

	va_start(list, fmt);
	vsnprintf(text, sizeof(text), fmt, list);
	va_end(list);
	if (args->count < ARGS_MAX)
		args->list[args->count++] = strdup(text);
	args->list[args->count] = NULL;
}

static void args_lcores(struct args *args, const struct plan *plan)
{
	char map[2048];
	size_t used = (size_t)snprintf(map, sizeof(map), "%u@%u", plan->main.id, plan->main.cpu);

	for (uint16_t i = 0; i < plan->lcore_count && used < sizeof(map) - 16; i++)
		used += (size_t)snprintf(map + used, sizeof(map) - used, ",%u@%u",
			plan->lcores[i].id, plan->lcores[i].cpu);
	args_add(args, "--lcores=%s", map);
	args_add(args, "--main-lcore=%u", plan->main.id);
}

// How devices see memory: EAL asks their drivers and the IOMMU, and then takes one way for all. Without a
// PCI device nobody knows, and it would want physical addresses, which it is not always given.
static void args_devices(struct args *args, const struct plan *plan)
{
	bool any = false;

	for (uint16_t i = 0; i < plan->conf->port_count; i++) {
		if (plan->conf->ports[i].kind != NIMBL_DEVICE_PCI)
			continue;
		any = true;
		args_add(args, "--allow=%s", plan->ports[i].devargs);
	}
	// Without a PCI port none may be touched: EAL would take all that it can.
	if (any)
		return;
	args_add(args, "--no-pci");
	args_add(args, "--iova-mode=va");
}

static void args_make(struct args *args, const struct plan *plan)
{
	args_add(args, "nimbl");
	args_lcores(args, plan);
	args_devices(args, plan);
	args_add(args, "--file-prefix=nimbl-%s", nimbl_instance_name());
	if (plan->dev) {
		args_add(args, "--no-huge");
		args_add(args, "-m%llu", (unsigned long long)(plan->eal_bytes >> 20) + 1);
	} else {
		args_add(args, "--in-memory");
		args_add(args, "--single-file-segments"); // for virtio-user peers
	}
	for (uint16_t i = 0; i < plan->conf->eal_count; i++)
		args_add(args, "%s", plan->conf->eal[i]);
}

// DPDK's log lines: kept for our messages, shown with --verbose.
static ssize_t log_write(void *cookie, const char *text, size_t size)
{
	int length = (int)size;

	while (length > 0 && text[length - 1] == '\n')
		length--;
	if (rte_log_cur_msg_loglevel() <= (int)RTE_LOG_ERR) {
		size_t used = strlen(eal.errors);

		snprintf(eal.errors + used, sizeof(eal.errors) - used, "%.*s\n", length, text);
	}
	// The first complaint says most; those of EAL that follow only pass it on.
	if (rte_log_cur_msg_loglevel() <= (int)RTE_LOG_ERR && eal.first_error[0] == '\0' &&
		strncmp(text, "EAL: Failed to attach", 21) != 0 &&
		strncmp(text, "EAL: Driver cannot attach", 25) != 0)
		snprintf(eal.first_error, sizeof(eal.first_error), "%.*s", length, text);
	nimbl_log(NIMBL_LOG_INFO, "dpdk: %.*s", length, text);
	return (ssize_t)size;
}

static void log_capture(void)
{
	cookie_io_functions_t functions = {.write = log_write};
	FILE *stream = fopencookie(NULL, "w", functions);

	if (stream == NULL)
		return;
	setvbuf(stream, NULL, _IOLBF, 0);
	rte_openlog_stream(stream);
}

// EAL prints its usage to stdout and stderr when it does not like an argument. The text goes to a
// file while it starts, and back out only on request.
struct quiet {
	FILE *file;
	int out, err;
};

static void quiet_begin(struct quiet *quiet)
{
	fflush(stdout);
	fflush(stderr);
	quiet->file = tmpfile();
	quiet->out = dup(STDOUT_FILENO);
	quiet->err = dup(STDERR_FILENO);
	if (quiet->file == NULL)
		return;
	dup2(fileno(quiet->file), STDOUT_FILENO);
	dup2(fileno(quiet->file), STDERR_FILENO);
}

static void quiet_end(struct quiet *quiet, char *text, size_t size)
{
	fflush(stdout);
	fflush(stderr);
	dup2(quiet->out, STDOUT_FILENO);
	dup2(quiet->err, STDERR_FILENO);
	close(quiet->out);
	close(quiet->err);
	text[0] = '\0';
	if (quiet->file == NULL)
		return;
	rewind(quiet->file);
	text[fread(text, 1, size - ERRORS_SIZE - 2, quiet->file)] = '\0';
	fclose(quiet->file);
	if (nimbl_log_get_level() >= NIMBL_LOG_INFO)
		fputs(text, stderr);
}

// What went to the streams, and what to the log.
static int start_failed(const struct plan *plan, char *text, size_t size, int code)
{
	struct eal_fault fault = {
		.plan = plan, .text = text, .first = eal.first_error, .code = code};
	size_t used = strlen(text);

	snprintf(text + used, size - used, "\n%s", eal.errors);
	return eal_fault_say(&fault);
}

int eal_start(const struct plan *plan)
{
	struct args args = {.count = 0};
	struct quiet quiet;
	char text[8192];
	char *argv[ARGS_MAX + 1];
	int ret = nimbl_instance_take(plan->conf->name);

	if (ret < 0)
		return ret;
	args_make(&args, plan);
	memcpy(argv, args.list, sizeof(argv)); // EAL reorders what it gets
	log_capture();
	quiet_begin(&quiet);
	ret = rte_eal_init(args.count, argv);
	int code = rte_errno != 0 ? rte_errno : EINVAL;
	quiet_end(&quiet, text, sizeof(text));
	for (int i = 0; i < args.count; i++)
		free(args.list[i]);
	if (ret < 0) {
		ret = start_failed(plan, text, sizeof(text), code);
		nimbl_instance_release();
		return ret;
	}
	eal.started = true;
	return 0;
}

void eal_stop(void)
{
	if (!eal.started)
		return;
	// Not rte_eal_cleanup(): it unmaps memory that EAL's interrupt thread may still walk, where a
	// PMD (net_memif) left a source of a peer that is gone. The kernel takes all back at exit, and
	// EAL cannot be started again in a process either way.
	eal.started = false;
	nimbl_instance_release();
}
