// SPDX-License-Identifier: BSD-3-Clause
// Which offloads a port is asked for: auto, none, or words.
#include "conf_priv.h"

#include <string.h>

#include "nimbl_offload.h"

static int offload_read(struct reader *reader, const struct node *node, uint32_t *mask)
{
	const char *const *words = nimbl_offload_words();
	int ret = conf_need_kind(reader, node, NODE_SCALAR, "an offload");

	if (ret < 0)
		return ret;
	for (unsigned int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], node->text) == 0) {
			*mask |= 1u << i;
			return 0;
		}
	}
	ret = conf_say(reader, node->place, "there is no offload %s", conf_quote(node->text).text);
	conf_mend_word(node->text, "auto, none, or a list of", words);
	return ret;
}

int conf_read_offloads(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	struct nimbl_conf_port *port = base;
	const struct node *at = node->children;
	int ret = 0;

	port->offloads = 0;
	if (node->kind == NODE_SCALAR && strcmp(node->text, "none") == 0)
		return 0;
	if (node->kind == NODE_SCALAR && strcmp(node->text, "auto") == 0) {
		port->offloads = NIMBL_OFFLOADS_AUTO;
		return 0;
	}
	if (node->kind != NODE_LIST)
		return offload_read(reader, node, &port->offloads);
	for (; at != NULL && ret == 0; at = at->next)
		ret = offload_read(reader, at, &port->offloads);
	return ret;
}
