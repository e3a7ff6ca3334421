// SPDX-License-Identifier: BSD-3-Clause
// A forwarder of our own as the device.
#include "dut.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nimbl_base.h"

#define START_MS 30000
#define END_MS   5000
#define LOOK_MS  20

static const char *const names[DUT_PORTS] = {"a", "b"};

static void config_write(struct dut *dut, const struct dut_wish *wish)
{
	int used = snprintf(dut->config, sizeof(dut->config),
		"name: dut-%d\ndev: true\nidle: %s\nlcores: {main: %u, workers: [%u]}\nports:\n",
		(int)getpid(), wish->polls ? "poll" : "sleep", wish->cpu, wish->cpu);

	for (unsigned int i = 0; i < wish->ports; i++) {
		const char *filters = i == 0 ? wish->filters : NULL;

		snprintf(dut->devices[i], sizeof(dut->devices[i]),
			"net_memif%u,role=client,socket=%s/%s,socket-abstract=no", i, dut->folder,
			names[i]);
		used += snprintf(dut->config + used, sizeof(dut->config) - (size_t)used,
			"  %s:\n    device: 'net_memif%u,role=server,socket=%s/%s,socket-abstract=no'\n%s%s%s",
			names[i], i, dut->folder, names[i], filters != NULL ? "    filters: " : "",
			filters != NULL ? filters : "", filters != NULL ? "\n" : "");
	}
	snprintf(dut->config + used, sizeof(dut->config) - (size_t)used, "xconnect: [[a, %s]]\n",
		names[wish->ports - 1]);
}

static void path_of(const struct dut *dut, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", dut->folder, name);
}

static int files_make(struct dut *dut, const struct dut_wish *wish)
{
	char path[80];

	snprintf(dut->folder, sizeof(dut->folder), "/tmp/nimbl-dut-XXXXXX");
	if (mkdtemp(dut->folder) == NULL) {
		dut->folder[0] = '\0';
		return nimbl_fail(errno, "no folder for the device: %s", strerror(errno));
	}
	config_write(dut, wish);
	path_of(dut, "config", path, sizeof(path));
	FILE *file = fopen(path, "we");
	if (file == NULL)
		return nimbl_fail(errno, "%s cannot be written: %s", path, strerror(errno));
	fputs(dut->config, file);
	return fclose(file) == 0 ? 0 : nimbl_fail(EIO, "%s could not be written", path);
}

static void files_remove(struct dut *dut)
{
	static const char *const files[] = {"config", "log", "a", "b"};
	char path[80];

	for (size_t i = 0; dut->folder[0] != '\0' && i < sizeof(files) / sizeof(files[0]); i++) {
		path_of(dut, files[i], path, sizeof(path));
		unlink(path);
	}
	if (dut->folder[0] != '\0')
		rmdir(dut->folder);
	dut->folder[0] = '\0';
}

// Between fork and exec: whatever ends the parent ends the device.
static void become(const struct dut *dut, int out, pid_t parent)
{
	char config[80], log[80];

	path_of(dut, "config", config, sizeof(config));
	path_of(dut, "log", log, sizeof(log));
	int errors = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	// A Ctrl-C is for the test, which ends the device in order.
	if (getppid() != parent || setpgid(0, 0) < 0 || errors < 0 ||
		dup2(out, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
		_exit(126);
	execl("/proc/self/exe", "nimbl", "run", "--json", config, (char *)NULL);
	_exit(127);
}

// What it said last about why it does not run.
static int say_why(const struct dut *dut, int status)
{
	char path[80], line[256], last[256] = "it said nothing";

	path_of(dut, "log", path, sizeof(path));
	FILE *file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "  ", 2) != 0 && line[0] != '\n')
			snprintf(last, sizeof(last), "%.*s", (int)strcspn(line, "\n"), line);
	if (file != NULL)
		fclose(file);
	nimbl_fail(ECHILD, "the device of --dut self does not run (status %d): %s", status, last);
	nimbl_mend("its configuration is that of 'nimbl run'; --dut-filters is part of it");
	return -ECHILD;
}

// Until it has said that it started.
static int wait_started(const struct dut *dut)
{
	struct pollfd out = {.fd = dut->events, .events = POLLIN};
	char text[65536];
	size_t used = 0;

	while (used < sizeof(text) - 1 && poll(&out, 1, START_MS) > 0) {
		ssize_t n = read(dut->events, text + used, sizeof(text) - 1 - used);

		if (n <= 0)
			break;
		used += (size_t)n;
		text[used] = '\0';
		if (strstr(text, "\"started\"") != NULL)
			return 0;
	}
	return -ECHILD;
}

void dut_drain(const struct dut *dut)
{
	char text[4096];

	while (dut->events >= 0 && read(dut->events, text, sizeof(text)) > 0)
		continue;
}

// End the process, in order if it will. Returns its exit status.
static int reap(struct dut *dut)
{
	pid_t ended = dut->pid <= 0;
	int status = 0;

	if (dut->pid > 0)
		kill(dut->pid, SIGTERM);
	for (int ms = 0; ended == 0; ms += LOOK_MS) {
		dut_drain(dut);
		ended = waitpid(dut->pid, &status, WNOHANG);
		if (ended == 0 && ms >= END_MS)
			kill(dut->pid, SIGKILL);
		if (ended == 0)
			nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000}, NULL);
	}
	dut->pid = 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int dut_end(struct dut *dut)
{
	int status = reap(dut);

	if (dut->events >= 0)
		close(dut->events);
	dut->events = -1;
	files_remove(dut);
	return status;
}

static int spawn(struct dut *dut)
{
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return nimbl_fail(errno, "no pipe for the device: %s", strerror(errno));
	dut->events = ends[0];
	dut->pid = fork();
	if (dut->pid == 0)
		become(dut, ends[1], parent);
	close(ends[1]);
	if (dut->pid < 0)
		return nimbl_fail(errno, "no process for the device: %s", strerror(errno));
	return 0;
}

int dut_start(struct dut *dut, const struct dut_wish *wish)
{
	*dut = (struct dut){.events = -1};
	int ret = files_make(dut, wish);

	if (ret == 0)
		ret = spawn(dut);
	if (ret == 0) {
		bool runs = wait_started(dut) == 0;

		// Nobody waits for what it says from here on.
		fcntl(dut->events, F_SETFL, O_NONBLOCK);
		if (!runs)
			ret = say_why(dut, reap(dut));
	}
	if (ret < 0)
		dut_end(dut);
	return ret;
}

uint64_t dut_memory_kib(pid_t pid)
{
	unsigned long long total, resident = 0;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	FILE *file = fopen(path, "re");
	if (file != NULL && fscanf(file, "%llu %llu", &total, &resident) != 2)
		resident = 0;
	if (file != NULL)
		fclose(file);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}
