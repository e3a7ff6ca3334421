// SPDX-License-Identifier: BSD-3-Clause
// From here to poppack.h members are not aligned. To be included as often as needed; clang wants
// -Wno-pragma-pack.
#pragma pack(push, 1)
