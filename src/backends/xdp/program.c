// program: see the header. libbpf; its complaints are kept, not printed.
#include "backends/xdp/program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
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
	void *own = mmap(NULL, OWN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, program->own_map, 0);

	if (own == MAP_FAILED)
		return -errno;
	program->own = own;
	return 0;
}

int xdp_program_open(struct xdp_program *program, unsigned queues, bool share, struct why *why)
{
	int err;

	*program = (struct xdp_program){.link = -1, .own_map = -1};
	complaint[0] = '\0';
	libbpf_set_print(complaint_keep);
	program->object = bpf_object__open_mem(object_bytes, sizeof(object_bytes), NULL);
	err = program->object ? program_load(program, queues, share) : -errno;
	if (!err)
		err = program->own_map = bpf_object__find_map_fd_by_name(program->object, ".bss");
	if (err >= 0)
		err = program_map(program);
	if (!err)
		return 0;
	xdp_program_close(program);
	return why_fail(why, err, "the XDP program cannot be loaded: %s",
	                *complaint ? complaint : strerror(-err));
}

int xdp_program_take(struct xdp_program *program, int link, int own_map)
{
	int err = 0;

	*program = (struct xdp_program){.link = fcntl(link, F_DUPFD_CLOEXEC, 0),
	                                .own_map = fcntl(own_map, F_DUPFD_CLOEXEC, 0)};
	if (program->link < 0 || program->own_map < 0)
		err = -errno;
	if (!err)
		err = program_map(program);
	if (!err)
		return 0;
	if (program->link >= 0)
		close(program->link);
	if (program->own_map >= 0)
		close(program->own_map);
	*program = (struct xdp_program){.link = -1, .own_map = -1};
	return err;
}

// The map is the object's, where there is one.
void xdp_program_close(struct xdp_program *program)
{
	if (!program->object && !program->own)
		return;
	if (program->link >= 0)
		close(program->link);
	if (program->own)
		munmap(program->own, OWN_BYTES);
	if (program->object)
		bpf_object__close(program->object);
	else if (program->own_map >= 0)
		close(program->own_map);
	*program = (struct xdp_program){.link = -1, .own_map = -1};
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

// After a handover they are the same as a rule, and no frame is to miss them.
static bool own_is(const struct xdp_own *own, const struct xdp_own *next)
{
	return own->vlan == next->vlan && own->ipv4_len == next->ipv4_len &&
	       own->ipv6_len == next->ipv6_len &&
	       memcmp(own->ipv4, next->ipv4, next->ipv4_len * sizeof(next->ipv4[0])) == 0 &&
	       memcmp(own->ipv6, next->ipv6, next->ipv6_len * sizeof(next->ipv6[0])) == 0;
}

// A count of 0 comes first: the program, which runs, sees the old addresses or the new
// ones, or for a moment none, in which case the kernel gets the frame.
int xdp_program_own(struct xdp_program *program, uint16_t vlan, const struct addr *addrs,
                    unsigned len)
{
	struct xdp_own *own = program->own, next;
	unsigned ipv4 = 0;

	for (unsigned i = 0; i < len; i++)
		ipv4 += addr_is_ipv4(addrs[i]);
	if (ipv4 > XDP_ADDRS_MAX || len - ipv4 > XDP_ADDRS_MAX)
		return -E2BIG;
	next.ipv4_len = next.ipv6_len = 0;
	next.vlan = vlan;
	for (unsigned i = 0; i < len; i++) {
		if (addr_is_ipv4(addrs[i]))
			next.ipv4[next.ipv4_len++] = addr_ipv4(addrs[i]).be;
		else
			memcpy(next.ipv6[next.ipv6_len++], &addrs[i], sizeof(next.ipv6[0]));
	}
	if (own_is(own, &next))
		return 0;
	__atomic_store_n(&own->ipv4_len, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&own->ipv6_len, 0, __ATOMIC_SEQ_CST);
	own->vlan = vlan;
	memcpy(own->ipv4, next.ipv4, next.ipv4_len * sizeof(next.ipv4[0]));
	memcpy(own->ipv6, next.ipv6, next.ipv6_len * sizeof(next.ipv6[0]));
	__atomic_store_n(&own->ipv4_len, next.ipv4_len, __ATOMIC_RELEASE);
	__atomic_store_n(&own->ipv6_len, next.ipv6_len, __ATOMIC_RELEASE);
	return 0;
}

int xdp_program_copies(struct xdp_program *program, int sock)
{
	int prog = program_fd(program, "wadi_copies");

	return setsockopt(sock, SOL_SOCKET, SO_ATTACH_BPF, &prog, sizeof(prog)) ? -errno : 0;
}
