// SPDX-License-Identifier: BSD-3-Clause
// A strategy in a configuration file: what is read afterwards, the copy, and files that cannot be.
#include "pool/apply.h"

#include <nimbl_conf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/nimbl-apply-XXXXXX";
static char path[64], backup[72];

static const char before[] = "# two ports\npools:\n  default:\n    data_size: 4096 # jumbo\n"
			     "    return: reuse\nports: {a: net_null0}\n";

static int setup(void **state)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/c.yaml", folder);
	snprintf(backup, sizeof(backup), "%s.bak", path);
	FILE *file = fopen(path, "w");
	fputs(before, file);
	fclose(file);
	return chmod(path, 0640);
}

static int teardown(void **state)
{
	unlink(path);
	unlink(backup);
	return rmdir(folder);
}

static void read_text(const char *name, char *text, size_t size)
{
	FILE *file = fopen(name, "r");

	assert_non_null(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

static struct nimbl_conf *applied(const char *ops, uint32_t cache)
{
	struct nimbl_conf *conf = NULL;
	struct pool_cell cell;

	pool_cell_preset(&cell);
	snprintf(cell.ops, sizeof(cell.ops), "%s", ops);
	cell.cache = cache;
	if (pool_apply(path, &cell) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	assert_int_equal(nimbl_conf_load(path, &conf), 0);
	return conf;
}

static void strategy_is_what_the_daemon_reads(void **state)
{
	struct nimbl_conf *conf = applied("lf_stack", 64);

	assert_string_equal(conf->pools[0].ops, "lf_stack");
	assert_int_equal(conf->pools[0].cache, 64);
	assert_int_equal(conf->pools[0].reclaim, NIMBL_POOL_RETURN_POOL);
	assert_int_equal(conf->pools[0].data_size, 4096);
	nimbl_conf_free(conf);
}

static void our_own_ops_are_the_return_to_the_lcore(void **state)
{
	struct nimbl_conf *conf = applied("nimbl_reuse", 0);

	assert_int_equal(conf->pools[0].reclaim, NIMBL_POOL_RETURN_REUSE);
	assert_string_equal(conf->pools[0].ops, "");
	nimbl_conf_free(conf);
}

static void comments_rights_and_a_copy_stay(void **state)
{
	char text[512];
	struct stat status;

	nimbl_conf_free(applied("stack", 0));
	read_text(path, text, sizeof(text));
	assert_non_null(strstr(text, "# two ports\n"));
	assert_non_null(strstr(text, "data_size: 4096 # jumbo\n"));
	read_text(backup, text, sizeof(text));
	assert_string_equal(text, before);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
}

static void file_that_is_not_there_is_an_error(void **state)
{
	struct pool_cell cell;

	pool_cell_preset(&cell);
	assert_true(pool_apply("/nowhere/c.yaml", &cell) < 0);
	assert_non_null(strstr(nimbl_last_error()->cause, "/nowhere/c.yaml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(strategy_is_what_the_daemon_reads, setup, teardown),
		cmocka_unit_test_setup_teardown(
			our_own_ops_are_the_return_to_the_lcore, setup, teardown),
		cmocka_unit_test_setup_teardown(comments_rights_and_a_copy_stay, setup, teardown),
		cmocka_unit_test(file_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
