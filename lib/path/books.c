// SPDX-License-Identifier: BSD-3-Clause
// Counting on edges. What a driver made is known by its SourceHandle, or by being nobody else's; what it
// ended by itself is what it gave back beyond what came back to it.
#include "books.h"

#include <ndis/ndl/nblchain.h>

// What a chain is made of, lists of the driver's own apart.
struct seen {
	uint64_t lists, own;         // lists
	uint64_t own_frames, frames; // of these
	uint64_t succeeded, bytes;   // frames and bytes of those with a good status
	uint64_t derived;            // own ones, each of another parent than the one before
};

static struct seen look(const NET_BUFFER_LIST *chain, const void *owner)
{
	const NET_BUFFER_LIST *parent = NULL;
	struct seen seen = {.lists = 0};

	for (; chain != NULL; chain = NET_BUFFER_LIST_NEXT_NBL(chain)) {
		bool is_own = owner != NULL && chain->SourceHandle == owner;
		uint64_t frames = 0, bytes = 0;

		for (const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(chain); nb != NULL;
			nb = NET_BUFFER_NEXT_NB(nb), frames++)
			bytes += nb->stDataLength;
		if (is_own) {
			seen.own++;
			seen.own_frames += frames;
			seen.derived += chain->ParentNetBufferList != NULL &&
					chain->ParentNetBufferList != parent;
			parent = chain->ParentNetBufferList;
			continue;
		}
		seen.lists++;
		seen.frames += frames;
		if (NET_BUFFER_LIST_STATUS(chain) == NDIS_STATUS_SUCCESS) {
			seen.succeeded += frames;
			seen.bytes += bytes;
		}
	}
	return seen;
}

static void add(struct nimbl_books *books, size_t member, uint64_t n)
{
	uint32_t lcore = nimbl_lcore_here();
	uint64_t *counter = RTE_PTR_ADD(&books->rows[lcore], member);

	if (lcore < RTE_MAX_LCORE)
		nimbl_count(counter, n);
	else
		nimbl_count_shared(counter, n);
}

#define ADD(books, member, n) add(books, offsetof(struct nimbl_books_row, member), n)
#define COUNT(module, member, n) \
	nimbl_count_here((module)->counters, offsetof(struct nimbl_counters, member), n)

// --- upward ---

static void indicates(const struct nimbl_module *module, const NET_BUFFER_LIST *chain, bool lent)
{
	struct seen seen = look(chain, module);

	if (module->books->kind == NIMBL_BOOKS_MINIPORT) {
		uint64_t bytes = 0;

		for (; chain != NULL; chain = NET_BUFFER_LIST_NEXT_NBL(chain))
			bytes += NET_BUFFER_LIST_FIRST_NB(chain)->stDataLength;
		COUNT(module, rx_frames, seen.lists + seen.own);
		COUNT(module, rx_bytes, bytes);
		return;
	}
	COUNT(module, born, seen.own);
	if (lent)
		ADD(module->books, lent_given, seen.lists);
	else
		ADD(module->books, up_given, seen.lists);
}

static void on_receive(NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;
	struct nimbl_books *to = wrap->receive->books;
	bool lent = NDIS_TEST_RECEIVE_CANNOT_PEND(flags);

	if (wrap->from->books != NULL)
		indicates(wrap->from, chain, lent);
	if (to != NULL && lent)
		ADD(to, lent_taken, NdisNumNblsInNblChain(chain));
	else if (to != NULL)
		ADD(to, up_taken, NdisNumNblsInNblChain(chain));
	wrap->inner.receive.fn(wrap->inner.receive.context, chain, port, count, flags);
}

static void on_give_back(NDIS_HANDLE context, PNET_BUFFER_LIST chain, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;
	const struct nimbl_module *to = wrap->give_back;

	if (wrap->from->books != NULL)
		ADD(wrap->from->books, back_given, NdisNumNblsInNblChain(chain));
	if (to->books != NULL && to->books->kind == NIMBL_BOOKS_MINIPORT) {
		COUNT(to, lists_returned, NdisNumNblsInNblChain(chain));
	} else if (to->books != NULL) {
		struct seen seen = look(chain, to);

		ADD(to->books, back_taken, seen.lists);
		ADD(to->books, derived, seen.derived);
	}
	wrap->inner.give_back.fn(wrap->inner.give_back.context, chain, flags);
}

// --- downward ---

// Who received a list that a protocol sends, and will return it: the binding where it came from.
static struct nimbl_books *receiver_of(const NET_BUFFER_LIST *nbl)
{
	const struct nimbl_module *source = nbl->SourceHandle;

	if (nimbl_object_is(nbl->SourceHandle, NIMBL_OBJECT_ADAPTER) ||
		nimbl_object_is(nbl->SourceHandle, NIMBL_OBJECT_FILTER))
		return source->above;
	return NULL;
}

// A protocol sends what it received, perhaps in more packets, or what it made.
static void protocol_sends(
	const struct nimbl_module *module, const NET_BUFFER_LIST *chain, bool for_good)
{
	uint64_t born = 0, own = 0;

	for (; chain != NULL; chain = NET_BUFFER_LIST_NEXT_NBL(chain)) {
		struct nimbl_books *receiver = receiver_of(chain);

		for (const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(chain); nb != NULL;
			nb = NET_BUFFER_NEXT_NB(nb))
			born++;
		own += receiver == NULL;
		born -= receiver != NULL;
		if (receiver != NULL)
			ADD(receiver, down_given, 1);
	}
	COUNT(module, born, born);
	if (for_good) // to the law of what goes up it is as if it had
		COUNT(module, lists_indicated, own);
}

static void sends(const struct nimbl_module *module, const NET_BUFFER_LIST *chain, bool for_good)
{
	if (module->books->kind == NIMBL_BOOKS_PROTOCOL) {
		protocol_sends(module, chain, for_good);
		return;
	}
	struct seen seen = look(chain, module);
	COUNT(module, born, seen.own_frames);
	ADD(module->books, down_given, seen.lists);
}

static void takes_send(
	const struct nimbl_module *module, const NET_BUFFER_LIST *chain, bool for_good)
{
	struct seen seen = look(chain, NULL);

	ADD(module->books, down_taken, seen.lists);
	if (module->books->kind != NIMBL_BOOKS_MINIPORT)
		return;
	COUNT(module, frames_asked, seen.frames);
	if (!for_good) {
		COUNT(module, lists_sent, seen.lists);
		return;
	}
	COUNT(module, lists_handed, seen.lists);
	COUNT(module, tx_frames, seen.frames);
}

static void on_send(NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;
	bool for_good = (flags & NIMBL_SEND_FLAGS_HANDOVER) != 0;

	if (wrap->from->books != NULL)
		sends(wrap->from, chain, for_good);
	if (wrap->send->books != NULL)
		takes_send(wrap->send, chain, for_good);
	wrap->inner.send.fn(wrap->inner.send.context, chain, port, flags);
}

static void completes(const struct nimbl_module *module, const NET_BUFFER_LIST *chain)
{
	struct seen seen = look(chain, NULL);

	ADD(module->books, done_given, seen.lists);
	ADD(module->books, done_given_frames[0], seen.frames - seen.succeeded);
	ADD(module->books, done_given_frames[1], seen.succeeded);
	if (module->books->kind != NIMBL_BOOKS_MINIPORT)
		return;
	COUNT(module, lists_completed, seen.lists);
	COUNT(module, tx_frames, seen.succeeded);
	COUNT(module, tx_bytes, seen.bytes);
}

static void takes_completion(const struct nimbl_module *module, const NET_BUFFER_LIST *chain)
{
	if (module->books->kind == NIMBL_BOOKS_FILTER) {
		struct seen seen = look(chain, module);

		ADD(module->books, done_taken, seen.lists);
		ADD(module->books, done_taken_frames[0], seen.frames - seen.succeeded);
		ADD(module->books, done_taken_frames[1], seen.succeeded);
		return;
	}
	for (; chain != NULL; chain = NET_BUFFER_LIST_NEXT_NBL(chain)) {
		struct nimbl_books *receiver = receiver_of(chain);

		if (receiver != NULL)
			ADD(receiver, done_taken, 1);
	}
}

static void on_complete(NDIS_HANDLE context, PNET_BUFFER_LIST chain, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;

	if (wrap->from->books != NULL)
		completes(wrap->from, chain);
	if (wrap->complete->books != NULL)
		takes_completion(wrap->complete, chain);
	wrap->inner.complete.fn(wrap->inner.complete.context, chain, flags);
}

const struct nimbl_wrapper nimbl_books_wrapper = {
	.name = "books",
	.order = NIMBL_WRAPPER_BOOKS,
	.receive = on_receive,
	.send = on_send,
	.complete = on_complete,
	.give_back = on_give_back,
};

void nimbl_books_excuse_up(const struct nimbl_module *module, uint64_t frames)
{
	if (module->books != NULL)
		ADD(module->books, excused_up, frames);
}

void nimbl_books_excuse_down(const struct nimbl_module *module, uint64_t frames)
{
	if (module->books != NULL)
		ADD(module->books, excused_down, frames);
}

// --- what it comes to ---

static uint64_t sum(const struct nimbl_books *books, size_t member)
{
	uint64_t total = 0;

	for (size_t i = 0; i < RTE_DIM(books->rows); i++)
		total += __atomic_load_n(
			(const uint64_t *)RTE_PTR_ADD(&books->rows[i], member), __ATOMIC_RELAXED);
	return total;
}

#define SUM(member) sum(books, offsetof(struct nimbl_books_row, member))

static uint64_t beyond(uint64_t given, uint64_t taken)
{
	return given > taken ? given - taken : 0;
}

// What is given is read before what was taken, so that no more seems to have ended than has.
static uint64_t ended_up(const struct nimbl_books *books)
{
	uint64_t given = SUM(back_given), lent = SUM(lent_given), excused = SUM(excused_up);
	uint64_t back = books->kind == NIMBL_BOOKS_PROTOCOL ? SUM(done_taken) : SUM(back_taken);

	return beyond(given + SUM(lent_taken), back + lent + excused);
}

void nimbl_books_add(const struct nimbl_books *books, struct nimbl_counters *counters)
{
	uint64_t failed = SUM(done_given_frames[0]), sent = SUM(done_given_frames[1]);
	uint64_t excused = SUM(excused_down), up = ended_up(books);
	uint64_t failed_before = SUM(done_taken_frames[0]), sent_before = SUM(done_taken_frames[1]);

	switch (books->kind) {
	case NIMBL_BOOKS_MINIPORT:
		counters->drops[NIMBL_DROP_TX_FAILED] += beyond(failed, excused);
		break;
	case NIMBL_BOOKS_PROTOCOL:
		counters->consumed += up;
		break;
	case NIMBL_BOOKS_FILTER: {
		// Originals of what the filter derived, and what it says is sent, it took; the rest it
		// dropped.
		uint64_t down = beyond(failed + sent, failed_before + sent_before + excused);
		uint64_t taken =
			RTE_MIN(up, SUM(derived)) + RTE_MIN(down, beyond(sent, sent_before));

		counters->consumed += taken;
		counters->drops[NIMBL_DROP_FILTERED] += up + down - taken;
	}
	}
}
