// SPDX-License-Identifier: BSD-3-Clause
// Stacks that are verified, and defects seeded in their drivers: which code, rule and culprit each is found under.
#pragma once

#include "nimbl_verify.h"
#include "stack_make.h"

static NDIS_HANDLE sender; // pool of what the protocol sends

// A stack of two filters that is verified at `level`, with nothing noted yet.
static inline void verified(struct stack *stack, enum nimbl_verify_level level)
{
	const struct nimbl_verifier how = {.level = level, .stuck_ms = 1000};

	stack_open(stack, 2);
	assert_int_equal(nimbl_stack_verify(stack->adapter, &how), 0);
	stack_restart(stack);
	nimbl_violations_clear();
}

static inline NET_BUFFER_LIST *own_list(const struct stack *stack)
{
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(sender, 0, 0);

	nbl->SourceHandle = stack->binding;
	return nbl;
}

static inline void send_one(struct stack *stack, NET_BUFFER_LIST *nbl)
{
	nbl->Next = NULL;
	NdisSendNetBufferLists(stack->binding, nbl, NDIS_DEFAULT_PORT_NUMBER, 0);
}

static inline void free_completed(struct stack *stack)
{
	for (uint32_t i = 0; i < stack->user->completed; i++)
		NdisFreeNetBufferList(stack->user->completions[i].nbl);
	stack->user->completed = 0;
}

static inline void indicate(struct stack *stack, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = nbl->Next) {
		nbl->SourceHandle = stack->adapter;
		if (nbl->Next == chain)
			break;
	}
	NdisMIndicateReceiveNetBufferLists(
		stack->adapter, chain, NDIS_DEFAULT_PORT_NUMBER, count, flags);
}

static inline NET_BUFFER_LIST *received(struct stack *stack, uint16_t type)
{
	NET_BUFFER_LIST *nbl = NULL;
	uint8_t *data;

	assert_int_equal(nimbl_nbl_get(stack->mp->pool, &nbl, 1), 1);
	assert_int_equal(NdisRetreatNetBufferDataStart(nbl->FirstNetBuffer, 60, 0, NULL), 0);
	data = NdisGetDataBuffer(nbl->FirstNetBuffer, 14, NULL, 1, 0);
	memcpy(&data[12], &type, sizeof(type));
	return nbl;
}

struct defect {
	const char *name;
	void (*commit)(struct stack *stack);
	enum nimbl_violation_code code;
	const char *culprit, *rule;
};

#define DEFECT(name, code, culprit, rule)                \
	{                                                \
#name, name, NIMBL_##code, culprit, rule \
	}

// The first violation is the defect; what follows from it may be noted too.
static inline void assert_found(const struct defect *defect)
{
	struct nimbl_violation violation;
	char text[256];

	if (!nimbl_violation_next(0, &violation))
		fail_msg("%s: nothing was found", defect->name);
	nimbl_violation_describe(&violation, text, sizeof(text));
	if (violation.code != defect->code || strcmp(violation.culprit, defect->culprit) != 0 ||
		strcmp(violation.rule, defect->rule) != 0)
		fail_msg("%s: found %s", defect->name, text);
	assert_string_equal(violation.port, "a");
	assert_true(nimbl_violations_count(defect->code) >= 1);
}

static inline void commit(const struct defect *defect, enum nimbl_verify_level level)
{
	struct stack stack;

	verified(&stack, level);
	defect->commit(&stack);
	assert_found(defect);
	if (stack.binding != NULL)
		stack_close(&stack);
	else
		nimbl_adapter_close(stack.adapter);
	assert_pool_whole(sender);
}

static inline int start(void **state)
{
	if (stack_tests_start(state) != 0)
		return -1;
	nimbl_pools_set_checked(true);
	sender = list_pool(TRUE, 256, 0);
	return 0;
}

static inline int stop(void **state)
{
	close_whole(sender);
	return stack_tests_stop(state);
}
