// SPDX-License-Identifier: BSD-3-Clause
// Sections and symbols of a shared object.
#include "image.h"

#include <string.h>

// Where `size` bytes at `offset` lie, or NULL beyond the end.
static const void *image_at(const struct image *image, uint64_t offset, uint64_t size)
{
	return size <= image->size && offset <= image->size - size ? image->bytes + offset : NULL;
}

bool image_get(const struct image *image, uint64_t offset, void *to, size_t size)
{
	const void *from = image_at(image, offset, size);

	if (from != NULL)
		memcpy(to, from, size);
	return from != NULL;
}

static bool section_get(const struct image *image, uint32_t i, Elf64_Shdr *section)
{
	return i < image->head.e_shnum &&
	       image_get(image, image->head.e_shoff + (uint64_t)i * sizeof(*section), section,
		       sizeof(*section));
}

const char *image_text(const struct image *image, const Elf64_Shdr *texts, uint64_t offset)
{
	const char *all = image_at(image, texts->sh_offset, texts->sh_size);

	if (all == NULL || offset >= texts->sh_size ||
		memchr(all + offset, '\0', texts->sh_size - offset) == NULL)
		return "";
	return all + offset;
}

bool image_section(const struct image *image, uint32_t type, Elf64_Shdr *section, Elf64_Shdr *texts)
{
	for (uint32_t i = 0; section_get(image, i, section); i++) {
		if (section->sh_type == type)
			return section_get(image, section->sh_link, texts);
	}
	return false;
}

bool image_section_called(const struct image *image, const char *name, Elf64_Shdr *section)
{
	Elf64_Shdr names;

	if (!section_get(image, image->head.e_shstrndx, &names))
		return false;
	for (uint32_t i = 0; section_get(image, i, section); i++) {
		if (strcmp(image_text(image, &names, section->sh_name), name) == 0)
			return true;
	}
	return false;
}

bool image_symbol(
	const struct image *image, const Elf64_Shdr *symbols, uint64_t i, Elf64_Sym *symbol)
{
	return i < symbols->sh_size / sizeof(*symbol) &&
	       image_get(image, symbols->sh_offset + i * sizeof(*symbol), symbol, sizeof(*symbol));
}
