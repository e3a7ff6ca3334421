// SPDX-License-Identifier: BSD-3-Clause
// DPDK's drivers: which plugins are installed, and which of them drives a device. A plugin holds a text
// that says so: PMD_INFO_STRING= {"name": ..., "pci_ids": [[vendor, device, -, -], ...]}.
#include <ctype.h>
#include <fcntl.h>
#include <rte_build_config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "machine.h"

#define MARK       "PMD_INFO_STRING= {"
#define ANY_DEVICE 65535

// "librte_net_null.so.23": of the plugins of one driver, EAL loads that which has one number behind.
static bool is_plugin(const char *file, char *name, size_t size)
{
	char word[MACHINE_NAME_SIZE];
	unsigned int abi;
	int end = 0;

	if (sscanf(file, "librte_%47[a-z0-9_].so.%u%n", word, &abi, &end) != 2 ||
		file[end] != '\0' || strncmp(word, "net_", 4) != 0)
		return false;
	snprintf(name, size, "%s", word);
	return true;
}

void machine_pmds_read(struct machine_pmds *pmds)
{
	struct file_names files = file_names(RTE_EAL_PMD_PATH);

	pmds->count = 0;
	for (unsigned int i = 0; i < files.count && pmds->count < MACHINE_PMDS_MAX; i++) {
		if (is_plugin(files.list[i], pmds->names[pmds->count], MACHINE_NAME_SIZE))
			pmds->count++;
	}
	file_names_free(&files);
}

bool machine_pmd_is_installed(const char *name)
{
	struct machine_pmds pmds;

	machine_pmds_read(&pmds);
	for (unsigned int i = 0; i < pmds.count; i++) {
		if (strcmp(pmds.names[i], name) == 0)
			return true;
	}
	return false;
}

// "net_e1000" is in librte-net-e1000-23: a digit is parted from the number of DPDK's interface.
struct machine_package machine_pmd_package(const char *name)
{
	struct machine_package package;
	const char *abi = strrchr(RTE_EAL_PMD_PATH, '-');
	size_t length = strlen(name);
	bool ends_in_digit = length > 0 && isdigit((unsigned char)name[length - 1]);

	snprintf(package.text, sizeof(package.text), "librte-%s%s%.*s", name,
		ends_in_digit ? "-" : "", abi != NULL ? (int)strcspn(abi + 1, ".") : 0,
		abi != NULL ? abi + 1 : "");
	for (char *at = package.text; *at != '\0'; at++) {
		if (*at == '_')
			*at = '-';
	}
	return package;
}

// The pairs behind "pci_ids": in the text of one driver, which ends at `end`.
static bool ids_match(const char *text, const char *end, const struct machine_nic *nic)
{
	const char *at = memmem(text, (size_t)(end - text), "\"pci_ids\":", 10);

	while (at != NULL && (at = memchr(at, '[', (size_t)(end - at))) != NULL) {
		unsigned int vendor, device;

		at++;
		if (sscanf(at, "%u, %u,", &vendor, &device) == 2 && vendor == nic->vendor &&
			(device == nic->device || device == ANY_DEVICE))
			return true;
	}
	return false;
}

static bool info_matches(const char *bytes, size_t size, const struct machine_nic *nic)
{
	const char *end = bytes + size, *at = bytes;

	while ((at = memmem(at, (size_t)(end - at), MARK, strlen(MARK))) != NULL) {
		const char *stop = memchr(at, '\0', (size_t)(end - at));

		if (stop == NULL)
			return false;
		if (ids_match(at, stop, nic))
			return true;
		at = stop;
	}
	return false;
}

static bool plugin_drives(const char *file, const struct machine_nic *nic)
{
	int fd = open(file_path(RTE_EAL_PMD_PATH "/%s", file).text, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool found = false;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (bytes != MAP_FAILED) {
			found = info_matches(bytes, (size_t)st.st_size, nic);
			munmap(bytes, (size_t)st.st_size);
		}
	}
	close(fd);
	return found;
}

// What the kernel's drivers are to DPDK, for plugins that are not installed or speak for others.
static const char *by_kernel(const char *driver)
{
	static const struct {
		const char *kernel, *dpdk;
	} known[] = {
		{"amd-xgbe", "net_axgbe"},
		{"atlantic", "net_atlantic"},
		{"bnx2x", "net_bnx2x"},
		{"bnxt_en", "net_bnxt"},
		{"cxgb4", "net_cxgbe"},
		{"cxgb4vf", "net_cxgbe"},
		{"e1000", "net_e1000"},
		{"e1000e", "net_e1000"},
		{"ena", "net_ena"},
		{"enic", "net_enic"},
		{"fm10k", "net_fm10k"},
		{"gve", "net_gve"},
		{"hinic", "net_hinic"},
		{"hns3", "net_hns3"},
		{"i40e", "net_i40e"},
		{"iavf", "net_iavf"},
		{"ice", "net_ice"},
		{"idpf", "net_idpf"},
		{"igb", "net_e1000"},
		{"igbvf", "net_e1000"},
		{"igc", "net_igc"},
		{"ionic", "net_ionic"},
		{"ixgbe", "net_ixgbe"},
		{"ixgbevf", "net_ixgbe"},
		{"mlx4_core", "net_mlx4"},
		{"mlx5_core", "net_mlx5"},
		{"nfp", "net_nfp"},
		{"ngbe", "net_ngbe"},
		{"qede", "net_qede"},
		{"sfc", "net_sfc"},
		{"txgbe", "net_txgbe"},
		{"virtio-pci", "net_virtio"},
		{"vmxnet3", "net_vmxnet3"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].kernel, driver) == 0)
			return known[i].dpdk;
	}
	return NULL;
}

bool machine_pmd_of(const struct machine_nic *nic, char *name, size_t size)
{
	struct file_names files = file_names(RTE_EAL_PMD_PATH);
	const char *guess = by_kernel(nic->driver);
	bool found = false;

	for (unsigned int i = 0; i < files.count && !found; i++)
		found = is_plugin(files.list[i], name, size) && plugin_drives(files.list[i], nic);
	file_names_free(&files);
	if (!found && guess != NULL)
		snprintf(name, size, "%s", guess);
	return found || guess != NULL;
}
