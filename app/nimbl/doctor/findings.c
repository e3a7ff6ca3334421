// SPDX-License-Identifier: BSD-3-Clause
// Findings: kept, counted, judged, told.
#include "findings.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {"ok", "info", "warn", "FAIL"};

void finding(struct findings *findings, const char *topic, enum level level, const char *fmt, ...)
{
	struct finding *more = realloc(findings->list, (findings->count + 1) * sizeof(*more));
	va_list args;

	if (more == NULL)
		return;
	findings->list = more;
	more += findings->count++;
	*more = (struct finding){.topic = topic, .level = level};
	va_start(args, fmt);
	vsnprintf(more->text, sizeof(more->text), fmt, args);
	va_end(args);
}

void finding_mend(struct findings *findings, const char *fmt, ...)
{
	va_list args;

	if (findings->count == 0)
		return;
	struct finding *last = &findings->list[findings->count - 1];
	va_start(args, fmt);
	vsnprintf(last->mend, sizeof(last->mend), fmt, args);
	va_end(args);
}

void finding_bars_rate(struct findings *findings)
{
	if (findings->count > 0)
		findings->list[findings->count - 1].bars_rate = true;
}

void findings_want_rate(struct findings *findings)
{
	for (unsigned int i = 0; i < findings->count; i++) {
		if (findings->list[i].bars_rate)
			findings->list[i].level = LEVEL_FAIL;
	}
}

unsigned int findings_count(const struct findings *findings, enum level level)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < findings->count; i++)
		count += findings->list[i].level == level;
	return count;
}

bool findings_bar_rate(const struct findings *findings)
{
	for (unsigned int i = 0; i < findings->count; i++) {
		if (findings->list[i].bars_rate)
			return true;
	}
	return false;
}

const char *findings_verdict(const struct findings *findings)
{
	if (findings_count(findings, LEVEL_FAIL) > 0)
		return "NOT READY: see FAIL";
	if (findings_bar_rate(findings))
		return "READY FOR DEV MODE, not for line rate";
	return findings_count(findings, LEVEL_WARN) > 0 ? "READY FOR LINE RATE, with warnings"
							: "READY FOR LINE RATE";
}

void findings_print(const struct findings *findings, FILE *out)
{
	for (unsigned int i = 0; i < findings->count; i++) {
		const struct finding *line = &findings->list[i];

		fprintf(out, "  %-4s  %s\n", words[line->level], line->text);
		if (line->mend[0] != '\0')
			fprintf(out, "          -> %s\n", line->mend);
	}
}

json_t *findings_json(const struct findings *findings)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < findings->count; i++) {
		const struct finding *line = &findings->list[i];

		json_array_append_new(
			list, json_pack("{s:s, s:s, s:b, s:s, s:s}", "topic", line->topic, "level",
				      line->level == LEVEL_FAIL ? "fail" : words[line->level],
				      "bars_rate", (int)line->bars_rate, "text", line->text, "mend",
				      line->mend));
	}
	return list;
}

void findings_free(struct findings *findings)
{
	free(findings->list);
	*findings = (struct findings){0};
}
