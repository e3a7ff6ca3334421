// SPDX-License-Identifier: BSD-3-Clause
// What the text of a device names, by its form alone: PCI address, vdev or kernel interface.
#include "conf_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define INTERFACE_CHARS_MAX 15 // IFNAMSIZ - 1

// Whether `text` has the form of `pattern`, in which x is a hexadecimal digit and o an octal one.
// A comma ends both: options follow.
static bool has_form(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; text++, pattern++) {
		bool is_fit = *pattern == 'x'   ? isxdigit((unsigned char)*text) != 0
			      : *pattern == 'o' ? *text >= '0' && *text <= '7'
						: *text == *pattern;

		if (!is_fit)
			return false;
	}
	return *text == '\0' || *text == ',';
}

static bool is_vdev(const char *text)
{
	static const char *const prefixes[] = {"virtio_user", "eth_"};

	if (strncmp(text, "net_", 4) == 0 && text[4] != '\0' &&
		strchr("abcdefghijklmnopqrstuvwxyz0123456789_", text[4]) != NULL)
		return true;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return text[0] != ',' && strchr(text, ',') != NULL;
}

// As the kernel's dev_valid_name() has it, and no comma: that begins the options of a vdev.
static bool is_interface(const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || length > INTERFACE_CHARS_MAX || strcmp(text, ".") == 0 ||
		strcmp(text, "..") == 0)
		return false;
	return strpbrk(text, "/:, \t\n\v\f\r") == NULL;
}

enum nimbl_device_kind nimbl_conf_device_kind(const char *device)
{
	for (const char *at = device; *at != '\0'; at++)
		if (iscntrl((unsigned char)*at))
			return NIMBL_DEVICE_NONE;
	if (has_form(device, "xxxx:xx:xx.o") || has_form(device, "xx:xx.o"))
		return NIMBL_DEVICE_PCI;
	if (is_vdev(device))
		return NIMBL_DEVICE_VDEV;
	return is_interface(device) ? NIMBL_DEVICE_INTERFACE : NIMBL_DEVICE_NONE;
}

void conf_device_copy(char *out, size_t size, const char *device, enum nimbl_device_kind kind)
{
	bool is_pci = kind == NIMBL_DEVICE_PCI;

	snprintf(out, size, "%s%s", is_pci && device[2] == ':' ? "0000:" : "", device);
	for (; is_pci && *out != '\0' && *out != ','; out++)
		*out = (char)tolower((unsigned char)*out);
}

bool conf_device_same(const char *a, const char *b)
{
	size_t length = strcspn(a, ",");

	return length == strcspn(b, ",") && strncmp(a, b, length) == 0;
}
