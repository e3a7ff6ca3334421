// SPDX-License-Identifier: BSD-3-Clause
// Stacks for the contract tests of filters: the test's own miniport, filters and protocol.
#pragma once

#include "nimbl_bind.h"
#include "nimbl_lcore.h"
#include "pool_make.h"
#include "test_events.h"
#include "test_filter.h"
#include "test_miniport.h"
#include "test_protocol.h"

#define STACK_FILTERS 6

struct stack {
	NDIS_HANDLE adapter, binding;
	struct test_miniport *mp;
	struct test_binding *user;
	struct test_filter *f[STACK_FILTERS]; // lowest first
	unsigned int count;
};

static inline struct nimbl_adapter_info stack_query(const struct stack *stack)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(stack->adapter, &info);
	return info;
}

static inline uint64_t stack_dropped(const struct stack *stack, enum nimbl_drop reason)
{
	return stack_query(stack).counters.drops[reason];
}

static inline enum nimbl_state filter_state(const struct stack *stack, unsigned int i)
{
	struct nimbl_filter_info info = {.name = NULL};

	assert_true(nimbl_filter_query(stack->adapter, i, &info));
	return info.state;
}

// Attach a module on top of the others. `handlers` and `allows` as test_filter.h has them; NULL: all,
// and nothing.
static inline struct test_filter *stack_add_of(struct stack *stack, const char *driver,
	const char *name, const char *handlers, const char *allows)
{
	struct nimbl_option options[] = {{"name", name},
		{"handlers", handlers != NULL ? handlers : "scrtx"},
		{"allows", allows != NULL ? allows : ""}, {NULL, NULL}};
	NDIS_HANDLE filter = NULL;

	if (nimbl_filter_open(driver, stack->adapter, STACK_FILTERS, name, options, &filter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	stack->f[stack->count] = test_filter_of(filter);
	assert_non_null(stack->f[stack->count]);
	return stack->f[stack->count++];
}

static inline struct test_filter *stack_add(
	struct stack *stack, const char *name, const char *handlers, const char *allows)
{
	return stack_add_of(stack, "test_filter", name, handlers, allows);
}

static inline void stack_begin_on(struct stack *stack, const char *port)
{
	*stack = (struct stack){.count = 0};
	assert_int_equal(nimbl_adapter_open("test_miniport", port, NULL, &stack->adapter), 0);
	stack->mp = nimbl_adapter_context(stack->adapter);
}

static inline void stack_begin(struct stack *stack)
{
	stack_begin_on(stack, "a");
}

static inline void stack_bind(struct stack *stack)
{
	assert_int_equal(
		nimbl_binding_open("test_protocol", stack->adapter, NULL, &stack->binding), 0);
	stack->user = test_binding_of(stack->binding);
}

// An adapter with `filters` modules "f0", "f1", ... that have all handlers, and a binding; all paused.
static inline void stack_open(struct stack *stack, unsigned int filters)
{
	static const char *const names[] = {"f0", "f1", "f2", "f3", "f4", "f5"};

	stack_begin(stack);
	for (unsigned int i = 0; i < filters; i++)
		stack_add(stack, names[i], NULL, NULL);
	stack_bind(stack);
	test_events();
}

static inline void stack_restart(struct stack *stack)
{
	assert_int_equal(nimbl_adapter_restart(stack->adapter), 0);
	for (unsigned int i = 0; i < stack->count; i++)
		assert_int_equal(nimbl_filter_restart(stack->f[i]->filter), 0);
	assert_int_equal(nimbl_binding_restart(stack->binding), 0);
}

static inline void stack_pause(struct stack *stack)
{
	assert_int_equal(nimbl_binding_pause(stack->binding), 0);
	for (unsigned int i = stack->count; i > 0; i--)
		assert_int_equal(nimbl_filter_pause(stack->f[i - 1]->filter), 0);
	assert_int_equal(nimbl_adapter_pause(stack->adapter), 0);
}

static inline void stack_close(struct stack *stack)
{
	stack_pause(stack);
	nimbl_binding_close(stack->binding);
	nimbl_adapter_close(stack->adapter); // aborts when a list of a driver's pool is out
}

static inline int stack_tests_start(void **state)
{
	if (eal_harness_start(state) != 0 || nimbl_lcores_init(32, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}

static inline int stack_tests_stop(void **state)
{
	nimbl_drivers_unload();
	return 0;
}
