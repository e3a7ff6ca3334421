// SPDX-License-Identifier: BSD-3-Clause
// What happened to the drivers of the tests, in order: "pause f1 restart f1".
#pragma once

// Note `what` happened to `who`. Control threads, and one at a time.
void test_event(const char *what, const char *who);

// All that was noted since the last call, words separated by spaces; valid until the next note.
const char *test_events(void);
