// SPDX-License-Identifier: BSD-3-Clause
// The name under which a process of ours runs, and the directory that its files lie in:
//   NAME.pid          its pid; locked while it lives, whatever kills it
//   NAME.sock         its control socket
//   dpdk/nimbl-NAME/  what EAL keeps there
// Control thread; one instance per process.
#pragma once

#include "nimbl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NIMBL_INSTANCE_NAME_SIZE 48
#define NIMBL_DIRECTORY_SIZE     200

// The name that a configuration has when it gives none: where it is taken, one with the pid is not.
#define NIMBL_INSTANCE_DEFAULT "nimbl"

// Where instances of this user keep their files, by the environment: index 0 is where ours go, the
// others are looked into by clients too. Returns 0, -ENOENT behind the last one, or -errno said.
NIMBL_API int nimbl_instance_directory(unsigned int index, char *path, size_t size);

// Take the name `name` and make the directory; what killed instances left there is removed. The
// environment's RUNTIME_DIRECTORY names the directory afterwards, for EAL. Returns 0 or -errno:
// -EBUSY when a living process has the name.
NIMBL_API int nimbl_instance_take(const char *name);

// What was taken, or "".
NIMBL_API const char *nimbl_instance_name(void);

// The path of our file that ends with `end` ("sock").
NIMBL_API void nimbl_instance_path(const char *end, char *path, size_t size);

// Remove our files and give the name back. Without an instance: nothing.
NIMBL_API void nimbl_instance_release(void);

#ifdef __cplusplus
}
#endif
