// SPDX-License-Identifier: BSD-3-Clause
// Status codes in words.
#include <stdio.h>

#include "nimbl_object.h"

#define ROW(code)           \
	{                   \
		code, #code \
	}

struct nimbl_status_text nimbl_status_text(NDIS_STATUS status)
{
	static const struct {
		NDIS_STATUS status;
		const char *name;
	} rows[] = {
		ROW(NDIS_STATUS_SUCCESS),
		ROW(NDIS_STATUS_PENDING),
		ROW(NDIS_STATUS_NOT_ACCEPTED),
		ROW(NDIS_STATUS_BUFFER_OVERFLOW),
		ROW(NDIS_STATUS_FAILURE),
		ROW(NDIS_STATUS_INVALID_PARAMETER),
		ROW(NDIS_STATUS_RESOURCES),
		ROW(NDIS_STATUS_NOT_SUPPORTED),
		ROW(NDIS_STATUS_CLOSING),
		ROW(NDIS_STATUS_BAD_VERSION),
		ROW(NDIS_STATUS_BAD_CHARACTERISTICS),
		ROW(NDIS_STATUS_ADAPTER_NOT_FOUND),
		ROW(NDIS_STATUS_OPEN_FAILED),
		ROW(NDIS_STATUS_DEVICE_FAILED),
		ROW(NDIS_STATUS_REQUEST_ABORTED),
		ROW(NDIS_STATUS_ADAPTER_NOT_READY),
		ROW(NDIS_STATUS_INVALID_LENGTH),
		ROW(NDIS_STATUS_INVALID_DATA),
		ROW(NDIS_STATUS_INVALID_OID),
		ROW(NDIS_STATUS_UNSUPPORTED_MEDIA),
		ROW(NDIS_STATUS_INVALID_STATE),
		ROW(NDIS_STATUS_UNSUPPORTED_REVISION),
		ROW(STATUS_OBJECT_NAME_NOT_FOUND),
		ROW(STATUS_DEVICE_NOT_READY),
		ROW(STATUS_INVALID_DEVICE_REQUEST),
		ROW(STATUS_NO_MEMORY),
		ROW(STATUS_NOT_IMPLEMENTED),
	};
	struct nimbl_status_text out;

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].status != status)
			continue;
		snprintf(out.text, sizeof(out.text), "%s (0x%08x)", rows[i].name, (UINT)status);
		return out;
	}
	snprintf(out.text, sizeof(out.text), "status 0x%08x", (UINT)status);
	return out;
}
