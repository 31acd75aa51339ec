// xdp_program: the program itself, run by the kernel over one frame at a time: which go to
// wadi's socket, which to the kernel's stack, and which a packet socket receives as well.
// Needs CAP_BPF and CAP_NET_ADMIN, as the program does.
#include "harness.h"

#include "backends/xdp/program.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_xdp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAC_OURS  "02 00 00 00 00 01 "
#define MAC_OTHER "02 00 00 00 00 02 "
#define ETH_ARP   MAC_OURS MAC_OTHER "08 06 "
#define ETH_IPV4  MAC_OURS MAC_OTHER "08 00 "
#define ETH_IPV6  MAC_OURS MAC_OTHER "86 dd "
#define TAG(id)   MAC_OURS MAC_OTHER "81 00 " id " "

#define ARP(op)    "00 01 08 00 06 04 00 " op " " MAC_OTHER "0a 35 00 01 " MAC_OURS
#define IPV4       "45 00 00 1c 00 00 00 00 40 11 00 00 0a 35 00 01 "
#define UDP        "04 00 00 35 00 08 00 00 "
#define IPV6(next) "60 00 00 00 00 18 " next " ff fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 09 "
#define ND(type)   type " 00 00 00 00 00 00 00 "

#define OURS4   "0a 35 00 02 "
#define THEIRS4 "0a 35 00 03 "
#define OURS6   "fd 53 00 00 00 00 00 00 00 00 00 00 00 00 00 02 "
#define THEIRS6 "fd 53 00 00 00 00 00 00 00 00 00 00 00 00 00 03 "
#define NODES6  "ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 01 "
#define ASKED6  "ff 02 00 00 00 00 00 00 00 00 00 01 ff 00 00 02 "
#define LOCAL6  "fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01 "

static struct xdp_program program;
static int sock;

static const struct {
	const char *what, *hex;
	uint16_t vlan;
	bool taken, copied; // by wadi; by the packet socket if not taken
} cases[] = {
        {"IPv4 to us", ETH_IPV4 IPV4 OURS4 UDP, 0, true, false},
        {"IPv4 to the kernel", ETH_IPV4 IPV4 THEIRS4 UDP, 0, false, false},
        {"a later fragment to us",
         ETH_IPV4 "45 00 00 1c 00 00 00 b9 40 11 00 00 0a 35 00 01 " OURS4, 0, true, false},
        {"IPv4 with options to us",
         ETH_IPV4 "46 00 00 20 00 00 00 00 40 11 00 00 0a 35 00 01 " OURS4 "94 04 00 00 " UDP, 0,
         true, false},
        {"IPv4 to all", ETH_IPV4 IPV4 "ff ff ff ff " UDP, 0, false, false},
        {"IPv4 cut in the destination", ETH_IPV4 IPV4 "0a 35 00 ", 0, false, false},
        {"an ARP request for us", ETH_ARP ARP("01") OURS4, 0, true, true},
        {"an ARP request for the kernel", ETH_ARP ARP("01") THEIRS4, 0, false, true},
        {"an ARP reply to us", ETH_ARP ARP("02") OURS4, 0, true, true},
        {"an ARP announcement of another host", ETH_ARP ARP("01") "0a 35 00 01 ", 0, false, true},
        {"ARP cut in the target", ETH_ARP ARP("01") "0a 35 00 ", 0, false, true},
        {"IPv6 to us", ETH_IPV6 IPV6("11") OURS6 UDP, 0, true, false},
        {"IPv6 to the kernel", ETH_IPV6 IPV6("11") THEIRS6 UDP, 0, false, false},
        {"IPv6 cut in the destination", ETH_IPV6 IPV6("11") "fd 53 00 00 00 00 ", 0, false, false},
        {"a solicitation for us", ETH_IPV6 IPV6("3a") ASKED6 ND("87") OURS6, 0, true, true},
        {"a solicitation for the kernel", ETH_IPV6 IPV6("3a") ASKED6 ND("87") THEIRS6, 0, false,
         true},
        {"a solicitation to our address", ETH_IPV6 IPV6("3a") OURS6 ND("87") OURS6, 0, true, false},
        {"an advertisement to us", ETH_IPV6 IPV6("3a") OURS6 ND("88") LOCAL6, 0, true, false},
        {"an advertisement to all of another's address",
         ETH_IPV6 IPV6("3a") NODES6 ND("88") THEIRS6, 0, false, true},
        {"an advertisement to all of our address", ETH_IPV6 IPV6("3a") NODES6 ND("88") OURS6, 0,
         true, true},
        {"a solicitation cut in its target", ETH_IPV6 IPV6("3a") ASKED6 ND("87") "fd 53 ", 0, false,
         true},
        {"a router's advertisement", ETH_IPV6 IPV6("3a") NODES6 ND("86") OURS6, 0, false, true},
        {"a multicast listener query", ETH_IPV6 IPV6("00") NODES6 "3a 00 05 02 00 00 01 00 82 00",
         0, false, true},
        {"neighbour discovery to a link-local address", ETH_IPV6 IPV6("3a") LOCAL6 ND("88") OURS6,
         0, false, true},
        {"an echo to a link-local address", ETH_IPV6 IPV6("3a") LOCAL6 ND("80") OURS6, 0, false,
         false},
        {"another protocol", MAC_OURS MAC_OTHER "88 cc 02 07 04 02 00 00 00 00 01 ", 0, false,
         false},
        {"a priority tag", TAG("e0 00") "08 00 " IPV4 OURS4 UDP, 0, true, false},
        {"another VLAN", TAG("00 35") "08 00 " IPV4 OURS4 UDP, 0, false, false},
        {"our VLAN", TAG("00 35") "08 00 " IPV4 OURS4 UDP, 0x35, true, false},
        {"ARP in our VLAN", TAG("00 35") "08 06 " ARP("01") OURS4, 0x35, true, false},
        {"a solicitation in our VLAN", TAG("00 35") "86 dd " IPV6("3a") ASKED6 ND("87") OURS6, 0x35,
         true, false},
        {"no tag although we have a VLAN", ETH_IPV4 IPV4 OURS4 UDP, 0x35, false, false},
        {"a frame that ends in its tag", TAG("00 35"), 0x35, false, false},
};

static size_t bytes_of(const char *hex, uint8_t *bytes)
{
	size_t len = 0;
	int used;

	for (; sscanf(hex, "%2hhx%n", &bytes[len], &used) == 1; hex += used)
		len++;
	return len;
}

// What the program returns for the frame, in a buffer of its exact size.
static unsigned verdict(const char *name, const uint8_t *frame, size_t len)
{
	int fd = bpf_program__fd(bpf_object__find_program_by_name(program.object, name));
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = (uint32_t)len);

	assert_true(fd >= 0);
	if (bpf_prog_test_run_opts(fd, &opts))
		fail_msg("the kernel does not run %s over %zu bytes", name, len);
	return opts.retval;
}

static void open_program(bool share)
{
	struct why why = {""};
	struct addr addrs[] = {addr_from_ipv4((be32_t){htonl(0x0a350002)}),
	                       addr_from_ipv4((be32_t){htonl(0x0a350009)}),
	                       {0}};
	uint8_t ours6[16];

	bytes_of(OURS6, ours6);
	addrs[2] = addr_from_bytes(ours6);
	if (geteuid() != 0)
		skip();
	if (xdp_program_open(&program, 1, share, &why))
		fail_msg("%s", why.text);
	sock = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	assert_true(sock >= 0);
	assert_int_equal(xdp_program_socket(&program, 0, sock), 0);
	assert_int_equal(xdp_program_own(&program, 0, addrs, ARRAY_LEN(addrs)), 0);
}

static void close_program(void)
{
	close(sock);
	xdp_program_close(&program);
	xdp_program_close(&program);
}

// The kernel has taken tags out before it runs the filter, and runs no filter over a cut
// network header that it is asked to try.
static bool filtered(const uint8_t *frame, size_t len)
{
	return frame[12] != 0x81 && len >= (frame[12] == 0x86 ? 14 + 40 : 14 + 20);
}

static void test_each_frame_goes_where_it_belongs(void **state)
{
	open_program(true);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t frame[128] = {0};
		size_t len = bytes_of(cases[i].hex, frame);

		program.own->vlan = cases[i].vlan;
		if (verdict("wadi_xdp", frame, len) != (cases[i].taken ? XDP_REDIRECT : XDP_PASS))
			fail_msg("%s is %s", cases[i].what, cases[i].taken ? "not taken" : "taken");
		if (filtered(frame, len) && !cases[i].vlan &&
		    (verdict("wadi_copies", frame, len) != 0) != cases[i].copied)
			fail_msg("%s is %s", cases[i].what,
			         cases[i].copied ? "not copied" : "copied");
	}
	close_program();
}

static void test_an_unshared_interface_is_all_ours(void **state)
{
	open_program(false);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t frame[128] = {0};

		assert_int_equal(verdict("wadi_xdp", frame, bytes_of(cases[i].hex, frame)),
		                 XDP_REDIRECT);
	}
	close_program();
}

static void test_what_is_ours_can_change(void **state)
{
	struct addr addrs[XDP_ADDRS_MAX + 1];
	uint8_t frame[128] = {0};
	size_t len = bytes_of(ETH_IPV4 IPV4 OURS4 UDP, frame);

	open_program(true);
	for (uint32_t i = 0; i < ARRAY_LEN(addrs); i++)
		addrs[i] = addr_from_ipv4((be32_t){htonl(0x0a350002 + i)});
	assert_int_equal(xdp_program_own(&program, 0, addrs + 1, XDP_ADDRS_MAX), 0);
	assert_int_equal(verdict("wadi_xdp", frame, len), XDP_PASS);
	assert_int_equal(xdp_program_own(&program, 0, addrs, XDP_ADDRS_MAX + 1), -E2BIG);
	assert_int_equal(verdict("wadi_xdp", frame, len), XDP_PASS);
	frame[33] = 2 + XDP_ADDRS_MAX; // the last one
	assert_int_equal(verdict("wadi_xdp", frame, len), XDP_REDIRECT);
	assert_int_equal(xdp_program_own(&program, 0, NULL, 0), 0);
	assert_int_equal(verdict("wadi_xdp", frame, len), XDP_PASS);
	close_program();
}

// A queue that has no socket of ours, or whose socket was closed, is the kernel's.
static void test_a_queue_without_a_socket_is_the_kernels(void **state)
{
	uint8_t frame[128] = {0};
	size_t len = bytes_of(ETH_IPV4 IPV4 OURS4 UDP, frame);

	open_program(true);
	close(sock);
	sock = -1;
	assert_int_equal(verdict("wadi_xdp", frame, len), XDP_PASS);
	close_program();
}

static void test_there_must_be_an_interface(void **state)
{
	bool generic;

	open_program(true);
	assert_true(xdp_program_attach(&program, INT32_MAX, &generic) < 0);
	close_program();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_each_frame_goes_where_it_belongs),
	        cmocka_unit_test(test_an_unshared_interface_is_all_ours),
	        cmocka_unit_test(test_what_is_ours_can_change),
	        cmocka_unit_test(test_a_queue_without_a_socket_is_the_kernels),
	        cmocka_unit_test(test_there_must_be_an_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
