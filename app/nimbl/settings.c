// SPDX-License-Identifier: BSD-3-Clause
// Lines of settings to the array that drivers are given.
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int settings_read(struct settings *settings, const char *text)
{
	unsigned int count = 0;
	char *rest, *line;

	memset(settings, 0, sizeof(*settings));
	if (text != NULL && strlen(text) >= sizeof(settings->text))
		return nimbl_fail(EINVAL, "the settings are longer than %zu characters",
			sizeof(settings->text) - 1);
	snprintf(settings->text, sizeof(settings->text), "%s", text != NULL ? text : "");
	for (line = strtok_r(settings->text, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest)) {
		char *equals = strchr(line, '=');

		if (equals == NULL || equals == line) {
			nimbl_fail(EINVAL, "'%.60s' is no setting", line);
			nimbl_mend("write it as key=value");
			return -EINVAL;
		}
		if (count == NIMBL_CONF_SETTINGS_MAX)
			return nimbl_fail(
				EINVAL, "there are at most %d settings", NIMBL_CONF_SETTINGS_MAX);
		*equals = '\0';
		settings->list[count++] = (struct nimbl_option){line, equals + 1};
	}
	return 0;
}
