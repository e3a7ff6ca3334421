// SPDX-License-Identifier: BSD-3-Clause
// Who gets books, and what they come to. Control thread.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bind_priv.h"

int books_open(struct nimbl_module *module, enum nimbl_books_kind kind)
{
	struct nimbl_books *books = NULL;

	if (posix_memalign((void **)&books, RTE_CACHE_LINE_SIZE, sizeof(*books)) != 0)
		return nimbl_fail(ENOMEM, "no memory to count for %s", nimbl_object_name(module));
	memset(books, 0, sizeof(*books));
	books->kind = kind;
	module->books = books;
	return 0;
}

// Sums go to the block that threads without an lcore share.
void books_close(struct nimbl_module *module)
{
	struct nimbl_counters *to = &module->counters[RTE_MAX_LCORE], come_to = {.rx_frames = 0};

	if (module->books == NULL)
		return;
	nimbl_books_add(module->books, &come_to);
	nimbl_count_shared(&to->consumed, come_to.consumed);
	for (unsigned int i = 0; i < NIMBL_DROP_COUNT; i++)
		nimbl_count_shared(&to->drops[i], come_to.drops[i]);
	free(module->books);
	module->books = NULL;
}

static bool has_books(const struct adapter *adapter)
{
	bool has = adapter->module.books != NULL ||
		   (adapter->binding != NULL && adapter->binding->module.books != NULL);

	for (unsigned int i = 0; i < adapter->filter_count; i++)
		has |= adapter->filters[i]->module.books != NULL;
	return has;
}

static bool is_counted(const struct wrappers *wrappers)
{
	for (unsigned int i = 0; i < wrappers->count; i++) {
		if (wrappers->list[i] == &nimbl_books_wrapper)
			return true;
	}
	return false;
}

int books_stand(struct adapter *adapter)
{
	struct nimbl_books *above =
		adapter->binding != NULL ? adapter->binding->module.books : NULL;
	bool has = has_books(adapter);

	adapter->module.above = above;
	for (unsigned int i = 0; i < adapter->filter_count; i++)
		adapter->filters[i]->module.above = above;
	if (has == is_counted(&adapter->wrappers))
		return 0;
	return has ? wrappers_add(&adapter->wrappers, &nimbl_books_wrapper, NULL)
		   : wrappers_remove(&adapter->wrappers, &nimbl_books_wrapper);
}

void books_add(const struct adapter *adapter, struct nimbl_counters *counters)
{
	if (adapter->module.books != NULL)
		nimbl_books_add(adapter->module.books, counters);
	for (unsigned int i = 0; i < adapter->filter_count; i++) {
		if (adapter->filters[i]->module.books != NULL)
			nimbl_books_add(adapter->filters[i]->module.books, counters);
	}
	if (adapter->binding != NULL && adapter->binding->module.books != NULL)
		nimbl_books_add(adapter->binding->module.books, counters);
}
