// SPDX-License-Identifier: BSD-3-Clause
// A stack as a whole: paused from the top, changed, restarted from the bottom. Other stacks go on.
#include <errno.h>
#include <string.h>

#include "calls.h"

// What ran before a change, and is to run after it.
struct was {
	bool adapter, binding;
};

int fail_again(const struct nimbl_error *error)
{
	nimbl_fail(error->code, "%s", error->cause);
	if (error->mend[0] != '\0')
		nimbl_mend("%s", error->mend);
	return -error->code;
}

static int restart_all(struct adapter *adapter, const struct was *was)
{
	int ret = was->adapter ? nimbl_adapter_restart(adapter) : 0;

	for (unsigned int i = 0; was->adapter && ret == 0 && i < adapter->filter_count; i++)
		ret = nimbl_filter_restart(adapter->filters[i]);
	if (ret == 0 && was->binding)
		ret = nimbl_binding_restart(adapter->binding);
	return ret;
}

// The end of a change: what has waited in the device comes.
static int restart(struct adapter *adapter, const struct was *was)
{
	int ret = restart_all(adapter, was);

	nimbl_polls_hold(&adapter->module, false);
	return ret;
}

static int pause(struct adapter *adapter, ULONG reason)
{
	// What comes meanwhile waits in the device instead of being dropped by who is paused.
	nimbl_polls_hold(&adapter->module, true);
	int ret = nimbl_lcores_publish();

	if (ret == 0 && adapter->binding != NULL)
		ret = binding_pause(adapter->binding, reason);
	for (unsigned int i = adapter->filter_count; ret == 0 && i > 0; i--)
		ret = filter_pause(adapter->filters[i - 1], reason);
	return ret < 0 ? ret : adapter_pause(adapter, reason);
}

// The error of what failed is kept over what is done about it.
static int restart_after(struct adapter *adapter, const struct was *was)
{
	struct nimbl_error error = *nimbl_last_error();

	restart(adapter, was);
	return fail_again(&error);
}

// Pause what runs. When something does not finish, all of it runs again and nothing has changed.
static int change_begin(struct adapter *adapter, ULONG reason, struct was *was)
{
	*was = (struct was){
		.adapter = adapter->state == NIMBL_RUNNING,
		.binding = adapter->binding != NULL && adapter->binding->state == NIMBL_RUNNING,
	};
	return pause(adapter, reason) == 0 ? 0 : restart_after(adapter, was);
}

// Undo an insertion that came so far: the newcomer, if there is one, goes out again.
static int take_back(struct adapter *adapter, NDIS_HANDLE filter, const struct was *was)
{
	struct nimbl_error error = *nimbl_last_error();

	if (filter != NULL) {
		pause(adapter, NDIS_PAUSE_DETACH_FILTER);
		nimbl_filter_close(filter);
	}
	restart(adapter, was);
	return fail_again(&error);
}

int nimbl_filter_insert(NDIS_HANDLE handle, unsigned int position, const char *driver,
	const char *name, const struct nimbl_option *options, NDIS_HANDLE *result)
{
	struct adapter *adapter = handle;
	NDIS_HANDLE filter = NULL;
	struct was was;
	int ret = change_begin(adapter, NDIS_PAUSE_ATTACH_FILTER, &was);

	if (ret < 0)
		return ret;
	ret = nimbl_filter_open(driver, adapter, position, name, options, &filter);
	if (ret == 0)
		ret = restart(adapter, &was);
	if (ret < 0)
		return take_back(adapter, filter, &was);
	*result = filter;
	return 0;
}

int nimbl_filter_remove(NDIS_HANDLE handle)
{
	struct filter *filter = handle;
	struct adapter *adapter = filter->adapter;
	struct was was;
	int ret = change_begin(adapter, NDIS_PAUSE_DETACH_FILTER, &was);

	if (ret < 0)
		return ret;
	nimbl_filter_close(filter);
	return restart(adapter, &was);
}

int nimbl_stack_wrap(NDIS_HANDLE handle, const struct nimbl_wrapper *wrapper, void *state)
{
	struct adapter *adapter = handle;
	struct was was;
	int ret = change_begin(adapter, NDIS_PAUSE_FILTER_RESTART_STACK, &was);

	if (ret < 0)
		return ret;
	ret = wrappers_add(&adapter->wrappers, wrapper, state);
	if (ret == 0)
		ret = stack_freeze(adapter);
	return ret < 0 ? restart_after(adapter, &was) : restart(adapter, &was);
}

int nimbl_stack_unwrap(NDIS_HANDLE handle, const struct nimbl_wrapper *wrapper)
{
	struct adapter *adapter = handle;
	struct was was;
	int ret = change_begin(adapter, NDIS_PAUSE_FILTER_RESTART_STACK, &was);

	if (ret < 0)
		return ret;
	ret = wrappers_remove(&adapter->wrappers, wrapper);
	if (ret == 0)
		ret = stack_freeze(adapter);
	return ret < 0 ? restart_after(adapter, &was) : restart(adapter, &was);
}

static int verifier_set(
	struct adapter *adapter, const struct nimbl_verifier *how, const struct was *was)
{
	bool was_on = adapter->verifier.level > NIMBL_VERIFY_LAWS;
	bool is_on = how->level > NIMBL_VERIFY_LAWS;
	int ret = 0;

	nimbl_verify_watch_pools();
	if (is_on && !was_on)
		ret = wrappers_add(&adapter->wrappers, &nimbl_verify_wrapper, &adapter->verifier);
	else if (was_on && !is_on)
		ret = wrappers_remove(&adapter->wrappers, &nimbl_verify_wrapper);
	if (ret < 0)
		return ret;
	nimbl_verify_stacks(0, is_on - was_on);
	if (was->adapter && is_on != was_on)
		nimbl_verify_lost_sight();
	adapter->verifier.level = how->level;
	adapter->verifier.stuck_ms = how->stuck_ms;
	adapter->verifier.asked = NIMBL_VERIFY_COUNT;
	memcpy(adapter->verifier.actions, how->actions, sizeof(how->actions));
	return stack_freeze(adapter);
}

int nimbl_stack_verify(NDIS_HANDLE handle, const struct nimbl_verifier *how)
{
	struct adapter *adapter = handle;
	struct was was;
	int ret = change_begin(adapter, NDIS_PAUSE_FILTER_RESTART_STACK, &was);

	if (ret < 0)
		return ret;
	ret = verifier_set(adapter, how, &was);
	return ret < 0 ? restart_after(adapter, &was) : restart(adapter, &was);
}

const struct nimbl_verifier *nimbl_stack_verifier(NDIS_HANDLE adapter)
{
	return &((struct adapter *)adapter)->verifier;
}

static unsigned int position_of(const struct filter *filter)
{
	unsigned int i = 0;

	while (filter->adapter->filters[i] != filter)
		i++;
	return i;
}

// In the place of the old one, which stays until the newcomer is attached: names are unique, so it
// gives up its own meanwhile.
int nimbl_filter_reconfigure(NDIS_HANDLE *handle, const struct nimbl_option *options)
{
	struct filter *old = *handle;
	struct adapter *adapter = old->adapter;
	unsigned int position = position_of(old);
	NDIS_HANDLE filter = NULL;
	char name[sizeof(old->name)];
	struct was was;
	int ret = change_begin(adapter, NDIS_PAUSE_FILTER_RESTART_STACK, &was);

	if (ret < 0)
		return ret;
	memcpy(name, old->name, sizeof(name));
	old->name[0] = '\0';
	ret = nimbl_filter_open(
		old->driver->object.name, adapter, position, name, options, &filter);
	if (ret < 0) {
		memcpy(old->name, name, sizeof(name));
		return restart_after(adapter, &was);
	}
	nimbl_filter_close(old);
	*handle = filter;
	return restart(adapter, &was);
}

NDIS_STATUS NdisFRestartFilter(NDIS_HANDLE handle)
{
	struct filter *filter = handle;

	calls_lock();
	bool may = calls_has_place(filter);
	if (may)
		filter->adapter->wants_restart = true;
	calls_unlock();
	return may ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_PARAMETER;
}

struct nimbl_room nimbl_room_wanted(NDIS_HANDLE handle)
{
	return ((struct adapter *)handle)->room_wanted;
}

void nimbl_room_report(NDIS_HANDLE handle, const struct nimbl_room *room)
{
	struct adapter *adapter = handle;

	adapter->room = *room;
	adapter->has_room = true;
}

int nimbl_stack_make_room(NDIS_HANDLE handle, const struct nimbl_room *room)
{
	struct adapter *adapter = handle;
	const struct nimbl_room before = adapter->room_wanted;
	struct was was;

	if (!adapter->has_room || (room->data_bytes <= adapter->room.data_bytes &&
					  room->context_bytes <= adapter->room.context_bytes))
		return 0;
	int ret = change_begin(adapter, NDIS_PAUSE_NDIS_INTERNAL, &was);
	if (ret < 0)
		return ret;
	adapter->room_wanted = *room;
	ret = restart(adapter, &was);
	if (ret == 0)
		return 0;
	adapter->room_wanted = before;
	return restart_after(adapter, &was);
}

bool nimbl_stack_wants_restart(NDIS_HANDLE handle)
{
	struct adapter *adapter = handle;

	calls_lock();
	bool wants = adapter->wants_restart;
	calls_unlock();
	return wants;
}

int nimbl_stack_again(NDIS_HANDLE handle)
{
	struct adapter *adapter = handle;
	struct was was;

	calls_lock();
	adapter->wants_restart = false;
	calls_unlock();
	int ret = change_begin(adapter, NDIS_PAUSE_FILTER_RESTART_STACK, &was);
	return ret < 0 ? ret : restart(adapter, &was);
}

void nimbl_adapter_hold(NDIS_HANDLE handle, bool held)
{
	nimbl_polls_hold(handle, held);
}

int nimbl_stack_pause(NDIS_HANDLE handle)
{
	struct nimbl_error error = {.code = 0};
	struct adapter *adapter = handle;

	if (adapter->binding != NULL && nimbl_binding_pause(adapter->binding) < 0)
		error = *nimbl_last_error();
	for (unsigned int i = adapter->filter_count; i > 0; i--) {
		if (nimbl_filter_pause(adapter->filters[i - 1]) < 0 && error.code == 0)
			error = *nimbl_last_error();
	}
	if (nimbl_adapter_pause(adapter) < 0 && error.code == 0)
		error = *nimbl_last_error();
	return error.code != 0 ? fail_again(&error) : 0;
}

int nimbl_stack_restart(NDIS_HANDLE handle)
{
	struct adapter *adapter = handle;

	return restart_all(
		adapter, &(struct was){.adapter = true, .binding = adapter->binding != NULL});
}

NDIS_HANDLE nimbl_filter_find(NDIS_HANDLE handle, const char *name)
{
	const struct adapter *adapter = handle;

	for (unsigned int i = 0; i < adapter->filter_count; i++) {
		if (strcmp(adapter->filters[i]->name, name) == 0)
			return adapter->filters[i];
	}
	return NULL;
}

bool nimbl_filter_query(NDIS_HANDLE handle, unsigned int i, struct nimbl_filter_info *info)
{
	const struct adapter *adapter = handle;

	if (i >= adapter->filter_count)
		return false;
	*info = (struct nimbl_filter_info){
		.filter = adapter->filters[i],
		.name = adapter->filters[i]->name,
		.driver = adapter->filters[i]->driver->object.name,
		.state = adapter->filters[i]->state,
	};
	return true;
}

void nimbl_publish_figures(NDIS_HANDLE handle, nimbl_figures_fn *figures)
{
	if (nimbl_object_is(handle, NIMBL_OBJECT_BINDING))
		((struct binding *)handle)->figures = figures;
	else
		((struct filter *)handle)->figures = figures;
}

unsigned int nimbl_filter_figures(NDIS_HANDLE handle, struct nimbl_figure *list, unsigned int room)
{
	const struct filter *filter = handle;

	return filter->figures != NULL ? filter->figures(filter->context, list, room) : 0;
}

bool nimbl_binding_query(NDIS_HANDLE handle, struct nimbl_binding_info *info)
{
	const struct binding *binding = ((const struct adapter *)handle)->binding;

	if (binding == NULL)
		return false;
	*info = (struct nimbl_binding_info){
		.binding = (NDIS_HANDLE)(uintptr_t)binding,
		.driver = binding->driver->object.name,
		.state = binding->state,
	};
	return true;
}

unsigned int nimbl_binding_figures(NDIS_HANDLE handle, struct nimbl_figure *list, unsigned int room)
{
	const struct binding *binding = handle;

	return binding->figures != NULL ? binding->figures(binding->context, list, room) : 0;
}
