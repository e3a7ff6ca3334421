// SPDX-License-Identifier: BSD-3-Clause
// The asking side: find an instance, ask it, put the pieces of its answer together.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl_priv.h"

#define PATIENCE_S     5
#define PIECES_MAX     (8 * NIMBL_CTL_ANSWER_MAX / NIMBL_CTL_MESSAGE_MAX)
#define INSTANCES_MAX  64
#define NAMES_IN_ERROR 300 // characters

static void socket_path(const struct nimbl_ctl_address *address, char *path, size_t size)
{
	snprintf(path, size, "%s/%s.sock", address->directory, address->name);
}

// A connected socket or -errno, nothing said. Neither side makes the other wait for ever.
static int dial(const struct nimbl_ctl_address *address)
{
	char path[NIMBL_DIRECTORY_SIZE + NIMBL_INSTANCE_NAME_SIZE + 8];
	struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un to;
	int ret, fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	socket_path(address, path, sizeof(path));
	ret = ctl_address(path, &to);
	if (ret == 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		ret = -errno;
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

// A socket that nobody listens at is of a killed process.
static bool is_running(const struct nimbl_ctl_address *address)
{
	int fd = dial(address);

	if (fd >= 0)
		close(fd);
	return fd != -ECONNREFUSED && fd != -ENOENT;
}

struct found {
	struct nimbl_ctl_address list[INSTANCES_MAX];
	size_t count;
};

static void collect(struct found *found, const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL && found->count < INSTANCES_MAX) {
		struct nimbl_ctl_address *address = &found->list[found->count];
		size_t length = strlen(entry->d_name);

		if (length < 6 || length - 5 >= sizeof(address->name) ||
			strcmp(entry->d_name + length - 5, ".sock") != 0)
			continue;
		snprintf(address->name, sizeof(address->name), "%.*s", (int)length - 5,
			entry->d_name);
		snprintf(address->directory, sizeof(address->directory), "%s", directory);
		found->count += is_running(address);
	}
	if (dir != NULL)
		closedir(dir);
}

static int collect_all(struct found *found)
{
	char directory[NIMBL_DIRECTORY_SIZE];
	int ret;

	found->count = 0;
	for (unsigned int i = 0;; i++) {
		ret = nimbl_instance_directory(i, directory, sizeof(directory));
		if (ret < 0)
			return ret == -ENOENT ? 0 : ret;
		collect(found, directory);
	}
}

static void join(char *text, size_t size, const struct found *found)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < found->count && used < size; i++)
		used += (size_t)snprintf(
			text + used, size - used, "%s%s", i > 0 ? ", " : "", found->list[i].name);
}

static int none_runs(const char *name)
{
	char directory[NIMBL_DIRECTORY_SIZE] = "";

	nimbl_instance_directory(0, directory, sizeof(directory));
	if (name != NULL)
		nimbl_fail(ENOENT, "no instance '%s' is running, nor any other, in %s", name,
			directory);
	else
		nimbl_fail(ENOENT, "no instance is running in %s", directory);
	nimbl_mend("start one: nimbl run --dev CONFIG; that of another user: "
		   "RUNTIME_DIRECTORY=its/directory nimbl ...");
	return -ENOENT;
}

static int not_among(const char *name, const struct found *found)
{
	const char *names[INSTANCES_MAX + 1] = {NULL};
	char list[NAMES_IN_ERROR];

	for (size_t i = 0; i < found->count; i++)
		names[i] = found->list[i].name;
	join(list, sizeof(list), found);
	const char *near = nimbl_did_you_mean(name, names);
	nimbl_fail(ENOENT, "no instance '%s' is running", name);
	if (near != NULL)
		nimbl_mend("did you mean --name %s? running: %s", near, list);
	else
		nimbl_mend("--name one of those that run: %s", list);
	return -ENOENT;
}

static int choose(const struct found *found)
{
	char list[NAMES_IN_ERROR];

	join(list, sizeof(list), found);
	nimbl_fail(EINVAL, "several instances are running: %s", list);
	nimbl_mend("say which: --name %s", found->list[0].name);
	return -EINVAL;
}

int nimbl_ctl_find(const char *name, struct nimbl_ctl_address *address)
{
	struct found found;
	int ret = collect_all(&found);

	if (ret < 0)
		return ret;
	if (found.count == 0)
		return none_runs(name);
	if (name == NULL && found.count > 1)
		return choose(&found);
	for (size_t i = 0; i < found.count; i++) {
		if (name != NULL && strcmp(name, found.list[i].name) != 0)
			continue;
		*address = found.list[i];
		return 0;
	}
	return not_among(name, &found);
}

static int say_lost(const struct nimbl_ctl_address *address, int code)
{
	switch (code) {
	case EAGAIN:
		nimbl_fail(ETIMEDOUT, "instance '%s' does not answer", address->name);
		nimbl_mend("it may hang or be stopped: look at its process");
		break;
	case EACCES:
	case EPERM:
		nimbl_fail(code, "instance '%s' in %s is not yours to ask", address->name,
			address->directory);
		nimbl_mend("ask as root or as its user");
		break;
	case ENOENT:
	case ECONNREFUSED:
	case ECONNRESET:
	case EPIPE:
		nimbl_fail(code, "instance '%s' has ended", address->name);
		nimbl_mend("start it again: nimbl run");
		break;
	default:
		nimbl_fail(code, "instance '%s': %s", address->name, strerror(code));
	}
	return -nimbl_last_error()->code;
}

// The line without its newline, the caller's to free(). Returns its length or -errno, nothing said.
static ssize_t receive(int fd, char **line)
{
	size_t length = 0;
	ssize_t got = 0;
	char *text = NULL;

	for (unsigned int i = 0; i < PIECES_MAX; i++) {
		char *more = realloc(text, length + NIMBL_CTL_MESSAGE_MAX);

		if (more == NULL) {
			free(text);
			return -ENOMEM;
		}
		text = more;
		got = recv(fd, text + length, NIMBL_CTL_MESSAGE_MAX, 0);
		// What the other side wrote before it hung up stands behind the word that it did.
		if (got < 0 && errno == ECONNRESET)
			got = recv(fd, text + length, NIMBL_CTL_MESSAGE_MAX, 0);
		if (got <= 0)
			break;
		length += (size_t)got;
		if (text[length - 1] == '\n') {
			*line = text;
			return (ssize_t)length - 1;
		}
	}
	free(text);
	return got < 0 ? -errno : got == 0 ? -ECONNRESET : -EMSGSIZE;
}

static const char *text_of(const json_t *error, const char *key)
{
	const char *text = json_string_value(json_object_get(error, key));

	return text != NULL ? text : "";
}

// Take what stands under "ok" out of the answer, or note the error that stands there.
static int understand(const struct nimbl_ctl_address *address, json_t *root, json_t **answer)
{
	json_t *ok = json_object_get(root, "ok"), *error = json_object_get(root, "error");
	int code = (int)json_integer_value(json_object_get(error, "code"));

	if (json_is_object(ok)) {
		*answer = json_incref(ok);
		return 0;
	}
	if (!json_is_object(error)) {
		nimbl_fail(EPROTO, "instance '%s' answers what is not understood", address->name);
		nimbl_mend("use the nimbl that it was started with");
		return -EPROTO;
	}
	nimbl_fail(code > 0 ? code : EPROTO, "%s", text_of(error, "cause"));
	nimbl_mend("%s", text_of(error, "mend"));
	return -nimbl_last_error()->code;
}

static ssize_t exchange(int fd, const json_t *request, char **line)
{
	char *text = json_dumps(request, JSON_COMPACT);
	ssize_t sent;

	if (text == NULL)
		return -ENOMEM;
	sent = send(fd, text, strlen(text), MSG_NOSIGNAL);
	free(text);
	// One that is refused at the door finds the reason written, though it cannot write itself.
	return sent < 0 && errno != EPIPE ? -errno : receive(fd, line);
}

int nimbl_ctl_ask(const struct nimbl_ctl_address *address, const json_t *request, json_t **answer)
{
	char *line = NULL;
	int fd = dial(address), ret;

	if (fd < 0)
		return say_lost(address, -fd);
	ssize_t length = exchange(fd, request, &line);
	close(fd);
	if (length < 0)
		return say_lost(address, (int)-length);
	json_t *root = json_loadb(line, (size_t)length, 0, NULL);
	free(line);
	ret = understand(address, root, answer);
	json_decref(root);
	return ret;
}
