// SPDX-License-Identifier: BSD-3-Clause
// A measured row as JSON and back, without loss. Plain data.
#pragma once

#include <jansson.h>

#include "measure.h"

// A new object, or NULL: no memory.
json_t *pool_row_to_json(const struct pool_row *row);

// Fill `row`, whose cell is set, from what pool_row_to_json() made. False when it is of another cell, or no row.
bool pool_row_from_json(const json_t *json, struct pool_row *row);
