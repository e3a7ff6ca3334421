// SPDX-License-Identifier: BSD-3-Clause
// Texts of rates: max, 50%, 1.5Mpps, 1Gbit/s L1, 800M L2.
#include <errno.h>
#include <string.h>

#include "flow_priv.h"

#define DIGITS_MAX 15

static int refuse(const char *text, const char *how)
{
	nimbl_fail(EINVAL, "rate %s %s", nimbl_quote(text).text, how);
	nimbl_mend(
		"allowed: max, a share of the line (50%%), frames (1.5Mpps), or bits with the layer "
		"they are counted on ('1Gbit/s L1' with preamble and gap, '1Gbit/s L2' without)");
	return -EINVAL;
}

// Digits with a point, in units of 10^-6; what follows them.
static const char *read_digits(const char *text, wide *millionths)
{
	unsigned int digits = 0, behind = 0;
	bool has_point = false;

	*millionths = 0;
	for (; (*text >= '0' && *text <= '9') || (*text == '.' && !has_point && digits > 0);
		text++) {
		if (*text == '.') {
			has_point = true;
			continue;
		}
		if (++digits > DIGITS_MAX || (has_point && ++behind > 6))
			return NULL;
		*millionths = *millionths * 10 + (unsigned int)(*text - '0');
	}
	for (; behind < 6; behind++)
		*millionths *= 10;
	return digits > 0 ? text : NULL;
}

static uint64_t scale_of(const char **text)
{
	static const char letters[] = "kMGT";
	const char *at = **text != '\0' ? strchr(letters, **text) : NULL;
	uint64_t scale = 1;

	if (at == NULL)
		return 1;
	for (++*text; at >= letters; at--)
		scale *= 1000;
	return scale;
}

int flow_speed_read(uint64_t *speed, const char *text)
{
	wide value;
	const char *end = read_digits(text, &value);

	*speed = end != NULL && *end == '\0' ? (uint64_t)(value / 1000) : 0;
	if (*speed > 0 && *speed <= 1000000000)
		return 0;
	nimbl_fail(EINVAL, "replay.speed %s is none", nimbl_quote(text).text);
	nimbl_mend(
		"allowed: 0.001 to 1000000, such as 2 for twice as fast as captured; 'rate' for a rate "
		"of its own");
	return -EINVAL;
}

int flow_rate_read(struct nimbl_pace_spec *pace, const char *text)
{
	wide value;
	const char *at;

	if (strcmp(text, "max") == 0) {
		pace->unit = NIMBL_PACE_MAX;
		return 0;
	}
	at = read_digits(text, &value);
	if (at == NULL)
		return refuse(text, "is not a rate");
	if (strcmp(at, "%") == 0) {
		value /= 100;
		pace->unit = NIMBL_PACE_PERCENT;
		pace->rate = (uint64_t)value;
		return value > 0 && value <= 1000000 ? 0 : refuse(text, "is no share of a line");
	}
	value *= scale_of(&at);
	value /= 1000;
	if (strcmp(at, "pps") == 0) {
		pace->unit = NIMBL_PACE_PPS;
	} else {
		at += strncmp(at, "bit/s", 5) == 0 ? 5 : strncmp(at, "bps", 3) == 0 ? 3 : 0;
		at += strspn(at, " ");
		if (*at == '\0')
			return refuse(text, "does not say what it counts");
		if (strcmp(at, "L1") != 0 && strcmp(at, "L2") != 0)
			return refuse(text, "is not a rate");
		pace->unit = at[1] == '1' ? NIMBL_PACE_L1 : NIMBL_PACE_L2;
	}
	if (value == 0 || value > 100000000000000000ull)
		return refuse(text, "is out of range: 0.001 to 100T a second");
	pace->rate = (uint64_t)value;
	return 0;
}
