// SPDX-License-Identifier: BSD-3-Clause
// Packets against plain byte arrays: random programs of all operations that move, read, copy, derive and
// send them, and after each the same bytes and the invariants.
// NIMBL_SEED=<n> replays a run, NIMBL_OPERATIONS=<n> sets its length; both are printed first.
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "derive_make.h"

#define LISTS    24u
#define BUFFERS  12u   // NBs of one list at most
#define FRONT    1024u // of a model's bytes: what retreats may expose
#define ALL      3072u
#define LONGEST  1200u
#define IN_PMD   16u
#define CONTEXTS 6u

// `bytes[start, start + length)` is the data; from `known` on the model knows what lies before.
struct packet {
	uint8_t bytes[ALL];
	uint32_t start, length, known;
};

enum kind { NONE, ROOT, CLONE, ORIGINAL, FRAGMENTS, REASSEMBLED };

struct list {
	enum kind kind;
	NET_BUFFER_LIST *nbl;
	struct list *parent;
	uint32_t children, count;
	MDL *foreign; // of a root over a driver's memory
	struct packet packets[BUFFERS];
	USHORT contexts[CONTEXTS];
	uint32_t context_count;
};

static struct list lists[LISTS];
static struct rte_mbuf *in_pmd[IN_PMD];
static NDIS_HANDLE data_pool, bare_pool, buffer_pool_data, buffer_pool_bare;
static uint64_t seed, random_state;
static uint32_t operation, driver_mdls;
static uint8_t scratch[65536];

#define must(condition)                                                                    \
	do {                                                                               \
		if (!(condition))                                                          \
			fail_msg("NIMBL_SEED=%" PRIu64 ", operation %u: not so: %s", seed, \
				operation, #condition);                                    \
	} while (0)

static uint32_t roll(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 32) % below);
}

static MDL *driver_allocate(ULONG *size)
{
	if (roll(8) == 0)
		return NULL;
	driver_mdls++;
	return NdisAllocateMdl(NULL, malloc(*size), *size);
}

static void driver_free(MDL *mdl)
{
	driver_mdls--;
	free(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
	NdisFreeMdl(mdl);
}

static void check(struct list *list)
{
	uint32_t i = 0;

	for (NET_BUFFER *nb = list->nbl->FirstNetBuffer; nb != NULL; nb = nb->Next, i++) {
		const struct packet *packet = &list->packets[i];
		const char *broken = nb_check(nb);

		if (broken != NULL)
			fail_msg("NIMBL_SEED=%" PRIu64 ", operation %u: %s", seed, operation,
				broken);
		must(i < list->count);
		must(nb->DataLength == packet->length);
		must(nb_gather(nb, scratch, sizeof(scratch)) == packet->length);
		must(memcmp(scratch, packet->bytes + packet->start, packet->length) == 0);
	}
	must(i == list->count);
}

static struct list *unused(void)
{
	for (uint32_t n = 0, i = roll(LISTS); n < LISTS; n++, i = (i + 1) % LISTS) {
		if (lists[i].kind == NONE)
			return &lists[i];
	}
	return NULL;
}

static struct list *any(void)
{
	struct list *list = &lists[roll(LISTS)];

	return list->kind != NONE ? list : NULL;
}

static NET_BUFFER *pick(const struct list *list, uint32_t *i)
{
	NET_BUFFER *nb = list->nbl->FirstNetBuffer;

	*i = roll(list->count);
	for (uint32_t n = *i; n > 0; n--)
		nb = nb->Next;
	return nb;
}

// The model takes over what is in the packet.
static void packet_learn(struct packet *packet, const NET_BUFFER *nb)
{
	packet->start = packet->known = FRONT;
	packet->length = nb->DataLength;
	must(packet->length <= LONGEST + FRONT);
	nb_gather(nb, packet->bytes + FRONT, ALL - FRONT);
}

static void list_start(struct list *list, enum kind kind, NET_BUFFER_LIST *nbl, struct list *parent)
{
	list->kind = kind;
	list->nbl = nbl;
	list->parent = parent;
	list->children = list->context_count = list->count = 0;
	list->foreign = NULL;
	nbl->ParentNetBufferList = parent != NULL ? parent->nbl : NULL;
	if (parent != NULL)
		parent->children++;
}

static void fill(NET_BUFFER *nb)
{
	uint32_t left = nb->DataLength, skip = nb->CurrentMdlOffset;

	for (MDL *mdl = nb->CurrentMdl; left > 0; mdl = mdl->Next, skip = 0) {
		uint32_t n = RTE_MIN(left, mdl->ByteCount - skip);

		for (uint32_t i = 0; i < n; i++)
			((uint8_t *)mdl->MappedSystemVa)[skip + i] = (uint8_t)roll(256);
		left -= n;
	}
}

static NET_BUFFER_LIST *make_received(void)
{
	struct rte_mbuf *head = NULL;

	for (uint32_t n = 1 + roll(4); n > 0; n--) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(data_pool));

		if (m == NULL) {
			rte_pktmbuf_free(head);
			return NULL;
		}
		rte_pktmbuf_append(m, (uint16_t)(1 + roll(200)));
		if (head == NULL)
			head = m;
		else
			rte_pktmbuf_chain(head, m);
	}
	return adopt(head);
}

static NET_BUFFER_LIST *make_bare(struct list *list)
{
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(bare_pool, 0, 0);
	NET_BUFFER **end = &nbl->FirstNetBuffer;

	for (uint32_t n = 1 + roll(3); n > 0; n--) {
		*end = NdisAllocateNetBufferMdlAndData(buffer_pool_data);
		must(NdisRetreatNetBufferDataStart(*end, roll(200), 0, NULL) == 0);
		end = &(*end)->Next;
	}
	for (uint32_t n = roll(4); n > 0; n--) {
		uint32_t bytes = roll(150);
		MDL *mdl = NdisAllocateMdl(NULL, malloc(bytes + 1), bytes);

		mdl->Next = list->foreign;
		list->foreign = mdl;
	}
	if (list->foreign != NULL) {
		uint32_t total = 0;

		for (MDL *mdl = list->foreign; mdl != NULL; mdl = mdl->Next)
			total += mdl->ByteCount;
		uint32_t offset = roll(total + 1);
		*end = NdisAllocateNetBuffer(
			buffer_pool_bare, list->foreign, offset, roll(total - offset + 1));
		must(*end != NULL);
	}
	return nbl;
}

static void make_root(void)
{
	struct list *list = unused();
	MDL *foreign;

	if (list == NULL)
		return;
	list->foreign = NULL;
	NET_BUFFER_LIST *nbl = roll(2) ? make_received() : make_bare(list);
	if (nbl == NULL)
		return;
	foreign = list->foreign;
	list_start(list, ROOT, nbl, NULL);
	list->foreign = foreign;
	for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		fill(nb);
		packet_learn(&list->packets[list->count++], nb);
	}
	check(list);
}

// What every driver does at the end: all headers away, whoever made them.
static void drop_headers(struct list *list)
{
	if (list->kind == ORIGINAL)
		return;
	for (NET_BUFFER *nb = list->nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		must(NdisRetreatNetBufferDataStart(nb, nb->DataOffset, 0, NULL) == 0);
		NdisAdvanceNetBufferDataStart(nb, nb->DataLength, TRUE, driver_free);
	}
}

static void root_free(struct list *list)
{
	if (list->nbl->NdisPoolHandle == bare_pool) {
		for (NET_BUFFER *nb = list->nbl->FirstNetBuffer, *next; nb != NULL; nb = next) {
			next = nb->Next;
			must(nb->NdisPoolHandle == buffer_pool_data ||
				nb->MdlChain == list->foreign);
			NdisFreeNetBuffer(nb);
		}
		list->nbl->FirstNetBuffer = NULL;
	}
	NdisFreeNetBufferList(list->nbl);
	for (MDL *mdl = list->foreign, *next; mdl != NULL; mdl = next) {
		next = mdl->Next;
		free(mdl->MappedSystemVa);
		NdisFreeMdl(mdl);
	}
}

static void list_free(struct list *list)
{
	if (list == NULL || list->children > 0)
		return;
	if (list->parent == NULL || roll(2))
		drop_headers(list);
	else if (driver_mdls > 0)
		return; // a driver's header would stay
	if (list->kind == ROOT)
		root_free(list);
	else if (list->kind == FRAGMENTS)
		NdisFreeFragmentNetBufferList(list->nbl, 0, 0);
	else if (list->kind == REASSEMBLED)
		NdisFreeReassembledNetBufferList(list->nbl, 0, 0);
	else
		NdisFreeCloneNetBufferList(
			list->nbl, list->kind == ORIGINAL ? NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS : 0);
	list->kind = NONE;
	if (list->parent != NULL)
		list->parent->children--;
}

static bool has_original_children(const struct list *list)
{
	for (uint32_t i = 0; i < LISTS; i++) {
		if (lists[i].kind == ORIGINAL && lists[i].parent == list)
			return true;
	}
	return false;
}

// The exposed bytes that the model does not know it reads.
static void packet_retreat(struct packet *packet, const NET_BUFFER *nb, uint32_t delta)
{
	packet->start -= delta;
	packet->length += delta;
	if (packet->start < packet->known) {
		nb_gather(nb, scratch, sizeof(scratch));
		memcpy(packet->bytes + packet->start, scratch, packet->known - packet->start);
		packet->known = packet->start;
	}
}

static void retreat(struct list *list)
{
	NET_BUFFER_ALLOCATE_MDL *allocate = roll(3) == 0 ? driver_allocate : NULL;
	uint32_t i, delta = roll(roll(4) == 0 ? 300 : 40), spare = roll(64);
	NET_BUFFER *nb;

	if (list->kind == ORIGINAL)
		return;
	for (i = 0; i < list->count; i++) {
		if (list->packets[i].start < delta || list->packets[i].length > LONGEST)
			return;
	}
	if (roll(2)) {
		nb = pick(list, &i);
		if (NdisRetreatNetBufferDataStart(nb, delta, spare, allocate) ==
			NDIS_STATUS_SUCCESS)
			packet_retreat(&list->packets[i], nb, delta);
		else
			must(allocate != NULL);
	} else if (NdisRetreatNetBufferListDataStart(
			   list->nbl, delta, spare, allocate, driver_free) == NDIS_STATUS_SUCCESS) {
		for (i = 0, nb = list->nbl->FirstNetBuffer; nb != NULL; nb = nb->Next, i++)
			packet_retreat(&list->packets[i], nb, delta);
	} else {
		must(allocate != NULL);
	}
	check(list);
}

static void advance(struct list *list)
{
	// Headers that a child has borrowed must stay.
	BOOLEAN free_mdl = list->children == 0 && list->kind != ORIGINAL && roll(2);
	uint32_t i;
	NET_BUFFER *nb = pick(list, &i);
	const MDL *first = nb->MdlChain;
	struct packet *packet = &list->packets[i];
	uint32_t delta = roll(RTE_MIN(packet->length, roll(3) ? 60u : LONGEST) + 1);

	if (packet->start + delta > FRONT + LONGEST)
		return;
	NdisAdvanceNetBufferDataStart(nb, delta, free_mdl, driver_free);
	packet->start += delta;
	packet->length -= delta;
	if (nb->MdlChain != first)
		packet->known = packet->start;
	check(list);
}

static void read_some(struct list *list)
{
	static NIMBL_NDIS_ALIGNED(64) uint8_t storage[LONGEST + FRONT];
	uint32_t i, multiple = 1u << roll(5);
	NET_BUFFER *nb = pick(list, &i);
	const struct packet *packet = &list->packets[i];
	uint32_t offset = roll(packet->length + 2), bytes = roll(packet->length + 2);
	uint32_t rest = roll(multiple);
	uint8_t *at = NdisGetDataBuffer(nb, bytes, storage, multiple, rest);

	must((at == NULL) == (bytes > packet->length || nb->MdlChain == NULL));
	must(at == NULL || memcmp(at, packet->bytes + packet->start, bytes) == 0);
	must(at == NULL || at == storage || (uintptr_t)at % multiple == rest);
	uint32_t n = nimbl_nb_read(nb, offset, storage, bytes);
	must(n == (offset < packet->length ? RTE_MIN(bytes, packet->length - offset) : 0));
	must(memcmp(storage, packet->bytes + packet->start + offset, n) == 0);
	must(NdisQueryNetBufferPhysicalCount(nb) <= mdl_count(nb->MdlChain));
}

// Into a root that nothing is derived from: shared bytes are read only.
static void copy_some(struct list *from, struct list *to)
{
	uint32_t i, j, to_offset, from_offset, bytes;
	ULONG copied;

	if (to->kind != ROOT || to->children > 0 || from == to)
		return;
	NET_BUFFER *source = pick(from, &i), *target = pick(to, &j);
	struct packet *a = &from->packets[i], *b = &to->packets[j];
	to_offset = roll(b->length + 1);
	from_offset = roll(a->length + 1);
	bytes = roll(b->length - to_offset + 1);
	must(NdisCopyFromNetBufferToNetBuffer(target, to_offset, bytes, source, from_offset,
		     &copied) == NDIS_STATUS_SUCCESS);
	must(copied == RTE_MIN(bytes, a->length - from_offset));
	memcpy(b->bytes + b->start + to_offset, a->bytes + a->start + from_offset, copied);
	if (to->foreign != NULL || to->count > 1)
		check(from);
	check(to);
}

static void derive_clone(struct list *parent)
{
	struct list *list = unused();
	bool original = roll(3) == 0;

	if (list == NULL)
		return;
	NET_BUFFER_LIST *nbl = NdisAllocateCloneNetBufferList(parent->nbl,
		roll(4) ? NULL : bare_pool, roll(4) ? NULL : buffer_pool_bare,
		original ? NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS : 0);
	must(nbl != NULL);
	list_start(list, original ? ORIGINAL : CLONE, nbl, parent);
	for (uint32_t i = 0; i < parent->count; i++) {
		const struct packet *of = &parent->packets[i];
		struct packet *packet = &list->packets[list->count++];

		packet->start = packet->known = FRONT;
		packet->length = of->length;
		memcpy(packet->bytes + FRONT, of->bytes + of->start, of->length);
	}
	check(list);
}

static void derive_fragments(struct list *parent)
{
	uint32_t start = roll(20), most = 1 + roll(600), delta = roll(2) * roll(60), count = 0;
	struct list *list = unused();
	bool legal = true;

	for (uint32_t i = 0; i < parent->count; i++) {
		uint32_t length = parent->packets[i].length;

		legal &= start <= length;
		count += length > start ? (length - start + most - 1) / most : 0;
	}
	if (list == NULL || count > BUFFERS)
		return;
	NET_BUFFER_LIST *nbl = NdisAllocateFragmentNetBufferList(
		parent->nbl, NULL, NULL, start, most, delta, roll(30), 0);
	must((nbl != NULL) == (legal && count > 0));
	if (nbl == NULL)
		return;
	list_start(list, FRAGMENTS, nbl, parent);
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	for (uint32_t i = 0; i < parent->count; i++) {
		const struct packet *of = &parent->packets[i];

		for (uint32_t at = start; at < of->length; at += most, nb = nb->Next) {
			struct packet *packet = &list->packets[list->count++];

			packet->length = RTE_MIN(most, of->length - at);
			packet->start = packet->known = FRONT;
			memcpy(packet->bytes + FRONT, of->bytes + of->start + at, packet->length);
			must(nb != NULL);
			packet_retreat(packet, nb, delta);
		}
	}
	check(list);
}

static void derive_reassembled(struct list *parent)
{
	uint32_t start = roll(10), delta = roll(2) * roll(60), total = 0;
	struct list *list = unused();

	for (uint32_t i = 0; i < parent->count; i++) {
		if (parent->packets[i].length < start)
			return;
		total += parent->packets[i].length - start;
	}
	if (list == NULL || total > LONGEST)
		return;
	NET_BUFFER_LIST *nbl =
		NdisAllocateReassembledNetBufferList(parent->nbl, NULL, start, delta, roll(30), 0);
	must(nbl != NULL);
	list_start(list, REASSEMBLED, nbl, parent);
	struct packet *packet = &list->packets[list->count++];
	packet->start = packet->known = FRONT;
	packet->length = 0;
	for (uint32_t i = 0; i < parent->count; i++) {
		const struct packet *of = &parent->packets[i];

		memcpy(packet->bytes + FRONT + packet->length, of->bytes + of->start + start,
			of->length - start);
		packet->length += of->length - start;
	}
	packet_retreat(packet, nbl->FirstNetBuffer, delta);
	check(list);
}

static void frame_must_be(const struct rte_mbuf *m, const struct packet *packet)
{
	const char *reason;
	const uint8_t *bytes = rte_pktmbuf_read(m, 0, packet->length, scratch);

	if (rte_mbuf_check(m, 1, &reason) != 0)
		fail_msg("NIMBL_SEED=%" PRIu64 ", operation %u: %s", seed, operation, reason);
	must(m->pkt_len == packet->length);
	must(packet->length == 0 || (bytes != NULL && memcmp(bytes, packet->bytes + packet->start,
							      packet->length) == 0));
}

// A miniport sends a packet and completes it.
static void send(struct list *list)
{
	uint32_t i;
	NET_BUFFER *nb = pick(list, &i);

	if (list->packets[i].length == 0 || !nimbl_nb_is_alone(nb))
		return;
	struct rte_mbuf *m = nimbl_nb_to_mbuf(nb);
	if (m == NULL)
		return;
	frame_must_be(m, &list->packets[i]);
	for (struct rte_mbuf *s = m; s != NULL; s = s->next)
		rte_mbuf_refcnt_set(s, 2);
	rte_pktmbuf_free(m);
	for (struct rte_mbuf *s = m; s != NULL; s = s->next)
		must(rte_mbuf_refcnt_read(s) == 1);
	if ((list->nbl->NimblState & NIMBL_LIST_OWNS_SEGMENTS) == 0)
		nimbl_mbuf_unlink(m);
	else
		nimbl_nbl_unlink_headers(list->nbl);
	check(list);
}

// A miniport gets a list for good; the PMD is done with it at some time.
static void give_away(struct list *list)
{
	uint32_t at = roll(IN_PMD);
	NET_BUFFER *nb = list->nbl->FirstNetBuffer;

	rte_pktmbuf_free(in_pmd[at]);
	in_pmd[at] = NULL;
	if (list->children > 0 || list->packets[0].length == 0 ||
		list->nbl->NdisPoolHandle == bare_pool || !nimbl_nbl_owns_frame(list->nbl, nb))
		return;
	struct rte_mbuf *m = nimbl_nb_to_mbuf(nb);
	if (m == NULL)
		return;
	frame_must_be(m, &list->packets[0]);
	nimbl_nbl_let_go(list->nbl);
	in_pmd[at] = m;
	list->kind = NONE;
	if (list->parent != NULL)
		list->parent->children--;
}

static void context(struct list *list)
{
	USHORT size = (USHORT)(8 * roll(8)), spare = (USHORT)(8 * roll(8));

	if (list->context_count < CONTEXTS && roll(2)) {
		must(NdisAllocateNetBufferListContext(list->nbl, size, spare, 1) ==
			NDIS_STATUS_SUCCESS);
		if (size > 0)
			memset(NET_BUFFER_LIST_CONTEXT_DATA_START(list->nbl),
				(int)list->context_count, size);
		list->contexts[list->context_count++] = size;
	} else if (list->context_count > 0) {
		size = list->contexts[--list->context_count];
		for (USHORT i = 0; i < size; i++)
			must(NET_BUFFER_LIST_CONTEXT_DATA_START(list->nbl)[i] ==
				list->context_count);
		NdisFreeNetBufferListContext(list->nbl, size);
	}
}

static void step(void)
{
	struct list *list = any(), *other = any();
	uint32_t what = roll(16);

	if (list == NULL || what == 0) {
		make_root();
		return;
	}
	switch (what) {
	case 1:
	case 2:
		list_free(list);
		break;
	case 3:
		derive_clone(list);
		break;
	case 4:
		derive_fragments(list);
		break;
	case 5:
		derive_reassembled(list);
		break;
	case 6:
		if (other != NULL)
			copy_some(other, list);
		break;
	case 7:
		send(list);
		break;
	case 8:
		give_away(list);
		break;
	case 9:
		context(list);
		break;
	case 10:
	case 11:
		read_some(list);
		break;
	case 12:
	case 13:
		// A clone over the same MDLs keeps its own view, but none that is freed.
		if (!has_original_children(list))
			retreat(list);
		break;
	default:
		advance(list);
		break;
	}
}

static void end(void)
{
	for (uint32_t left = 1; left > 0;) {
		left = 0;
		for (uint32_t i = 0; i < LISTS; i++) {
			if (lists[i].kind != NONE)
				list_free(&lists[i]);
			left += lists[i].kind != NONE;
		}
	}
	for (uint32_t i = 0; i < IN_PMD; i++)
		rte_pktmbuf_free(in_pmd[i]);
	must(driver_mdls == 0);
	nimbl_pool_foreach(pool_is_whole, NULL);
}

static void buffers_behave_as_their_model(void **state)
{
	const char *given = getenv("NIMBL_OPERATIONS");
	uint32_t operations = given != NULL ? (uint32_t)strtoul(given, NULL, 0) : 2000000;

	data_pool = list_pool_with(TRUE, 512, 32,
		&(struct nimbl_pool_options){.capacity = 512, .cache = 32, .node = NIMBL_NODE_ANY});
	bare_pool = list_pool(FALSE, 0, 0);
	buffer_pool_data = buffer_pool(300);
	buffer_pool_bare = buffer_pool(0);
	random_state = seed * 0x9e3779b97f4a7c15ull + 1;
	for (operation = 0; operation < operations; operation++) {
		step();
		for (uint32_t i = 0; operation % 64 == 0 && i < LISTS; i++) {
			if (lists[i].kind != NONE)
				check(&lists[i]);
		}
	}
	end();
	close_whole(data_pool);
	close_whole(bare_pool);
	close_whole(buffer_pool_data);
	close_whole(buffer_pool_bare);
}

static int start(void **state)
{
	const char *given = getenv("NIMBL_SEED");

	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) ^ (uint64_t)getpid();
	print_message("NIMBL_SEED=%" PRIu64 "\n", seed);
	return eal_harness_start(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(buffers_behave_as_their_model)};

	return cmocka_run_group_tests(tests, start, NULL);
}
