// SPDX-License-Identifier: BSD-3-Clause
// YAML text to nodes that know their place, for what is written in YAML: configurations, streams.
#pragma once

#include "nimbl_conf.h"

enum node_kind {
	NODE_SCALAR,
	NODE_LIST,
	NODE_MAP,
};

// A value of the text. The children of a map are key, value, key, value ... and keys are scalars.
// Nodes belong to their tree; an alias is a copy that shares the children of its anchor.
struct node {
	enum node_kind kind;
	bool quoted; // "" is a value, nothing at all is a forgotten one
	struct nimbl_place place;
	char *text; // of a scalar; has no NUL before its end
	size_t count;
	struct node *children;
	struct node *next;
	struct node *allocated; // the node made before this one
};

struct tree {
	struct node *root; // NULL: the text holds no document
	struct node *allocated;
	size_t count;
};

// Fill *tree, which starts zeroed and is for conf_tree_free(), after failures too. Messages name
// `file`.
int conf_tree_parse(struct tree *tree, const char *file, const char *text, size_t length);
void conf_tree_free(struct tree *tree);

// Maps only: the value of `key`, or NULL.
const struct node *conf_node_find(const struct node *map, const char *key);

// --- text.c: what trees are read from ---

// A path as messages show it: its end when it is long, and nothing that a terminal would obey.
void conf_file_name(char *out, size_t size, const char *path);

// Read all of the file `path`, or of standard input for "-". `what` says in messages what it should hold. Returns
// 0 and *text to be freed, or -errno; more than NIMBL_CONF_BYTES_MAX is read by one byte, for the reader to see.
int conf_text_read(const char *what, const char *path, char **text, size_t *length);
