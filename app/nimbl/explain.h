// SPDX-License-Identifier: BSD-3-Clause
// Topics of nimbl explain that have a file of their own.
#pragma once

int explain_streams(int argc, char **argv);
