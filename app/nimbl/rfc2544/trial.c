// SPDX-License-Identifier: BSD-3-Clause
// Trials, and the repetition of those that are void.
#include "trial.h"

#include <errno.h>
#include <stdlib.h>

#include "nimbl_base.h"

const double trial_percentiles[TRIAL_PERCENTILES] = {50, 90, 99, 99.9, 99.99};

const char *trial_doubt_word(enum trial_doubt doubt)
{
	static const char *const words[TRIAL_DOUBT_COUNT] = {
		[TRIAL_GOOD] = "good",
		[TRIAL_SHORT] = "own sending fell short",
		[TRIAL_CLOCK] = "clocks disagree",
		[TRIAL_STEAL] = "CPU time taken away",
		[TRIAL_LATE] = "control thread late",
		[TRIAL_QUEUE] = "own queues dropped or damaged",
		[TRIAL_LINK] = "link went down",
	};

	return words[doubt];
}

double trial_loss(const struct trial_result *result)
{
	if (result->sent == 0)
		return 1;
	if (result->received >= result->sent)
		return 0;
	return (double)(result->sent - result->received) / (double)result->sent;
}

void trials_free(struct trials *trials)
{
	free(trials->all);
	trials->all = NULL;
	trials->count = trials->capacity = 0;
}

size_t trials_void(const struct trials *trials)
{
	size_t sum = 0;

	for (size_t i = TRIAL_GOOD + 1; i < TRIAL_DOUBT_COUNT; i++)
		sum += trials->voids[i];
	return sum;
}

static int keep(struct trials *trials, const struct trial_result *result)
{
	if (trials->count == trials->capacity) {
		size_t capacity = trials->capacity > 0 ? 2 * trials->capacity : 64;
		struct trial_result *all = realloc(trials->all, capacity * sizeof(*all));

		if (all == NULL)
			return nimbl_fail(
				ENOMEM, "no memory for the results of %zu trials", capacity);
		trials->all = all;
		trials->capacity = capacity;
	}
	trials->all[trials->count++] = *result;
	trials->voids[result->doubt]++;
	trials->seconds += result->seconds;
	if (trials->told != NULL)
		trials->told(trials->told_context, trials, result);
	return 0;
}

static bool has_too_many(const struct trials *trials)
{
	return trials->void_all > 0 && trials_void(trials) - trials->void_from >= trials->void_all;
}

static int surrender(const struct trials *trials, const struct trial_result *result)
{
	bool is_all = has_too_many(trials);

	nimbl_fail(EAGAIN, "%zu trials %s %.0f frames/s were void: %s%s%s",
		is_all ? trials_void(trials) - trials->void_from : trials->void_most,
		is_all ? "in all, the last at" : "in a row at", result->ask.rate,
		trial_doubt_word(result->doubt), result->why[0] != '\0' ? ", " : "", result->why);
	nimbl_mend(
		"leave the machine alone while it measures, ask for less by --max-rate, or allow "
		"more by --allow-steal");
	return -EAGAIN;
}

int trials_run(struct trials *trials, const struct trial_ask *ask, struct trial_result *result)
{
	for (unsigned int i = 0; i < trials->void_most && !has_too_many(trials); i++) {
		*result = (struct trial_result){.ask = *ask};
		int ret = trials->device.run(trials->device.context, ask, result);
		if (ret == 0)
			ret = keep(trials, result);
		if (ret < 0 || result->doubt == TRIAL_GOOD)
			return ret;
	}
	return surrender(trials, result);
}

int trials_recover(struct trials *trials, const struct trial_ask *over,
	const struct trial_ask *then, struct trial_result *result, double *seconds)
{
	if (trials->device.recover == NULL)
		return -ENOTSUP;
	for (unsigned int i = 0; i < trials->void_most && !has_too_many(trials); i++) {
		*result = (struct trial_result){.ask = *over};
		int ret =
			trials->device.recover(trials->device.context, over, then, result, seconds);
		if (ret == 0)
			ret = keep(trials, result);
		if (ret < 0 || result->doubt == TRIAL_GOOD)
			return ret;
	}
	return surrender(trials, result);
}
