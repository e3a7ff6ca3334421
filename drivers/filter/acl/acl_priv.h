// SPDX-License-Identifier: BSD-3-Clause
// The access list: rules over addresses, protocol, ports, VLAN and Ethernet header; the first that a
// frame matches says whether it passes. A burst is looked up at once, by DPDK's rte_acl.
#pragma once

#include <rte_acl.h>

#include "nimbl_filter.h"
#include "nimbl_nbl.h"

#define ACL_RULES_MAX 1000
#define ACL_WINDOW    256u // bytes of a frame that are looked at

enum acl_family {
	ACL_OTHER, // neither of the two
	ACL_IPV4,
	ACL_IPV6,
	ACL_FAMILIES,
};

// What of a frame rules are about, as it lies on the wire: rte_acl takes groups of four bytes.
struct acl_key {
	uint8_t protocol;
	uint8_t family; // no field
	uint8_t unused[2];
	uint8_t ports[4]; // source, destination
	uint8_t vlan[2];  // of the outer tag, 0: none
	uint8_t has_ports, is_fragment;
	uint8_t ethertype[2];
	uint8_t mac_to[6], mac_from[6];
	uint8_t unused_too[2];
	uint8_t addresses[32]; // source and destination, each of 4 or 16 bytes
};

struct acl_range {
	uint16_t low, high;
};

struct acl_address {
	uint8_t bytes[16];
	uint8_t bits; // of the prefix
};

struct acl_mac {
	uint8_t bytes[6], mask[6];
};

struct acl_rule {
	bool permits;
	bool families[ACL_FAMILIES]; // in which it can match at all
	bool has_protocol, has_ports, has_ethertype, is_fragment;
	uint8_t protocol;
	uint16_t ethertype;
	struct acl_range from_ports, to_ports, vlan;
	struct acl_address from, to;
	struct acl_mac mac_from, mac_to;
};

struct acl_rules {
	struct acl_rule *list;
	unsigned int count;
};

enum acl_direction {
	ACL_RX,
	ACL_TX,
	ACL_BOTH,
};

enum acl_verdict {
	ACL_DENY,
	ACL_PERMIT,
};

struct acl {
	struct nimbl_filter_base base;
	enum acl_verdict otherwise, malformed; // without a match, and where headers do not hold
	enum acl_direction direction;
	uint32_t rule_count; // of the setting
	const char *file;
	struct acl_rules rules;
	const char **names; // of figures: one for each rule, and those of FIGURES
	struct rte_acl_ctx *tries[ACL_FAMILIES]; // NULL: no rule can match there
};

// Figures behind those of the rules.
enum {
	ACL_FIGURE_OTHERWISE,
	ACL_FIGURE_MALFORMED,
	ACL_FIGURES,
};

// rule.c: one rule of text. Returns 0, or -EINVAL with cause and mend, and the column, from 1, of the
// word that is wrong.
int acl_rule_parse(const char *text, struct acl_rule *rule, unsigned int *column);

// rules.c: those of the settings and of the file, in this order; or a look at them only.
int acl_rules_read(struct acl *self);
int acl_rules_check(const struct nimbl_option *options);
int acl_rules_read_file(struct acl_rules *rules, const char *path);
void acl_rules_free(struct acl_rules *rules);

// trie.c: rules to tries, with the memory of EAL.
int acl_tries_build(struct acl *self);
void acl_tries_free(struct acl *self);

// key.c: what a frame of `length` bytes, `there` of which are at hand, is to rules. `tag` is that of the
// list, or NULL. False: its headers claim what is not there.
bool acl_key_read(
	struct acl_key *key, const uint8_t *bytes, uint32_t there, uint32_t length, PVOID tag);

// list.c: all lists of a chain.
void acl_lists(struct acl *self, NET_BUFFER_LIST *chain, struct nimbl_sort *sort);

// rx.c
FILTER_RECEIVE_NET_BUFFER_LISTS acl_receive;

// tx.c
FILTER_SEND_NET_BUFFER_LISTS acl_send;
