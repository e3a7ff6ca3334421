// SPDX-License-Identifier: BSD-3-Clause
// A device goes from driver to driver: the kernel is told the only one that it may have, the old one lets
// go, and the kernel looks for one.
#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

#define DEVICES    "/sys/bus/pci/devices"
#define DRIVERS    "/sys/bus/pci/drivers"
#define TABLE      "/etc/dpdk/interfaces"
#define WAIT_TRIES 25
#define WAIT_US    20000

// Drivers answer within the write; a slow one has half a second.
static bool is_bound(struct machine_nic *nic, const char *driver)
{
	for (unsigned int i = 0; i < WAIT_TRIES; i++) {
		machine_nic_read(nic->address, nic);
		if (driver != NULL ? strcmp(nic->driver, driver) == 0 : nic->driver[0] != '\0')
			return true;
		usleep(WAIT_US);
	}
	return false;
}

static int override(const struct machine_nic *nic, const char *driver)
{
	char text[MACHINE_NAME_SIZE + 1];

	snprintf(text, sizeof(text), "%s\n", driver != NULL ? driver : "");
	return file_write(text, DEVICES "/%s/driver_override", nic->address);
}

static int let_go(const struct machine_nic *nic)
{
	int ret;

	if (!file_exists(DEVICES "/%s/driver", nic->address))
		return 0;
	ret = file_write(nic->address, DEVICES "/%s/driver/unbind", nic->address);
	for (unsigned int i = 0; ret == 0 && i < WAIT_TRIES; i++) {
		if (!file_exists(DEVICES "/%s/driver", nic->address))
			break;
		usleep(WAIT_US);
	}
	return ret;
}

static int rights_fail(const struct machine_nic *nic, int code)
{
	nimbl_fail(code, "%s cannot be given to another driver: %s", nic->address, strerror(code));
	if (code == EACCES || code == EPERM)
		nimbl_mend("it takes root: sudo nimbl bind %s; a container has to be given /sys "
			   "to write",
			nic->address);
	else
		nimbl_mend("the kernel says more: sudo dmesg | tail");
	return -code;
}

static int driver_check(const struct machine_nic *nic, const char *driver)
{
	if (driver == NULL || file_exists(DRIVERS "/%s", driver))
		return 0;
	nimbl_fail(ENOENT, "%s: the kernel has no driver %s loaded", nic->address, driver);
	nimbl_mend("sudo modprobe %s", driver);
	return -ENOENT;
}

// As it was: what it had has it again.
static void go_back(struct machine_nic *nic, const struct machine_nic *was)
{
	override(nic, was->driver[0] != '\0' ? was->driver : was->override);
	let_go(nic);
	if (was->driver[0] != '\0') {
		file_write(nic->address, "/sys/bus/pci/drivers_probe");
		is_bound(nic, was->driver);
	}
	override(nic, was->override);
	machine_nic_read(nic->address, nic);
}

static int not_taken(struct machine_nic *nic, const struct machine_nic *was, const char *driver)
{
	go_back(nic, was);
	bool is_back = strcmp(nic->driver, was->driver) == 0;

	nimbl_fail(EIO, "%s: %s did not take it; %s%s", nic->address, driver,
		!is_back                 ? "and it has lost "
		: was->driver[0] != '\0' ? "it is with "
					 : "it has no driver, as before",
		was->driver);
	if (strncmp(driver, "vfio", 4) == 0 && nic->group < 0)
		nimbl_mend(
			"it has no IOMMU group: turn the IOMMU on in the firmware and the kernel, "
			"or allow vfio without: enable_unsafe_noiommu_mode=1 of module vfio");
	else
		nimbl_mend("the kernel says why: sudo dmesg | tail");
	return -EIO;
}

int machine_bind(struct machine_nic *nic, const char *driver)
{
	const struct machine_nic was = *nic;
	bool is_none = driver != NULL && driver[0] == '\0';
	int ret = is_none ? 0 : driver_check(nic, driver);

	if (ret < 0)
		return ret;
	ret = override(nic, driver);
	if (ret < 0)
		return rights_fail(nic, -ret);
	ret = let_go(nic);
	if (ret == 0 && !is_none)
		ret = file_write(nic->address, "/sys/bus/pci/drivers_probe");
	// The kernel may have no driver for it: that is no failure where none was asked for.
	if (ret == 0 && (is_none || is_bound(nic, driver) || driver == NULL))
		return 0;
	if (ret < 0 && !file_exists(DEVICES "/%s", nic->address))
		return rights_fail(nic, ENODEV);
	return not_taken(nic, &was, driver != NULL ? driver : "the kernel's own driver");
}

// A line of the table: "pci <address> <driver>".
static bool line_is_of(const char *line, const char *address, char *driver)
{
	char bus[16], where[32];

	return sscanf(line, "%15s %31s %47s", bus, where, driver) == 3 && strcmp(bus, "pci") == 0 &&
	       strcmp(where, address) == 0;
}

void machine_persistent(const char *address, char *driver, size_t size)
{
	char *text = file_text(TABLE), *rest = NULL, word[MACHINE_NAME_SIZE];

	driver[0] = '\0';
	for (char *line = text != NULL ? strtok_r(text, "\n", &rest) : NULL; line != NULL;
		line = strtok_r(NULL, "\n", &rest)) {
		if (line_is_of(line, address, word))
			snprintf(driver, size, "%s", word);
	}
	free(text);
}

static void table_write(FILE *out, char *text, const char *address, const char *driver)
{
	char word[MACHINE_NAME_SIZE];

	for (char *line = text, *end; line != NULL && *line != '\0'; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		if (!line_is_of(line, address, word))
			fprintf(out, "%s\n", line);
	}
	if (driver != NULL)
		fprintf(out, "pci\t%s\t%s\n", address, driver);
}

// The old table stays whole until the new one is.
int machine_persist(const char *address, const char *driver)
{
	struct file_path path = file_path(TABLE), next = file_path(TABLE ".nimbl");
	char *text = file_text(TABLE);
	FILE *out = fopen(next.text, "we");
	int code = out == NULL ? errno : 0;

	if (out != NULL) {
		table_write(out, text, address, driver);
		if (fflush(out) != 0 || fsync(fileno(out)) != 0)
			code = errno;
		fclose(out);
		if (code == 0 && rename(next.text, path.text) < 0)
			code = errno;
		if (code != 0)
			unlink(next.text);
	}
	free(text);
	if (code == 0)
		return 0;
	nimbl_fail(code, "%s cannot be noted for the next start in " TABLE ": %s", address,
		strerror(code));
	if (code == ENOENT)
		nimbl_mend("sudo apt install dpdk, which reads it; or: sudo driverctl set-override "
			   "%s %s",
			address, driver != NULL ? driver : "");
	else
		nimbl_mend("it takes root: sudo nimbl bind ...");
	return -code;
}
