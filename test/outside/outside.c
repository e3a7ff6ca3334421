// SPDX-License-Identifier: BSD-3-Clause
// A program outside this tree: the engine from a text, and a list from a pool of its own.
#include <nimbl.h>
#include <stdio.h>
#include <string.h>

static const char text[] = "name: outside\n"
			   "dev: true\n"
			   "ports: {a: net_null0, b: net_null1}\n"
			   "xconnect: [[a, b]]\n";

static int fail(void)
{
	const struct nimbl_error *error = nimbl_last_error();

	fprintf(stderr, "outside: %s\n%s\n", error->cause, error->mend);
	return 1;
}

static int make_list(void)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = TRUE,
		.DataSize = 2048,
	};
	NDIS_HANDLE pool = NdisAllocateNetBufferListPool(NULL, &parameters);
	NET_BUFFER_LIST *nbl = pool != NULL ? NdisAllocateNetBufferList(pool, 0, 0) : NULL;

	if (nbl == NULL)
		return fail();
	printf("a list with %u bytes of room\n",
		NET_BUFFER_LIST_FIRST_NB(nbl)->MdlChain->ByteCount);
	NdisFreeNetBufferList(nbl);
	NdisFreeNetBufferListPool(pool);
	return 0;
}

int main(void)
{
	static struct nimbl_snapshot snapshot;
	struct nimbl_ledger ledger;
	struct nimbl_engine *engine;
	struct nimbl_conf *conf;

	if (nimbl_conf_parse("outside", text, strlen(text), &conf) < 0 ||
		nimbl_engine_open(conf, &engine) < 0 || make_list() != 0 ||
		nimbl_engine_start(engine) < 0 || nimbl_engine_stop(engine) < 0)
		return fail();
	nimbl_engine_snapshot(engine, &snapshot);
	nimbl_ledger_compute(&snapshot, true, &ledger);
	printf("ledger: %s\n", ledger.balanced ? "balanced" : ledger.why);
	nimbl_engine_close(engine);
	nimbl_conf_free(conf);
	return ledger.balanced ? 0 : 1;
}
