// SPDX-License-Identifier: BSD-3-Clause
// All rules of a module: those of its settings, then those of its file. Control thread.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl_priv.h"

#define LINE_BYTES 1024

static int add(struct acl_rules *rules, const struct acl_rule *rule)
{
	struct acl_rule *list;

	if (rules->count == ACL_RULES_MAX) {
		nimbl_fail(EINVAL, "there are more than %d rules", ACL_RULES_MAX);
		nimbl_mend("join some of them, such as two ports that follow each other");
		return -EINVAL;
	}
	list = realloc(rules->list, (rules->count + 1u) * sizeof(*list));
	if (list == NULL)
		return nimbl_fail(ENOMEM, "no memory for %u rules", rules->count + 1);
	rules->list = list;
	rules->list[rules->count++] = *rule;
	return 0;
}

static bool is_blank(const char *line)
{
	line += strspn(line, " \t");
	return *line == '\0' || *line == '#';
}

static int read_line(struct acl_rules *rules, const char *path, unsigned int number, char *line)
{
	struct acl_rule rule;
	unsigned int column = 1;
	size_t length = strlen(line);
	int ret;

	if (length == LINE_BYTES - 1 && line[length - 1] != '\n') {
		nimbl_fail(EINVAL, "%s:%u: the line is longer than %d characters", path, number,
			LINE_BYTES - 2);
		nimbl_mend("one rule stands in one line");
		return -EINVAL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	if (is_blank(line))
		return 0;
	line[strcspn(line, "#")] = '\0';
	ret = acl_rule_parse(line, &rule, &column);
	if (ret == 0)
		ret = add(rules, &rule);
	if (ret < 0)
		nimbl_fail_prefix("%s:%u:%u: ", path, number, column);
	return ret;
}

int acl_rules_read_file(struct acl_rules *rules, const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned int number = 0;
	char line[LINE_BYTES];
	int ret = 0;

	while (file != NULL && ret == 0 && fgets(line, sizeof(line), file) != NULL)
		ret = read_line(rules, path, ++number, line);
	if (file == NULL || (ret == 0 && ferror(file))) {
		ret = -errno;
		nimbl_fail(errno, "cannot read the rules %s: %s", nimbl_quote(path).text,
			strerror(errno));
		nimbl_mend("check the path and its rights with 'ls -l'");
	}
	if (file != NULL)
		fclose(file);
	return ret;
}

static int read_text(struct acl_rules *rules, const char *text, unsigned int nth)
{
	unsigned int column = 1;
	struct acl_rule rule;
	int ret = acl_rule_parse(text, &rule, &column);

	if (ret == 0)
		ret = add(rules, &rule);
	if (ret < 0) {
		nimbl_fail_prefix("rule %u: ", nth + 1);
		nimbl_blame("rules", nth);
	}
	return ret;
}

static int read_file(struct acl_rules *rules, const char *path)
{
	int ret = acl_rules_read_file(rules, path);

	if (ret < 0)
		nimbl_blame("file", 0);
	return ret;
}

int acl_rules_check(const struct nimbl_option *options)
{
	struct acl_rules rules = {.list = NULL};
	const char *path = NULL;
	unsigned int nth = 0;
	int ret = 0;

	for (; options->key != NULL && ret == 0; options++) {
		if (strcmp(options->key, "rules") == 0)
			ret = read_text(&rules, options->value, nth++);
		else if (strcmp(options->key, "file") == 0)
			path = options->value;
	}
	if (ret == 0 && path != NULL)
		ret = read_file(&rules, path);
	acl_rules_free(&rules);
	return ret;
}

int acl_rules_read(struct acl *self)
{
	int ret = 0;

	for (unsigned int i = 0; i < self->rule_count && ret == 0; i++)
		ret = read_text(&self->rules, nimbl_option_at(self->base.filter, "rules", i), i);
	if (ret == 0 && self->file != NULL)
		ret = read_file(&self->rules, self->file);
	return ret;
}

void acl_rules_free(struct acl_rules *rules)
{
	free(rules->list);
	*rules = (struct acl_rules){.list = NULL};
}
