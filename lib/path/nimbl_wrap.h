// SPDX-License-Identifier: BSD-3-Clause
// Wrappers: who wants to see the lists that the modules of a stack give to each other stands on the
// edges of that stack. They are put there when the stack is frozen, so a stack without any has the
// very edges that it would have if there were no wrappers at all.
#pragma once

#include "nimbl_path.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NIMBL_WRAPPERS_MAX 4 // on one stack

// Orders: the verifier sees what a driver does, the others what the verifier lets pass.
enum {
	NIMBL_WRAPPER_VERIFIER = 10,
	NIMBL_WRAPPER_BOOKS = 20,
};

// The functions that stand on edges. Their context is a struct nimbl_wrap, and each calls what its edge
// led to before: wrap->inner. NULL leaves a direction as it is.
struct nimbl_wrapper {
	const char *name;
	unsigned int order; // one of its own: of several, the lowest is called first by the giver
	nimbl_receive_fn receive;
	nimbl_send_fn send;
	nimbl_chain_fn complete, give_back;
	VOID (*cancel)(NDIS_HANDLE context, PVOID cancel_id);
};

// One wrapper on the edges of one module. As the edges, it is one of two: it is written while nobody reads
// it, and is not freed before its module.
struct nimbl_wrap {
	struct nimbl_edges inner;  // what the wrapper has covered
	struct nimbl_module *from; // who gives
	// Who takes, at the end of each edge. A module that does not run takes to refuse: it gives back.
	struct nimbl_module *receive, *send, *complete, *give_back;
	void *state; // given with the wrapper
};

// Put a wrapper on all edges of an adapter's stack, or take it off. A stack that runs is paused for it, as
// for a filter; on failure it is as it was. `wrapper` and `state` stay the caller's, and last until it is
// off or the adapter is closed. Returns 0 or -errno: -EEXIST when one of that order is on, -ENOSPC when
// NIMBL_WRAPPERS_MAX are, -ENOENT when it is not on. Control thread.
NIMBL_API int nimbl_stack_wrap(
	NDIS_HANDLE adapter, const struct nimbl_wrapper *wrapper, void *state);
NIMBL_API int nimbl_stack_unwrap(NDIS_HANDLE adapter, const struct nimbl_wrapper *wrapper);

#ifdef __cplusplus
}
#endif
