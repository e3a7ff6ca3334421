// SPDX-License-Identifier: BSD-3-Clause
// Offloads: work on frames that a device can take over. A closed list, in the words of DPDK and of
// ethtool; the configuration asks for them, a port says which it has.
#pragma once

#include <stdint.h>

#include "nimbl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

// name, word in configurations, whether the engine does it where the device cannot, meaning
#define NIMBL_OFFLOADS(X)                                                                      \
	X(RX_CHECKSUM, "rx-checksum", 1, "check IPv4, TCP and UDP checksums of what comes in") \
	X(TX_CHECKSUM, "tx-checksum", 1, "compute IPv4, TCP and UDP checksums that are asked") \
	X(VLAN_STRIP, "vlan-strip", 1, "take the 802.1Q tag out of frames that come in")       \
	X(VLAN_INSERT, "vlan-insert", 1, "put the 802.1Q tag that is asked into frames")       \
	X(RSS_HASH, "rss-hash", 1, "tell the Toeplitz hash of addresses and ports")            \
	X(TSO, "tso", 1, "cut large TCP segments into frames")                                 \
	X(LRO, "lro", 0, "join TCP segments that come in")                                     \
	X(TIMESTAMP, "timestamp", 1, "tell when a frame came in, or left")                     \
	X(PACKET_TYPE, "packet-type", 1, "tell IPv4, IPv6, TCP and UDP")

enum nimbl_offload {
#define X(name, word, soft, text) NIMBL_OFFLOAD_##name,
	NIMBL_OFFLOADS(X)
#undef X
		NIMBL_OFFLOAD_COUNT
};

#define NIMBL_OFFLOAD_BIT(name) (1u << NIMBL_OFFLOAD_##name)

// In a wish: all that the device does by itself.
#define NIMBL_OFFLOADS_AUTO 0x80000000u

// What a port does, as bits.
struct nimbl_offloads {
	uint32_t offered;   // by the device
	uint32_t enabled;   // and promised to drivers
	uint32_t in_device; // of these, done by the device; the others by the engine
};

// The word of an offload, what it means, and the words of those that the engine can do itself, as a
// mask. Never NULL for a valid offload.
NIMBL_API const char *nimbl_offload_word(enum nimbl_offload offload);
NIMBL_API const char *nimbl_offload_text(enum nimbl_offload offload);
NIMBL_API uint32_t nimbl_offloads_in_software(void);

// All words, ended by NULL, in the order of the enumeration.
NIMBL_API const char *const *nimbl_offload_words(void);

#ifdef __cplusplus
}
#endif
