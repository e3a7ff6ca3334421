// SPDX-License-Identifier: BSD-3-Clause
// A shared object in memory. It may hold anything: all is copied out, and only from within its bounds.
#pragma once

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image {
	const char *file;
	char *bytes;
	size_t size;
	Elf64_Ehdr head;
};

// Copy `size` bytes at `offset`; false where they do not lie within.
bool image_get(const struct image *image, uint64_t offset, void *to, size_t size);

// The text at `offset` of a section of texts; empty when it does not end within.
const char *image_text(const struct image *image, const Elf64_Shdr *texts, uint64_t offset);

// The first section of `type`, and that of its texts; the section that is called `name`.
bool image_section(
	const struct image *image, uint32_t type, Elf64_Shdr *section, Elf64_Shdr *texts);
bool image_section_called(const struct image *image, const char *name, Elf64_Shdr *section);

// The symbol at place `i` of a section, false beyond the last.
bool image_symbol(
	const struct image *image, const Elf64_Shdr *symbols, uint64_t i, Elf64_Sym *symbol);
