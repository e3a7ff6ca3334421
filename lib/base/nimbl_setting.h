// SPDX-License-Identifier: BSD-3-Clause
// Typed settings: a driver says once, in a table, what may be set; from it settings are read and
// checked, and the reference is printed.
#pragma once

#include <stdio.h>

#include "nimbl_driver.h"

#ifdef __cplusplus
extern "C" {
#endif

// What a text becomes, and how it is stored at the setting's place.
enum nimbl_setting_type {
	NIMBL_SETTING_NUMBER,  // decimal, or hexadecimal after 0x; a member of 1, 2, 4 or 8 bytes
	NIMBL_SETTING_FLAG,    // true or false; bool
	NIMBL_SETTING_CHOICE,  // one of `words`: its index; a member of 1, 2, 4 or 8 bytes
	NIMBL_SETTING_RATE,    // 10M, 2.5Gbit/s: bits per second; uint64_t
	NIMBL_SETTING_SIZE,    // 1500, 64k, 2Mi: bytes; uint64_t
	NIMBL_SETTING_TIME,    // 10us, 1.5ms, 2s: nanoseconds; uint64_t
	NIMBL_SETTING_PERCENT, // 5%, 0.01%: millionths of the whole; uint32_t
	NIMBL_SETTING_MAC,     // 02:00:00:00:00:01; uint8_t[6]
	NIMBL_SETTING_TEXT,    // a pointer to it; const char *
	NIMBL_SETTING_PATH,    // of a file, not empty; const char *
	NIMBL_SETTING_PORT,    // the name of another port of the configuration; const char *
	NIMBL_SETTING_LIST,    // texts, for nimbl_option_at(); how many there are: uint32_t
};

// One row; a table ends with a NULL name.
struct nimbl_setting {
	const char *name;
	enum nimbl_setting_type type;
	size_t offset, size; // of the member of the driver's struct: NIMBL_SETTING_AT
	uint64_t min, max;   // in the unit that is stored; of a text its characters, of a list its
			     // entries. max 0: no limit but that of the member
	const char *const *words; // of a choice, in the order of its values; ends with NULL
	const char *allowed;      // in words, where it follows from nothing above
	const char *preset; // the default, read like any text; NULL: the member stays as it is
	const char *absent; // for people, where preset is NULL: what holds without it
	bool required;
	const char *help; // a sentence
};

// clang-format off
#define NIMBL_SETTING_AT(type, member) \
	.offset = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)
// clang-format on

// Store the settings of a handle, or their defaults, in the struct at `base`. Texts are those of
// nimbl_option(). Returns 0, or -EINVAL with cause, mend and which one it is. NULL table: nothing.
// Control thread, while the handle's driver attaches.
NIMBL_API int nimbl_settings_read(
	NDIS_HANDLE handle, const struct nimbl_setting *table, void *base);

// Look at settings before there is a handle: each is known, and its text is allowed. `who` has them
// ("filter 'count'"). Returns 0, or -EINVAL as above. Any thread.
NIMBL_API int nimbl_settings_check(
	const struct nimbl_setting *table, const struct nimbl_option *options, const char *who);

// Read one text as a row says, into the struct at `base`; not for lists. Returns 0, or -EINVAL with
// cause and mend. Any thread.
NIMBL_API int nimbl_setting_parse(
	const struct nimbl_setting *setting, const char *text, void *base);

// Fail for a setting that stands there more than once, or not at all. Both return -EINVAL.
NIMBL_API int nimbl_setting_once(const struct nimbl_setting *setting);
NIMBL_API int nimbl_setting_missing(const struct nimbl_setting *setting);

// Print what the settings of all drivers allow, their defaults and what they are for.
NIMBL_API void nimbl_settings_reference(FILE *out);

// What a row allows, in words.
struct nimbl_allowed {
	char text[256];
};
NIMBL_API struct nimbl_allowed nimbl_setting_allowed(const struct nimbl_setting *setting);

#ifdef __cplusplus
}
#endif
