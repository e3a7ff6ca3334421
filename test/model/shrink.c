// SPDX-License-Identifier: BSD-3-Clause
#include "shrink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX 20u // of one program
#define SIZE        BUFFER_MODEL_OPERATION

// EAL shares its memory with forked children where it gets a memfd; without one a child has its own
// copy. In place of the C library's, for EAL alone: nothing else here asks.
__attribute__((visibility("default"))) int memfd_create(const char *name, unsigned int flags)
{
	errno = ENOSYS;
	return -1;
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 24;
}

static void program_draw(struct program *program, uint64_t seed, uint32_t number)
{
	uint64_t state = (seed * 0x9e3779b97f4a7c15ull + number) * 0xff51afd7ed558ccdull | 1;

	program->count = PROGRAM_OPERATIONS;
	for (size_t i = 0; i < sizeof(program->bytes); i++)
		program->bytes[i] = (uint8_t)random_next(&state);
}

static void program_run(const struct program *program)
{
	alarm(SECONDS_MAX);
	buffer_model_run(program->bytes, program->count * SIZE);
	alarm(0);
}

// The child dies by signals that the test framework would catch.
static void let_signals_kill(void)
{
	static const int signals[] = {SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGSEGV};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
}

static void be_silent(void)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDERR_FILENO);
	dup2(null, STDOUT_FILENO);
}

static pid_t child_start(void)
{
	fflush(NULL);
	pid_t pid = fork();

	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	if (pid == 0)
		let_signals_kill();
	return pid;
}

static bool child_succeeds(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool fails(const struct program *program)
{
	pid_t pid = child_start();

	if (pid == 0) {
		be_silent();
		program_run(program);
		_exit(0);
	}
	return !child_succeeds(pid);
}

bool programs_run(uint64_t seed, uint32_t count, struct program *failed, uint32_t *number)
{
	// The child says here where it is.
	uint32_t *at =
		mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	pid_t pid = child_start();
	if (pid == 0) {
		be_silent();
		for (*at = 0; *at < count; ++*at) {
			program_draw(failed, seed, *at);
			program_run(failed);
		}
		_exit(0);
	}
	bool ok = child_succeeds(pid);
	*number = *at;
	munmap(at, sizeof(*at));
	if (!ok)
		program_draw(failed, seed, *number);
	return ok;
}

static void cut(struct program *program, uint32_t first, uint32_t count)
{
	program->count -= count;
	memmove(program->bytes + first * SIZE, program->bytes + (first + count) * SIZE,
		(program->count - first) * SIZE);
}

// Without `count` operations from `first` on, when it fails without them too.
static bool drop(struct program *program, uint32_t first, uint32_t count)
{
	struct program less = *program;

	cut(&less, first, count);
	if (!fails(&less))
		return false;
	*program = less;
	return true;
}

// Halves, quarters ... single operations, and these until each is needed.
static void drop_operations(struct program *program)
{
	for (uint32_t size = (program->count + 1) / 2; size > 0;) {
		bool dropped = false;

		for (uint32_t first = 0; first < program->count;) {
			uint32_t n = program->count - first < size ? program->count - first : size;

			if (drop(program, first, n))
				dropped = true;
			else
				first += n;
		}
		if (size > 1)
			size /= 2;
		else if (!dropped)
			size = 0;
	}
}

// A list that comes and goes between others is two operations, which make no sense one without the
// other.
static void drop_pairs(struct program *program)
{
	for (uint32_t i = 0; i + 1 < program->count && program->count < 20; i++) {
		for (uint32_t j = i + 1; j < program->count; j++) {
			struct program less = *program;

			cut(&less, j, 1);
			cut(&less, i, 1);
			if (!fails(&less))
				continue;
			*program = less;
			j = i;
		}
	}
}

static void clear_bytes(struct program *program)
{
	for (uint32_t i = 0; i < program->count * SIZE; i++) {
		uint8_t byte = program->bytes[i];

		if (byte == 0)
			continue;
		program->bytes[i] = 0;
		if (!fails(program))
			program->bytes[i] = byte;
	}
}

bool program_shrink(struct program *program)
{
	if (!fails(program))
		return false;
	drop_operations(program);
	clear_bytes(program);
	drop_pairs(program);
	return true;
}

void program_show(const struct program *program)
{
	pid_t pid = child_start();

	if (pid == 0) {
		buffer_model_is_loud = true;
		program_run(program);
		_exit(0);
	}
	child_succeeds(pid);
	fprintf(stderr, "again: NIMBL_PROGRAM=");
	for (uint32_t i = 0; i < program->count * SIZE; i++)
		fprintf(stderr, "%02x", program->bytes[i]);
	fprintf(stderr, " %s\n", program_invocation_name);
}

bool program_parse(struct program *program, const char *text)
{
	size_t bytes = strlen(text) / 2;

	if (bytes > sizeof(program->bytes) || bytes % SIZE != 0)
		return false;
	program->count = (uint32_t)(bytes / SIZE);
	for (size_t i = 0; i < bytes; i++) {
		unsigned int byte;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		program->bytes[i] = (uint8_t)byte;
	}
	return true;
}
