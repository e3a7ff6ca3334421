// SPDX-License-Identifier: BSD-3-Clause
// One life of the engine, on the thread that called: libevent waits for timers and signals.
#include "session.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "live.h"
#include "nimbl_log.h"
#include "report.h"
#include "say.h"
#include "version.h"

#define TICK_US   100000
#define EXIT_TERM 130 // what a shell says of a program that SIGINT ended

struct session {
	const struct nimbl_conf *conf;
	const struct session_options *options;
	struct nimbl_engine *engine;
	struct event_base *base;
	struct event *tick, *second, *state, *watch;
	struct nimbl_ctl *ctl;
	struct answers answers;
	uint64_t started_ns;
	bool has_printed; // a table
	bool has_failed;  // a violation stops the engine
	struct nimbl_snapshot before, now;
	struct nimbl_ledger ledger;
};

static volatile sig_atomic_t is_ending;

// Not left to libevent: the second signal has to work also while DPDK starts or something hangs.
static void on_end(int signal)
{
	if (is_ending)
		_exit(EXIT_TERM);
	is_ending = 1;
}

static void catch_ends(void)
{
	struct sigaction end = {.sa_handler = on_end, .sa_flags = SA_RESTART}, old;

	sigemptyset(&end.sa_mask);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	// nohup asks for it to stay ignored.
	if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &end, NULL);
}

static void look(struct session *session, bool at_rest)
{
	nimbl_engine_snapshot(session->engine, &session->now);
	nimbl_ledger_compute(&session->now, at_rest, &session->ledger);
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
	struct session *session = context;
	const struct session_options *options = session->options;
	bool goes_on = options->tick != NULL
			       ? options->tick(options->context, session->engine, is_ending != 0)
			       : is_ending == 0;

	if (!nimbl_engine_watch(session->engine))
		session->has_failed = true;
	if (!goes_on || session->has_failed) {
		event_base_loopbreak(session->base);
	} else {
		nimbl_engine_serve(session->engine);
		nimbl_engine_devices(session->engine);
	}
}

static void on_watch(evutil_socket_t fd, short what, void *context)
{
	struct session *session = context;

	nimbl_engine_devices(session->engine);
}

static void on_second(evutil_socket_t fd, short what, void *context)
{
	struct session *session = context;
	const struct session_options *options = session->options;
	double elapsed_s;

	nimbl_engine_snapshot(session->engine, &session->now);
	elapsed_s = (double)(session->now.time_ns - session->started_ns) / 1e9;
	if (options->is_json && !options->is_own)
		report_second(elapsed_s, &session->before, &session->now);
	else if (options->second != NULL)
		options->second(options->context, elapsed_s, &session->before, &session->now);
	session->before = session->now;
	// The timer may be early by its grain.
	if (!say_flush() || (options->duration_s > 0 && elapsed_s + 0.5 > options->duration_s))
		event_base_loopbreak(session->base);
}

// A table stands apart from the lines above it.
static void print_view(struct session *session)
{
	live_leave();
	if (session->has_printed || session->options->second != NULL)
		putchar('\n');
	session->has_printed = true;
	view_print(NULL, &session->now, &session->ledger, stdout);
}

static void on_state(evutil_socket_t fd, short what, void *context)
{
	struct session *session = context;

	look(session, false);
	if (session->options->is_json)
		report_state(&session->now, &session->ledger);
	else
		print_view(session);
	if (!say_flush())
		event_base_loopbreak(session->base);
}

static int events_fail(void)
{
	nimbl_fail(ENOMEM, "cannot wait for timers and signals");
	nimbl_mend("raise the limits of memory and open files: ulimit -a");
	return -ENOMEM;
}

static int events_open(struct session *session)
{
	catch_ends();
	session->base = event_base_new();
	if (session->base == NULL)
		return events_fail();
	session->tick = event_new(session->base, -1, EV_PERSIST, on_tick, session);
	session->second = event_new(session->base, -1, EV_PERSIST, on_second, session);
	session->state = evsignal_new(session->base, SIGUSR1, on_state, session);
	// From here SIGUSR1 waits for the loop instead of ending the process.
	if (session->tick == NULL || session->second == NULL || session->state == NULL ||
		event_add(session->state, NULL) != 0)
		return events_fail();
	return 0;
}

static void stop(void *context)
{
	struct session *session = context;

	event_base_loopbreak(session->base);
}

static int control_open(struct session *session)
{
	char path[NIMBL_DIRECTORY_SIZE + NIMBL_INSTANCE_NAME_SIZE + 8];
	int ret;

	session->answers = (struct answers){
		.conf = session->conf, .engine = session->engine, .context = session, .stop = stop};
	nimbl_instance_path("sock", path, sizeof(path));
	ret = nimbl_ctl_open(session->base, path, &session->ctl);
	return ret < 0 ? ret : answers_add(&session->answers, session->ctl);
}

static void control_close(struct session *session)
{
	nimbl_ctl_close(session->ctl);
	session->ctl = NULL;
}

static void events_close(struct session *session)
{
	struct event *events[] = {session->tick, session->second, session->state};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i] != NULL)
			event_free(events[i]);
	if (session->base != NULL)
		event_base_free(session->base);
	// Freeing brought the default back, which ends the process.
	signal(SIGUSR1, SIG_IGN);
}

static void print_plan(const char *text)
{
	for (size_t length; text != NULL && *text != '\0'; text += length) {
		length = strcspn(text, "\n");
		nimbl_log(NIMBL_LOG_NOTICE, "%.*s", (int)length, text);
		length += text[length] == '\n';
	}
}

static void tell_start(struct session *session)
{
	const struct session_options *options = session->options;

	nimbl_engine_snapshot(session->engine, &session->now);
	session->before = session->now;
	session->started_ns = session->now.time_ns;
	nimbl_log(NIMBL_LOG_NOTICE, "running (pid %d); SIGUSR1 prints the state, SIGINT stops",
		(int)getpid());
	if (options->is_json && !options->is_own)
		report_started(&session->now, nimbl_engine_plan_text(session->engine));
	else if (options->started != NULL)
		options->started(options->context);
}

static int loop(struct session *session)
{
	static const struct timeval tick = {.tv_usec = TICK_US}, second = {.tv_sec = 1};

	int fd = nimbl_engine_devices_fd(session->engine);

	if (event_add(session->tick, &tick) != 0 || event_add(session->second, &second) != 0)
		return events_fail();
	if (fd >= 0) {
		session->watch =
			event_new(session->base, fd, EV_READ | EV_PERSIST, on_watch, session);
		if (session->watch == NULL || event_add(session->watch, NULL) != 0)
			return events_fail();
	}
	int ret = event_base_dispatch(session->base) < 0 ? events_fail() : 0;

	if (session->watch != NULL) // before the engine closes its descriptor
		event_free(session->watch);
	session->watch = NULL;
	return ret;
}

static int say_failure(const struct session *session)
{
	int status = say_error();

	if (session->options->is_json)
		report_error(status);
	return status;
}

// The ledger of an engine at rest is the verdict, unless something failed before.
static int judge(struct session *session, int status)
{
	look(session, true);
	if (status == NIMBL_EXIT_OK && !session->ledger.balanced)
		status = NIMBL_EXIT_FAILED;
	if (session->options->judged != NULL)
		session->options->judged(
			session->options->context, &session->now, &session->ledger, status);
	else if (session->options->is_json)
		report_stopped(&session->now, &session->ledger, status);
	else
		print_view(session);
	say_flush();
	return status;
}

// Start, loop and stop. The engine is stopped after every failure too, so that it is judged.
static int live_on(struct session *session)
{
	int status = NIMBL_EXIT_OK;

	if (control_open(session) < 0 || nimbl_engine_start(session->engine) < 0)
		return say_failure(session);
	tell_start(session);
	if (loop(session) < 0)
		status = say_failure(session);
	live_leave();
	control_close(session);
	if (nimbl_engine_stop(session->engine) < 0)
		status = say_failure(session);
	return judge(session, status);
}

static int open_and_live(struct session *session)
{
	int status;

	if (events_open(session) < 0 || nimbl_engine_open(session->conf, &session->engine) < 0)
		return say_failure(session);
	print_plan(nimbl_engine_plan_text(session->engine));
	status = live_on(session);
	control_close(session);
	nimbl_engine_close(session->engine);
	return status;
}

int session_run(const struct nimbl_conf *conf, const struct session_options *options)
{
	struct session *session = calloc(1, sizeof(*session));
	int status;

	if (session == NULL) {
		nimbl_fail(ENOMEM, "not enough memory to begin");
		return say_error();
	}
	session->conf = conf;
	session->options = options;
	version_check();
	status = open_and_live(session);
	events_close(session);
	free(session);
	return status;
}
