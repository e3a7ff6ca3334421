// SPDX-License-Identifier: BSD-3-Clause
#include "nimbl_offload.h"

static const char *const words[] = {
#define X(name, word, soft, text) word,
	NIMBL_OFFLOADS(X)
#undef X
		NULL,
};

const char *nimbl_offload_word(enum nimbl_offload offload)
{
	return words[offload];
}

const char *nimbl_offload_text(enum nimbl_offload offload)
{
	static const char *const texts[] = {
#define X(name, word, soft, text) text,
		NIMBL_OFFLOADS(X)
#undef X
	};

	return texts[offload];
}

uint32_t nimbl_offloads_in_software(void)
{
#define X(name, word, soft, text) | ((uint32_t)(soft) << NIMBL_OFFLOAD_##name)
	return 0 NIMBL_OFFLOADS(X);
#undef X
}

const char *const *nimbl_offload_words(void)
{
	return words;
}
