// SPDX-License-Identifier: BSD-3-Clause
// Compiling with libpcap, converting for DPDK, running as machine code where that may be.
#define ALLOW_EXPERIMENTAL_API // rte_bpf_convert

#include "expression.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <rte_bpf.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_base.h"

#define SNAP 262144

struct capture_expression {
	struct rte_bpf *bpf; // NULL: DPDK cannot run it, libpcap does
	uint64_t (*code)(void *);
	struct bpf_program program;
};

static int compile(const char *text, struct bpf_program *program)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAP);
	int ret = 0;

	if (pcap == NULL)
		return nimbl_fail(ENOMEM, "no memory for the expression");
	if (pcap_compile(pcap, program, text, 1, PCAP_NETMASK_UNKNOWN) < 0) {
		nimbl_fail(EINVAL, "the expression %s is none of libpcap: %s",
			nimbl_quote(text).text, pcap_geterr(pcap));
		nimbl_mend("pcap-filter(7) describes them: udp port 53, host 10.0.0.1, ...");
		ret = -EINVAL;
	}
	pcap_close(pcap);
	return ret;
}

// DPDK 22.11 makes wrong machine code of jumps that test bits.
static bool is_right_as_code(const struct bpf_program *program)
{
	for (unsigned int i = 0; i < program->bf_len; i++) {
		const struct bpf_insn *insn = &program->bf_insns[i];

		if (BPF_CLASS(insn->code) == BPF_JMP && BPF_OP(insn->code) == BPF_JSET)
			return false;
	}
	return true;
}

int capture_expression_open(const char *text, bool jit, struct capture_expression **result)
{
	struct capture_expression *self = calloc(1, sizeof(*self));
	struct rte_bpf_jit code = {.func = NULL};
	struct rte_bpf_prm *converted;
	int ret = self != NULL ? compile(text, &self->program)
			       : nimbl_fail(ENOMEM, "no memory for the expression");

	if (ret < 0) {
		free(self);
		return ret;
	}
	converted = rte_bpf_convert(&self->program);
	if (converted != NULL)
		self->bpf = rte_bpf_load(converted);
	rte_free(converted);
	if (self->bpf != NULL && jit && is_right_as_code(&self->program) &&
		rte_bpf_get_jit(self->bpf, &code) == 0)
		self->code = code.func;
	*result = self;
	return 0;
}

void capture_expression_close(struct capture_expression *self)
{
	if (self == NULL)
		return;
	if (self->bpf != NULL)
		rte_bpf_destroy(self->bpf);
	pcap_freecode(&self->program);
	free(self);
}

bool capture_expression_matches(
	const struct capture_expression *self, const void *data, uint32_t length)
{
	// As much of an mbuf as a program looks at: one segment and its lengths.
	struct rte_mbuf frame;

	if (self->bpf == NULL || length > UINT16_MAX)
		return bpf_filter(self->program.bf_insns, data, length, length) != 0;
	frame.buf_addr = (void *)(uintptr_t)data;
	frame.data_off = 0;
	frame.data_len = (uint16_t)length;
	frame.pkt_len = length;
	frame.next = NULL;
	frame.nb_segs = 1;
	return (self->code != NULL ? self->code(&frame) : rte_bpf_exec(self->bpf, &frame)) != 0;
}
