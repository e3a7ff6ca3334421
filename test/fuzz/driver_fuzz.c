// SPDX-License-Identifier: BSD-3-Clause
// Any bytes are either a shared object that holds a driver of ours, or one error with cause and mend; what is
// read of them lies within them.
#include <stdlib.h>
#include <string.h>

#include "driver_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

// All that the later checks walk along.
static void walk(const struct image *image, uint32_t type)
{
	Elf64_Shdr section, texts;
	Elf64_Sym symbol;

	if (!image_section(image, type, &section, &texts))
		return;
	for (uint64_t i = 0; image_symbol(image, &section, i, &symbol); i++)
		must(strlen(image_text(image, &texts, symbol.st_name)) < image->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image = {.file = "fuzz", .bytes = malloc(size > 0 ? size : 1), .size = size};
	int ret;

	must(image.bytes != NULL);
	memcpy(image.bytes, data, size);
	nimbl_clear_error();
	ret = driver_image_check(&image);
	must((ret == 0) == (nimbl_last_error()->code == 0));
	must(ret == 0 || nimbl_last_error()->mend[0] != '\0');
	if (ret == 0)
		walk(&image, SHT_DYNSYM);
	free(image.bytes);
	return 0;
}
