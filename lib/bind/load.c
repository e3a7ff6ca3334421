// SPDX-License-Identifier: BSD-3-Clause
// Loading drivers, those that are linked in and those of shared objects, and letting go of them.
#include "load.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver_file.h"
#include "nimbl_ke.h"
#include "nimbl_log.h"

#define DRIVERS_MAX 64
#define NAME_CHARS  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
#define SERVICES    "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"

struct loaded {
	DRIVER_OBJECT object;
	struct nimbl_driver driver; // of a file
	char name[NIMBL_DRIVER_NAME_SIZE];
	char file[PATH_MAX]; // empty: linked in
	WCHAR path[80 + NIMBL_DRIVER_NAME_SIZE];
	void *library;
	struct options options;
	TAILQ_ENTRY(loaded) link;
};

static TAILQ_HEAD(list, loaded) list = TAILQ_HEAD_INITIALIZER(list);
static struct loaded *entering; // its DriverEntry runs
static unsigned int count;

DRIVER_OBJECT *driver_object_current(void)
{
	return entering != NULL ? &entering->object : NULL;
}

const char *driver_object_name(const DRIVER_OBJECT *object)
{
	return ((const struct nimbl_driver *)object->NimblDriver)->name;
}

const struct options *driver_object_options(const DRIVER_OBJECT *object)
{
	const struct loaded *loaded;

	TAILQ_FOREACH (loaded, &list, link) {
		if (&loaded->object == object)
			return &loaded->options;
	}
	return entering != NULL && &entering->object == object ? &entering->options : NULL;
}

static struct loaded *find(const char *name)
{
	struct loaded *loaded;

	TAILQ_FOREACH (loaded, &list, link) {
		if (strcmp(loaded->name, name) == 0)
			return loaded;
	}
	return NULL;
}

static UNICODE_STRING registry_path(struct loaded *loaded)
{
	char text[ARRAYSIZE(loaded->path)];
	USHORT length = (USHORT)snprintf(text, sizeof(text), SERVICES "%s", loaded->name);

	for (USHORT i = 0; i <= length; i++)
		loaded->path[i] = (UCHAR)text[i];
	return (UNICODE_STRING){.Length = (USHORT)(length * sizeof(WCHAR)),
		.MaximumLength = (USHORT)((length + 1) * sizeof(WCHAR)),
		.Buffer = loaded->path};
}

static int entry_fails(const struct loaded *loaded, NTSTATUS status)
{
	const struct nimbl_error said = *nimbl_last_error();

	nimbl_fail(EIO, "driver '%s' does not load: DriverEntry returned %s%s%s", loaded->name,
		nimbl_status_text(status).text, said.code != 0 ? ": " : "", said.cause);
	if (status == NDIS_STATUS_BAD_VERSION)
		nimbl_mend("it registers for another NDIS than 6: -DNDIS630 and the like choose");
	else if (status == NDIS_STATUS_BAD_CHARACTERISTICS)
		nimbl_mend(
			"a handler that NDIS requires, or the type or size in Header, is missing");
	return -EIO;
}

static int enter(struct loaded *loaded, DRIVER_INITIALIZE *entry)
{
	UNICODE_STRING path = registry_path(loaded);

	nimbl_clear_error();
	entering = loaded;
	NTSTATUS status = entry(&loaded->object, &path);
	entering = NULL;
	if (status != NDIS_STATUS_SUCCESS)
		return entry_fails(loaded, status);
	TAILQ_INSERT_TAIL(&list, loaded, link);
	count++;
	return 0;
}

static struct loaded *loaded_new(const char *name)
{
	struct loaded *loaded;

	if (count == DRIVERS_MAX) {
		nimbl_fail(ENOSPC, "more than %d drivers", DRIVERS_MAX);
		return NULL;
	}
	loaded = calloc(1, sizeof(*loaded));
	if (loaded == NULL)
		nimbl_fail(ENOMEM, "no memory for driver '%s'", name);
	else
		snprintf(loaded->name, sizeof(loaded->name), "%s", name);
	return loaded;
}

static void loaded_free(struct loaded *loaded)
{
	options_free(&loaded->options);
	free(loaded);
}

int nimbl_drivers_load(void)
{
	for (struct nimbl_driver *driver = nimbl_driver_first(); driver != NULL;
		driver = driver->next) {
		struct loaded *loaded = loaded_new(driver->name);

		if (loaded == NULL)
			return -nimbl_last_error()->code;
		loaded->object.NimblDriver = driver;
		int ret = enter(loaded, driver->entry);
		if (ret < 0) {
			loaded_free(loaded);
			return ret;
		}
	}
	return 0;
}

int nimbl_driver_name(const char *file, char *name, size_t size)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash != NULL ? slash + 1 : file;
	const char *end = strstr(base, ".so");
	size_t length = end != NULL ? (size_t)(end - base) : strlen(base);

	snprintf(name, size, "%.*s", (int)length, base);
	if (length > 0 && length < size && strspn(name, NAME_CHARS) == length && name[0] != '.')
		return 0;
	nimbl_fail(EINVAL, "the name of file %s cannot be that of a driver", file);
	nimbl_mend("give it a name of 1 to %zu of the letters A-Z a-z 0-9 . _ -", size - 1);
	return -EINVAL;
}

static int check_new(const char *name, const char *file)
{
	const struct loaded *other = find(name);

	if (other == NULL)
		return 0;
	nimbl_fail(EEXIST, "there is a driver '%s' already (%s)", name,
		other->file[0] != '\0' ? other->file : "linked in");
	if (strcmp(other->file, file) == 0)
		nimbl_mend("to load it anew: nimbl driver unload %s", name);
	else
		nimbl_mend("give this one another name");
	return -EEXIST;
}

static int library_open(struct loaded *loaded)
{
	struct nimbl_driver *before = nimbl_driver_first(), *own;

	loaded->library = dlopen(loaded->file, RTLD_NOW | RTLD_LOCAL);
	own = nimbl_driver_take(before); // it may be written for being linked in as well
	if (loaded->library == NULL) {
		nimbl_fail(EINVAL, "driver %s does not load: %s", loaded->file, dlerror());
		nimbl_mend("see what it is linked with: ldd %s", loaded->file);
		return -EINVAL;
	}
	loaded->driver = own != NULL ? *own : (struct nimbl_driver){.name = NULL};
	loaded->driver.name = loaded->name;
	loaded->object.NimblDriver = &loaded->driver;
	// A name in a table becomes a function: POSIX has it so.
	*(void **)&loaded->driver.entry = dlsym(loaded->library, "DriverEntry");
	return 0;
}

static bool is_of(const void *library, const void *code)
{
	Dl_info info;

	return code != NULL && dladdr(code, &info) != 0 && info.dli_fbase == library;
}

static const void *base_of(const struct loaded *loaded)
{
	Dl_info info;

	return dladdr(*(void *const *)&loaded->driver.entry, &info) != 0 ? info.dli_fbase : NULL;
}

// After DriverUnload: nothing of the driver may run any more where its code is taken away. Lcores have
// passed a point where they hold no edge of its, the threads of DPCs and work items have emptied their
// lines; with a timer that is still set, or a registration that is left, the code stays.
static void library_close(struct loaded *loaded)
{
	struct driver_uses uses = driver_uses_of(&loaded->object);

	if (loaded->library == NULL)
		return;
	nimbl_ke_flush();
	if (uses.filter || uses.miniport || uses.protocol ||
		nimbl_ke_timer_of(base_of(loaded), is_of)) {
		nimbl_log(NIMBL_LOG_WARNING,
			"driver '%s' leaves %s behind: its code stays in memory", loaded->name,
			uses.filter || uses.miniport || uses.protocol ? "what it has registered"
								      : "a timer that is set");
		return;
	}
	dlclose(loaded->library);
}

int nimbl_driver_check(const char *file)
{
	return driver_file_check(file);
}

int nimbl_driver_load(const char *file, const char *name, const struct nimbl_option *parameters)
{
	char own[NIMBL_DRIVER_NAME_SIZE];
	struct loaded *loaded;
	int ret = name != NULL ? 0 : nimbl_driver_name(file, own, sizeof(own));

	if (name == NULL)
		name = own;
	if (ret == 0)
		ret = check_new(name, file);
	if (ret == 0)
		ret = driver_file_check(file);
	if (ret < 0)
		return ret;
	loaded = loaded_new(name);
	if (loaded == NULL)
		return -nimbl_last_error()->code;
	snprintf(loaded->file, sizeof(loaded->file), "%s", file);
	ret = options_copy(&loaded->options, parameters);
	if (ret == 0)
		ret = library_open(loaded);
	if (ret == 0)
		ret = enter(loaded, loaded->driver.entry);
	if (ret == 0)
		return 0;
	library_close(loaded);
	loaded_free(loaded);
	return ret;
}

static void unload(struct loaded *loaded)
{
	TAILQ_REMOVE(&list, loaded, link);
	count--;
	if (loaded->object.DriverUnload != NULL)
		loaded->object.DriverUnload(&loaded->object);
}

static int unknown(const char *name)
{
	const char *names[DRIVERS_MAX + 1] = {NULL}, *meant;
	const struct loaded *loaded;
	unsigned int n = 0;

	TAILQ_FOREACH (loaded, &list, link)
		names[n++] = loaded->name;
	nimbl_fail(ENOENT, "there is no driver '%s'", name);
	meant = nimbl_did_you_mean(name, names);
	if (meant != NULL)
		nimbl_mend("did you mean '%s'?", meant);
	else
		nimbl_mend("'nimbl driver' lists them");
	return -ENOENT;
}

int nimbl_driver_unload(const char *name)
{
	struct loaded *loaded = find(name);
	struct driver_uses uses;

	if (loaded == NULL)
		return unknown(name);
	if (loaded->library == NULL) {
		nimbl_fail(EINVAL, "driver '%s' is linked in", name);
		nimbl_mend("only drivers of files come and go");
		return -EINVAL;
	}
	uses = driver_uses_of(&loaded->object);
	if (uses.count > 0) {
		nimbl_fail(EBUSY, "driver '%s' is in use: %s%s", name, uses.first,
			uses.count > 1 ? ", and others" : "");
		nimbl_mend("remove its filters first: nimbl filter remove PORT NAME");
		return -EBUSY;
	}
	if (loaded->object.DriverUnload == NULL) {
		nimbl_fail(EINVAL, "driver '%s' has no DriverUnload: it stays", name);
		nimbl_mend("a driver that sets DriverUnload in DriverEntry can be unloaded");
		return -EINVAL;
	}
	unload(loaded);
	if (nimbl_lcores_publish() == 0)
		library_close(loaded);
	loaded_free(loaded);
	return 0;
}

void nimbl_drivers_unload(void)
{
	struct list ended = TAILQ_HEAD_INITIALIZER(ended);
	struct loaded *loaded;

	while ((loaded = TAILQ_LAST(&list, list)) != NULL) {
		unload(loaded);
		TAILQ_INSERT_TAIL(&ended, loaded, link);
	}
	nimbl_ke_stop();
	while ((loaded = TAILQ_FIRST(&ended)) != NULL) {
		TAILQ_REMOVE(&ended, loaded, link);
		library_close(loaded);
		loaded_free(loaded);
	}
}

bool nimbl_driver_query(unsigned int i, struct nimbl_driver_info *info)
{
	const struct loaded *loaded;
	struct driver_uses uses;

	TAILQ_FOREACH (loaded, &list, link) {
		if (i-- > 0)
			continue;
		uses = driver_uses_of(&loaded->object);
		*info = (struct nimbl_driver_info){
			.name = loaded->name,
			.file = loaded->file[0] != '\0' ? loaded->file : NULL,
			.is_filter = uses.filter,
			.is_miniport = uses.miniport,
			.is_protocol = uses.protocol,
			.uses = uses.count,
		};
		return true;
	}
	return false;
}
