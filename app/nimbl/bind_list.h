// SPDX-License-Identifier: BSD-3-Clause
// The network devices of this machine, as tables and JSON.
#pragma once

#include <jansson.h>

#include "machine.h"

// Print all of them. Returns the exit status.
int bind_list(bool is_json);

// One as an object; the caller's.
json_t *bind_device_json(const struct machine_nic *nic);
