// SPDX-License-Identifier: BSD-3-Clause
// The frame of HTML reports.
#include "page.h"

#include <errno.h>
#include <rte_lcore.h>
#include <string.h>
#include <sys/stat.h>

#include "nimbl_base.h"

static const char style[] =
	"<style>\n"
	"body{font:16px/1.5 system-ui,sans-serif;color:#222;background:#fff;max-width:62rem;"
	"margin:2rem auto;padding:0 1rem}\n"
	"h1{font-size:1.7rem;margin-bottom:.2rem}h2{font-size:1.2rem;margin-top:2.2rem}\n"
	".lead{font-size:1.1rem;background:#eef6f7;border-left:4px solid #00798c;padding:.8rem 1rem}\n"
	".small{color:#666;font-size:.9rem}\n"
	"table{border-collapse:collapse;font-size:.85rem;width:100%}\n"
	"th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid #e3e3e3}\n"
	"th:first-child,td:first-child{text-align:left}th{background:#f5f5f5;position:sticky;top:0}\n"
	".yes{color:#1a7f37}.no{color:#b42318}.void{color:#999}\n"
	".wide{overflow-x:auto}svg{max-width:100%;height:auto}\n"
	"pre{overflow-x:auto;background:#f7f7f7;padding:.6rem;font-size:.85rem}\n"
	".left td{text-align:left}\n"
	"</style>\n";

void page_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else
			fputc(*text, out);
	}
}

void page_begin(FILE *out, const char *title, const char *heading)
{
	fprintf(out, "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
		     "<meta name=viewport content='width=device-width'><title>");
	page_text(out, title);
	fprintf(out, "</title>\n%s</head><body>\n<h1>", style);
	page_text(out, heading);
	fprintf(out, "</h1>\n");
}

void page_end(FILE *out)
{
	fprintf(out, "</body></html>\n");
}

void page_machine(FILE *out, json_t *machine, double seconds)
{
	json_t *value;
	const char *key;

	fprintf(out, "<p class=small>");
	json_object_foreach (machine, key, value) {
		fprintf(out, "%s: ", key);
		if (json_is_string(value))
			page_text(out, json_string_value(value));
		else
			fprintf(out, "%lld", json_integer_value(value));
		fprintf(out, " &middot; ");
	}
	fprintf(out, "%s%.0f seconds</p>\n",
		rte_socket_count() == 1 ? "one NUMA node, so no memory is remote &middot; " : "",
		seconds);
}

int page_folder(const char *folder)
{
	struct stat there;

	if (mkdir(folder, 0777) == 0)
		return 0;
	if (errno == EEXIST && stat(folder, &there) == 0 && S_ISDIR(there.st_mode))
		return 0;
	nimbl_fail(errno, "%s cannot be made: %s", folder, strerror(errno));
	nimbl_mend("give --report a folder that exists, or whose parent does");
	return -nimbl_last_error()->code;
}

FILE *page_open(const char *folder, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", folder, name);
	FILE *file = fopen(path, "we");
	if (file == NULL) {
		nimbl_fail(errno, "%s cannot be written: %s", path, strerror(errno));
		nimbl_mend("give --report a folder that you may write to");
	}
	return file;
}

int page_close(FILE *file, const char *path)
{
	bool failed = ferror(file) != 0;

	if (fclose(file) != 0 || failed)
		return nimbl_fail(EIO, "%s could not be written to its end", path);
	return 0;
}
