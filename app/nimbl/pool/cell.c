// SPDX-License-Identifier: BSD-3-Clause
// The axes of the grid: their words, limits and values.
#include "cell.h"

#include <errno.h>
#include <rte_mempool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_nbl.h"

// What a list, a reuse stack or a mempool can be asked for at the most.
#define SIZE_MIN_ELEMENTS 1024u
#define SIZE_MAX_ELEMENTS (1u << 20)
#define COLD_MAX_KIB      (1u << 16)
#define HELD_MAX          2048u // by the workloads that hold elements

static const char *const allocation_words[] = {
#define X(name, word, text) word,
	POOL_ALLOCATIONS(X)
#undef X
		NULL};
static const char *const allocation_texts[] = {
#define X(name, word, text) text,
	POOL_ALLOCATIONS(X)
#undef X
};
static const char *const reclaim_words[] = {
#define X(name, word, text) word,
	POOL_RECLAIMS(X)
#undef X
		NULL};
static const char *const work_words[] = {
#define X(name, word, text) word,
	POOL_WORKS(X)
#undef X
		NULL};
static const char *const work_texts[] = {
#define X(name, word, text) text,
	POOL_WORKS(X)
#undef X
};

const char *pool_allocation_word(enum pool_allocation allocation)
{
	return allocation_words[allocation];
}

const char *pool_allocation_text(enum pool_allocation allocation)
{
	return allocation_texts[allocation];
}

const char *pool_work_word(enum pool_work work)
{
	return work_words[work];
}

const char *pool_work_text(enum pool_work work)
{
	return work_texts[work];
}

static int find_word(const char *const *words, const char *text)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return -1;
}

static bool set_work(struct pool_cell *cell, const char *text)
{
	int i = find_word(work_words, text);

	cell->work = i < 0 ? cell->work : (enum pool_work)i;
	return i >= 0;
}

static bool set_allocation(struct pool_cell *cell, const char *text)
{
	int i = find_word(allocation_words, text);

	cell->allocation = i < 0 ? cell->allocation : (enum pool_allocation)i;
	return i >= 0;
}

static bool set_reclaim(struct pool_cell *cell, const char *text)
{
	int i = find_word(reclaim_words, text);

	cell->reclaim = i < 0 ? cell->reclaim : (enum pool_reclaim)i;
	return i >= 0;
}

static bool set_ops(struct pool_cell *cell, const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || length >= sizeof(cell->ops))
		return false;
	snprintf(cell->ops, sizeof(cell->ops), "%s", text);
	return true;
}

static bool is_port_word(const char *text)
{
	return strcmp(text, POOL_PORT_NONE) == 0 || strcmp(text, POOL_PORT_NULL) == 0 ||
	       strcmp(text, POOL_PORT_RING) == 0;
}

// Whether there is such a device is found out when it is opened.
static bool set_port(struct pool_cell *cell, const char *text)
{
	const char *peer = strchr(text, '+');
	size_t length = strlen(text);

	if (length == 0 || length + 1 >= sizeof(cell->port) ||
		(peer != NULL &&
			(peer == text || peer[1] == '\0' || strchr(peer + 1, '+') != NULL)))
		return false;
	snprintf(cell->port, sizeof(cell->port), "%s", text);
	return true;
}

// A whole number with a suffix k or M of `unit`.
static bool read_number(const char *text, uint32_t unit, uint32_t min, uint32_t max, uint32_t *to)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9')
		return false;
	if (*end == 'k' || *end == 'K')
		value *= unit, end++;
	else if (*end == 'M')
		value *= (unsigned long long)unit * unit, end++;
	else if (*end == 'G')
		value *= (unsigned long long)unit * unit * unit, end++;
	if (*end != '\0' || value < min || value > max)
		return false;
	*to = (uint32_t)value;
	return true;
}

static bool set_cache(struct pool_cell *cell, const char *text)
{
	return read_number(text, 1024, 0, NIMBL_CACHE_MAX, &cell->cache);
}

static bool set_burst(struct pool_cell *cell, const char *text)
{
	return read_number(text, 1024, 1, POOL_BURST_MAX, &cell->burst);
}

static bool set_size(struct pool_cell *cell, const char *text)
{
	return read_number(text, 1024, SIZE_MIN_ELEMENTS, SIZE_MAX_ELEMENTS, &cell->size);
}

static bool set_data(struct pool_cell *cell, const char *text)
{
	return read_number(text, 1024, 64, 16384, &cell->data);
}

static bool set_page(struct pool_cell *cell, const char *text)
{
	if (strcmp(text, "auto") == 0) {
		cell->page = 0;
		return true;
	}
	return read_number(text, 1024, 4096, 1u << 30, &cell->page) &&
	       (cell->page == 4096 || cell->page == 2u << 20 || cell->page == 1u << 30);
}

static bool set_cold(struct pool_cell *cell, const char *text)
{
	return read_number(text, 1024, 0, COLD_MAX_KIB, &cell->cold);
}

static bool set_node(struct pool_cell *cell, const char *text)
{
	uint32_t node;

	if (strcmp(text, "near") == 0) {
		cell->node = POOL_NODE_NEAR;
		return true;
	}
	if (!read_number(text, 1024, 0, RTE_MAX_NUMA_NODES - 1, &node))
		return false;
	cell->node = (int)node;
	return true;
}

static bool set_lcores(struct pool_cell *cell, const char *text)
{
	char *end;
	unsigned long takers = strtoul(text, &end, 10), givers;

	if (*text < '0' || *text > '9' || *end != ':' || end[1] < '0' || end[1] > '9')
		return false;
	givers = strtoul(end + 1, &end, 10);
	if (*end != '\0' || takers < 1 || takers > POOL_SIDE_MAX || givers < 1 ||
		givers > POOL_SIDE_MAX)
		return false;
	cell->takers = (uint32_t)takers;
	cell->givers = (uint32_t)givers;
	return true;
}

// As read_number() takes it: 2048 as "2k".
static void write_number(uint32_t value, char *text, size_t size)
{
	if (value >= 1u << 30 && value % (1u << 30) == 0)
		snprintf(text, size, "%uG", value >> 30);
	else if (value >= 1u << 20 && value % (1u << 20) == 0)
		snprintf(text, size, "%uM", value >> 20);
	else if (value >= 1024 && value % 1024 == 0)
		snprintf(text, size, "%uk", value >> 10);
	else
		snprintf(text, size, "%u", value);
}

static void get_work(const struct pool_cell *cell, char *text, size_t size)
{
	snprintf(text, size, "%s", work_words[cell->work]);
}

static void get_allocation(const struct pool_cell *cell, char *text, size_t size)
{
	snprintf(text, size, "%s", allocation_words[cell->allocation]);
}

static void get_reclaim(const struct pool_cell *cell, char *text, size_t size)
{
	snprintf(text, size, "%s", reclaim_words[cell->reclaim]);
}

static void get_ops(const struct pool_cell *cell, char *text, size_t size)
{
	snprintf(text, size, "%s", cell->ops);
}

static void get_cache(const struct pool_cell *cell, char *text, size_t size)
{
	snprintf(text, size, "%u", cell->cache);
}

static void get_burst(const struct pool_cell *cell, char *text, size_t size)
{
	snprintf(text, size, "%u", cell->burst);
}

static void get_size(const struct pool_cell *cell, char *text, size_t size)
{
	write_number(cell->size, text, size);
}

static void get_data(const struct pool_cell *cell, char *text, size_t size)
{
	write_number(cell->data, text, size);
}

static void get_page(const struct pool_cell *cell, char *text, size_t size)
{
	if (cell->page == 0)
		snprintf(text, size, "auto");
	else
		write_number(cell->page, text, size);
}

static void get_cold(const struct pool_cell *cell, char *text, size_t size)
{
	write_number(cell->cold, text, size);
}

static void get_node(const struct pool_cell *cell, char *text, size_t size)
{
	if (cell->node == POOL_NODE_NEAR)
		snprintf(text, size, "near");
	else
		snprintf(text, size, "%d", cell->node);
}

static void get_port(const struct pool_cell *cell, char *text, size_t size)
{
	snprintf(text, size, "%s", cell->port);
}

static void get_lcores(const struct pool_cell *cell, char *text, size_t size)
{
	snprintf(text, size, "%u:%u", cell->takers, cell->givers);
}

#define ALL_OPS                                                                               \
	"ring_mp_mc,ring_mp_sc,ring_sp_mc,ring_sp_sc,ring_mt_rts,ring_mt_hts,stack,lf_stack," \
	"bucket,nimbl_reuse"

// The order in which cells are named and tables sorted.
const struct pool_axis pool_axes[] = {
	{"work", "What is done with the elements.", "get-put", "get-put,nic,round-trip,pass",
		"get-put,batch,pass,nic,round-trip,mix,exhaustion", set_work, get_work},
	{"allocation", "What is taken, and how.", "bulk",
		"bare,bulk,whole,one-step,two-steps,two-steps-data,foreign",
		"mempool,bare,bulk,whole,one-step,two-steps,two-steps-data,foreign", set_allocation,
		get_allocation},
	{"return", "Where it goes.", "pool", "pool,list", "pool,list", set_reclaim, get_reclaim},
	{"ops", "Mempool ops that keep free elements; nimbl_reuse is our own.", "ring_mp_mc",
		"ring_mp_mc,ring_sp_sc,stack,lf_stack,nimbl_reuse", ALL_OPS, set_ops, get_ops},
	{"cache", "Elements that each lcore keeps for itself.", "256", "0,32,256,512",
		"0,32,64,128,256,512", set_cache, get_cache},
	{"burst", "Elements at a time.", "32", "1,8,32,64,256", "1,4,8,16,32,64,128,256", set_burst,
		get_burst},
	{"size", "Elements in the pool.", "4k", "1k,4k,16k,64k", "1k,4k,16k,64k,256k,1M", set_size,
		get_size},
	{"data", "Bytes of data room in an element.", "2k", "256,2k", "64,256,2k,8k", set_data,
		get_data},
	{"page", "Size of the memory's pages.", "auto", "4k,2M", "4k,2M,1G", set_page, get_page},
	{"cold", "KiB of other memory that is worked on between bursts.", "0", "0,32,1k",
		"0,32,256,1k,16k", set_cold, get_cold},
	{"port",
		"Device that receives and sends in work nic; none: only its rings are there; DEVICE, "
		"as in a configuration, or DEVICE+PEER: another one joined to it, which feeds it.",
		"none", "none,net_null,net_ring", "none,net_null,net_ring", set_port, get_port},
	{"lcores", "Lcores that take in work pass, and that give back.", "1:1", "1:1,1:2,2:1",
		"1:1,1:2,2:1,1:4,4:1", set_lcores, get_lcores},
	{"node", "NUMA node of the pool's memory.", "near", "near", "near,0,1", set_node, get_node},
};
const size_t pool_axis_count = sizeof(pool_axes) / sizeof(pool_axes[0]);

const struct pool_axis *pool_axis_find(const char *name)
{
	for (size_t i = 0; i < pool_axis_count; i++)
		if (strcmp(pool_axes[i].name, name) == 0)
			return &pool_axes[i];
	return NULL;
}

void pool_cell_preset(struct pool_cell *cell)
{
	memset(cell, 0, sizeof(*cell));
	for (size_t i = 0; i < pool_axis_count; i++)
		pool_axes[i].set(cell, pool_axes[i].preset);
}

static bool has_lists(enum pool_allocation allocation)
{
	return allocation >= POOL_BULK;
}

static bool has_data(enum pool_allocation allocation)
{
	return allocation == POOL_BULK || allocation == POOL_WHOLE || allocation >= POOL_TWIN;
}

bool pool_cell_has_port(const struct pool_cell *cell)
{
	return strcmp(cell->port, POOL_PORT_NONE) != 0;
}

bool pool_cell_has_device(const struct pool_cell *cell)
{
	return !is_port_word(cell->port);
}

// Whether what begins here, behind a comma, is an argument of the device before it.
static bool is_argument(const char *at)
{
	size_t word = strcspn(at, ",+");

	return memchr(at, '=', word) != NULL;
}

bool pool_axis_next(const struct pool_axis *axis, const char **at, char *value, size_t size)
{
	const char *begin = *at;
	size_t length;

	if (begin == NULL)
		return false;
	length = strcspn(begin, ",");
	while (axis->set == set_port && begin[length] == ',' && is_argument(&begin[length + 1]))
		length += 1 + strcspn(&begin[length + 1], ",");
	snprintf(value, size, "%.*s", (int)length, begin);
	*at = begin[length] == ',' ? &begin[length + 1] : NULL;
	return true;
}

int pool_axis_wrong(const struct pool_axis *axis, const char *value)
{
	nimbl_fail(EINVAL, "--%s '%s' is not allowed", axis->name, value);
	nimbl_mend("values such as %s, separated by commas", axis->full);
	return -EINVAL;
}

// What the lcores of work "pass" ask for.
static const char *refuse_lcores(const struct pool_cell *cell)
{
	if (cell->takers == 1 && cell->givers == 1)
		return NULL;
	if (cell->work != POOL_WORK_PASS)
		return "only work pass has several lcores";
	if (cell->takers > 1 && strcmp(cell->ops, "nimbl_reuse") == 0)
		return "nimbl_reuse belongs to one lcore that takes";
	if ((cell->takers > 1 && strstr(cell->ops, "_sc") != NULL) ||
		(cell->givers > 1 && strstr(cell->ops, "_sp") != NULL))
		return "this end of the ring is for one lcore";
	return NULL;
}

const char *pool_cell_refuse(const struct pool_cell *cell)
{
	if (cell->reclaim == POOL_RECLAIM_LIST && !has_lists(cell->allocation))
		return "only lists are kept on a list";
	if (cell->work == POOL_WORK_MIX && !has_data(cell->allocation))
		return "clones need data";
	if (cell->work == POOL_WORK_DRAIN && cell->reclaim == POOL_RECLAIM_LIST)
		return "a list of the driver's own hides that the pool is dry";
	if (strcmp(cell->ops, "nimbl_reuse") == 0 && cell->cache > 0)
		return "nimbl_reuse is a cache itself";
	if (pool_cell_has_port(cell) && cell->work != POOL_WORK_NIC)
		return "only work nic has a port";
	if (pool_cell_has_port(cell) &&
		((cell->allocation != POOL_BARE && cell->allocation != POOL_BULK) ||
			cell->reclaim != POOL_RECLAIM_POOL))
		return "a port takes and gives mbufs in bulk";
	if (cell->cache > cell->size * 2 / 3)
		return "the cache is larger than two thirds of the pool";
	if ((cell->work == POOL_WORK_NIC || cell->work == POOL_WORK_TRIP) &&
		cell->size < HELD_MAX + 2 * cell->cache)
		return "the pool is smaller than what the rings hold";
	return refuse_lcores(cell);
}

static void append(char *text, size_t size, const char *word)
{
	size_t used = strlen(text);

	if (used < size)
		snprintf(text + used, size - used, "%s%s", used > 0 ? " " : "", word);
}

void pool_cell_name(const struct pool_cell *cell, char *text, size_t size)
{
	struct pool_cell preset;

	pool_cell_preset(&preset);
	text[0] = '\0';
	for (size_t i = 0; i < pool_axis_count; i++) {
		char mine[POOL_PORT_BYTES], usual[POOL_PORT_BYTES], word[POOL_PORT_BYTES + 16];

		pool_axes[i].get(cell, mine, sizeof(mine));
		pool_axes[i].get(&preset, usual, sizeof(usual));
		if (i >= 4 && strcmp(mine, usual) == 0)
			continue;
		if (i < 4)
			snprintf(word, sizeof(word), "%s", mine);
		else
			snprintf(word, sizeof(word), "%s=%s", pool_axes[i].name, mine);
		append(text, size, word);
	}
}

void pool_cell_key(const struct pool_cell *cell, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < pool_axis_count && used < size; i++) {
		char value[POOL_PORT_BYTES];

		pool_axes[i].get(cell, value, sizeof(value));
		used += (size_t)snprintf(text + used, size - used, "%s%s=%s", i > 0 ? "," : "",
			pool_axes[i].name, value);
	}
}

bool pool_cell_equal(const struct pool_cell *a, const struct pool_cell *b)
{
	char x[512], y[512];

	pool_cell_key(a, x, sizeof(x));
	pool_cell_key(b, y, sizeof(y));
	return strcmp(x, y) == 0;
}
