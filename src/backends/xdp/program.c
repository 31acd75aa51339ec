// program: see the header. libbpf; its complaints are kept, not printed.
#include "backends/xdp/program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define OWN_BYTES ROUND_UP(sizeof(struct xdp_own), 4096)

static const _Alignas(8) uint8_t object_bytes[] = {
#include "backends/xdp/prog.inc"
};

static char complaint[256];

// Of several lines the first says what failed, the rest how the verifier got there.
PRINTF(2, 0)
static int complaint_keep(enum libbpf_print_level level, const char *fmt, va_list args)
{
	if (level != LIBBPF_WARN || complaint[0] ||
	    vsnprintf(complaint, sizeof(complaint), fmt, args) < 0)
		return 0;
	complaint[strcspn(complaint, "\n")] = '\0';
	return 0;
}

static int program_load(struct xdp_program *program, unsigned queues, bool share)
{
	struct bpf_map *sockets = bpf_object__find_map_by_name(program->object, "sockets");
	struct bpf_map *flags = bpf_object__find_map_by_name(program->object, ".rodata");
	bool take_all = !share;
	int err;

	if (!sockets || !flags)
		return -ENOENT;
	err = bpf_map__set_max_entries(sockets, queues);
	if (!err)
		err = bpf_map__set_initial_value(flags, &take_all, sizeof(take_all));
	if (!err)
		err = bpf_object__load(program->object);
	program->sockets = bpf_map__fd(sockets);
	return err;
}

static int program_map(struct xdp_program *program)
{
	int map = bpf_object__find_map_fd_by_name(program->object, ".bss");
	void *own;

	if (map < 0)
		return map;
	own = mmap(NULL, OWN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (own == MAP_FAILED)
		return -errno;
	program->own = own;
	return 0;
}

int xdp_program_open(struct xdp_program *program, unsigned queues, bool share, struct why *why)
{
	int err;

	*program = (struct xdp_program){.link = -1};
	complaint[0] = '\0';
	libbpf_set_print(complaint_keep);
	program->object = bpf_object__open_mem(object_bytes, sizeof(object_bytes), NULL);
	err = program->object ? program_load(program, queues, share) : -errno;
	if (!err)
		err = program_map(program);
	if (!err)
		return 0;
	xdp_program_close(program);
	return why_fail(why, err, "the XDP program cannot be loaded: %s",
	                *complaint ? complaint : strerror(-err));
}

void xdp_program_close(struct xdp_program *program)
{
	if (!program->object)
		return;
	if (program->link >= 0)
		close(program->link);
	if (program->own)
		munmap(program->own, OWN_BYTES);
	bpf_object__close(program->object);
	*program = (struct xdp_program){.link = -1};
}

int xdp_program_socket(struct xdp_program *program, unsigned queue, int sock)
{
	return bpf_map_update_elem(program->sockets, &queue, &sock, BPF_ANY) ? -errno : 0;
}

static int program_fd(const struct xdp_program *program, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(program->object, name));
}

int xdp_program_attach(struct xdp_program *program, int index, bool *generic)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	int prog = program_fd(program, "wadi_xdp");

	*generic = false;
	program->link = bpf_link_create(prog, index, BPF_XDP, &opts);
	if (program->link < 0 && errno != EBUSY && errno != EPERM) {
		// The driver has no XDP, or not for this MTU or number of queues.
		*generic = true;
		opts.flags = XDP_FLAGS_SKB_MODE;
		program->link = bpf_link_create(prog, index, BPF_XDP, &opts);
	}
	return program->link < 0 ? -errno : 0;
}

// A count of 0 comes first: the program, which runs, sees the old addresses or the new
// ones, or for a moment none, in which case the kernel gets the frame.
int xdp_program_own(struct xdp_program *program, uint16_t vlan, const struct addr *addrs,
                    unsigned len)
{
	struct xdp_own *own = program->own;
	unsigned ipv4 = 0, ipv6 = 0;

	for (unsigned i = 0; i < len; i++)
		ipv4 += addr_is_ipv4(addrs[i]);
	if (ipv4 > XDP_ADDRS_MAX || len - ipv4 > XDP_ADDRS_MAX)
		return -E2BIG;
	__atomic_store_n(&own->ipv4_len, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&own->ipv6_len, 0, __ATOMIC_SEQ_CST);
	own->vlan = vlan;
	ipv4 = 0;
	for (unsigned i = 0; i < len; i++) {
		if (addr_is_ipv4(addrs[i]))
			own->ipv4[ipv4++] = addr_ipv4(addrs[i]).be;
		else
			memcpy(own->ipv6[ipv6++], &addrs[i], sizeof(own->ipv6[0]));
	}
	__atomic_store_n(&own->ipv4_len, ipv4, __ATOMIC_RELEASE);
	__atomic_store_n(&own->ipv6_len, ipv6, __ATOMIC_RELEASE);
	return 0;
}

int xdp_program_copies(struct xdp_program *program, int sock)
{
	int prog = program_fd(program, "wadi_copies");

	return setsockopt(sock, SOL_SOCKET, SO_ATTACH_BPF, &prog, sizeof(prog)) ? -errno : 0;
}
