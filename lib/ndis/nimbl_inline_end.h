// SPDX-License-Identifier: BSD-3-Clause
// The end of what nimbl_inline_begin.h began.
#ifndef __cplusplus
#undef inline
#endif
