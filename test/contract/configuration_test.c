// SPDX-License-Identifier: BSD-3-Clause
// Settings of an adapter as NDIS reads a registry.
#include "stack_make.h"

static struct stack stack;

static NDIS_STATUS open_as(NDIS_HANDLE of, UCHAR type, NDIS_HANDLE *configuration)
{
	NDIS_CONFIGURATION_OBJECT object = {
		.Header = {type, NDIS_CONFIGURATION_OBJECT_REVISION_1,
			NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1},
		.NdisHandle = of,
	};

	return NdisOpenConfigurationEx(&object, configuration);
}

static int adapter_open(void **state)
{
	struct nimbl_option options[] = {{"Depth", "1500"}, {"mask", "0x1F"}, {"hex", "ff"},
		{"color", "blue"}, {"key", "00ff1A"}, {"odd", "abc"},
		{"NetworkAddress", "02-00-00-00-00-09"}, {NULL, NULL}};

	if (nimbl_adapter_open("test_miniport", "c", options, &stack.adapter) < 0)
		return -1;
	return open_as(stack.adapter, NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT,
		       (NDIS_HANDLE *)state) != NDIS_STATUS_SUCCESS;
}

static int adapter_close(void **state)
{
	uint32_t halted = test_miniport_halted;

	NdisCloseConfiguration(*state);
	nimbl_adapter_close(stack.adapter);
	assert_int_equal(test_miniport_halted, halted + 1);
	return 0;
}

static NDIS_CONFIGURATION_PARAMETER *read_as(
	NDIS_HANDLE configuration, PCWSTR name, NDIS_PARAMETER_TYPE type, NDIS_STATUS expected)
{
	NDIS_CONFIGURATION_PARAMETER *parameter;
	NDIS_STATUS status;
	NDIS_STRING keyword;

	NdisInitUnicodeString(&keyword, name);
	NdisReadConfiguration(&status, &parameter, configuration, &keyword, type);
	assert_int_equal(status, expected);
	assert_true((status == NDIS_STATUS_SUCCESS) == (parameter != NULL));
	return parameter;
}

static void expect_number(NDIS_HANDLE c, PCWSTR name, NDIS_PARAMETER_TYPE type, ULONG value)
{
	assert_int_equal(
		read_as(c, name, type, NDIS_STATUS_SUCCESS)->ParameterData.IntegerData, value);
}

static void numbers_are_decimal_or_say_that_they_are_not(void **state)
{
	expect_number(*state, u"Depth", NdisParameterInteger, 1500);
	expect_number(*state, u"dEPTH", NdisParameterInteger, 1500);
	expect_number(*state, u"mask", NdisParameterInteger, 31);
	expect_number(*state, u"mask", NdisParameterHexInteger, 31);
	expect_number(*state, u"hex", NdisParameterHexInteger, 255);
	expect_number(*state, u"Depth", NdisParameterHexInteger, 0x1500);
}

static void texts_and_bytes_live_as_long_as_the_configuration(void **state)
{
	const NDIS_CONFIGURATION_PARAMETER *text =
		read_as(*state, u"color", NdisParameterString, NDIS_STATUS_SUCCESS);
	const NDIS_CONFIGURATION_PARAMETER *bytes =
		read_as(*state, u"key", NdisParameterBinary, NDIS_STATUS_SUCCESS);

	assert_int_equal(text->ParameterType, NdisParameterString);
	assert_int_equal(text->ParameterData.StringData.Length, 8);
	assert_memory_equal(text->ParameterData.StringData.Buffer, u"blue", 10);
	assert_int_equal(bytes->ParameterData.BinaryData.Length, 3);
	assert_memory_equal(bytes->ParameterData.BinaryData.Buffer, "\x00\xFF\x1A", 3);
}

static void what_is_not_there_or_not_of_the_type_fails(void **state)
{
	NDIS_STATUS status;
	NDIS_STRING keyword;

	read_as(*state, u"depths", NdisParameterInteger, NDIS_STATUS_FAILURE);
	read_as(*state, u"color", NdisParameterInteger, NDIS_STATUS_FAILURE);
	read_as(*state, u"odd", NdisParameterBinary, NDIS_STATUS_FAILURE);
	read_as(*state, u"color", NdisParameterBinary, NDIS_STATUS_FAILURE);
	read_as(*state,
		u"a name that is much longer than any setting has, so that it fits into no buffer",
		NdisParameterString, NDIS_STATUS_FAILURE);
	NdisInitUnicodeString(&keyword, u"Depth");
	NdisWriteConfiguration(&status, *state, &keyword, NULL);
	assert_int_equal(status, NDIS_STATUS_NOT_SUPPORTED);
}

static void the_network_address_is_bytes(void **state)
{
	NDIS_STATUS status;
	PVOID address;
	UINT length;

	NdisReadNetworkAddress(&status, &address, &length, *state);
	assert_int_equal(status, NDIS_STATUS_SUCCESS);
	assert_int_equal(length, 6);
	assert_memory_equal(address, "\x02\0\0\0\0\x09", 6);
}

static void a_driver_has_no_settings_and_a_wrong_header_is_refused(void **state)
{
	// With room for what follows in the engine's own: a driver object, of which there is none.
	struct {
		struct nimbl_object object;
		void *rest[64];
	} driver = {.object.kind = NIMBL_OBJECT_FILTER_DRIVER};
	NDIS_HANDLE configuration;

	assert_int_equal(open_as(&driver, NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT, &configuration),
		NDIS_STATUS_SUCCESS);
	read_as(configuration, u"Depth", NdisParameterInteger, NDIS_STATUS_FAILURE);
	NdisCloseConfiguration(configuration);
	assert_int_equal(open_as(&driver, NDIS_OBJECT_TYPE_DEFAULT, &configuration),
		NDIS_STATUS_INVALID_PARAMETER);
}

#define on_adapter(test) cmocka_unit_test_setup_teardown(test, adapter_open, adapter_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_adapter(numbers_are_decimal_or_say_that_they_are_not),
		on_adapter(texts_and_bytes_live_as_long_as_the_configuration),
		on_adapter(what_is_not_there_or_not_of_the_type_fails),
		on_adapter(the_network_address_is_bytes),
		on_adapter(a_driver_has_no_settings_and_a_wrong_header_is_refused),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
