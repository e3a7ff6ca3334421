// SPDX-License-Identifier: BSD-3-Clause
// What EAL says, translated: also what it says on machines that are not at hand.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "eal_fault.h"

static char root[64];
static struct nimbl_conf *conf;

// A machine on which nothing can be read.
static int setup(void **state)
{
	snprintf(root, sizeof(root), "/tmp/nimbl-test-XXXXXX");
	conf = calloc(1, sizeof(*conf));
	if (conf == NULL || mkdtemp(root) == NULL)
		return -1;
	return setenv("NIMBL_ROOT", root, 1);
}

static int teardown(void **state)
{
	free(conf);
	return rmdir(root);
}

static const struct {
	const char *says;
	int code;
	const char *cause, *mend;
} texts[] = {
	{"EAL: Couldn't get fd on hugepage file\nEAL: rte_service_init() failed", EACCES,
		"there are hugepages, but this user cannot use those in any hugetlbfs: none is mounted",
		"run as root, or give the folder"},
	{"EAL: FATAL: Cannot get hugepage information.", ENOMEM,
		"of 107 hugepages of 2 MiB it needs, it cannot use enough",
		"sudo nimbl doctor --fix"},
	{"EAL: No free hugepages reported in hugepages-1048576kB\n"
	 "EAL: Not enough memory available on socket 0! Requested: 16384MB, available: 4096MB",
		ENOMEM, "of 107 hugepages", "nimbl doctor"},
	{"EAL: Not enough memory available! Requested: 16384MB, available: 4096MB", ENOMEM,
		"its memory cannot be had: 113 MiB for it, 100 MiB for pools; there is less",
		"'nimbl explain memory' has the sum"},
	{"EAL: Cannot create lock on '/run/nimbl/dpdk/gen/config'. Is another primary process running?",
		EBUSY, "another process has its file prefix 'gen'", "leave --file-prefix out"},
	{"EAL: lcore 2 unavailable\nEAL: invalid core list", EINVAL,
		"lcores under 'eal' are not there", "take them out of 'eal'"},
	{"EAL: failed to parse device \"net_nosuch0\"\n", ENODEV,
		"there is no driver for 'net_nosuch0', under 'eal'", "drivers are packages"},
	{"EAL: 0000:44:00.3 VFIO group is not viable! Not all devices in IOMMU group bound to VFIO",
		EBUSY, "an IOMMU group is not given to vfio as a whole", "'nimbl bind' lists"},
	{"EAL: FATAL: Cannot use IOVA as 'VA' since it is only for some", EIO,
		"this machine cannot give devices virtual addresses", "turn the IOMMU on"},
	{"EAL: something new", EIO, "EAL: something new", "--verbose shows all"},
	{"", EIO, "Input/output error", "--verbose shows all"},
};

static void each_text_has_cause_and_mend(void **state)
{
	struct plan *plan = calloc(1, sizeof(*plan));

	assert_non_null(plan);
	plan->conf = conf;
	plan->memory_bytes = 213ull << 20;
	plan->pool_bytes = 100ull << 20;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct eal_fault fault = {
			.plan = plan, .text = texts[i].says, .first = texts[i].says, .code = EIO};

		assert_int_equal(eal_fault_say(&fault), -texts[i].code);
		assert_int_equal(nimbl_last_error()->code, texts[i].code);
		if (strstr(nimbl_last_error()->cause, texts[i].cause) == NULL ||
			strstr(nimbl_last_error()->mend, texts[i].mend) == NULL)
			fail_msg("'%s' became '%s', '%s'", texts[i].says, nimbl_last_error()->cause,
				nimbl_last_error()->mend);
	}
	free(plan);
}

static void whatever_it_says_lies_within_the_text(void **state)
{
	static const char *const cut[] = {"failed to parse device", "failed to parse device \"",
		"Cannot create lock on", "Cannot create lock on '/dpdk/", "is not viable"};
	struct plan *plan = calloc(1, sizeof(*plan));

	assert_non_null(plan);
	plan->conf = conf;
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		char *text = strdup(cut[i]); // its end is known to the sanitizer
		struct eal_fault fault = {.plan = plan, .text = text, .first = text, .code = EIO};

		assert_true(eal_fault_say(&fault) < 0);
		free(text);
	}
	free(plan);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_text_has_cause_and_mend),
		cmocka_unit_test(whatever_it_says_lies_within_the_text),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
