// SPDX-License-Identifier: BSD-3-Clause
// nimbl doctor: what stands between the user and line rate on this machine, and what mends it.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "doctor/facts.h"
#include "doctor/fix.h"
#include "option.h"
#include "say.h"

enum {
	KEY_DRY = OPTION_LONG,
	KEY_FIX,
	KEY_JSON,
	KEY_RATE,
	KEY_YES,
};

struct doctor {
	const char *file;
	bool is_dry, is_fix, is_json, is_yes, wants_rate;
	struct nimbl_conf *conf;
	struct nimbl_memory *needs;
	struct facts facts;
	struct findings findings;
	struct fixes fixes;
};

static const struct argp_option options[] = {
	{"line-rate", KEY_RATE, NULL, 0, "Ask for line rate: what bars it is FAIL", 0},
	{"fix", KEY_FIX, NULL, 0,
		"Mend what is safe to mend: hugepages, leftovers of dead processes, module vfio-pci",
		0},
	{"dry-run", KEY_DRY, NULL, 0, "With --fix: only say what would be done", 0},
	{"yes", KEY_YES, NULL, 0, "With --fix: do not ask", 0},
	{"json", KEY_JSON, NULL, 0, "Print one JSON object (schema nimbl.doctor/1)", 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct doctor *doctor = state->input;

	switch (key) {
	case KEY_RATE:
		doctor->wants_rate = true;
		return 0;
	case KEY_FIX:
		doctor->is_fix = true;
		return 0;
	case KEY_DRY:
		doctor->is_dry = true;
		return 0;
	case KEY_YES:
		doctor->is_yes = true;
		return 0;
	case KEY_JSON:
		doctor->is_json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (doctor->file != NULL)
			return option_surplus(state, text);
		doctor->file = text;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[CONFIG]",
	.doc = "Say what stands between you and line rate on this machine, and what mends it; with "
	       "CONFIG, also whether this configuration can run here. Nothing is started, and without "
	       "--fix nothing is changed.\v"
	       "Examples:\n"
	       "  nimbl doctor\n"
	       "  nimbl doctor --line-rate && nimbl run nimbl.yaml\n"
	       "  sudo nimbl doctor --fix nimbl.yaml\n\n"
	       "Exit status: 0 ready for what was asked, 1 something stands in the way of it (FAIL), or "
	       "a mend failed, 2 wrong command line or configuration, 3 a file cannot be read. Asked "
	       "for is dev mode; CONFIG with 'dev: false', or --line-rate, ask for more.",
};

// Whether it is too large for hugepages others look at: the sum is wanted all the same.
static void config_read(struct doctor *doctor)
{
	struct nimbl_conf *conf = doctor->conf;
	struct facts *facts = &doctor->facts;
	enum nimbl_dev dev = conf->dev;

	facts->conf = conf;
	free(doctor->needs);
	doctor->needs = calloc(1, sizeof(*doctor->needs));
	facts->needs = NULL;
	facts->refused[0] = '\0';
	conf->dev = NIMBL_DEV_ON;
	if (nimbl_engine_check(conf) < 0) {
		snprintf(facts->refused, sizeof(facts->refused), "%s", nimbl_last_error()->cause);
		snprintf(facts->refused_mend, sizeof(facts->refused_mend), "%s",
			nimbl_last_error()->mend);
	}
	if (doctor->needs != NULL && nimbl_engine_memory(conf, doctor->needs) == 0)
		facts->needs = doctor->needs;
	conf->dev = dev;
}

static void examine(struct doctor *doctor)
{
	struct facts *facts = &doctor->facts;
	struct findings *findings = &doctor->findings;

	facts_free(facts);
	findings_free(findings);
	facts_read(facts);
	if (doctor->conf != NULL)
		config_read(doctor);
	look_at_config(facts, findings);
	look_at_dpdk(facts, findings);
	look_at_rights(facts, findings);
	look_at_cpus(facts, findings);
	look_at_processes(facts, findings);
	look_at_clock(facts, findings);
	look_at_hugepages(facts, findings);
	look_at_stales(facts, findings);
	look_at_iommu(facts, findings);
	look_at_nics(facts, findings);
	if (doctor->wants_rate)
		findings_want_rate(findings);
}

static bool is_agreed(const struct doctor *doctor)
{
	char answer[8] = "";

	if (doctor->is_yes)
		return true;
	if (isatty(STDIN_FILENO) != 1 || doctor->is_json) {
		nimbl_fail(EINVAL, "nobody is there to be asked: nothing was done");
		nimbl_mend("--yes does it without asking, --dry-run only tells");
		say_error();
		return false;
	}
	printf("Do this? [y/N] ");
	say_flush();
	return fgets(answer, sizeof(answer), stdin) != NULL &&
	       (answer[0] == 'y' || answer[0] == 'Y');
}

static void fixes_print(const struct fixes *fixes)
{
	for (unsigned int i = 0; i < fixes->count; i++)
		printf("would do: %s\n", fixes->list[i].text);
	if (fixes->count == 0)
		puts("nothing here can be mended by itself");
}

static int fixes_do(struct doctor *doctor)
{
	int status = NIMBL_EXIT_OK;

	for (unsigned int i = 0; i < doctor->fixes.count; i++) {
		struct fix *fix = &doctor->fixes.list[i];

		if (fix_do(fix)) {
			if (!doctor->is_json)
				printf("done: %s\n", fix->text);
			continue;
		}
		status = NIMBL_EXIT_FAILED;
		if (!doctor->is_json)
			printf("failed: %s: %s\n", fix->text, fix->failed);
		if (!doctor->is_json && fix->mend[0] != '\0')
			printf("  mend: %s\n", fix->mend);
	}
	return status;
}

static int mend(struct doctor *doctor)
{
	int status;

	fixes_find(&doctor->facts, &doctor->fixes);
	if (!doctor->is_json)
		fixes_print(&doctor->fixes);
	if (doctor->is_dry || doctor->fixes.count == 0)
		return NIMBL_EXIT_OK;
	if (!is_agreed(doctor))
		return NIMBL_EXIT_USAGE;
	status = fixes_do(doctor);
	examine(doctor);
	return status;
}

static json_t *fixes_json(const struct doctor *doctor)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < doctor->fixes.count; i++) {
		const struct fix *fix = &doctor->fixes.list[i];

		json_array_append_new(
			list, json_pack("{s:s, s:b, s:s, s:s}", "what", fix->text, "done",
				      !doctor->is_dry && fix->failed[0] == '\0', "failed",
				      fix->failed, "mend", fix->mend));
	}
	return list;
}

static void tell(const struct doctor *doctor)
{
	const char *verdict = findings_verdict(&doctor->findings);
	bool is_ready = findings_count(&doctor->findings, LEVEL_FAIL) == 0;
	json_t *object;

	if (!doctor->is_json) {
		printf("nimbl doctor: %s\n", verdict);
		findings_print(&doctor->findings, stdout);
		puts(is_ready ? "next: nimbl demo | nimbl bind | nimbl run --check CONFIG"
			      : "next: mend what is marked FAIL, then nimbl doctor again");
		return;
	}
	object = json_pack("{s:s, s:s, s:b, s:b, s:o, s:o}", "schema", "nimbl.doctor/1", "verdict",
		verdict, "ready", (int)is_ready, "line_rate",
		(int)!findings_bar_rate(&doctor->findings) && is_ready, "findings",
		findings_json(&doctor->findings), "machine", facts_json(&doctor->facts));
	if (doctor->is_fix && object != NULL)
		json_object_set_new(object, "fixes", fixes_json(doctor));
	say_json(object);
}

static int diagnose(struct doctor *doctor)
{
	int status = NIMBL_EXIT_OK;

	examine(doctor);
	if (doctor->is_fix)
		status = mend(doctor);
	if (status == NIMBL_EXIT_USAGE)
		return status;
	tell(doctor);
	return findings_count(&doctor->findings, LEVEL_FAIL) > 0 ? NIMBL_EXIT_FAILED : status;
}

static void release(struct doctor *doctor)
{
	fixes_free(&doctor->fixes);
	findings_free(&doctor->findings);
	facts_free(&doctor->facts);
	free(doctor->needs);
	nimbl_conf_free(doctor->conf);
}

int command_doctor(int argc, char **argv)
{
	struct doctor doctor = {0};
	int ret = option_parse(&argp, argc, argv, &doctor);

	if (ret == NIMBL_EXIT_OK && !doctor.is_fix && (doctor.is_dry || doctor.is_yes))
		ret = say_usage(argv[0], "--dry-run and --yes belong to --fix");
	if (ret != NIMBL_EXIT_OK)
		return ret;
	if (doctor.file != NULL && nimbl_conf_load(doctor.file, &doctor.conf) < 0)
		return say_error();
	ret = diagnose(&doctor);
	release(&doctor);
	return ret;
}
