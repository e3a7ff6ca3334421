// SPDX-License-Identifier: BSD-3-Clause
// What the sources of this test share. Each stands for driver code and is written in its manner.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define CHECK(e)                                                                \
	do {                                                                    \
		if (!(e)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #e); \
			exit(1);                                                \
		}                                                               \
	} while (0)

void accessors_run(void);
void classify_run(void);
void failure_run(void);
void intrinsics_run(void);
void mdl_run(void);
void oidrequest_run(void);
void pack_run(void);
void plain_inline_run(void);
void queues_run(void);
void types_run(void);
void waiting_run(void);
