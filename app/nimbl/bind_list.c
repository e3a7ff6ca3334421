// SPDX-License-Identifier: BSD-3-Clause
// The network devices of this machine, as tables and JSON.
#include "bind_list.h"

#include <stdio.h>
#include <stdlib.h>

#include "bind.h"
#include "say.h"
#include "table.h"

static json_t *netdevs_json(const struct machine_nic *nic)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < nic->netdev_count; i++) {
		const struct machine_netdev *netdev = &nic->netdevs[i];

		json_array_append_new(
			list, json_pack("{s:s, s:b, s:s, s:I, s:s}", "name", netdev->name, "up",
				      (int)netdev->is_up, "state", netdev->state, "mbps",
				      (json_int_t)netdev->mbps, "use", netdev->use));
	}
	return list;
}

json_t *bind_device_json(const struct machine_nic *nic)
{
	char name[160], pmd[MACHINE_NAME_SIZE] = "", persistent[MACHINE_NAME_SIZE];
	struct machine_rivals rivals;

	machine_nic_name(nic, name, sizeof(name));
	machine_group_rivals(nic, &rivals);
	machine_persistent(nic->address, persistent, sizeof(persistent));
	bool is_known = machine_pmd_of(nic, pmd, sizeof(pmd));
	return json_pack("{s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:i, s:s, s:o}",
		"address", nic->address, "vendor", (int)nic->vendor, "device", (int)nic->device,
		"name", name, "driver", nic->driver, "persistent", persistent, "dpdk_driver",
		is_known ? pmd : "", "package", is_known ? machine_pmd_package(pmd).text : "",
		"installed", is_known && machine_pmd_is_installed(pmd), "node", nic->node, "group",
		nic->group, "group_shared_with", rivals.list, "interfaces", netdevs_json(nic));
}

static void cell_number(struct table *table, int number)
{
	if (number < 0)
		table_cell(table, "-");
	else
		table_cell(table, "%d", number);
}

static void netdev_cells(struct table *table, const struct machine_nic *nic)
{
	const struct machine_netdev *netdev = nic->netdevs;

	if (nic->netdev_count == 0) {
		table_cell(table, "-");
		table_cell(table, "-");
		table_cell(table, "%s", "");
		return;
	}
	table_cell(table, "%s", netdev->name);
	if (netdev->mbps > 0)
		table_cell(table, "%s %s", netdev->state,
			format_link((uint64_t)netdev->mbps * 1000000).text);
	else
		table_cell(table, "%s", netdev->state);
	table_cell(table, "%s", netdev->use);
}

static void list_print(const struct machine_nic *nics, unsigned int count)
{
	static const char *const headers[] = {"address", "device", "driver", "for DPDK", "node",
		"group", "interface", "link", "in use", NULL};
	struct table *table = table_new(headers);

	for (unsigned int i = 0; i < count; i++) {
		char name[160], pmd[MACHINE_NAME_SIZE];

		table_cell(table, "%s", nics[i].address);
		if (machine_nic_name(&nics[i], name, sizeof(name)))
			table_cell(table, "%.40s", name);
		else
			table_cell(table, "id %04x:%04x", nics[i].vendor, nics[i].device);
		table_cell(table, "%s", nics[i].driver[0] != '\0' ? nics[i].driver : "none");
		table_cell(table, "%s", machine_pmd_of(&nics[i], pmd, sizeof(pmd)) ? pmd : "?");
		cell_number(table, nics[i].node);
		cell_number(table, nics[i].group);
		netdev_cells(table, &nics[i]);
	}
	table_finish(table, 0, stdout);
}

int bind_list(bool is_json)
{
	unsigned int count;
	struct machine_nic *nics = machine_nics(&count);
	json_t *list = json_array();

	for (unsigned int i = 0; i < count && is_json; i++)
		json_array_append_new(list, bind_device_json(&nics[i]));
	if (is_json)
		say_json(json_pack("{s:s, s:O}", "schema", "nimbl.bind/1", "devices", list));
	else if (count == 0)
		puts("no network device on PCI; ports can be virtual devices and kernel interfaces");
	else
		list_print(nics, count);
	json_decref(list);
	free(nics);
	return NIMBL_EXIT_OK;
}
