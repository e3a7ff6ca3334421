// SPDX-License-Identifier: BSD-3-Clause
// The YAML below the configuration: broken, deep, long, repeated, empty texts; and files.
#include <fcntl.h>
#include <unistd.h>

#include "conf_expect.h"

#define EMPTY_MEND "the smallest configuration is: ports: {a: net_null0}"

static void empty_text_shows_the_smallest_configuration(void **state)
{
	expect_error("", "c.yaml:1:1: nothing is configured", EMPTY_MEND);
	expect_error("# only words\n", "c.yaml:1:1: nothing is configured", EMPTY_MEND);
	expect_error("--- \n", "c.yaml:2:1: nothing is configured", EMPTY_MEND);
	expect_error("{}", "c.yaml:1:1: nothing is configured", EMPTY_MEND);
	expect_error("hello", "c.yaml:1:1: a configuration has to be a map, but here is 'hello'",
		EMPTY_MEND);
}

static void tab_is_named_in_the_mend(void **state)
{
	expect_error("ports:\n\ta: lo\n",
		"c.yaml:2:1: found character that cannot start any token "
		"while scanning for the next token",
		"indent with spaces: YAML allows no tabs there");
}

static void broken_yaml_has_its_place(void **state)
{
	expect_error("ports: {a: lo\n",
		"c.yaml:2:1: did not find expected ',' or '}' while parsing a flow mapping",
		"check indentation, quotes and brackets here and in the line before");
}

static void bytes_that_are_no_text_have_their_place(void **state)
{
	expect_error("ports:\n  a: \"x\xff\"\n",
		"c.yaml:2:8: invalid leading UTF-8 octet (byte 0xff)",
		"save the file as UTF-8 text without control characters");
	expect_error_of(
		"a: \0b", 5, "c.yaml:1:4: control characters are not allowed (byte 0x00)", NULL);
}

static void escaped_nul_does_not_cut_a_text(void **state)
{
	expect_error("name: \"a\\0b\"\n", "c.yaml:1:7: a text holds a NUL character", NULL);
}

static void second_document_is_an_error(void **state)
{
	expect_error("ports: {a: lo}\n---\nports: {b: lo}\n",
		"c.yaml:2:1: a second document begins here", NULL);
	expect_error(
		"---\n---\nports: {b: lo}\n", "c.yaml:2:1: a second document begins here", NULL);
	nimbl_conf_free(expect_conf_of("---\nports: {a: lo}\n...\n"));
}

static void nesting_deeper_than_16_is_an_error(void **state)
{
	expect_error("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
		"c.yaml:1:1: a configuration has to be a map, but here is a list", NULL);
	expect_error("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
		"c.yaml:1:17: lists and maps are nested too deep", NULL);
}

static void number_of_values_is_bounded(void **state)
{
	size_t length = 40000;
	char *text = malloc(length);

	assert_non_null(text);
	memset(text, ',', length);
	for (size_t i = 1; i < length; i += 2)
		text[i] = 'a';
	text[0] = '[';
	text[length - 1] = ']';
	// The list is the first value, its items stand in every second column.
	expect_error_of(text, length, "c.yaml:1:32768: too many values", NULL);
	free(text);
}

static void anchors_are_values_again(void **state)
{
	struct nimbl_conf *conf = expect_conf_of("pools: {p: &p {size: 64}, q: *p}\n"
						 "ports:\n"
						 "  a: {device: lo, queues: &n 2, pool: q}\n"
						 "  b: {device: eth0, queues: *n}\n");

	assert_int_equal(conf->pools[2].size, 64);
	assert_string_equal(conf->pools[conf->ports[0].pool].name, "q");
	assert_int_equal(conf->ports[1].queues, 2);
	nimbl_conf_free(conf);
}

static void anchor_cannot_hold_itself(void **state)
{
	expect_error("pools: &p {p: *p}\n", "c.yaml:1:15: alias 'p' has no anchor above it",
		"write the value here instead");
}

static void anchors_are_bounded(void **state)
{
	char text[2048] = "eal: [";

	for (int i = 0; i < 65; i++)
		sprintf(text + strlen(text), "\n&a%d x,", i);
	strcat(text, "]\n");
	expect_error(text, "c.yaml:66:1: too many anchors", NULL);
}

static void wrong_value_through_an_alias_has_the_place_of_the_alias(void **state)
{
	expect_error("burst: &b 16\nidle: *b\nports: {a: lo}\n",
		"c.yaml:2:7: idle '16' is not known", "allowed: auto, poll, pause, sleep");
}

static void list_as_a_key_is_an_error(void **state)
{
	expect_error("? [a, b]\n: c\n", "c.yaml:1:3: a list or a map stands as a key", NULL);
	expect_error("? *a\n: c\n", "c.yaml:1:3: alias 'a' has no anchor above it", NULL);
}

static void long_line_is_quoted_in_part(void **state)
{
	char cause[256] = "c.yaml:1:7: name '";
	char *text = malloc(65536 + 16);

	assert_non_null(text);
	strcpy(text, "name: ");
	memset(text + 6, 'n', 65536);
	text[6 + 65536] = '\0';
	memset(cause + strlen(cause), 'n', 60);
	strcat(cause, "'... is not allowed");
	expect_error(text, cause, NULL);
	// The same as an argument is long, but no error.
	memcpy(text, "eal:  ", 6);
	text[65536] = '\0';
	strcat(text, "\nports: {a: lo}");
	nimbl_conf_free(expect_conf_of(text));
	free(text);
}

static void what_a_terminal_would_obey_is_escaped(void **state)
{
	struct nimbl_conf *conf;

	expect_error("\"a\\e[2J\\n\xc3\xa9\": 1",
		"c.yaml:1:1: unknown key 'a\\x1b[2J\\x0a\\xc3\\xa9'", NULL);
	assert_int_equal(nimbl_conf_parse("a\033[2J", "", 0, &conf), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, "a?[2J:1:1: nothing is configured");
}

static void long_path_keeps_its_end(void **state)
{
	struct nimbl_conf *conf;
	char name[400];

	memset(name, 'd', sizeof(name));
	strcpy(name + 390, "/c.yaml");
	assert_int_equal(nimbl_conf_parse(name, "", 0, &conf), -EINVAL);
	assert_non_null(strstr(nimbl_last_error()->cause, "d/c.yaml:1:1: nothing is configured"));
	assert_memory_equal(nimbl_last_error()->cause, "...d", 4);
}

static void text_is_limited_to_1_mib(void **state)
{
	size_t length = NIMBL_CONF_BYTES_MAX;
	char *text = malloc(length + 1);
	struct nimbl_conf *conf;

	assert_non_null(text);
	memset(text, '\n', length + 1);
	memcpy(text, "ports: {a: lo}", 14);
	assert_int_equal(nimbl_conf_parse("c.yaml", text, length, &conf), 0);
	nimbl_conf_free(conf);
	expect_error_of(
		text, length + 1, "c.yaml:1:1: the configuration is larger than 1 MiB", NULL);
	free(text);
}

static void unreadable_file_says_why(void **state)
{
	struct nimbl_conf *conf = (void *)&conf;

	assert_int_equal(nimbl_conf_load("/nonexistent/c.yaml", &conf), -ENOENT);
	assert_null(conf);
	assert_int_equal(nimbl_last_error()->code, ENOENT);
	assert_string_equal(nimbl_last_error()->cause,
		"cannot read the configuration '/nonexistent/c.yaml': "
		"No such file or directory");
	assert_string_equal(nimbl_last_error()->mend,
		"check the path and its rights with 'ls -l', or give '-' for standard "
		"input");
	assert_int_equal(nimbl_conf_load("/", &conf), -EISDIR);
}

static void endless_file_is_too_large(void **state)
{
	struct nimbl_conf *conf = (void *)&conf;

	assert_int_equal(nimbl_conf_load("/dev/zero", &conf), -EINVAL);
	assert_null(conf);
	assert_string_equal(
		nimbl_last_error()->cause, "/dev/zero:1:1: the configuration is larger than 1 MiB");
}

static void file_and_standard_input_are_read(void **state)
{
	char path[] = "/tmp/nimbl-conf-XXXXXX";
	struct nimbl_conf *conf;
	int fd = mkstemp(path), saved = dup(STDIN_FILENO);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "ports: {a: lo}\n", 15), 15);
	assert_int_equal(nimbl_conf_load(path, &conf), 0);
	assert_string_equal(conf->file, path);
	nimbl_conf_free(conf);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_true(dup2(fd, STDIN_FILENO) >= 0);
	assert_int_equal(nimbl_conf_load("-", &conf), 0);
	assert_string_equal(conf->file, "<stdin>");
	nimbl_conf_free(conf);
	if (saved >= 0)
		dup2(saved, STDIN_FILENO);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_text_shows_the_smallest_configuration),
		cmocka_unit_test(tab_is_named_in_the_mend),
		cmocka_unit_test(broken_yaml_has_its_place),
		cmocka_unit_test(bytes_that_are_no_text_have_their_place),
		cmocka_unit_test(escaped_nul_does_not_cut_a_text),
		cmocka_unit_test(second_document_is_an_error),
		cmocka_unit_test(nesting_deeper_than_16_is_an_error),
		cmocka_unit_test(number_of_values_is_bounded),
		cmocka_unit_test(anchors_are_values_again),
		cmocka_unit_test(anchor_cannot_hold_itself),
		cmocka_unit_test(anchors_are_bounded),
		cmocka_unit_test(wrong_value_through_an_alias_has_the_place_of_the_alias),
		cmocka_unit_test(list_as_a_key_is_an_error),
		cmocka_unit_test(long_line_is_quoted_in_part),
		cmocka_unit_test(what_a_terminal_would_obey_is_escaped),
		cmocka_unit_test(long_path_keeps_its_end),
		cmocka_unit_test(text_is_limited_to_1_mib),
		cmocka_unit_test(unreadable_file_says_why),
		cmocka_unit_test(endless_file_is_too_large),
		cmocka_unit_test(file_and_standard_input_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
