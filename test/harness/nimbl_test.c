// SPDX-License-Identifier: BSD-3-Clause
// A stack of test drivers around the driver under test.
#include "nimbl_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "eal_harness.h"
#include "nimbl_lcore.h"

#define HEADROOM 128u // for filters that put something in front

int nimbl_test_start(void)
{
	if (eal_harness_start(NULL) != 0)
		return -1;
	if (nimbl_lcores_init(32, NIMBL_REST_NEVER) == 0 && nimbl_drivers_load() == 0)
		return 0;
	fprintf(stderr, "%s\n", nimbl_last_error()->cause);
	return -1;
}

void nimbl_test_stop(void)
{
	nimbl_drivers_unload();
}

static int pool_open(struct nimbl_test_stack *stack)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = TRUE,
		.ContextSize = 64,
		.DataSize = HEADROOM + NIMBL_TEST_BYTES,
	};
	struct nimbl_pool_options options = {
		.name = "test", .capacity = NIMBL_TEST_LISTS, .node = NIMBL_NODE_ANY};

	stack->pool = nimbl_nbl_pool_open(NULL, &parameters, &options);
	return stack->pool != NULL ? 0 : -nimbl_last_error()->code;
}

int nimbl_test_open(struct nimbl_test_stack *stack)
{
	int ret;

	*stack = (struct nimbl_test_stack){.filter_count = 0};
	ret = nimbl_adapter_open("test_miniport", "test", NULL, &stack->adapter);
	if (ret < 0)
		return ret;
	stack->miniport = nimbl_adapter_context(stack->adapter);
	ret = pool_open(stack);
	if (ret == 0)
		ret = nimbl_binding_open("test_protocol", stack->adapter, NULL, &stack->binding);
	if (ret < 0) {
		nimbl_pool_close(stack->pool);
		nimbl_adapter_close(stack->adapter);
		return ret;
	}
	stack->protocol = test_binding_of(stack->binding);
	return 0;
}

int nimbl_test_add(struct nimbl_test_stack *stack, const char *driver, const char *name,
	const struct nimbl_option *options)
{
	int ret;

	if (stack->filter_count == NIMBL_TEST_FILTERS)
		return nimbl_fail(ENOSPC, "more than %d filters", NIMBL_TEST_FILTERS);
	ret = nimbl_filter_open(driver, stack->adapter, NIMBL_FILTER_HIGHEST, name, options,
		&stack->filters[stack->filter_count]);
	stack->filter_count += ret == 0;
	return ret;
}

int nimbl_test_restart(struct nimbl_test_stack *stack)
{
	int ret = nimbl_stack_restart(stack->adapter);

	stack->is_running = ret == 0;
	return ret;
}

int nimbl_test_pause(struct nimbl_test_stack *stack)
{
	stack->is_running = false;
	return nimbl_stack_pause(stack->adapter);
}

// A list with this frame, behind headroom; NULL when none is left.
static NET_BUFFER_LIST *list_of(struct nimbl_test_stack *stack, const void *frame, uint32_t bytes)
{
	NET_BUFFER_LIST *nbl;
	NET_BUFFER *nb;

	if (bytes > NIMBL_TEST_BYTES || nimbl_nbl_get(stack->pool, &nbl, 1) != 1)
		return NULL;
	nb = NET_BUFFER_LIST_FIRST_NB(nbl);
	nb->DataOffset = nb->CurrentMdlOffset = HEADROOM;
	nb->DataLength = bytes;
	memcpy((char *)MmGetSystemAddressForMdlSafe(nb->CurrentMdl, NormalPagePriority) + HEADROOM,
		frame, bytes);
	NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
	return nbl;
}

bool nimbl_test_receive(struct nimbl_test_stack *stack, const void *frame, uint32_t bytes)
{
	NET_BUFFER_LIST *nbl = list_of(stack, frame, bytes);

	if (nbl == NULL)
		return false;
	nbl->SourceHandle = stack->adapter;
	NdisMIndicateReceiveNetBufferLists(stack->adapter, nbl, NDIS_DEFAULT_PORT_NUMBER, 1, 0);
	return true;
}

bool nimbl_test_send(struct nimbl_test_stack *stack, const void *frame, uint32_t bytes)
{
	NET_BUFFER_LIST *nbl = list_of(stack, frame, bytes);

	if (nbl == NULL)
		return false;
	test_send(stack->protocol, &nbl, 1, 0);
	return true;
}

uint32_t nimbl_test_read(const NET_BUFFER_LIST *nbl, void *to, uint32_t room)
{
	const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

	nimbl_nb_read(nb, 0, to, room);
	return NET_BUFFER_DATA_LENGTH(nb);
}

void nimbl_test_settle(struct nimbl_test_stack *stack, NDIS_STATUS status)
{
	struct test_binding *protocol = stack->protocol;

	if (protocol->held_count > 0)
		test_return_held(protocol);
	if (stack->miniport->sent_count > 0)
		test_miniport_complete(stack->miniport, stack->miniport->sent_count, status);
	for (uint32_t i = 0; i < protocol->completed; i++)
		nimbl_nbl_put(&protocol->completions[i].nbl, 1);
	protocol->completed = 0;
	stack->miniport->returned_count = 0;
}

static int find_not_whole(NDIS_HANDLE pool, void *arg)
{
	struct nimbl_pool_info *info = arg;

	nimbl_pool_query(pool, info);
	return info->free != info->size;
}

bool nimbl_test_whole(char *why, size_t room)
{
	struct nimbl_pool_info info;

	if (nimbl_pool_foreach(find_not_whole, &info) == 0)
		return true;
	snprintf(why, room, "pool '%s': %u of %u are out", info.name, info.size - info.free,
		info.size);
	return false;
}

int nimbl_test_close(struct nimbl_test_stack *stack)
{
	int ret, left;

	nimbl_test_settle(stack, NDIS_STATUS_SUCCESS);
	ret = stack->is_running ? nimbl_test_pause(stack) : 0;
	nimbl_test_settle(stack, NDIS_STATUS_SUCCESS); // what a filter let go of when it paused
	nimbl_binding_close(stack->binding);
	nimbl_adapter_close(stack->adapter);
	left = nimbl_pool_close(stack->pool);
	return ret < 0 ? ret : left;
}
