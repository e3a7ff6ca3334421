// SPDX-License-Identifier: BSD-3-Clause
// Adapters over test-owned rings.
#include "ring_port.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nimbl_bind.h"

typedef int from_rings_fn(const char *name, struct rte_ring *const rx[], unsigned int rx_count,
	struct rte_ring *const tx[], unsigned int tx_count, unsigned int node);

// The PMD's library is a plugin of EAL's; the tests link it no more than the program does.
static from_rings_fn *from_rings(void)
{
	void *library = dlopen("librte_net_ring.so.23", RTLD_NOW | RTLD_NOLOAD);
	from_rings_fn *function = NULL;

	if (library != NULL)
		*(void **)&function = dlsym(library, "rte_eth_from_rings");
	return function;
}

static int adapter_open(struct ring_port *port, const char *device, const char *name,
	const struct ring_port_options *options)
{
	char descriptors[16], offloads[16];
	const char *lcore = options->lcore != NULL ? options->lcore : "0";
	struct nimbl_option settings[] = {{"device", device}, {"kind", "vdev"},
		{"rx_lcores", lcore}, {"tx_lcores", lcore}, {"rx_descriptors", "64"},
		{"tx_descriptors", descriptors},
		{"lists", options->lists != NULL ? options->lists : "1024"}, {"cache", "0"},
		{"reuse", options->reuse != NULL ? options->reuse : "0"}, {"offloads", offloads},
		{NULL, NULL}};
	NDIS_HANDLE binding;

	snprintf(descriptors, sizeof(descriptors), "%u",
		options->descriptors != 0 ? options->descriptors : 512);
	snprintf(offloads, sizeof(offloads), "%u", options->offloads);
	if (nimbl_adapter_open("ethdev", name, settings, &port->adapter) < 0)
		return -1;
	if (nimbl_binding_open("test_protocol", port->adapter, NULL, &binding) < 0)
		return -1;
	port->user = test_binding_of(binding);
	if (nimbl_adapter_restart(port->adapter) < 0 || nimbl_binding_restart(binding) < 0)
		return -1;
	return 0;
}

int ring_port_open(
	struct ring_port *port, const char *name, const struct ring_port_options *options)
{
	static const struct ring_port_options none;
	static unsigned int serial;
	from_rings_fn *make = from_rings();
	char names[3][24], device[40];

	memset(port, 0, sizeof(*port));
	if (options == NULL)
		options = &none;
	for (unsigned int i = 0; i < 3; i++)
		snprintf(names[i], sizeof(names[i]), "tp%u_%u", serial, i);
	serial++;
	port->in = rte_ring_create(names[0], 1024, SOCKET_ID_ANY, 0);
	port->out = rte_ring_create(
		names[1], options->out_ring != 0 ? options->out_ring : 1024, SOCKET_ID_ANY, 0);
	if (make == NULL || port->in == NULL || port->out == NULL ||
		make(names[2], &port->in, 1, &port->out, 1, 0) < 0) {
		nimbl_fail(ENOMEM, "no port over rings");
		return -1;
	}
	snprintf(device, sizeof(device), "net_ring_%s", names[2]);
	return adapter_open(port, device, name, options);
}

int device_port_open(struct ring_port *port, const char *device, const char *name,
	const struct ring_port_options *options)
{
	static const struct ring_port_options none;

	memset(port, 0, sizeof(*port));
	return adapter_open(port, device, name, options != NULL ? options : &none);
}

static void ring_empty(struct rte_ring *ring)
{
	void *m;

	while (ring != NULL && rte_ring_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
}

int ring_port_close(struct ring_port *port)
{
	int ret = 0;

	ring_empty(port->out);
	ret |= nimbl_binding_pause(port->user->binding);
	ret |= nimbl_adapter_pause(port->adapter);
	ring_empty(port->out);
	ring_empty(port->in);
	nimbl_binding_close(port->user->binding);
	nimbl_adapter_close(port->adapter);
	rte_ring_free(port->in);
	rte_ring_free(port->out);
	return ret < 0 ? -1 : 0;
}

// Of the thread sanitizer, where there is one: the PMD takes from the ring unseen.
void __tsan_release(void *address) __attribute__((weak));

bool ring_port_inject(struct ring_port *port, struct rte_mbuf *m)
{
	if (__tsan_release != NULL)
		__tsan_release(m);
	return rte_ring_enqueue(port->in, m) == 0;
}

struct rte_mbuf *ring_port_take(struct ring_port *port)
{
	void *m;

	return rte_ring_dequeue(port->out, &m) == 0 ? m : NULL;
}
