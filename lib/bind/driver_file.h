// SPDX-License-Identifier: BSD-3-Clause
// Shared objects that hold a driver, as files: nothing of them runs here. Control thread.
#pragma once

#include "image.h"
#include "nimbl_base.h"

// Whether `file` may be loaded: whose it is, what it was made for, what it needs. Returns 0, or -errno
// that says which of these is wrong and how it is mended.
int driver_file_check(const char *file);

// The part of it that looks at nothing but the bytes.
int driver_image_check(struct image *image);
