// SPDX-License-Identifier: BSD-3-Clause
// Memory that an lcore may be reading is not unmapped before it has looked away.
//
// When the peer of a net_memif port dies, EAL's interrupt thread tells the PMD, which marks the port
// as disconnected and unmaps the rings that it shared, while an lcore may be in the middle of a burst
// on them: the PMD has no lock and no event between the two. So an unmapping by that thread waits
// until every lcore has finished the round it is in; later bursts see the mark and return.
#include <rte_interrupts.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lcore_priv.h"

// Stands before libc's for everything that EAL loads.
__attribute__((visibility("default"))) int munmap(void *address, size_t length)
{
	struct rte_rcu_qsbr *qsbr = __atomic_load_n(&lcore_shared.qsbr, __ATOMIC_ACQUIRE);

	if (qsbr != NULL && rte_thread_is_intr())
		rte_rcu_qsbr_synchronize(qsbr, RTE_QSBR_THRID_INVALID);
	return (int)syscall(SYS_munmap, address, length);
}
