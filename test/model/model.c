// SPDX-License-Identifier: BSD-3-Clause
// The model's state, and how a program runs.
#include <inttypes.h>
#include <stdarg.h>

#include "alloc_fault.h"
#include "model_priv.h"

struct list lists[LISTS];
NDIS_HANDLE data_pool, bare_pool, buffer_pool_data, buffer_pool_bare;
uint8_t scratch[65536];
uint32_t driver_mdls;
bool is_short;
bool buffer_model_is_loud;
enum buffer_model_defect buffer_model_defect;

static uint32_t number; // of this operation
static const char *name;

// Choices come from the operation's bytes, and when these are used up from what they are a seed of.
static const uint8_t *choice, *choices_end;
static uint64_t random_state;

// The allocation that the next operation does without.
static struct {
	bool armed;
	unsigned int kind, n;
} fault;

void model_fail(const char *what)
{
	fprintf(stderr, "operation %u, %s: not so: %s\n", number, name, what);
	abort();
}

void say(const char *format, ...)
{
	va_list arguments;

	if (!buffer_model_is_loud)
		return;
	fprintf(stderr, "  %2u %-14s ", number, name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static uint32_t random_below(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 32) % below);
}

uint32_t roll(uint32_t below)
{
	uint32_t value;

	if (choice == choices_end)
		return random_below(below);
	value = *choice++;
	if (below > 256 && choice < choices_end)
		value |= (uint32_t)*choice++ << 8;
	return value % below;
}

static void choose_from(const uint8_t *bytes, size_t count)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	choice = bytes;
	choices_end = bytes + count;
	for (size_t i = 0; i < count; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ull;
	random_state = hash | 1;
}

struct list *list_unused(void)
{
	struct list *list = &lists[roll(LISTS)];

	return list->kind == NONE ? list : NULL;
}

struct list *list_any(void)
{
	for (uint32_t n = 0, i = roll(LISTS); n < LISTS; n++, i = (i + 1) % LISTS) {
		if (lists[i].kind != NONE)
			return &lists[i];
	}
	return NULL;
}

NET_BUFFER *list_pick(const struct list *list, uint32_t *i)
{
	NET_BUFFER *nb = list->nbl->FirstNetBuffer;

	*i = roll(list->count);
	for (uint32_t n = *i; n > 0; n--)
		nb = nb->Next;
	return nb;
}

void list_start(struct list *list, enum kind kind, NET_BUFFER_LIST *nbl, struct list *parent)
{
	list->kind = kind;
	list->nbl = nbl;
	list->parent = parent;
	list->children = list->context_count = list->count = 0;
	list->foreign = NULL;
	memset(list->info, 0, sizeof(list->info));
	nbl->ParentNetBufferList = parent != NULL ? parent->nbl : NULL;
	if (parent != NULL)
		parent->children++;
}

void list_forget(struct list *list)
{
	list->kind = NONE;
	if (list->parent != NULL)
		list->parent->children--;
}

void list_check(const struct list *list)
{
	uint32_t i = 0;

	for (NET_BUFFER *nb = list->nbl->FirstNetBuffer; nb != NULL; nb = nb->Next, i++) {
		const struct packet *packet = &list->packets[i];
		const char *broken = nb_check(nb);

		if (broken != NULL)
			model_fail(broken);
		must(i < list->count);
		must(nb->DataLength == packet->length);
		must(nb_gather(nb, scratch, sizeof(scratch)) == packet->length);
		must(memcmp(scratch, packet->bytes + packet->start, packet->length) == 0);
	}
	must(i == list->count);
}

void packet_learn(struct packet *packet, const NET_BUFFER *nb)
{
	packet->start = packet->known = FRONT;
	packet->length = nb->DataLength;
	must(packet->length <= LONGEST + FRONT);
	nb_gather(nb, packet->bytes + FRONT, ALL - FRONT);
}

void packet_retreat(struct packet *packet, const NET_BUFFER *nb, uint32_t delta)
{
	packet->start -= delta;
	packet->length += delta;
	if (packet->start < packet->known) {
		nb_gather(nb, scratch, sizeof(scratch));
		memcpy(packet->bytes + packet->start, scratch, packet->known - packet->start);
		packet->known = packet->start;
	}
}

MDL *driver_allocate(ULONG *size)
{
	void *bytes = roll(8) == 0 ? NULL : malloc(*size);
	MDL *mdl = bytes != NULL ? NdisAllocateMdl(NULL, bytes, *size) : NULL;

	if (mdl == NULL) {
		free(bytes);
		return NULL;
	}
	driver_mdls++;
	return mdl;
}

void driver_free(MDL *mdl)
{
	driver_mdls--;
	free(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
	NdisFreeMdl(mdl);
}

static void fail_next(struct list *unused)
{
	fault.armed = true;
	fault.kind = roll(alloc_fault_kinds());
	fault.n = roll(8);
	say("allocation %u from %s", fault.n, alloc_fault_name(fault.kind));
}

// As often as they stand here.
static const struct {
	const char *name;
	void (*run)(struct list *list);
	bool needs_list;
} operations[] = {
	{"make", make_root, false},
	{"make", make_root, false},
	{"free", free_list, true},
	{"free", free_list, true},
	{"free", free_list, true},
	{"clone", derive_clone, true},
	{"clone", derive_clone, true},
	{"fragment", derive_fragments, true},
	{"fragment", derive_fragments, true},
	{"reassemble", derive_reassembled, true},
	{"retreat", retreat, true},
	{"retreat", retreat, true},
	{"retreat", retreat, true},
	{"advance", advance, true},
	{"advance", advance, true},
	{"advance", advance, true},
	{"read", read_some, true},
	{"copy", copy_some, true},
	{"gather", gather_some, true},
	{"context", context, true},
	{"set info", info_set, true},
	{"copy info", info_copy, true},
	{"send", send_and_complete, true},
	{"give away", give_away, true},
	{"PMD is done", pmd_is_done, false},
	{"fail", fail_next, false},
};

static void step(const uint8_t *bytes)
{
	struct list *list = NULL;

	choose_from(bytes, BUFFER_MODEL_OPERATION);
	uint32_t what = roll(RTE_DIM(operations));
	name = operations[what].name;
	is_short = fault.armed;
	if (is_short)
		alloc_fault_arm(fault.kind, fault.n);
	fault.armed = false;
	if (operations[what].needs_list)
		list = list_any();
	if (list != NULL || !operations[what].needs_list)
		operations[what].run(list);
	if (is_short)
		alloc_fault_disarm();
	is_short = false;
}

static void free_all(void)
{
	static const uint8_t none;

	name = "end";
	choose_from(&none, 0);
	for (uint32_t left = 1; left > 0;) {
		left = 0;
		for (uint32_t i = 0; i < LISTS; i++) {
			if (lists[i].kind != NONE)
				free_list(&lists[i]);
			left += lists[i].kind != NONE;
		}
	}
	pmd_stop();
	must(driver_mdls == 0);
	nimbl_pool_foreach(pool_must_be_full, NULL);
}

void buffer_model_run(const uint8_t *program, size_t bytes)
{
	size_t count = bytes / BUFFER_MODEL_OPERATION;

	fault.armed = false;
	for (number = 0; number < count; number++) {
		step(program + number * BUFFER_MODEL_OPERATION);
		for (uint32_t i = 0; number % 64 == 63 && i < LISTS; i++) {
			if (lists[i].kind != NONE)
				list_check(&lists[i]);
		}
	}
	free_all();
}
