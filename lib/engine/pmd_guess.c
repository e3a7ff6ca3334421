// SPDX-License-Identifier: BSD-3-Clause
// Names of virtual devices, held against the plugins that EAL will load.
#include "pmd_guess.h"

#include <stdio.h>
#include <string.h>

#include "machine.h"

// In Debian as packages of their own, which may be missing.
static const char *const packaged[] = {"net_af_packet", "net_af_xdp", "net_bond", "net_failsafe",
	"net_memif", "net_null", "net_pcap", "net_ring", "net_softnic", "net_tap",
	"net_vdev_netvsc", "net_vhost", "net_virtio", NULL};

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

// A vdev is named after its driver with anything behind: net_null0, net_af_packet_lan. Aliases of old EAL
// knows itself.
bool pmd_guess_is_known(const char *device)
{
	struct machine_pmds pmds;

	if (starts_with(device, "virtio_user"))
		return machine_pmd_is_installed("net_virtio");
	if (!starts_with(device, "net_"))
		return true;
	machine_pmds_read(&pmds);
	for (unsigned int i = 0; i < pmds.count; i++) {
		if (starts_with(device, pmds.names[i]))
			return true;
	}
	return false;
}

static const char *guess(const char *word)
{
	const char *names[MACHINE_PMDS_MAX + 16] = {"virtio_user"};
	static struct machine_pmds pmds; // what is returned lies in it; one control thread
	unsigned int count = 1;

	machine_pmds_read(&pmds);
	for (unsigned int i = 0; i < pmds.count; i++)
		names[count++] = pmds.names[i];
	for (unsigned int i = 0; packaged[i] != NULL; i++)
		names[count++] = packaged[i];
	names[count] = NULL;
	return nimbl_did_you_mean(word, names);
}

// The packaged driver that a device is named after.
static const char *packaged_of(const char *device)
{
	if (starts_with(device, "virtio_user"))
		return "net_virtio";
	for (unsigned int i = 0; packaged[i] != NULL; i++) {
		if (starts_with(device, packaged[i]))
			return packaged[i];
	}
	return NULL;
}

void pmd_guess_mend(const char *device)
{
	const char *driver = packaged_of(device), *meant;
	char word[64];

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(device, ",0123456789"), device);
	meant = guess(word);
	if (driver != NULL)
		nimbl_mend("it is a package of its own: sudo apt install %s",
			machine_pmd_package(driver).text);
	else if (meant == NULL)
		nimbl_mend(
			"drivers are packages of their own: 'apt install librte-meta-net' brings all");
	else if (pmd_guess_is_known(meant))
		nimbl_mend("did you mean '%s'?", meant);
	else
		nimbl_mend("did you mean '%s'? It is a package of its own: sudo apt install %s",
			meant, machine_pmd_package(packaged_of(meant)).text);
}
