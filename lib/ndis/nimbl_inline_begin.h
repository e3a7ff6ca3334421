// SPDX-License-Identifier: BSD-3-Clause
// Around headers of others that define functions with a plain `inline` and rely on the linker to keep
// one of each, as C++ and Microsoft's C do: between this and nimbl_inline_end.h it works in C as well.
// The headers that they include have to be included before.
#ifndef __cplusplus
#define inline __attribute__((weak))
#endif
