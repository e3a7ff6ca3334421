// SPDX-License-Identifier: BSD-3-Clause
// Asserts, active in checked builds only, and the end of the process.
#include <ndis.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "surface.h"

// Published code ends in a function like this, declared before it is defined.
DECLSPEC_NORETURN
static inline void report_overflow(_In_ ULONG Code)
{
	RtlFailFast(Code);
}

// The signal that ends a child which does this.
static int signal_of(void (*Body)(void))
{
	pid_t Child;
	int Status;

	fflush(NULL);
	Child = fork();
	if (Child == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(2);
		Body();
		_exit(0);
	}
	CHECK(waitpid(Child, &Status, 0) == Child);
	return WIFSIGNALED(Status) ? WTERMSIG(Status) : 0;
}

static void overflow(void)
{
	report_overflow(FAST_FAIL_INVALID_BUFFER_ACCESS);
}

static ULONG Evaluated;

static BOOLEAN never(void)
{
	Evaluated++;
	return FALSE;
}

static void wrong_nt_assert(void)
{
	NT_ASSERT(never());
}

static void wrong_assert(void)
{
	ASSERT(never() && "text");
}

void failure_run(void)
{
	NT_ASSERT(Evaluated == 0);
	ASSERT(TRUE);
	PAGED_CODE();
	CHECK(NT_VERIFY(Evaluated == 0));
	CHECK(signal_of(overflow) == SIGABRT);
	CHECK(signal_of(wrong_nt_assert) == (DBG ? SIGABRT : 0));
	CHECK(signal_of(wrong_assert) == (DBG ? SIGABRT : 0));
	if (FALSE)
		DbgBreakPoint();
#if !DBG
	wrong_nt_assert();
	CHECK(Evaluated == 0 && NT_VERIFY(never()) == FALSE && Evaluated == 1);
	Evaluated = 0;
#endif
}
