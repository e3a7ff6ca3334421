// SPDX-License-Identifier: BSD-3-Clause
// Numbers of those who may hold lists. A number is not given again before all others were, so that a list
// that somebody left behind names him and not his successor.
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "verify_priv.h"

#define OWNERS_MAX 4096u

struct owner {
	const void *driver; // NULL: not in use
	const struct nimbl_module *module;
	char name[sizeof(((struct nimbl_object *)0)->name)];
};

static struct owner owners[OWNERS_MAX]; // 0 is nobody
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

uint16_t nimbl_owner_add(const struct nimbl_module *module, const void *driver)
{
	static uint32_t next;
	uint32_t id = 0;

	pthread_mutex_lock(&lock);
	for (uint32_t tries = 1; tries < OWNERS_MAX && id == 0; tries++) {
		next = next % (OWNERS_MAX - 1) + 1;
		if (owners[next].driver == NULL)
			id = next;
	}
	if (id != 0) {
		snprintf(owners[id].name, sizeof(owners[id].name), "%s", module->object.name);
		owners[id].module = module;
		__atomic_store_n(&owners[id].driver, driver, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&lock);
	return (uint16_t)id;
}

void nimbl_owner_remove(uint16_t id)
{
	if (id != 0)
		__atomic_store_n(&owners[id].driver, NULL, __ATOMIC_RELEASE);
}

const char *nimbl_owner_name(uint16_t id)
{
	return id < OWNERS_MAX && owners[id].name[0] != '\0' ? owners[id].name : "(nobody)";
}

const struct nimbl_module *owner_module(uint16_t id)
{
	return id < OWNERS_MAX && owners[id].driver != NULL ? owners[id].module : NULL;
}

bool owner_is_same_driver(uint16_t a, uint16_t b)
{
	const void *driver;

	if (a >= OWNERS_MAX || b >= OWNERS_MAX)
		return false;
	driver = __atomic_load_n(&owners[a].driver, __ATOMIC_ACQUIRE);
	return driver != NULL && driver == __atomic_load_n(&owners[b].driver, __ATOMIC_ACQUIRE);
}
