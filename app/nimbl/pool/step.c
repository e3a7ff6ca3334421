// SPDX-License-Identifier: BSD-3-Clause
// The trap flag of x86-64, and capstone for what the instructions access.
#include "step.h"

#include <asm/prctl.h>
#include <capstone/capstone.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "nimbl_base.h"

#define STATES_MAX   (1u << 18) // instructions between begin and end
#define DECODED_MAX  8192u      // instructions that are kept decoded, a power of two
#define ACCESSES_MAX 4u         // of one instruction
#define TRAP_FLAG    "0x100"

// Registers before an instruction.
struct state {
	greg_t regs[REG_RIP + 1];
};

struct access {
	x86_reg base, index;
	int64_t disp;
	uint32_t scale, bytes;
	bool is_tls, writes;
};

struct decoded {
	uintptr_t at; // 0: none
	uint32_t length, count;
	struct access accesses[ACCESSES_MAX];
};

struct step {
	struct state *states;
	size_t count;
	uintptr_t tls; // of the thread that is stepped
	csh capstone;
	cs_insn *insn;
	struct decoded decoded[DECODED_MAX];
};

static _Thread_local struct step *current;

static void on_trap(int number, siginfo_t *info, void *context)
{
	const ucontext_t *user = context;

	// One too many says that there were more.
	if (current != NULL && current->count <= STATES_MAX)
		memcpy(&current->states[current->count++], user->uc_mcontext.gregs,
			sizeof(struct state));
}

struct step *step_new(void)
{
	struct step *step = calloc(1, sizeof(*step));
	struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_RESTART};

	if (step == NULL || cs_open(CS_ARCH_X86, CS_MODE_64, &step->capstone) != CS_ERR_OK) {
		free(step);
		nimbl_fail(ENOMEM, "no memory to decode instructions");
		return NULL;
	}
	cs_option(step->capstone, CS_OPT_DETAIL, CS_OPT_ON);
	step->insn = cs_malloc(step->capstone);
	step->states = calloc(STATES_MAX + 1, sizeof(*step->states));
	if (step->insn == NULL || step->states == NULL) {
		step_free(step);
		nimbl_fail(ENOMEM, "no memory to step through instructions");
		return NULL;
	}
	sigaction(SIGTRAP, &action, NULL);
	return step;
}

void step_free(struct step *step)
{
	if (step == NULL)
		return;
	if (step->insn != NULL)
		cs_free(step->insn, 1);
	cs_close(&step->capstone);
	free(step->states);
	free(step);
}

void step_begin(struct step *step)
{
	sigset_t traps;

	// A trap that is blocked would end the process.
	sigemptyset(&traps);
	sigaddset(&traps, SIGTRAP);
	pthread_sigmask(SIG_UNBLOCK, &traps, NULL);
	syscall(SYS_arch_prctl, ARCH_GET_FS, &step->tls);
	step->count = 0;
	current = step;
	// The stack below belongs to the compiler: it is stepped over.
	__asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; orq $" TRAP_FLAG
			 ", (%%rsp); popfq; lea 128(%%rsp), %%rsp" ::
				 : "memory", "cc");
}

static void stop(void)
{
	__asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; andq $~" TRAP_FLAG
			 ", (%%rsp); popfq; lea 128(%%rsp), %%rsp" ::
				 : "memory", "cc");
	current = NULL;
}

static int greg_of(x86_reg reg)
{
	switch (reg) {
	case X86_REG_RAX:
		return REG_RAX;
	case X86_REG_RBX:
		return REG_RBX;
	case X86_REG_RCX:
		return REG_RCX;
	case X86_REG_RDX:
		return REG_RDX;
	case X86_REG_RSI:
		return REG_RSI;
	case X86_REG_RDI:
		return REG_RDI;
	case X86_REG_RBP:
		return REG_RBP;
	case X86_REG_RSP:
		return REG_RSP;
	case X86_REG_RIP:
		return REG_RIP;
	default:
		return reg >= X86_REG_R8 && reg <= X86_REG_R15 ? REG_R8 + (int)(reg - X86_REG_R8)
							       : -1;
	}
}

static void add_stack(struct decoded *decoded, x86_reg base, int64_t disp, bool writes)
{
	decoded->accesses[decoded->count++] =
		(struct access){.base = base, .disp = disp, .bytes = 8, .writes = writes};
}

// What goes over the stack without being an operand.
static void add_implicit(struct decoded *decoded, const cs_insn *insn)
{
	switch (insn->id) {
	case X86_INS_PUSH:
	case X86_INS_PUSHFQ:
	case X86_INS_CALL:
		add_stack(decoded, X86_REG_RSP, -8, true);
		break;
	case X86_INS_POP:
	case X86_INS_POPFQ:
	case X86_INS_RET:
		add_stack(decoded, X86_REG_RSP, 0, false);
		break;
	case X86_INS_LEAVE:
		add_stack(decoded, X86_REG_RBP, 0, false);
		break;
	default:
		break;
	}
}

// The first operand is where the result goes, but for these. (What capstone says of reads and writes is wrong for
// vectors.)
static bool writes_nothing(unsigned int id)
{
	switch (id) {
	case X86_INS_BT:
	case X86_INS_CALL:
	case X86_INS_CMP:
	case X86_INS_DIV:
	case X86_INS_IDIV:
	case X86_INS_IMUL: // of one operand
	case X86_INS_JMP:
	case X86_INS_LDMXCSR:
	case X86_INS_MUL:
	case X86_INS_PREFETCH:
	case X86_INS_PREFETCHNTA:
	case X86_INS_PREFETCHT0:
	case X86_INS_PREFETCHT1:
	case X86_INS_PREFETCHT2:
	case X86_INS_PREFETCHW:
	case X86_INS_PUSH:
	case X86_INS_TEST:
		return true;
	default:
		return false;
	}
}

// False for an operand whose address cannot be had from general registers: that of a gather or a scatter.
static bool add_operand(struct decoded *decoded, const cs_x86_op *op, bool writes)
{
	const x86_op_mem *mem = &op->mem;

	if ((mem->base != X86_REG_INVALID && greg_of(mem->base) < 0) ||
		(mem->index != X86_REG_INVALID && greg_of(mem->index) < 0) ||
		decoded->count == ACCESSES_MAX)
		return false;
	decoded->accesses[decoded->count++] = (struct access){
		.base = mem->base,
		.index = mem->index,
		.disp = mem->disp,
		.scale = (uint32_t)mem->scale,
		.bytes = op->size,
		.is_tls = mem->segment == X86_REG_FS,
		.writes = writes,
	};
	return true;
}

static bool decode(struct step *step, uintptr_t at, struct decoded *decoded)
{
	const uint8_t *code = (const uint8_t *)at;
	size_t length = 15; // the longest instruction
	uint64_t address = at;
	const cs_insn *insn = step->insn;

	*decoded = (struct decoded){.at = 0};
	if (!cs_disasm_iter(step->capstone, &code, &length, &address, step->insn))
		return false;
	decoded->length = insn->size;
	if (insn->id != X86_INS_LEA && insn->id != X86_INS_NOP) {
		const cs_x86 *x86 = &insn->detail->x86;

		for (uint8_t i = 0; i < x86->op_count; i++)
			if (x86->operands[i].type == X86_OP_MEM &&
				!add_operand(decoded, &x86->operands[i],
					insn->id == X86_INS_XCHG ||
						(i == 0 && !writes_nothing(insn->id))))
				return false;
		add_implicit(decoded, insn);
	}
	decoded->at = at;
	return true;
}

static uintptr_t value_of(const struct state *state, const struct decoded *decoded, x86_reg reg)
{
	int i = greg_of(reg);

	if (i < 0)
		return 0;
	return (uintptr_t)state->regs[i] + (reg == X86_REG_RIP ? decoded->length : 0);
}

static int unknown(uintptr_t at)
{
	const uint8_t *code = (const uint8_t *)at;

	return nimbl_fail(EILSEQ, "the instruction %02x %02x %02x %02x %02x %02x is not decoded",
		code[0], code[1], code[2], code[3], code[4], code[5]);
}

static int tell(struct step *step, const struct state *state,
	void (*note)(void *arg, uintptr_t address, uint32_t bytes, bool writes), void *arg)
{
	uintptr_t at = (uintptr_t)state->regs[REG_RIP];
	struct decoded *decoded = &step->decoded[(at ^ at >> 13) % DECODED_MAX];

	if (decoded->at != at && !decode(step, at, decoded))
		return unknown(at);
	for (uint32_t i = 0; i < decoded->count; i++) {
		const struct access *access = &decoded->accesses[i];

		note(arg,
			value_of(state, decoded, access->base) +
				value_of(state, decoded, access->index) * access->scale +
				(uintptr_t)access->disp + (access->is_tls ? step->tls : 0),
			access->bytes, access->writes);
	}
	return 0;
}

int step_end(struct step *step,
	void (*note)(void *arg, uintptr_t address, uint32_t bytes, bool writes), void *arg)
{
	int ret = 0;

	stop();
	if (step->count == 0)
		return nimbl_fail(ENOTSUP, "this machine does not trap behind each instruction");
	if (step->count > STATES_MAX)
		return nimbl_fail(E2BIG, "more than %u instructions to step through", STATES_MAX);
	for (size_t i = 0; ret == 0 && i < step->count; i++)
		ret = tell(step, &step->states[i], note, arg);
	return ret;
}
