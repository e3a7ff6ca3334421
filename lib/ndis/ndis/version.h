// SPDX-License-Identifier: BSD-3-Clause
// Which NDIS 6 a driver is written for. A miniport defines one NDISxx_MINIPORT, a filter or protocol
// one NDISxx, before it includes ndis.h; who defines none gets the newest.
#pragma once

// The wish as NIMBL_NDIS_MINOR, with 20 for 6.20 and 1 for 6.1.
#if defined(NDIS60) || defined(NDIS60_MINIPORT)
#define NIMBL_NDIS_MINOR 0
#elif defined(NDIS61) || defined(NDIS61_MINIPORT)
#define NIMBL_NDIS_MINOR 1
#elif defined(NDIS620) || defined(NDIS620_MINIPORT)
#define NIMBL_NDIS_MINOR 20
#elif defined(NDIS630) || defined(NDIS630_MINIPORT)
#define NIMBL_NDIS_MINOR 30
#elif defined(NDIS640) || defined(NDIS640_MINIPORT)
#define NIMBL_NDIS_MINOR 40
#elif defined(NDIS650) || defined(NDIS650_MINIPORT)
#define NIMBL_NDIS_MINOR 50
#elif defined(NDIS651) || defined(NDIS651_MINIPORT)
#define NIMBL_NDIS_MINOR 51
#elif defined(NDIS660) || defined(NDIS660_MINIPORT)
#define NIMBL_NDIS_MINOR 60
#elif defined(NDIS670) || defined(NDIS670_MINIPORT)
#define NIMBL_NDIS_MINOR 70
#elif defined(NDIS680) || defined(NDIS680_MINIPORT)
#define NIMBL_NDIS_MINOR 80
#elif defined(NDIS681) || defined(NDIS681_MINIPORT)
#define NIMBL_NDIS_MINOR 81
#elif defined(NDIS682) || defined(NDIS682_MINIPORT)
#define NIMBL_NDIS_MINOR 82
#elif defined(NDIS683) || defined(NDIS683_MINIPORT)
#define NIMBL_NDIS_MINOR 83
#elif defined(NDIS684) || defined(NDIS684_MINIPORT)
#define NIMBL_NDIS_MINOR 84
#elif defined(NDIS685) || defined(NDIS685_MINIPORT)
#define NIMBL_NDIS_MINOR 85
#endif

// A driver that says its version is one from Windows: its L"..." have to be UTF-16, and it takes min and
// max for given.
#ifdef NIMBL_NDIS_MINOR
#if !defined(__cplusplus) && __SIZEOF_WCHAR_T__ != 2
#error "drivers of Windows take L\"...\" for UTF-16: compile them with -fshort-wchar"
#endif
#if !defined(__cplusplus) && !defined(min)
#define min(a, b) ((a) < (b) ? (a) : (b))
#endif
#if !defined(__cplusplus) && !defined(max)
#define max(a, b) ((a) > (b) ? (a) : (b))
#endif
#else
#define NIMBL_NDIS_MINOR 85
#endif

// 0 or 1, for #if.
#define NDIS_SUPPORT_NDIS6   1
#define NDIS_SUPPORT_NDIS61  (NIMBL_NDIS_MINOR >= 1)
#define NDIS_SUPPORT_NDIS620 (NIMBL_NDIS_MINOR >= 20)
#define NDIS_SUPPORT_NDIS630 (NIMBL_NDIS_MINOR >= 30)
#define NDIS_SUPPORT_NDIS640 (NIMBL_NDIS_MINOR >= 40)
#define NDIS_SUPPORT_NDIS650 (NIMBL_NDIS_MINOR >= 50)
#define NDIS_SUPPORT_NDIS651 (NIMBL_NDIS_MINOR >= 51)
#define NDIS_SUPPORT_NDIS660 (NIMBL_NDIS_MINOR >= 60)
#define NDIS_SUPPORT_NDIS670 (NIMBL_NDIS_MINOR >= 70)
#define NDIS_SUPPORT_NDIS680 (NIMBL_NDIS_MINOR >= 80)
#define NDIS_SUPPORT_NDIS681 (NIMBL_NDIS_MINOR >= 81)
#define NDIS_SUPPORT_NDIS682 (NIMBL_NDIS_MINOR >= 82)
#define NDIS_SUPPORT_NDIS683 (NIMBL_NDIS_MINOR >= 83)
#define NDIS_SUPPORT_NDIS684 (NIMBL_NDIS_MINOR >= 84)
#define NDIS_SUPPORT_NDIS685 (NIMBL_NDIS_MINOR >= 85)

// What drivers write into their characteristics.
#define NDIS_MINIPORT_MAJOR_VERSION 6
#define NDIS_MINIPORT_MINOR_VERSION NIMBL_NDIS_MINOR
#define NDIS_FILTER_MAJOR_VERSION   6
#define NDIS_FILTER_MINOR_VERSION   NIMBL_NDIS_MINOR
#define NDIS_PROTOCOL_MAJOR_VERSION 6
#define NDIS_PROTOCOL_MINOR_VERSION NIMBL_NDIS_MINOR

// 1 in a checked build: asserts and the validators of the helpers are compiled in.
#ifndef DBG
#define DBG 0
#endif
