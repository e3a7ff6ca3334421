// SPDX-License-Identifier: BSD-3-Clause
// Which processors there are, and on which one the caller runs.
#include <ndis.h>
#include <sched.h>
#include <unistd.h>

ULONG NdisGroupMaxProcessorCount(USHORT group)
{
	if (group != 0 && group != ALL_PROCESSOR_GROUPS)
		return 0;
	return (ULONG)sysconf(_SC_NPROCESSORS_CONF);
}

ULONG KeGetCurrentProcessorNumberEx(PROCESSOR_NUMBER *number)
{
	int cpu = sched_getcpu();
	ULONG index = cpu > 0 ? (ULONG)cpu : 0;

	if (number != NULL)
		*number = (PROCESSOR_NUMBER){.Number = (UCHAR)index};
	return index;
}

ULONG NdisProcessorNumberToIndex(PROCESSOR_NUMBER number)
{
	if (number.Group != 0 || number.Number >= NdisGroupMaxProcessorCount(0))
		return INVALID_PROCESSOR_INDEX;
	return number.Number;
}

NDIS_STATUS NdisProcessorIndexToNumber(ULONG index, PROCESSOR_NUMBER *number)
{
	if (index >= NdisGroupMaxProcessorCount(0))
		return NDIS_STATUS_INVALID_PARAMETER;
	*number = (PROCESSOR_NUMBER){.Number = (UCHAR)index};
	return NDIS_STATUS_SUCCESS;
}

UINT NdisGetVersion(VOID)
{
	return NDIS_MINIPORT_MAJOR_VERSION << 16 | NDIS_MINIPORT_MINOR_VERSION;
}
