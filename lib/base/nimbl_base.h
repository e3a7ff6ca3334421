// SPDX-License-Identifier: BSD-3-Clause
// What every part uses: errors that carry cause and mend, and small compiler words. No DPDK.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Marks what libnimbl.so exports; nimbl.map lists the same names.
#define NIMBL_API          __attribute__((visibility("default")))
#define NIMBL_PRINTF(f, a) __attribute__((format(printf, f, a)))

// Exit statuses of the program, the same for every command.
enum nimbl_exit {
	NIMBL_EXIT_OK = 0,          // done, and the ledger balances
	NIMBL_EXIT_FAILED = 1,      // a check or the ledger failed
	NIMBL_EXIT_USAGE = 2,       // the command line or the configuration is wrong
	NIMBL_EXIT_ENVIRONMENT = 3, // the machine lacks something: memory, rights, a device
	NIMBL_EXIT_INTERNAL = 4,    // a bug of ours
};

// One error as a person needs it: what went wrong and where, and what mends it.
// `code` is a positive errno; 0 means that there is no error.
struct nimbl_error {
	int code;
	char cause[768];
	char mend[512];
	char setting[32]; // which one it is about, and which of its values; empty: none
	unsigned int nth;
};

// Note the last error of this thread and return -code. `fmt` says cause and place in one line.
NIMBL_API int nimbl_fail(int code, const char *fmt, ...) NIMBL_PRINTF(2, 3);

// Add what mends the last error: a command, an allowed range, a "did you mean".
NIMBL_API void nimbl_mend(const char *fmt, ...) NIMBL_PRINTF(1, 2);

// Put `fmt` in front of the cause of the last error: the place, known only to the caller.
NIMBL_API void nimbl_fail_prefix(const char *fmt, ...) NIMBL_PRINTF(1, 2);

// Say which setting the last error is about, and which of its values, from 0: who knows where it
// stands in a file says so then.
NIMBL_API void nimbl_blame(const char *setting, unsigned int nth);

// `text` between quotes for a message: shortened, everything but printable ASCII escaped.
#define NIMBL_QUOTE_CHARS 60
struct nimbl_quoted {
	char text[NIMBL_QUOTE_CHARS * 4 + 8];
};
NIMBL_API struct nimbl_quoted nimbl_quote(const char *text);

// The last error of this thread, never NULL; valid until the next failing call of the thread.
NIMBL_API const struct nimbl_error *nimbl_last_error(void);

// Forget the last error of this thread.
NIMBL_API void nimbl_clear_error(void);

// The entry of `names` (NULL-terminated) that `word` was most likely meant to be, or NULL when
// none is near. Edit distance with swaps; at most a third of the word may differ.
NIMBL_API const char *nimbl_did_you_mean(const char *word, const char *const *names);

#ifdef __cplusplus
}
#endif
