// SPDX-License-Identifier: BSD-3-Clause
// The name of an instance: taken by one process at a time, given back by any death, and swept.
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "nimbl_instance.h"

#define CHANGES 2000 // of the name's owner, by each of two processes

static char home[64];

static int set_up(void **state)
{
	snprintf(home, sizeof(home), "/tmp/nimbl-instance-XXXXXX");
	if (mkdtemp(home) == NULL)
		return -1;
	return setenv("RUNTIME_DIRECTORY", home, 1);
}

static int tear_down(void **state)
{
	char command[128];

	nimbl_instance_release();
	snprintf(command, sizeof(command), "rm -r %s", home);
	return system(command);
}

static const char *file(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", home, name);
	return path;
}

static bool exists(const char *name)
{
	return access(file(name), F_OK) == 0;
}

// A process that takes `name` and lives until it is killed.
static pid_t other_takes(const char *name)
{
	int said[2];
	char ok = 0;

	assert_int_equal(pipe(said), 0);
	pid_t pid = fork();
	if (pid == 0) {
		ok = nimbl_instance_take(name) == 0;
		ssize_t written = write(said[1], &ok, 1);
		pause();
		_exit(written == 1 ? 0 : 1);
	}
	assert_int_equal(read(said[0], &ok, 1), 1);
	assert_true(ok);
	close(said[0]);
	close(said[1]);
	return pid;
}

static void kill_and_wait(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void name_is_given_back_with_its_files(void **state)
{
	char path[256];

	assert_int_equal(nimbl_instance_take("lab"), 0);
	assert_string_equal(nimbl_instance_name(), "lab");
	nimbl_instance_path("sock", path, sizeof(path));
	assert_string_equal(path, file("lab.sock"));
	assert_int_equal(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
	assert_true(exists("lab.pid"));
	nimbl_instance_release();
	assert_string_equal(nimbl_instance_name(), "");
	assert_false(exists("lab.pid"));
	assert_false(exists("lab.sock"));
}

static void living_owner_is_named(void **state)
{
	pid_t pid = other_takes("lab");
	char text[64];

	snprintf(text, sizeof(text), "instance 'lab' is already running (pid %d)", (int)pid);
	assert_int_equal(nimbl_instance_take("lab"), -EBUSY);
	assert_string_equal(nimbl_last_error()->cause, text);
	assert_true(exists("lab.pid"));
	kill_and_wait(pid);
	assert_int_equal(nimbl_instance_take("lab"), 0);
}

static void default_name_gives_way(void **state)
{
	pid_t pid = other_takes(NIMBL_INSTANCE_DEFAULT);
	char name[64];

	snprintf(name, sizeof(name), "%s-%d", NIMBL_INSTANCE_DEFAULT, (int)getpid());
	assert_int_equal(nimbl_instance_take(NIMBL_INSTANCE_DEFAULT), 0);
	assert_string_equal(nimbl_instance_name(), name);
	kill_and_wait(pid);
}

static void killed_instances_are_swept_and_others_left(void **state)
{
	pid_t dead = other_takes("dead"), alive = other_takes("alive");

	assert_int_equal(close(open(file("dead.sock"), O_CREAT | O_WRONLY, 0600)), 0);
	assert_int_equal(close(open(file("alive.sock"), O_CREAT | O_WRONLY, 0600)), 0);
	kill_and_wait(dead);
	assert_int_equal(nimbl_instance_take("lab"), 0);
	assert_false(exists("dead.pid"));
	assert_false(exists("dead.sock"));
	assert_true(exists("alive.pid"));
	assert_true(exists("alive.sock"));
	kill_and_wait(alive);
}

// True when the file that is there now is locked: others see that the name is taken.
static bool is_seen(void)
{
	int fd = open(file("lab.pid"), O_RDWR);
	bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;

	close(fd);
	return locked;
}

static int take_in_turns(void)
{
	for (int taken = 0; taken < CHANGES;) {
		if (nimbl_instance_take("lab") < 0)
			continue;
		if (!is_seen())
			return 1;
		taken++;
		nimbl_instance_release();
	}
	return 0;
}

// The file is removed by one while the other is between opening and locking it.
static void owner_of_a_name_is_always_seen(void **state)
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(take_in_turns());
	int ours = take_in_turns();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(ours, 0);
	assert_int_equal(status, 0);
}

static void directory_that_is_too_long_is_refused(void **state)
{
	char longer[NIMBL_DIRECTORY_SIZE + 1], path[NIMBL_DIRECTORY_SIZE];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	setenv("RUNTIME_DIRECTORY", longer, 1);
	assert_int_equal(nimbl_instance_directory(0, path, sizeof(path)), -ENAMETOOLONG);
	assert_int_equal(nimbl_instance_take("lab"), -ENAMETOOLONG);
	longer[sizeof(path) - 1] = '\0';
	setenv("RUNTIME_DIRECTORY", longer, 1);
	assert_int_equal(nimbl_instance_directory(0, path, sizeof(path)), 0);
	assert_string_equal(path, longer);
}

static void named_directory_is_the_only_one(void **state)
{
	char path[NIMBL_DIRECTORY_SIZE];

	assert_int_equal(nimbl_instance_directory(0, path, sizeof(path)), 0);
	assert_string_equal(path, home);
	assert_int_equal(nimbl_instance_directory(1, path, sizeof(path)), -ENOENT);
}

#define SOMEBODY 65533

// As somebody who has no directory of that name yet, or whom another one got ahead of.
static int take_as_somebody(const char *xdg)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		if (geteuid() == 0 && setuid(SOMEBODY) != 0)
			_exit(255);
		unsetenv("RUNTIME_DIRECTORY");
		setenv("XDG_RUNTIME_DIR", xdg, 1);
		_exit((unsigned char)-nimbl_instance_take("one"));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void directory_of_somebody_else_is_refused(void **state)
{
	char path[sizeof(home) + 16];

	assert_int_equal(chmod(home, 0777), 0);
	snprintf(path, sizeof(path), "%s/nimbl", home);
	assert_int_equal(symlink("/tmp", path), 0);
	assert_int_equal(take_as_somebody(home), ENOTDIR);
	assert_int_equal(unlink(path), 0);
	if (geteuid() == 0) {
		assert_int_equal(mkdir(path, 0777), 0);
		assert_int_equal(take_as_somebody(home), EPERM);
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(take_as_somebody(home), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			name_is_given_back_with_its_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(living_owner_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(default_name_gives_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			killed_instances_are_swept_and_others_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(owner_of_a_name_is_always_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			directory_that_is_too_long_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(named_directory_is_the_only_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			directory_of_somebody_else_is_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
