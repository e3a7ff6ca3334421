// SPDX-License-Identifier: BSD-3-Clause
// Rules to the tries of rte_acl, one for each family: a rule stands in each where it can match, and an
// earlier one counts more. Control thread.
#include <errno.h>
#include <rte_byteorder.h>
#include <rte_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl_priv.h"

#define FIELDS_MAX  (6 + 8 + 8)  // all, Ethernet, addresses of IPv6
#define MEMORY_MOST (256u << 20) // of one trie

RTE_ACL_RULE_DEF(full_rule, FIELDS_MAX);

// Fields in the order of the key: the first is one byte, the others fill groups of four.
struct layout {
	struct rte_acl_config config;
	bool has_l2;
	enum acl_family family;
};

static void field(struct layout *layout, uint8_t type, uint8_t size, size_t offset)
{
	struct rte_acl_config *config = &layout->config;
	size_t first = offsetof(struct acl_key, ports);

	config->defs[config->num_fields] = (struct rte_acl_field_def){
		.type = type,
		.size = size,
		.field_index = (uint8_t)config->num_fields,
		.input_index = (uint8_t)(offset >= first ? 1 + (offset - first) / 4 : 0),
		.offset = (uint32_t)offset,
	};
	config->num_fields++;
}

static void layout_make(struct layout *layout, enum acl_family family, bool has_l2)
{
	const size_t l2 = offsetof(struct acl_key, ethertype);
	const size_t words = family == ACL_IPV6 ? 8 : family == ACL_IPV4 ? 2 : 0;

	*layout = (struct layout){.has_l2 = has_l2, .family = family};
	layout->config.num_categories = 1;
	layout->config.max_size = MEMORY_MOST;
	field(layout, RTE_ACL_FIELD_TYPE_BITMASK, 1, offsetof(struct acl_key, protocol));
	field(layout, RTE_ACL_FIELD_TYPE_RANGE, 2, offsetof(struct acl_key, ports));
	field(layout, RTE_ACL_FIELD_TYPE_RANGE, 2, offsetof(struct acl_key, ports) + 2);
	field(layout, RTE_ACL_FIELD_TYPE_RANGE, 2, offsetof(struct acl_key, vlan));
	field(layout, RTE_ACL_FIELD_TYPE_BITMASK, 1, offsetof(struct acl_key, has_ports));
	field(layout, RTE_ACL_FIELD_TYPE_BITMASK, 1, offsetof(struct acl_key, is_fragment));
	for (size_t i = 0; has_l2 && i < 8; i++)
		field(layout, RTE_ACL_FIELD_TYPE_BITMASK, 2, l2 + 2 * i);
	for (size_t i = 0; i < words; i++)
		field(layout, RTE_ACL_FIELD_TYPE_MASK, 4,
			offsetof(struct acl_key, addresses) + 4 * i);
}

static struct rte_acl_field range(struct acl_range range)
{
	return (struct rte_acl_field){.value.u16 = range.low, .mask_range.u16 = range.high};
}

static struct rte_acl_field byte(bool is_asked, uint8_t value)
{
	return (struct rte_acl_field){.value.u8 = value, .mask_range.u8 = is_asked ? 0xff : 0};
}

// Two bytes of the wire.
static struct rte_acl_field pair(const uint8_t *value, const uint8_t *mask)
{
	return (struct rte_acl_field){
		.value.u16 = (uint16_t)((value[0] & mask[0]) << 8 | (value[1] & mask[1])),
		.mask_range.u16 = (uint16_t)(mask[0] << 8 | mask[1])};
}

static struct rte_acl_field *fill_l2(struct rte_acl_field *to, const struct acl_rule *rule)
{
	const uint8_t all = rule->has_ethertype ? 0xff : 0;
	const uint8_t type[2] = {(uint8_t)(rule->ethertype >> 8), (uint8_t)rule->ethertype};
	const uint8_t type_mask[2] = {all, all}, none[2] = {0, 0};

	*to++ = pair(type, type_mask);
	for (int i = 0; i < 6; i += 2)
		*to++ = pair(rule->mac_to.bytes + i, rule->mac_to.mask + i);
	for (int i = 0; i < 6; i += 2)
		*to++ = pair(rule->mac_from.bytes + i, rule->mac_from.mask + i);
	*to++ = pair(none, none);
	return to;
}

static struct rte_acl_field *fill_address(
	struct rte_acl_field *to, const struct acl_address *address, int words)
{
	for (int i = 0; i < words; i++) {
		int bits = RTE_MIN(RTE_MAX(address->bits - 32 * i, 0), 32);
		uint32_t value;

		memcpy(&value, address->bytes + 4 * i, sizeof(value));
		to->value.u32 = rte_be_to_cpu_32(value);
		to->mask_range.u32 = (uint32_t)bits;
		if (bits < 32)
			to->value.u32 &= bits == 0 ? 0 : ~(UINT32_MAX >> bits);
		to++;
	}
	return to;
}

static void fill(const struct layout *layout, const struct acl_rule *rule, unsigned int number,
	struct full_rule *to)
{
	int words = layout->family == ACL_IPV6 ? 4 : layout->family == ACL_IPV4 ? 1 : 0;
	struct rte_acl_field *at = to->field;

	memset(to, 0, sizeof(*to));
	to->data.category_mask = 1;
	to->data.priority = RTE_ACL_MAX_PRIORITY - (int32_t)number;
	to->data.userdata = number + 1;
	*at++ = byte(rule->has_protocol, rule->protocol);
	*at++ = range(rule->from_ports);
	*at++ = range(rule->to_ports);
	*at++ = range(rule->vlan);
	*at++ = byte(rule->has_ports, 1);
	*at++ = byte(rule->is_fragment, 1);
	if (layout->has_l2)
		at = fill_l2(at, rule);
	at = fill_address(at, &rule->from, words);
	fill_address(at, &rule->to, words);
}

static int no_room(int error)
{
	nimbl_fail(-error, "no memory for the rules: %s", strerror(-error));
	nimbl_mend("fewer rules, or fewer ranges of ports; or a larger 'memory'");
	return error;
}

static struct rte_acl_ctx *trie_new(const struct layout *layout)
{
	static unsigned int serial;
	char name[RTE_ACL_NAMESIZE];
	const struct rte_acl_param parameters = {
		.name = name,
		.socket_id = SOCKET_ID_ANY,
		.rule_size = RTE_ACL_RULE_SZ(layout->config.num_fields),
		.max_rule_num = ACL_RULES_MAX,
	};

	snprintf(name, sizeof(name), "nimbl_acl_%u", serial++);
	return rte_acl_create(&parameters);
}

static int trie_fill(
	const struct acl_rules *rules, const struct layout *layout, struct rte_acl_ctx *trie)
{
	unsigned int added = 0;
	struct full_rule rule;
	int ret = 0;

	for (unsigned int i = 0; i < rules->count && ret == 0; i++) {
		if (!rules->list[i].families[layout->family])
			continue;
		fill(layout, &rules->list[i], i, &rule);
		ret = rte_acl_add_rules(trie, (const struct rte_acl_rule *)&rule, 1);
		added++;
	}
	if (ret == 0 && added > 0)
		ret = rte_acl_build(trie, &layout->config);
	return ret < 0 ? ret : (int)added;
}

static bool uses_l2(const struct acl_rules *rules)
{
	static const uint8_t none[6];

	for (unsigned int i = 0; i < rules->count; i++) {
		const struct acl_rule *rule = &rules->list[i];

		if (rule->has_ethertype || memcmp(rule->mac_to.mask, none, 6) != 0 ||
			memcmp(rule->mac_from.mask, none, 6) != 0)
			return true;
	}
	return false;
}

int acl_tries_build(struct acl *self)
{
	bool has_l2 = uses_l2(&self->rules);

	for (int family = 0; family < ACL_FAMILIES; family++) {
		struct layout layout;
		int ret;

		layout_make(&layout, family, has_l2);
		self->tries[family] = trie_new(&layout);
		if (self->tries[family] == NULL)
			return no_room(-rte_errno);
		ret = trie_fill(&self->rules, &layout, self->tries[family]);
		if (ret < 0)
			return no_room(ret);
		if (ret > 0)
			continue;
		rte_acl_free(self->tries[family]);
		self->tries[family] = NULL;
	}
	return 0;
}

void acl_tries_free(struct acl *self)
{
	for (int family = 0; family < ACL_FAMILIES; family++)
		rte_acl_free(self->tries[family]);
}
