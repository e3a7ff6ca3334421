// SPDX-License-Identifier: BSD-3-Clause
// Mending what is safe to mend.
#include "fix.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "file.h"

#define LARGE_PAGE  (2ull << 20)
#define PAGES_USUAL 512u
#define PART_MAX    2 // of the memory that is available, pages take at most half

static struct fix *add(struct fixes *fixes, enum fix_kind kind)
{
	struct fix *more = realloc(fixes->list, (fixes->count + 1) * sizeof(*more));

	if (more == NULL)
		return NULL;
	fixes->list = more;
	more += fixes->count++;
	*more = (struct fix){.kind = kind};
	return more;
}

// Where the first NIC is, else on the first node.
static const struct machine_hugepages *pages_of_node(const struct facts *facts)
{
	int node = -1;
	const struct machine_hugepages *first = NULL;

	for (unsigned int i = 0; i < facts->nic_count && node < 0; i++)
		node = facts->nics[i].node;
	for (unsigned int i = 0; i < facts->memory.count; i++) {
		const struct machine_hugepages *pages = &facts->memory.pages[i];

		if (pages->page_bytes != LARGE_PAGE)
			continue;
		if ((int)pages->node == node)
			return pages;
		first = first != NULL ? first : pages;
	}
	return first;
}

// As many as the configuration lacks; without one, the usual number where there is none at all.
static uint64_t pages_lacking(const struct facts *facts)
{
	uint64_t needed = facts_pages_needed(facts), there = facts_pages_free(facts), most;

	for (unsigned int i = 0; i < facts->memory.count && needed == 0; i++) {
		if (facts->memory.pages[i].total > 0)
			return 0;
	}
	needed = needed > 0 ? needed : PAGES_USUAL;
	most = facts->limits.available == UINT64_MAX
		       ? needed
		       : facts->limits.available / PART_MAX / LARGE_PAGE;
	uint64_t lacking = needed > there ? needed - there : 0;
	return lacking < most ? lacking : most;
}

static void hugepages_find(const struct facts *facts, struct fixes *fixes)
{
	const struct machine_hugepages *pages = pages_of_node(facts);
	uint64_t lacking = pages_lacking(facts);
	struct fix *fix;

	if (pages == NULL || lacking == 0)
		return;
	fix = add(fixes, FIX_HUGEPAGES);
	if (fix == NULL)
		return;
	fix->node = pages->node;
	fix->pages = pages->total + lacking;
	snprintf(fix->text, sizeof(fix->text),
		"reserve %llu hugepages of 2 MiB on node %u, until the machine starts again",
		(unsigned long long)fix->pages, fix->node);
}

static void leftovers_find(const struct facts *facts, struct fixes *fixes)
{
	for (unsigned int i = 0; i < facts->stale_count; i++) {
		struct fix *fix = add(fixes, FIX_LEFTOVER);

		if (fix == NULL)
			return;
		fix->stale = facts->stales[i];
		snprintf(fix->text, sizeof(fix->text), "remove %s, whose process is dead",
			fix->stale.path);
	}
}

static void module_find(const struct facts *facts, struct fixes *fixes)
{
	struct fix *fix;

	if (facts->nic_count == 0 || machine_vfio() != MACHINE_MODULE_LOADABLE)
		return;
	fix = add(fixes, FIX_MODULE);
	if (fix == NULL)
		return;
	fix->module = "vfio-pci";
	snprintf(fix->text, sizeof(fix->text), "load the kernel's module vfio-pci");
}

void fixes_find(const struct facts *facts, struct fixes *fixes)
{
	*fixes = (struct fixes){0};
	leftovers_find(facts, fixes);
	hugepages_find(facts, fixes);
	module_find(facts, fixes);
}

void fixes_free(struct fixes *fixes)
{
	free(fixes->list);
	*fixes = (struct fixes){0};
}

static bool fails(struct fix *fix, int code)
{
	snprintf(fix->failed, sizeof(fix->failed), "%s", strerror(code));
	if (code == EACCES || code == EPERM || code == EROFS)
		snprintf(fix->mend, sizeof(fix->mend),
			"it takes root: sudo nimbl doctor --fix; in a container, the host's");
	return false;
}

static bool hugepages_do(struct fix *fix)
{
	int64_t got = machine_hugepages_reserve(fix->node, LARGE_PAGE, fix->pages);

	if (got < 0)
		return fails(fix, (int)-got);
	if ((uint64_t)got >= fix->pages)
		return true;
	snprintf(fix->failed, sizeof(fix->failed), "the kernel has only %lld: memory is in pieces",
		(long long)got);
	snprintf(fix->mend, sizeof(fix->mend),
		"reserve them when the machine starts: kernel argument hugepages=%llu",
		(unsigned long long)fix->pages);
	return false;
}

static bool module_do(struct fix *fix)
{
	char program[] = "modprobe", *argv[] = {program, (char *)fix->module, NULL};
	char *none[] = {NULL};
	int status = 0;
	pid_t pid;
	int code = posix_spawn(&pid, file_path("/sbin/modprobe").text, NULL, NULL, argv, none);

	if (code != 0)
		return fails(fix, code);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	snprintf(fix->failed, sizeof(fix->failed), "modprobe %s failed", fix->module);
	snprintf(fix->mend, sizeof(fix->mend), "sudo modprobe %s says why", fix->module);
	return false;
}

bool fix_do(struct fix *fix)
{
	int ret;

	switch (fix->kind) {
	case FIX_HUGEPAGES:
		return hugepages_do(fix);
	case FIX_MODULE:
		return module_do(fix);
	default:
		ret = machine_stale_remove(&fix->stale);
		return ret == 0 || fails(fix, -ret);
	}
}
