// SPDX-License-Identifier: BSD-3-Clause
// Looks at a shared object before anything of it runs: whom it belongs to, what it was compiled against, and
// which names it needs.
#include "driver_file.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <ndis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (256u << 20)
#define ENTRY          "DriverEntry"

// Whose the file is decides who runs code in this process.
static int check_owner(const char *file, const char *what, const struct stat *info)
{
	bool group_is_ours = info->st_gid == 0 || info->st_gid == getegid();
	bool keeps_names = S_ISDIR(info->st_mode) && (info->st_mode & S_ISVTX) != 0;

	if (info->st_uid != 0 && info->st_uid != geteuid()) {
		nimbl_fail(EPERM, "%s %s belongs to user %u, neither root nor who runs nimbl", what,
			file, (unsigned int)info->st_uid);
		nimbl_mend("copy it to a place of yours, or: chown root %s", file);
		return -EPERM;
	}
	if (keeps_names || ((info->st_mode & S_IWOTH) == 0 &&
				   ((info->st_mode & S_IWGRP) == 0 || group_is_ours)))
		return 0;
	nimbl_fail(EPERM, "%s %s may be written by others (mode %04o)", what, file,
		(unsigned int)info->st_mode & 07777);
	nimbl_mend("chmod go-w %s", file);
	return -EPERM;
}

static int check_folder(const char *file)
{
	char path[PATH_MAX];
	struct stat info;

	snprintf(path, sizeof(path), "%s", file);
	const char *folder = dirname(path);
	if (stat(folder, &info) < 0)
		return nimbl_fail(errno, "folder %s: %s", folder, strerror(errno));
	return check_owner(folder, "folder", &info);
}

static int unreadable(const char *file, int error)
{
	nimbl_fail(error, "cannot read driver %s: %s", file, strerror(error));
	nimbl_mend("check the path and its rights with: ls -l %s", file);
	return -error;
}

static int read_all(struct image *image, int fd, size_t size)
{
	image->bytes = malloc(size > 0 ? size : 1);
	if (image->bytes == NULL)
		return nimbl_fail(ENOMEM, "no memory to look at driver %s", image->file);
	while (image->size < size) {
		ssize_t got = read(fd, image->bytes + image->size, size - image->size);

		if (got < 0)
			return unreadable(image->file, errno);
		if (got == 0)
			break; // it has become shorter
		image->size += (size_t)got;
	}
	return 0;
}

static int image_open(struct image *image, const char *file)
{
	struct stat info;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret;

	*image = (struct image){.file = file};
	if (fd < 0 || fstat(fd, &info) < 0) {
		ret = unreadable(file, errno);
	} else if (!S_ISREG(info.st_mode) || info.st_size > (off_t)FILE_BYTES_MAX) {
		ret = nimbl_fail(EINVAL, "driver %s is %s", file,
			S_ISREG(info.st_mode) ? "larger than 256 MiB" : "no plain file");
		nimbl_mend("name the shared object that holds the driver");
	} else {
		ret = check_owner(file, "driver", &info);
		if (ret == 0)
			ret = read_all(image, fd, (size_t)info.st_size);
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

static int check_head(struct image *image)
{
	const Elf64_Ehdr *head = &image->head;

	if (!image_get(image, 0, &image->head, sizeof(image->head)) ||
		memcmp(head->e_ident, ELFMAG, SELFMAG) != 0) {
		nimbl_fail(EINVAL, "driver %s is no shared object", image->file);
		nimbl_mend("build it: cc -shared -fPIC -o DRIVER.so DRIVER.c "
			   "$(pkg-config --cflags nimbl-driver)");
		return -EINVAL;
	}
	if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_ident[EI_DATA] != ELFDATA2LSB ||
		head->e_machine != EM_X86_64) {
		nimbl_fail(EINVAL, "driver %s is made for another kind of machine (ELF machine %u)",
			image->file, head->e_machine);
		nimbl_mend("build it on this one; 'file %s' tells what it is for", image->file);
		return -EINVAL;
	}
	if (head->e_type == ET_DYN && head->e_shentsize == sizeof(Elf64_Shdr))
		return 0;
	nimbl_fail(EINVAL, "driver %s is an object or a program, not a shared object", image->file);
	nimbl_mend("link it with: cc -shared");
	return -EINVAL;
}

static int check_note(const struct image *image)
{
	const struct nimbl_abi_note *own = &nimbl_abi_note;
	struct nimbl_abi_note note;
	Elf64_Shdr section;

	if (!image_section_called(image, NIMBL_ABI_NOTE_SECTION, &section)) {
		nimbl_fail(EINVAL, "driver %s was not compiled with nimbl's <ndis.h>", image->file);
		nimbl_mend("compile it with: $(pkg-config --cflags nimbl-driver)");
		return -EINVAL;
	}
	// One from each source.
	for (uint64_t at = 0; at + sizeof(note) <= section.sh_size; at += sizeof(note)) {
		if (!image_get(image, section.sh_offset + at, &note, sizeof(note)))
			break;
		if (memcmp(&note, own, sizeof(note)) == 0)
			continue;
		nimbl_fail(EINVAL,
			"driver %s was compiled with headers of another nimbl: ABI %u, "
			"NET_BUFFER_LIST of %u bytes; here ABI %u, %u bytes",
			image->file, note.abi, note.nbl_bytes, own->abi, own->nbl_bytes);
		nimbl_mend("compile it again with the headers of this nimbl");
		return -EINVAL;
	}
	return 0;
}

static int check_entry(const struct image *image)
{
	Elf64_Shdr symbols, texts;
	Elf64_Sym symbol;

	if (image_section(image, SHT_DYNSYM, &symbols, &texts)) {
		for (uint64_t at = 0;
			at + sizeof(symbol) <= symbols.sh_size &&
			image_get(image, symbols.sh_offset + at, &symbol, sizeof(symbol));
			at += sizeof(symbol))
			if (symbol.st_shndx != SHN_UNDEF &&
				strcmp(image_text(image, &texts, symbol.st_name), ENTRY) == 0)
				return 0;
	}
	nimbl_fail(EINVAL, "driver %s has no " ENTRY, image->file);
	nimbl_mend("a driver defines NTSTATUS " ENTRY
		   "(DRIVER_OBJECT *, UNICODE_STRING *), not static "
		   "and not hidden");
	return -EINVAL;
}

// A library that is needed and not here yet brings names that cannot be known now. Two of them may not
// come at all.
static int check_needed(const struct image *image, bool *brings_names)
{
	Elf64_Shdr section, texts;
	Elf64_Dyn entry;

	if (!image_section(image, SHT_DYNAMIC, &section, &texts))
		return 0;
	for (uint64_t at = 0; at + sizeof(entry) <= section.sh_size &&
			      image_get(image, section.sh_offset + at, &entry, sizeof(entry));
		at += sizeof(entry)) {
		const char *name =
			entry.d_tag == DT_NEEDED ? image_text(image, &texts, entry.d_un.d_val) : "";
		void *library = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);

		if (library != NULL || name[0] == '\0') {
			if (library != NULL)
				dlclose(library);
			continue;
		}
		*brings_names = true;
		if (strncmp(name, "libnimbl.so", 11) == 0) {
			nimbl_fail(EINVAL, "driver %s brings a second nimbl with it (%s)",
				image->file, name);
			nimbl_mend("link it without -lnimbl: what it needs is where it is loaded");
			return -EINVAL;
		}
		if (strstr(name, "asan") != NULL || strstr(name, "tsan") != NULL) {
			nimbl_fail(EINVAL, "driver %s wants %s loaded before everything else",
				image->file, name);
			nimbl_mend("LD_PRELOAD=$(cc -print-file-name=%s) nimbl run ...", name);
			return -EINVAL;
		}
	}
	return 0;
}

static bool is_missing(const Elf64_Sym *symbol, const char *name)
{
	return symbol->st_shndx == SHN_UNDEF && name[0] != '\0' &&
	       ELF64_ST_BIND(symbol->st_info) == STB_GLOBAL && dlsym(RTLD_DEFAULT, name) == NULL;
}

#define NAMES_SHOWN 8

static int check_names(const struct image *image)
{
	Elf64_Shdr symbols, texts;
	unsigned int missing = 0;
	char list[400] = "";
	Elf64_Sym symbol;
	size_t used = 0;

	if (!image_section(image, SHT_DYNSYM, &symbols, &texts))
		return 0;
	for (uint64_t i = 0; image_symbol(image, &symbols, i, &symbol); i++) {
		const char *name = image_text(image, &texts, symbol.st_name);

		if (!is_missing(&symbol, name))
			continue;
		if (missing++ < NAMES_SHOWN && used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
				missing > 1 ? ", " : "", name);
	}
	if (missing == 0)
		return 0;
	nimbl_fail(EINVAL, "driver %s needs what is not there: %s%s", image->file, list,
		missing > NAMES_SHOWN ? " ..." : "");
	nimbl_mend(
		"a name of NDIS that nimbl has is declared in <ndis.h>; other names come with the "
		"library that is linked in. All that it needs: nm -Du %s",
		image->file);
	return -EINVAL;
}

int driver_image_check(struct image *image)
{
	int ret = check_head(image);

	if (ret == 0)
		ret = check_entry(image);
	return ret == 0 ? check_note(image) : ret;
}

int driver_file_check(const char *file)
{
	bool brings_names = false;
	struct image image;
	int ret = image_open(&image, file);

	if (ret == 0)
		ret = check_folder(file);
	if (ret == 0)
		ret = driver_image_check(&image);
	if (ret == 0)
		ret = check_needed(&image, &brings_names);
	if (ret == 0 && !brings_names)
		ret = check_names(&image);
	free(image.bytes);
	return ret;
}
