// SPDX-License-Identifier: BSD-3-Clause
// Control calls through a stack: status, events and requests run on any control thread while another
// one changes the stack. Who stands where is looked up under one lock, and whoever is called is
// counted until it returns, so that nobody is freed meanwhile. Handlers run outside the lock.
#pragma once

#include "bind_priv.h"

// The lock of all stacks: control calls are rare.
void calls_lock(void);
void calls_unlock(void);

// Whether a filter wants the calls that are looked for.
typedef bool calls_wanted_fn(const struct filter *filter);

// The next filter above or below `from`, an adapter, filter or binding, that wants a call: counted until
// calls_end(&filter->calls). NULL: there is none. Under the lock.
struct filter *calls_above(struct adapter *adapter, NDIS_HANDLE from, calls_wanted_fn *wanted);
struct filter *calls_below(struct adapter *adapter, NDIS_HANDLE from, calls_wanted_fn *wanted);

// The binding of an adapter, counted likewise; NULL: nobody is bound. Under the lock.
struct binding *calls_top(struct adapter *adapter);

// Whether a filter stands in its stack: not while it attaches or after its place was closed. Under the lock.
bool calls_has_place(const struct filter *filter);

// Around a call into whoever is not looked up here.
void calls_begin(unsigned int *calls);
void calls_end(unsigned int *calls);

// Wait until `done` says so, under the lock, and until nobody is called, as long as drivers may pend.
// False when that was not enough. Control thread.
bool calls_wait(const unsigned int *calls, bool (*done)(const void *arg), const void *arg);
