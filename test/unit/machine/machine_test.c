// SPDX-License-Identifier: BSD-3-Clause
// Readers of the machine, on trees of a few files.
#include <errno.h>
#include <ftw.h>
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

#include "bind.h"
#include "file.h"
#include "machine.h"

static char root[64];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	return remove(path);
}

static int setup(void **state)
{
	snprintf(root, sizeof(root), "/tmp/nimbl-test-XXXXXX");
	return mkdtemp(root) == NULL ? -1 : setenv("NIMBL_ROOT", root, 1);
}

static int teardown(void **state)
{
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void folders_make(char *path)
{
	for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		mkdir(path, 0755);
		*at = '/';
	}
}

static void put(const char *where, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", root, where);
	folders_make(path);
	FILE *out = fopen(path, "we");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void put_link(const char *where, const char *target)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", root, where);
	folders_make(path);
	assert_int_equal(symlink(target, path), 0);
}

static void a_list_of_cpus_is_read_and_written(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {{"0-3,8", "0-3,8"}, {"7", "7"}, {"0,1,2,5", "0-2,5"}, {"", ""}, {"(null)", ""},
		{"3-1", ""}, {"1,x,4", "1"}, {"2-", ""}, {"1022-9999", "1022-1023"}, {"-1", ""},
		{"99999999999999999999", ""}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cpuset set = cpuset_parse(cases[i].from);

		assert_string_equal(cpuset_text(&set).text, cases[i].to);
	}
}

static void a_set_too_long_for_its_text_is_cut_between_numbers(void **state)
{
	struct cpuset set = {0};

	for (unsigned int cpu = 0; cpu < CPUS_MAX; cpu += 2)
		cpuset_add(&set, cpu);
	struct cpuset_text text = cpuset_text(&set);
	struct cpuset again = cpuset_parse(text.text);
	struct cpuset both = cpuset_and(&set, &again);
	assert_memory_equal(&both, &again, sizeof(both));
	assert_true(cpuset_count(&again) > 20);
}

static void the_package_of_a_driver_is_named_as_debian_does(void **state)
{
	assert_string_equal(machine_pmd_package("net_null").text, "librte-net-null23");
	assert_string_equal(machine_pmd_package("net_af_packet").text, "librte-net-af-packet23");
	assert_string_equal(machine_pmd_package("net_e1000").text, "librte-net-e1000-23");
	assert_string_equal(machine_pmd_package("net_mlx5").text, "librte-net-mlx5-23");
}

static void an_address_has_two_forms(void **state)
{
	static const char *const wrong[] = {
		"", "eth0", "03:00", "0000:03:00.0x", "03:00.0,opt=1", "zz:00.0"};
	struct machine_nic nic;

	put("/sys/bus/pci/devices/0000:03:00.0/class", "0x020000\n");
	put("/sys/bus/pci/devices/10000:03:00.0/class", "0x020000\n");
	assert_int_equal(machine_nic_read("03:00.0", &nic), 0);
	assert_string_equal(nic.address, "0000:03:00.0");
	assert_int_equal(machine_nic_read("0000:03:00.0", &nic), 0);
	assert_int_equal(machine_nic_read(nic.address, &nic), 0); // read again in place
	assert_string_equal(nic.address, "0000:03:00.0");
	assert_int_equal(machine_nic_read("10000:03:00.0", &nic), 0);
	assert_string_equal(nic.address, "10000:03:00.0");
	assert_int_equal(machine_nic_read("0000:04:00.0", &nic), -ENODEV);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(machine_nic_read(wrong[i], &nic), -EINVAL);
}

static void what_is_not_told_is_unknown(void **state)
{
	struct machine_nic nic;

	put("/sys/bus/pci/devices/0000:03:00.0/class", "0x020000\n");
	assert_int_equal(machine_nic_read("03:00.0", &nic), 0);
	assert_string_equal(nic.driver, "");
	assert_int_equal(nic.node, -1);
	assert_int_equal(nic.group, -1);
	assert_int_equal(nic.netdev_count, 0);
}

static void interfaces_lie_below_the_device_or_its_virtio_one(void **state)
{
	struct machine_nic nic;

	put("/sys/bus/pci/devices/0000:03:00.0/class", "0x020000\n");
	put("/sys/bus/pci/devices/0000:03:00.0/virtio2/net/eth0/flags", "0x1003\n");
	put("/sys/bus/pci/devices/0000:03:00.0/virtio2/net/eth0/speed", "-1\n");
	put("/proc/net/route", "Iface\tDestination\neth01\t00000000\t1\neth0\t0002A8C0\t1\n");
	assert_int_equal(machine_nic_read("03:00.0", &nic), 0);
	assert_int_equal(nic.netdev_count, 1);
	assert_string_equal(nic.netdevs[0].name, "eth0");
	assert_true(nic.netdevs[0].is_up);
	assert_int_equal(nic.netdevs[0].mbps, 0);
	assert_string_equal(nic.netdevs[0].use, "it has IPv4 routes");
}

static void a_bridge_and_what_has_no_driver_are_no_rivals(void **state)
{
	struct machine_nic nic = {.address = "0000:03:00.0", .group = 5};
	struct machine_rivals rivals;

	put("/sys/bus/pci/devices/0000:03:00.1/class", "0x010700\n");
	put_link("/sys/bus/pci/devices/0000:03:00.1/driver", "../mpt3sas");
	put("/sys/bus/pci/devices/0000:03:00.2/class", "0x020000\n");
	put("/sys/bus/pci/devices/0000:00:01.0/class", "0x060400\n");
	put_link("/sys/bus/pci/devices/0000:00:01.0/driver", "../shpchp");
	put("/sys/kernel/iommu_groups/5/devices/0000:03:00.0", "");
	put("/sys/kernel/iommu_groups/5/devices/0000:03:00.1", "");
	put("/sys/kernel/iommu_groups/5/devices/0000:03:00.2", "");
	put("/sys/kernel/iommu_groups/5/devices/0000:00:01.0", "");
	machine_group_rivals(&nic, &rivals);
	assert_int_equal(rivals.count, 1);
	assert_string_equal(rivals.list, "0000:03:00.1 (mpt3sas)");
	assert_string_equal(rivals.addresses, " 0000:03:00.1");
}

static void the_least_limit_of_all_groups_above_counts(void **state)
{
	struct machine_limits limits;

	put("/proc/self/cgroup", "3:cpuset:/other\n0::/a/b\n");
	put("/sys/fs/cgroup/a/cpu.max", "50000 100000\n");
	put("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
	put("/sys/fs/cgroup/memory.max", "2147483648\n");
	put("/sys/fs/cgroup/a/memory.max", "max\n");
	put("/sys/fs/cgroup/a/b/memory.max", "4294967296\n");
	machine_limits_read(&limits);
	assert_true(limits.cpus == 0.5);
	assert_int_equal(limits.memory, 2147483648);
	assert_int_equal(limits.hugepages, UINT64_MAX);
}

static void what_version_1_writes_for_no_limit_is_none(void **state)
{
	struct machine_limits limits;

	put("/proc/self/cgroup", "4:memory:/box\n1:cpu:/\n");
	put("/sys/fs/cgroup/memory/box/memory.limit_in_bytes", "9223372036854771712\n");
	put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
	put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
	machine_limits_read(&limits);
	assert_int_equal(limits.memory, 0);
	assert_true(limits.cpus == 0);
}

static void promised_hugepages_are_not_free(void **state)
{
	struct machine_memory memory;

	put("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "8\n");
	put("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "5\n");
	put("/sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "3\n");
	machine_memory_read(&memory);
	assert_int_equal(memory.count, 1);
	assert_int_equal(memory.node_count, 1);
	assert_int_equal(memory.pages[0].total, 8);
	assert_int_equal(memory.pages[0].free, 2);
	assert_int_equal(memory.pages[0].page_bytes, 2 << 20);
}

static void a_file_that_is_not_there_reads_as_nothing(void **state)
{
	char text[8] = "x";

	assert_int_equal(file_read(text, sizeof(text), "/nosuch"), -ENOENT);
	assert_string_equal(text, "");
	assert_int_equal(file_number(-7, "/nosuch"), -7);
	assert_null(file_text("/nosuch"));
	assert_int_equal(file_names("/nosuch").count, 0);
	assert_int_equal(file_write("x", "/nosuch"), -ENOENT); // none is made
	assert_false(file_exists("/nosuch"));
}

static void a_path_that_is_too_long_names_no_file(void **state)
{
	char word[FILE_PATH_SIZE + 8];

	memset(word, 'x', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	assert_string_equal(file_path("/%s", word).text, "");
	assert_false(file_exists("/%s", word));
}

static void the_table_of_the_next_start_keeps_other_lines(void **state)
{
	char driver[MACHINE_NAME_SIZE];
	char *text;

	put("/etc/dpdk/interfaces", "# c\npci 0000:01:00.0 a\n\npci 0000:02:00.0 b");
	assert_int_equal(machine_persist("0000:01:00.0", "vfio-pci"), 0);
	machine_persistent("0000:01:00.0", driver, sizeof(driver));
	assert_string_equal(driver, "vfio-pci");
	assert_int_equal(machine_persist("0000:01:00.0", NULL), 0);
	text = file_text("/etc/dpdk/interfaces");
	assert_string_equal(text, "# c\n\npci 0000:02:00.0 b\n");
	free(text);
}

#define ON_TREE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_cpus_is_read_and_written),
		cmocka_unit_test(a_set_too_long_for_its_text_is_cut_between_numbers),
		cmocka_unit_test(the_package_of_a_driver_is_named_as_debian_does),
		ON_TREE(an_address_has_two_forms),
		ON_TREE(what_is_not_told_is_unknown),
		ON_TREE(interfaces_lie_below_the_device_or_its_virtio_one),
		ON_TREE(a_bridge_and_what_has_no_driver_are_no_rivals),
		ON_TREE(the_least_limit_of_all_groups_above_counts),
		ON_TREE(what_version_1_writes_for_no_limit_is_none),
		ON_TREE(promised_hugepages_are_not_free),
		ON_TREE(a_file_that_is_not_there_reads_as_nothing),
		ON_TREE(a_path_that_is_too_long_names_no_file),
		ON_TREE(the_table_of_the_next_start_keeps_other_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
