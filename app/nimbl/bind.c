// SPDX-License-Identifier: BSD-3-Clause
// nimbl bind: which driver of the kernel has a network device, and giving it to another one.
#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind_list.h"
#include "command.h"
#include "option.h"
#include "say.h"

#define DEVICES_MAX 64

enum {
	KEY_DRIVER = OPTION_LONG,
	KEY_DRY,
	KEY_FORCE,
	KEY_JSON,
	KEY_LIST,
	KEY_PERSIST,
	KEY_UNBIND,
};

struct bind {
	const char *driver; // NULL: what the kernel chooses
	bool is_dry, is_forced, is_json, is_list, is_persistent, is_unbind;
	const char *words[DEVICES_MAX];
	unsigned int count;
	struct machine_nic was[DEVICES_MAX], now[DEVICES_MAX];
};

static const struct argp_option options[] = {
	{"list", KEY_LIST, NULL, 0, "List all network devices; so does no DEVICE", 0},
	{"driver", KEY_DRIVER, "NAME", 0, "Driver that is to have them (vfio-pci)", 0},
	{"unbind", KEY_UNBIND, NULL, 0, "Give them back to the kernel's own driver", 0},
	{"persist", KEY_PERSIST, NULL, 0,
		"Also when the machine starts again: in /etc/dpdk/interfaces, which Debian's package "
		"dpdk reads",
		0},
	{"force", KEY_FORCE, NULL, 0, "Take also what this machine uses for its own network", 0},
	{"dry-run", KEY_DRY, NULL, 0, "Say what would be done", 0},
	{"json", KEY_JSON, NULL, 0, "Print one JSON object (schema nimbl.bind/1)", 0}, {0}};

static error_t parse_word(struct bind *bind, struct argp_state *state, const char *text)
{
	if (bind->count == DEVICES_MAX)
		return option_surplus(state, text);
	bind->words[bind->count++] = text;
	return 0;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct bind *bind = state->input;

	switch (key) {
	case KEY_DRIVER:
		bind->driver = text;
		return 0;
	case KEY_DRY:
		bind->is_dry = true;
		return 0;
	case KEY_FORCE:
		bind->is_forced = true;
		return 0;
	case KEY_JSON:
		bind->is_json = true;
		return 0;
	case KEY_LIST:
		bind->is_list = true;
		return 0;
	case KEY_PERSIST:
		bind->is_persistent = true;
		return 0;
	case KEY_UNBIND:
		bind->is_unbind = true;
		return 0;
	case ARGP_KEY_ARG:
		return parse_word(bind, state, text);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[DEVICE...]",
	.doc = "List the network devices of this machine, or give some to another driver of the "
	       "kernel: to vfio-pci, so that DPDK can have them, or back. A DEVICE is a PCI address "
	       "or the name of an interface. What has routes, addresses or a master is refused "
	       "without --force. When one cannot be bound all are again as they were.\v"
	       "Examples:\n"
	       "  nimbl bind\n"
	       "  sudo nimbl bind 0000:03:00.0 eth2 --persist\n"
	       "  sudo nimbl bind 0000:03:00.0 --unbind\n\n"
	       "Exit status: 0 done, 1 done, but vfio cannot use it yet: its IOMMU group is shared, "
	       "2 wrong command line, 3 it cannot be done here.",
};

static int device_unknown(const char *word)
{
	unsigned int count;
	struct machine_nic *nics = machine_nics(&count);
	char list[200] = " none";
	size_t used = 0;

	for (unsigned int i = 0; i < count && used < sizeof(list) - 40; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, " %s%s%s",
			nics[i].address, nics[i].netdev_count > 0 ? " " : "",
			nics[i].netdev_count > 0 ? nics[i].netdevs[0].name : "");
	free(nics);
	nimbl_fail(ENODEV, "there is no network device %s on PCI", nimbl_quote(word).text);
	nimbl_mend("there are:%s", list);
	return -ENODEV;
}

// By address, or as the one that has the interface.
static int device_find(const char *word, struct machine_nic *nic)
{
	unsigned int count;
	struct machine_nic *nics;
	bool found = false;

	if (machine_nic_read(word, nic) == 0 && nic->class >> 16 == 0x02)
		return 0;
	nics = machine_nics(&count);
	for (unsigned int i = 0; i < count; i++) {
		for (unsigned int n = 0; n < nics[i].netdev_count && !found; n++) {
			found = strcmp(nics[i].netdevs[n].name, word) == 0;
			if (found)
				*nic = nics[i];
		}
	}
	free(nics);
	return found ? 0 : device_unknown(word);
}

static int use_check(const struct bind *bind, const struct machine_nic *nic)
{
	for (unsigned int i = 0; i < nic->netdev_count && !bind->is_forced; i++) {
		if (nic->netdevs[i].use[0] == '\0')
			continue;
		nimbl_fail(EBUSY, "%s is %s, which this machine uses: %s", nic->address,
			nic->netdevs[i].name, nic->netdevs[i].use);
		nimbl_mend("take another device, or what it has off it first; --force takes it "
			   "all the same");
		return -EBUSY;
	}
	return 0;
}

static int devices_find(struct bind *bind)
{
	for (unsigned int i = 0; i < bind->count; i++) {
		int ret = device_find(bind->words[i], &bind->was[i]);

		if (ret == 0)
			ret = use_check(bind, &bind->was[i]);
		if (ret < 0)
			return ret;
		bind->now[i] = bind->was[i];
	}
	return 0;
}

static void go_back(struct bind *bind, unsigned int count)
{
	const struct nimbl_error error = *nimbl_last_error();

	for (unsigned int i = count; i-- > 0;) {
		const char *driver = bind->was[i].driver;

		if (strcmp(bind->now[i].driver, driver) != 0)
			machine_bind(&bind->now[i], driver);
	}
	nimbl_fail(error.code, "%s%s", error.cause,
		count > 0 ? "; the others are with their drivers again" : "");
	nimbl_mend("%s", error.mend);
}

static int change_all(struct bind *bind)
{
	for (unsigned int i = 0; i < bind->count; i++) {
		const char *driver = bind->driver;
		int ret = driver != NULL && strcmp(bind->was[i].driver, driver) == 0
				  ? 0
				  : machine_bind(&bind->now[i], driver);

		if (ret < 0) {
			go_back(bind, i);
			return ret;
		}
	}
	for (unsigned int i = 0; i < bind->count && bind->is_persistent; i++) {
		int ret = machine_persist(bind->was[i].address, bind->driver);

		if (ret < 0)
			return ret;
	}
	return 0;
}

static const char *named(const char *driver)
{
	return driver[0] != '\0' ? driver : "no driver";
}

static const char *goal(const struct bind *bind, unsigned int i)
{
	if (!bind->is_dry)
		return named(bind->now[i].driver);
	return bind->driver != NULL ? bind->driver : "the kernel's own driver";
}

static void changes_print(const struct bind *bind)
{
	for (unsigned int i = 0; i < bind->count; i++) {
		const struct machine_nic *was = &bind->was[i];

		printf("%s%s: %s -> %s", bind->is_dry ? "would do: " : "", was->address,
			named(was->driver), goal(bind, i));
		for (unsigned int n = 0; n < was->netdev_count && bind->driver != NULL; n++)
			printf(", interface %s goes away", was->netdevs[n].name);
		printf("%s\n", bind->is_persistent ? ", and after each start of the machine" : "");
	}
}

static void changes_json(const struct bind *bind)
{
	json_t *changes = json_array();

	for (unsigned int i = 0; i < bind->count; i++)
		json_array_append_new(
			changes, json_pack("{s:s, s:s, s:s, s:b}", "address", bind->was[i].address,
					 "from", bind->was[i].driver, "to", goal(bind, i),
					 "persistent", (int)bind->is_persistent));
	say_json(json_pack("{s:s, s:b, s:o}", "schema", "nimbl.bind/1", "dry_run",
		(int)bind->is_dry, "changes", changes));
}

static bool is_asked(const struct bind *bind, const char *address)
{
	for (unsigned int i = 0; i < bind->count; i++) {
		if (strcmp(bind->was[i].address, address) == 0)
			return true;
	}
	return false;
}

// In a dry run those that would be bound are no rivals.
static bool group_is_shared(const struct bind *bind, unsigned int i, struct machine_rivals *rivals)
{
	char word[MACHINE_PCI_SIZE];
	int end;

	machine_group_rivals(&bind->now[i], rivals);
	for (const char *at = rivals->addresses; sscanf(at, " %15s%n", word, &end) == 1;
		at += end) {
		if (!is_asked(bind, word))
			return true;
	}
	return false;
}

static int groups_check(const struct bind *bind)
{
	for (unsigned int i = 0; i < bind->count; i++) {
		struct machine_rivals rivals;

		if (bind->driver == NULL || !group_is_shared(bind, i, &rivals))
			continue;
		nimbl_fail(EBUSY, "%s shares IOMMU group %d with %s: vfio gives out whole groups",
			bind->was[i].address, bind->was[i].group, rivals.list);
		nimbl_mend("sudo nimbl bind %s%s, if this machine can do without them; or put the "
			   "card into another slot",
			bind->was[i].address, rivals.addresses);
		say_error();
		return NIMBL_EXIT_FAILED;
	}
	return NIMBL_EXIT_OK;
}

static int usage_check(const struct bind *bind, const char *program)
{
	if (bind->is_unbind && bind->driver != NULL)
		return say_usage(program, "--unbind and --driver contradict each other");
	if (bind->is_list && bind->count > 0)
		return say_usage(program, "--list lists all: it takes no device");
	if (bind->count == 0 && !bind->is_list && (bind->is_unbind || bind->driver != NULL))
		return say_usage(program, "no device is given");
	return NIMBL_EXIT_OK;
}

int command_bind(int argc, char **argv)
{
	static struct bind bind;
	int ret = option_parse(&argp, argc, argv, &bind);

	if (ret == NIMBL_EXIT_OK)
		ret = usage_check(&bind, argv[0]);
	if (ret != NIMBL_EXIT_OK)
		return ret;
	if (bind.count == 0)
		return bind_list(bind.is_json);
	if (!bind.is_unbind && bind.driver == NULL)
		bind.driver = "vfio-pci";
	if (devices_find(&bind) < 0 || (!bind.is_dry && change_all(&bind) < 0))
		return say_error();
	if (bind.is_json)
		changes_json(&bind);
	else
		changes_print(&bind);
	return groups_check(&bind);
}
