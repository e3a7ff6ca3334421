// SPDX-License-Identifier: BSD-3-Clause
// What ethdev ports answer, and that what is set takes effect: over rings, and over net_null.
#include <rte_ethdev.h>

#include "../../drivers/miniport/ethdev/ethdev_priv.h"
#include "oid_make.h"
#include "ring_port.h"

static NDIS_STATUS query(
	const struct ring_port *port, struct ask *ask, NDIS_OID oid, uint32_t bytes)
{
	return NdisOidRequest(port->user->binding, ask_query(ask, oid, bytes));
}

static NDIS_STATUS set(const struct ring_port *port, struct ask *ask, NDIS_OID oid,
	const void *from, uint32_t bytes)
{
	return NdisOidRequest(port->user->binding, ask_set(ask, oid, from, bytes));
}

static void answers_have_their_length(const struct ring_port *port, NDIS_OID oid)
{
	struct ask ask;
	NDIS_STATUS status = query(port, &ask, oid, 0);

	if (oid == OID_OFFLOAD_ENCAPSULATION) { // is only set
		assert_int_equal(status, NDIS_STATUS_NOT_SUPPORTED);
		return;
	}
	uint32_t bytes = ask_needed(&ask);
	if (oid == OID_802_3_MULTICAST_LIST) { // empty
		assert_int_equal(status, NDIS_STATUS_SUCCESS);
		assert_int_equal(bytes, 0);
		return;
	}
	assert_int_equal(status, NDIS_STATUS_BUFFER_TOO_SHORT);
	assert_int_equal(ask_written(&ask), 0);
	assert_true(bytes > 0 && bytes < sizeof(ask.buffer));
	assert_int_equal(query(port, &ask, oid, bytes - 1), NDIS_STATUS_BUFFER_TOO_SHORT);
	assert_int_equal(ask_needed(&ask), bytes);
	assert_int_equal(query(port, &ask, oid, sizeof(ask.buffer)), NDIS_STATUS_SUCCESS);
	assert_int_equal(ask_written(&ask), bytes);
	for (uint32_t i = bytes; i < sizeof(ask.buffer); i++)
		assert_int_equal(ask.buffer[i], 0);
}

static void all_answers_have_their_length(const struct ring_port *port)
{
	NDIS_OID list[64];
	struct ask ask;

	assert_int_equal(
		query(port, &ask, OID_GEN_SUPPORTED_LIST, sizeof(list)), NDIS_STATUS_SUCCESS);
	uint32_t count = ask_written(&ask) / (uint32_t)sizeof(list[0]);
	assert_true(count >= 10);
	memcpy(list, ask.buffer, ask_written(&ask));
	for (uint32_t i = 0; i < count; i++)
		answers_have_their_length(port, list[i]);
	assert_int_equal(query(port, &ask, OID_UNKNOWN, 64), NDIS_STATUS_NOT_SUPPORTED);
	assert_int_equal(set(port, &ask, OID_UNKNOWN, list, 4), NDIS_STATUS_NOT_SUPPORTED);
	assert_int_equal(set(port, &ask, OID_GEN_STATISTICS, list, 4), NDIS_STATUS_NOT_SUPPORTED);
}

static void what_a_port_lists_it_answers(void **state)
{
	struct ring_port port;

	assert_int_equal(ring_port_open(&port, "r", NULL), 0);
	all_answers_have_their_length(&port);
	assert_int_equal(ring_port_close(&port), 0);
	assert_int_equal(device_port_open(&port, "net_null_oid", "n", NULL), 0);
	all_answers_have_their_length(&port);
	assert_int_equal(ring_port_close(&port), 0);
}

static void counters_fit_who_asks_for_32_bits(void **state)
{
	struct ring_port port;
	struct ask ask;

	assert_int_equal(ring_port_open(&port, "r", NULL), 0);
	assert_int_equal(query(&port, &ask, OID_GEN_RCV_OK, 4), NDIS_STATUS_SUCCESS);
	assert_int_equal(ask_written(&ask), 4);
	assert_int_equal(query(&port, &ask, OID_GEN_RCV_OK, 8), NDIS_STATUS_SUCCESS);
	assert_int_equal(ask_written(&ask), 8);
	assert_int_equal(ring_port_close(&port), 0);
}

static uint32_t filter_of(const struct ring_port *port)
{
	uint32_t filter;
	struct ask ask;

	assert_int_equal(query(port, &ask, OID_GEN_CURRENT_PACKET_FILTER, 4), NDIS_STATUS_SUCCESS);
	memcpy(&filter, ask.buffer, sizeof(filter));
	return filter;
}

static void a_packet_filter_takes_effect(void **state)
{
	const uint32_t base = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_BROADCAST;
	const uint32_t filters[] = {base | NDIS_PACKET_TYPE_PROMISCUOUS, base,
		base | NDIS_PACKET_TYPE_ALL_MULTICAST, 0};
	const uint32_t source_routing = NDIS_PACKET_TYPE_SOURCE_ROUTING;
	struct ring_port port;
	struct ask ask;

	assert_int_equal(ring_port_open(&port, "r", NULL), 0);
	const struct ethdev *dev = nimbl_adapter_context(port.adapter);
	for (size_t i = 0; i < RTE_DIM(filters); i++) {
		assert_int_equal(set(&port, &ask, OID_GEN_CURRENT_PACKET_FILTER, &filters[i], 4),
			NDIS_STATUS_SUCCESS);
		assert_int_equal(ask.request.DATA.SET_INFORMATION.BytesRead, 4);
		assert_int_equal(rte_eth_promiscuous_get(dev->port_id),
			(filters[i] & NDIS_PACKET_TYPE_PROMISCUOUS) != 0);
		assert_int_equal(rte_eth_allmulticast_get(dev->port_id),
			(filters[i] & NDIS_PACKET_TYPE_ALL_MULTICAST) != 0);
		assert_int_equal(filter_of(&port), filters[i] | base);
	}
	assert_int_equal(set(&port, &ask, OID_GEN_CURRENT_PACKET_FILTER, &source_routing, 4),
		NDIS_STATUS_NOT_SUPPORTED);
	assert_int_equal(set(&port, &ask, OID_GEN_CURRENT_PACKET_FILTER, &source_routing, 2),
		NDIS_STATUS_INVALID_LENGTH);
	assert_int_equal(ask.request.DATA.SET_INFORMATION.BytesNeeded, 4);
	assert_int_equal(ring_port_close(&port), 0);
}

// A port over rings takes no list: all multicast frames come in its place, whatever the packet filter.
static void a_multicast_list_takes_effect_in_either_order(void **state)
{
	static const uint8_t groups[2][6] = {{1, 0, 0x5e, 0, 0, 1}, {1, 0, 0x5e, 0, 0, 2}};
	static const uint8_t many[6 * (ETHDEV_MULTICAST_MAX + 1)];
	const uint32_t filter = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST;
	struct ring_port port;
	struct ask ask;

	assert_int_equal(ring_port_open(&port, "r", NULL), 0);
	const struct ethdev *dev = nimbl_adapter_context(port.adapter);
	assert_int_equal(set(&port, &ask, OID_802_3_MULTICAST_LIST, groups, sizeof(groups)),
		NDIS_STATUS_SUCCESS);
	assert_int_equal(rte_eth_allmulticast_get(dev->port_id), 1);
	assert_int_equal(
		set(&port, &ask, OID_GEN_CURRENT_PACKET_FILTER, &filter, 4), NDIS_STATUS_SUCCESS);
	assert_int_equal(rte_eth_allmulticast_get(dev->port_id), 1);
	assert_int_equal(filter_of(&port), filter | NDIS_PACKET_TYPE_BROADCAST);
	assert_int_equal(
		query(&port, &ask, OID_802_3_MULTICAST_LIST, 11), NDIS_STATUS_BUFFER_TOO_SHORT);
	assert_int_equal(query(&port, &ask, OID_802_3_MULTICAST_LIST, 12), NDIS_STATUS_SUCCESS);
	assert_memory_equal(ask.buffer, groups, sizeof(groups));
	// A list that is refused changes nothing.
	assert_int_equal(set(&port, &ask, OID_802_3_MULTICAST_LIST, many, sizeof(many)),
		NDIS_STATUS_MULTICAST_FULL);
	assert_int_equal(
		set(&port, &ask, OID_802_3_MULTICAST_LIST, many, 7), NDIS_STATUS_INVALID_LENGTH);
	assert_int_equal(query(&port, &ask, OID_802_3_MULTICAST_LIST, 12), NDIS_STATUS_SUCCESS);
	assert_int_equal(set(&port, &ask, OID_802_3_MULTICAST_LIST, many, 0), NDIS_STATUS_SUCCESS);
	assert_int_equal(rte_eth_allmulticast_get(dev->port_id), 0);
	assert_int_equal(ring_port_close(&port), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_port_lists_it_answers),
		cmocka_unit_test(counters_fit_who_asks_for_32_bits),
		cmocka_unit_test(a_packet_filter_takes_effect),
		cmocka_unit_test(a_multicast_list_takes_effect_in_either_order),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
