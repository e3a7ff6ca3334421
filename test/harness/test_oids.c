// SPDX-License-Identifier: BSD-3-Clause
// Requests that a driver of the tests keeps.
#include "test_oids.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Drivers keep what they are asked on one thread, tests complete it on another.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void test_oids_keep(struct test_oids *self, NDIS_OID_REQUEST *request)
{
	pthread_mutex_lock(&lock);
	if (self->kept_count == TEST_OIDS)
		abort();
	self->kept[self->kept_count++] = request;
	pthread_mutex_unlock(&lock);
}

NDIS_OID_REQUEST *test_oids_take(struct test_oids *self, uint32_t i)
{
	pthread_mutex_lock(&lock);
	if (i >= self->kept_count)
		abort();
	NDIS_OID_REQUEST *request = self->kept[i];
	memmove(&self->kept[i], &self->kept[i + 1],
		(--self->kept_count - i) * sizeof(self->kept[0]));
	pthread_mutex_unlock(&lock);
	return request;
}

NDIS_OID_REQUEST *test_oids_meant(struct test_oids *self, PVOID id)
{
	for (uint32_t i = 0; i < self->kept_count; i++) {
		if (self->kept[i]->RequestId == id)
			return test_oids_take(self, i);
	}
	return NULL;
}
