// SPDX-License-Identifier: BSD-3-Clause
// The end of what pshpack1.h began.
#pragma GCC system_header
#pragma pack(pop)
