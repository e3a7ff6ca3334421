// SPDX-License-Identifier: BSD-3-Clause
// Handler types that miniports, filters and protocols share.
#pragma once

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// Function types: `SET_OPTIONS MySetOptions;` declares the handler, the compiler checks it.
typedef NDIS_STATUS(SET_OPTIONS)(NDIS_HANDLE NdisDriverHandle, NDIS_HANDLE DriverContext);
typedef SET_OPTIONS *SET_OPTIONS_HANDLER;

// For analysers: harmless declarations, since a semicolon stands behind them at file scope.
#define NDIS_DECLARE_MINIPORT_DRIVER_CONTEXT(Type)  struct nimbl_context_note
#define NDIS_DECLARE_MINIPORT_ADAPTER_CONTEXT(Type) struct nimbl_context_note
#define NDIS_DECLARE_FILTER_MODULE_CONTEXT(Type)    struct nimbl_context_note
#define NDIS_DECLARE_PROTOCOL_OPEN_CONTEXT(Type)    struct nimbl_context_note

#ifdef __cplusplus
}
#endif
