// SPDX-License-Identifier: BSD-3-Clause
// A strategy written into a configuration.
#pragma once

#include "cell.h"

// Have the default pool of the file `path` use ops and cache of `cell`. The file as it was stays beside it
// as `path`.bak; comments and all else stay in it. Returns 0, or -errno with the error set and the file as
// it was.
int pool_apply(const char *path, const struct pool_cell *cell);
