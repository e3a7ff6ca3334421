// SPDX-License-Identifier: BSD-3-Clause
// The wrappers of a stack: a list by their order, and the covering of edges with them.
#include <errno.h>
#include <string.h>

#include "bind_priv.h"

int wrappers_add(struct wrappers *wrappers, const struct nimbl_wrapper *wrapper, void *state)
{
	unsigned int at = 0;

	while (at < wrappers->count && wrappers->list[at]->order < wrapper->order)
		at++;
	if (at < wrappers->count && wrappers->list[at]->order == wrapper->order)
		return nimbl_fail(
			EEXIST, "wrapper '%s' stands on this stack", wrappers->list[at]->name);
	if (wrappers->count == NIMBL_WRAPPERS_MAX)
		return nimbl_fail(ENOSPC, "a stack has at most %d wrappers", NIMBL_WRAPPERS_MAX);
	for (unsigned int i = wrappers->count; i > at; i--) {
		wrappers->list[i] = wrappers->list[i - 1];
		wrappers->states[i] = wrappers->states[i - 1];
	}
	wrappers->list[at] = wrapper;
	wrappers->states[at] = state;
	wrappers->count++;
	return 0;
}

int wrappers_remove(struct wrappers *wrappers, const struct nimbl_wrapper *wrapper)
{
	unsigned int at = 0;

	while (at < wrappers->count && wrappers->list[at] != wrapper)
		at++;
	if (at == wrappers->count)
		return nimbl_fail(ENOENT, "wrapper '%s' is not on this stack", wrapper->name);
	wrappers->count--;
	for (; at < wrappers->count; at++) {
		wrappers->list[at] = wrappers->list[at + 1];
		wrappers->states[at] = wrappers->states[at + 1];
	}
	return 0;
}

// The lowest module gives nothing down, the highest nothing up.
#define COVER(edge)                                                    \
	do {                                                           \
		if (wrapper->edge != NULL && edges->edge.fn != NULL) { \
			edges->edge.fn = wrapper->edge;                \
			edges->edge.context = wrap;                    \
		}                                                      \
	} while (0)

static void cover(const struct nimbl_wrapper *wrapper, const struct nimbl_wrap *ends, void *state,
	struct nimbl_edges *edges, struct nimbl_wrap *wrap)
{
	*wrap = *ends;
	wrap->inner = *edges;
	wrap->state = state;
	COVER(receive);
	COVER(send);
	COVER(complete);
	COVER(give_back);
	COVER(cancel);
}

// The last one covers first, so that the first is the outermost.
void wrappers_put(const struct wrappers *wrappers, const struct nimbl_wrap *ends,
	struct nimbl_edges *edges, struct nimbl_wrap *wraps)
{
	for (unsigned int i = wrappers->count; i > 0; i--)
		cover(wrappers->list[i - 1], ends, wrappers->states[i - 1], edges, &wraps[i - 1]);
}
