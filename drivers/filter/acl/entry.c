// SPDX-License-Identifier: BSD-3-Clause
// The access list: its settings, and a module from them. Control thread.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "acl_priv.h"

static const char *const verdicts[] = {"drop", "pass", NULL};
static const char *const directions[] = {"rx", "tx", "both", NULL};

static const struct nimbl_setting settings[] = {
	{.name = "rules",
		.type = NIMBL_SETTING_LIST,
		NIMBL_SETTING_AT(acl, rule_count),
		.max = ACL_RULES_MAX,
		.allowed = "a list of rules, such as [deny tcp to any port 22]",
		.absent = "none",
		.help = "Rules; the first that a frame matches says what happens to it."},
	{.name = "file",
		.type = NIMBL_SETTING_PATH,
		NIMBL_SETTING_AT(acl, file),
		.absent = "none",
		.help = "A file with further rules, one in each line; # begins a comment."},
	{.name = "default",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(acl, otherwise),
		.words = verdicts,
		.preset = "pass",
		.help = "What happens to a frame that no rule matches."},
	{.name = "malformed",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(acl, malformed),
		.words = verdicts,
		.preset = "drop",
		.help = "What happens to a frame whose headers claim what is not there."},
	{.name = "direction",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(acl, direction),
		.words = directions,
		.preset = "both",
		.help = "rx: frames that the port receives. tx: those that it sends."},
	{.name = NULL},
};

static int no_memory(void)
{
	return nimbl_fail(ENOMEM, "no memory for the figures of rules");
}

// "rule_1" and so on: the text of all names stands behind the pointers.
static int figures_open(struct acl *self)
{
	unsigned int count = self->rules.count + ACL_FIGURES;
	const size_t bytes = sizeof("rule_4294967295");
	char *text;

	self->names = calloc(count, sizeof(*self->names) + bytes);
	if (self->names == NULL)
		return no_memory();
	text = (char *)&self->names[count];
	for (unsigned int i = 0; i < self->rules.count; i++, text += bytes) {
		snprintf(text, bytes, "rule_%u", i + 1);
		self->names[i] = text;
	}
	self->names[self->rules.count + ACL_FIGURE_OTHERWISE] = "default";
	self->names[self->rules.count + ACL_FIGURE_MALFORMED] = "malformed";
	return nimbl_filter_count(&self->base, self->names, count);
}

static int acl_open(void *context)
{
	struct acl *self = context;
	int ret = acl_rules_read(self);

	if (ret == 0)
		ret = figures_open(self);
	return ret < 0 ? ret : acl_tries_build(self);
}

static void acl_close(void *context)
{
	struct acl *self = context;

	acl_tries_free(self);
	acl_rules_free(&self->rules);
	free(self->names);
}

static const struct nimbl_filter_kind kind = {
	.help = "Lets frames pass or drops them, by rules over their headers.",
	.size = sizeof(struct acl),
	.allows = NIMBL_FILTER_ATTRIBUTES_HANDOVER | NIMBL_FILTER_ATTRIBUTES_UNTOUCHED,
	.settings = settings,
	.check = acl_rules_check,
	.open = acl_open,
	.close = acl_close,
};

NIMBL_FILTER(acl, kind, .SendNetBufferListsHandler = acl_send,
	.SendNetBufferListsCompleteHandler = nimbl_filter_completes,
	.ReceiveNetBufferListsHandler = acl_receive)
