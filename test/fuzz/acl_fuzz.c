// SPDX-License-Identifier: BSD-3-Clause
// A rule of any text, then, behind the first zero, a frame of any bytes, at most a window of it at hand.
// The rule is read or refused with cause and mend; the frame becomes a key that holds together.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "acl/acl_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_rule(const char *text)
{
	struct acl_rule rule, again;
	unsigned int column = 0, column_again = 0;
	int ret;

	nimbl_clear_error();
	ret = acl_rule_parse(text, &rule, &column);
	must(ret == 0 || ret == -EINVAL);
	must(column >= 1 && column <= strlen(text) + 1);
	must(acl_rule_parse(text, &again, &column_again) == ret && column_again == column);
	if (ret < 0) {
		must(nimbl_last_error()->cause[0] != '\0' && nimbl_last_error()->mend[0] != '\0');
		for (const char *at = nimbl_last_error()->cause; *at != '\0'; at++)
			must(*at >= ' ' && *at <= '~');
		return;
	}
	must(rule.from_ports.low <= rule.from_ports.high);
	must(rule.to_ports.low <= rule.to_ports.high && rule.vlan.low <= rule.vlan.high);
	must(rule.families[ACL_OTHER] || rule.families[ACL_IPV4] || rule.families[ACL_IPV6]);
	must(rule.from.bits <= 128 && rule.to.bits <= 128);
}

static void check_frame(const uint8_t *data, uint32_t size, PVOID tag)
{
	uint32_t there = size < ACL_WINDOW ? size : ACL_WINDOW;
	uint8_t *bytes = malloc(there > 0 ? there : 1); // no byte more than it may read
	struct acl_key key;

	must(bytes != NULL);
	memcpy(bytes, data, there);
	if (acl_key_read(&key, bytes, there, size, tag)) {
		must(key.family < ACL_FAMILIES && there >= 14);
		must(key.has_ports + key.is_fragment <= 1);
		must(key.family != ACL_OTHER || (key.protocol == 0 && key.has_ports == 0));
	}
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = memchr(data, 0, size);
	size_t length = zero != NULL ? (size_t)(zero - data) : size;
	char *text = strndup((const char *)data, length);

	must(text != NULL);
	check_rule(text);
	free(text);
	if (zero == NULL || size - length - 1 > UINT16_MAX)
		return 0;
	check_frame(zero + 1, (uint32_t)(size - length - 1), NULL);
	check_frame(zero + 1, (uint32_t)(size - length - 1), (PVOID)(uintptr_t)0x50);
	return 0;
}
