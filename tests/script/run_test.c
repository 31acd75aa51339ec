// run: scripts against a target that sends what a second script says, at its times. What
// holds when the stack does as expected, and what is reported when it does not.
#include "harness.h"

#include "match.h"
#include "run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define FAKE_ISN UINT32_C(0xfffffff0) // of the stack: its numbers wrap

static struct fake {
	struct script script; // what the stack sends
	const struct script_event *next;
	uint64_t now_us;
	uint32_t isn, remote_isn;
	uint64_t received, read; // bytes of the stream
	bool syn_seen, broken;   // broken: what is read is wrong
	uint32_t held, told;     // requests of MSG_ZEROCOPY, all of which are done
	int fds;
	char setting[128];
} fake;

static void fake_close(void *ctx)
{
	(void)ctx;
}

static int fake_setting(void *ctx, const char *name, const char *value, struct why *why)
{
	static const char *const known[] = {"net.ipv4.tcp_sack", "net.ipv4.tcp_rmem",
	                                    "net.ipv4.tcp_ecn", "net.ipv4.tcp_fastopen",
	                                    "net.ipv4.tcp_fastopen_key"};

	for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(name, known[i]) != 0)
			continue;
		snprintf(fake.setting, sizeof(fake.setting), "%s=%s", name, value);
		return 0;
	}
	return why_fail(why, -ENOSYS, "%s is not known", name);
}

static uint64_t fake_now(void *ctx)
{
	return fake.now_us;
}

static void fake_deliver(void *ctx, const uint8_t *bytes, size_t len)
{
	struct packet packet;
	struct why reason;

	assert_int_equal(packet_parse(&packet, bytes, len, &reason), 0);
	if (packet.flags & 2) {
		fake.syn_seen = true;
		fake.remote_isn = packet.seq;
	}
	fake.received += packet.len;
}

static void fake_step(void *ctx, uint64_t until_us)
{
	if (fake.next && 1000 + (uint64_t)fake.next->time.us < until_us)
		until_us = 1000 + (uint64_t)fake.next->time.us;
	if (until_us > fake.now_us)
		fake.now_us = until_us;
}

static size_t fake_take(void *ctx, uint8_t *bytes, size_t size, uint64_t *at_us)
{
	const struct script_event *event = fake.next;
	struct packet packet;

	assert_true(size >= PACKET_BYTES);
	if (!event || 1000 + (uint64_t)event->time.us > fake.now_us)
		return 0;
	*at_us = 1000 + (uint64_t)event->time.us;
	packet = match_spec(&fake.script.conf, &event->packet);
	packet.src_port = event->packet.local_port ? event->packet.local_port : 8080;
	packet.dst_port = event->packet.remote_port ? event->packet.remote_port : 40000;
	packet.offset = packet.seq == 0 || packet.flags & 2 ? 0 : packet.seq - 1;
	if (packet.flags & 2)
		fake.isn = packet.seq + FAKE_ISN;
	packet.seq = packet.flags & 2 ? fake.isn : packet.seq + fake.isn;
	if ((packet.flags & 0x12) == 0x10) // ACK, no SYN
		packet.ack += fake.remote_isn;
	fake.next = event->next;
	return packet_build(&packet, bytes);
}

static int fake_socket(void *ctx, bool ipv6, int type, int protocol)
{
	return 100 + fake.fds++;
}

static int fake_bind(void *ctx, int fd, const struct target_endpoint *local)
{
	assert_int_equal(local->port, 8080);
	return 0;
}

static int fake_listen(void *ctx, int fd, int backlog)
{
	return backlog == 77 ? -ENOSYS : 0;
}

static int fake_accept(void *ctx, int fd)
{
	return fake.syn_seen ? 100 + fake.fds++ : -EAGAIN;
}

static int fake_connect(void *ctx, int fd, const struct target_endpoint *remote)
{
	return -EINPROGRESS;
}

static int64_t fake_send(void *ctx, int fd, const uint8_t *bytes, size_t len, int flags,
                         const struct target_endpoint *to)
{
	return (int64_t)len;
}

static int64_t fake_recv(void *ctx, int fd, uint8_t *bytes, size_t len, int flags)
{
	size_t n = size_min(len, (size_t)(fake.received - fake.read));

	for (size_t i = 0; i < n; i++)
		bytes[i] = packet_byte(fake.read + i + fake.broken);
	fake.read += n;
	return n == 0 ? -EAGAIN : (int64_t)n;
}

static int fake_shutdown(void *ctx, int fd, int how)
{
	return 0;
}

static int fake_close_socket(void *ctx, int fd)
{
	return 0;
}

static int fake_set_option(void *ctx, int fd, int level, int name,
                           const struct target_option *value)
{
	return name == SO_REUSEADDR ? 0 : -ENOSYS;
}

static int fake_get_option(void *ctx, int fd, int level, int name, struct target_option *value)
{
	value->number = name == SO_ERROR ? ECONNREFUSED : 4;
	return 0;
}

static int fake_ioctl(void *ctx, int fd, int64_t request, int64_t *value)
{
	*value = (int64_t)(fake.received - fake.read);
	return 0;
}

static int fake_poll(void *ctx, int fd)
{
	return fake.received > fake.read ? POLLIN | POLLOUT : fake.syn_seen ? POLLOUT : 0;
}

static int fake_hold(void *ctx, int fd)
{
	fake.held++;
	return fake.held > 3 ? -ENOBUFS : 0;
}

static int fake_done(void *ctx, int fd, bool take, struct target_done *done)
{
	if (fake.told == fake.held)
		return -EAGAIN;
	*done = (struct target_done){fake.told, fake.held - 1, .copied = false};
	if (take)
		fake.told = fake.held;
	return 0;
}

// One, that listens.
static bool fake_socket_at(void *ctx, unsigned i, struct target_socket *socket)
{
	*socket = (struct target_socket){.state = "LISTEN", .local.port = 8080, .ipv4 = true};
	return i == 0;
}

static bool fake_info(void *ctx, int fd, const char *name, long double *value)
{
	*value = 10;
	return strcmp(name, "tcpi_snd_cwnd") == 0;
}

static const struct target_ops fake_ops = {
        .name = "fake",
        .close = fake_close,
        .setting = fake_setting,
        .now_us = fake_now,
        .deliver = fake_deliver,
        .step = fake_step,
        .take = fake_take,
        .socket = fake_socket,
        .bind = fake_bind,
        .listen = fake_listen,
        .accept = fake_accept,
        .connect = fake_connect,
        .send = fake_send,
        .recv = fake_recv,
        .shutdown = fake_shutdown,
        .close_socket = fake_close_socket,
        .set_option = fake_set_option,
        .get_option = fake_get_option,
        .ioctl = fake_ioctl,
        .poll = fake_poll,
        .hold = fake_hold,
        .done = fake_done,
        .socket_at = fake_socket_at,
        .info = fake_info,
};

static struct why why;

// Plays the text while the stack sends what `sends` has, "" for nothing; the result.
static enum run_result play(const char *text, const char *sends)
{
	struct target target = {&fake_ops, &fake};
	struct script script;
	enum run_result result;

	fake = (struct fake){.now_us = 1000};
	why = (struct why){""};
	if (script_parse(&script, "t.pkt", text, strlen(text), NULL, 0, &why) != 0)
		fail_msg("%s\nin: %s", why.text, text);
	if (*sends) {
		if (script_parse(&fake.script, "fake", sends, strlen(sends), NULL, 0, &why) != 0)
			fail_msg("%s\nin: %s", why.text, sends);
		fake.next = fake.script.events;
	}
	result = run_script(&script, &target, &why);
	script_parse_fini(&script);
	script_parse_fini(&fake.script);
	return result;
}

#define OPEN                                                                                       \
	"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"                                            \
	"+0 bind(3, ..., ...) = 0\n"                                                               \
	"+0 listen(3, 1) = 0\n"                                                                    \
	"0.1 < S 7:7(0) win 1000 <mss 1000>\n"
#define SYN_ACK  "0.1 > S. 5:5(0) ack 8 win 9 <mss 1460>\n"
#define SYN_ACKS "0.1 > S. 5:5(0) ack 8 <...>\n"

static void test_passes(void **state)
{
	static const struct {
		const char *text, *sends;
	} cases[] = {
	        {OPEN "+0 > S. 5:5(0) ack 8 win 9 <mss 1460>", SYN_ACK},
	        {OPEN SYN_ACKS, SYN_ACK},
	        {OPEN "+0 > S. 5:5(0) ack 8 <mss 9,nop,wscale 3,sackOK,eol,eol>",
	         "0.1 > S. 5:5(0) ack 8 <nop,nop,sackOK,mss 9,wscale 3,nop>"},
	        {OPEN "+0~+0.2 > S. 5:5(0) ack 8 <...>", "0.2 > S. 5:5(0) ack 8 win 9"},
	        {OPEN "* > S. 5:5(0) ack 8", "3000 > S. 5:5(0) ack 8 win 9"},
	        {OPEN "0.2 > S. 5:5(0) ack 8", "0.204 > S. 5:5(0) ack 8"},
	        {OPEN "3.1 > S. 5:5(0) ack 8", "3.4 > S. 5:5(0) ack 8"}, // 12.5 % of 3 s
	        {OPEN SYN_ACKS "+0 < . 1:1(0) ack 1 win 9\n+0 accept(3, ..., ...) = 4\n"
	                       "+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1",
	         SYN_ACK "0.1 > P. 1:11(10) ack 1"},
	        // Segments that the stack cut where the script's did not.
	        {OPEN SYN_ACKS "+0 > P. 1:3001(3000) ack 1",
	         SYN_ACK "0.1 > . 1:1001(1000) ack 1\n0.1 > . 1001:2001(1000) ack 1\n"
	                 "0.1 > P. 2001:3001(1000) ack 1"},
	        {OPEN SYN_ACKS "+0 > P. 1:2001(2000) ack 1",
	         SYN_ACK "0.1 > . 1:1001(1000) ack 1\n0.1 > . 1001:2001(1000) ack 1"},
	        // Other conversations are passed over.
	        {OPEN SYN_ACKS, "0.1 > 8080 > 9 R 1:1(0)\n" SYN_ACK},
	        {OPEN SYN_ACKS "+0 < 5 > 8080 . 1:1(0) ack 1\n+0 > 8080 > 5 R 1:1(0)",
	         SYN_ACK "0.1 > 8080 > 5 R 12:12(0)"},
	        {OPEN SYN_ACKS, "0.1 > icmp echo_reply\n" SYN_ACK},
	        // Timestamps are the script's.
	        {"--tcp_ts_tick_usecs=1000\n--tcp_ts_ecr_checked\n" OPEN
	         "+0 > S. 5:5(0) ack 8 <nop,nop,TS val 100 ecr 5>\n"
	         "+0 < . 1:1(0) ack 1 <nop,nop,TS val 6 ecr 100>\n"
	         "+0 > . 1:1(0) ack 1 <nop,nop,TS val 101 ecr 6>",
	         "0.1 > S. 5:5(0) ack 8 <nop,nop,TS val 5000 ecr 5>\n"
	         "0.1 > . 1:1(0) ack 1 <nop,nop,TS val 5001 ecr 6>"},
	        {"--tcp_ts_tick_usecs=1000\n--tcp_ts_ecr_checked\n" OPEN
	         "+0 > S. 5:5(0) ack 8 <nop,nop,TS val ... ecr 5>\n"
	         "+0 > . 1:1(0) ack 1 <nop,nop,TS val 100 ecr ...>\n"
	         "+0 > . 1:1(0) ack 1 <nop,nop,TS val 101 ecr 6>",
	         "0.1 > S. 5:5(0) ack 8 <nop,nop,TS val 70 ecr 5>\n"
	         "0.1 > . 1:1(0) ack 1 <nop,nop,TS val 5000 ecr 9>\n"
	         "0.1 > . 1:1(0) ack 1 <nop,nop,TS val 5001 ecr 6>"},
	        {OPEN "+0 > SEA. 5:5(0) ack 8 <...>", "0.1 > SEA. 5:5(0) ack 8"},
	        {OPEN SYN_ACKS "+0 > . 1:1(0) ack 1 <nop,nop,sack 11:21>",
	         SYN_ACK "0.1 > . 1:1(0) ack 1 <nop,nop,sack 18:28>"},
	        // Calls that block end when the script says.
	        {OPEN SYN_ACKS "0.1...0.2 accept(3, ..., ...) = 4\n0.2 < . 1:1(0) ack 1", SYN_ACK},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n0...0.5 read(3, ..., 10) = 4\n"
	         "0.5 < udp (4)\n0.6 close(3) = 0",
	         ""},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0...1 poll([{fd=3, events=POLLIN}],"
	         " 1, 1000) = 0",
	         ""},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n0 fcntl(3, F_SETFL, "
	         "O_RDWR|O_NONBLOCK)"
	         " = 0\n0 fcntl(3, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK)\n"
	         "0 read(3, ..., 9) = -1 EAGAIN (Resource temporarily unavailable)",
	         ""},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 < udp (8)\n"
	         "+0 ioctl(3, SIOCINQ, [8]) = 0\n+0 readv(3, [{..., 3}, {..., 4}], 2) = 7\n"
	         "+0 poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLIN|POLLOUT}], 1, 0) = 1",
	         ""},
	        {"`sysctl -q net.ipv4.tcp_sack=1 > /dev/null 2>&1\n# all\n../defaults.sh # all\n"
	         "sysctl net.ipv4.tcp_rmem=\"1 2 $((2*3))\" \\\n net.ipv4.tcp_sack=0\n"
	         "/tmp/sysctl_restore_${PPID}.sh`\n"
	         "0 `sleep 0.5`\n+0 close(3) = -1 EBADF (Bad file descriptor)",
	         ""},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 epoll_create(1) = 4\n"
	         "+0 epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLIN|EPOLLET, fd=3}) = 0\n"
	         "+0 epoll_wait(4, {events=0, ptr=0}, 1, 0) = 0\n"
	         "+0...0.5 epoll_wait(4, {events=EPOLLIN, fd=3}, 1, -1) = 1\n"
	         "+.5 < udp (8)\n+0 epoll_wait(4, {events=0, ptr=0}, 1, 0) = 0\n+0 < udp (8)\n"
	         "+0 epoll_wait(4, [{events=EPOLLIN, fd=3}], 1, 0) = 1\n"
	         "+0 epoll_ctl(4, EPOLL_CTL_MOD, 3, {events=EPOLLIN|EPOLLONESHOT, fd=3}) = 0\n"
	         "+0 epoll_wait(4, {events=EPOLLIN, fd=3}, 1, 0) = 1\n"
	         "+0 epoll_wait(4, {events=0, ptr=0}, 1, 0) = 0\n"
	         "+0 epoll_ctl(4, EPOLL_CTL_DEL, 3, {events=EPOLLIN, fd=3}) = 0\n"
	         "+0 epoll_ctl(4, EPOLL_CTL_DEL, 3, {events=0, fd=3}) = -1 ENOENT (none)\n"
	         "+0 read(4, ..., 1) = -1 EBADF (Bad file descriptor)\n+0 close(4) = 0",
	         ""},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 < udp (8)\n"
	         "+0 setsockopt(3, SOL_TCP, TCP_INQ, [1], 4) = 0\n"
	         "+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 3}], msg_flags=0, "
	         "msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=5}]}, 0) = 3",
	         ""},
	        // Requests of MSG_ZEROCOPY that are done.
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
	         "+0 recvmsg(3, {msg_iov(1)=[{..., 0}], msg_control=[]}, MSG_ERRQUEUE) = -1 EAGAIN "
	         "(none)\n+0 send(3, ..., 9, MSG_ZEROCOPY) = 9\n"
	         "+0 send(3, ..., 9, MSG_ZEROCOPY) = 9\n"
	         "+0 recvmsg(3, {msg_iov(1)=[{..., 0}], msg_control=[{cmsg_level=CMSG_LEVEL_IP, "
	         "cmsg_type=CMSG_TYPE_RECVERR, cmsg_data={ee_errno=0, "
	         "ee_origin=SO_EE_ORIGIN_ZEROCOPY, ee_code=0, ee_info=0, ee_data=1}}]}, "
	         "MSG_ERRQUEUE) = 0",
	         ""},
	        // Buffers that are not there.
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
	         "+0 write(3, NULL, 9) = -1 EFAULT (Bad address)\n+0 write(3, NULL, 0) = 0\n"
	         "+0 recv(3, 0, 9, MSG_DONTWAIT) = -1 EAGAIN (none)\n+0 < udp (8)\n"
	         "+0 read(3, NULL, 9) = -1 EFAULT (Bad address)",
	         ""},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
	         "+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0",
	         ""},
	        {"0 %{ assert tcpi_snd_cwnd == 10\nx = TCP_ESTABLISHED }%\n0 %{ assert x == 1 }%",
	         ""},
	        {"--non_fatal=packet\n" OPEN "+0 > S. 5:5(0) ack 9", "0.1 > S. 5:5(0) ack 8"},
	        {"--ip_version=ipv6\n0 < udp 7 > 9 (3)\n0 > udp 9 > 7 (3)",
	         "--ip_version=ipv6\n0 > udp 9 > 7 (3)"},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
		if (play(cases[i].text, cases[i].sends) != RUN_PASSED)
			fail_msg("%s\nin:\n%s", why.text, cases[i].text);
}

// What scripts of other systems, and of packetdrill's other versions, have.
static void test_passes_of_others(void **state)
{
	static const struct {
		const char *text, *sends;
	} cases[] = {
	        // A file, of which only the length counts.
	        {"0 socket(..., SOCK_STREAM, 0) = 3\n+0 open(\"/tmp/x\", O_RDONLY) = 4\n"
	         "+0 sendfile(3, 4, [0], 9) = 9\n+0 sendfile(3, 3, [0], 9) = -1 EBADF (x)\n"
	         "+0 poll([{fd=4, events=POLLIN, revents=POLLNVAL}], 1, 0) = 1\n+0 close(4) = 0\n"
	         "+0 cap_set(CAP_NET_ADMIN, 1) = 0",
	         ""},
	        // The state of sockets, as FreeBSD's scripts look at it.
	        {"0 `sockstat -4 -P tcp -p 8080 -s | grep -c LISTEN | grep 1`\n"
	         "+0 `sockstat -6 -P tcp -s | grep packetdrill | grep -c LISTEN | grep 0`\n"
	         "+0 `sockstat -s | grep -q EST; sockstat -s | grep -vc EST | grep 1`\n"
	         "+0 `sockstat -p 9 || true`",
	         ""},
	        // Numbers that are not relative, or do not matter.
	        {OPEN SYN_ACKS "+0 > . 6:6(0)! ack 1", SYN_ACK "0.1 > . 17:17(0) ack 1"},
	        {OPEN SYN_ACKS "+0 > P. ...(4) ack 1", SYN_ACK "0.1 > P. 77:81(4) ack 1"},
	        {OPEN "+0 > [dscp cs0] S. 5:5(0) ack 8 <...>", SYN_ACK},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
		if (play(cases[i].text, cases[i].sends) != RUN_PASSED)
			fail_msg("%s\nin:\n%s", why.text, cases[i].text);
}

static void test_fails(void **state)
{
	static const struct {
		const char *text, *sends, *reason;
	} cases[] = {
	        {OPEN "+0 > S. 5:5(0) ack 8 win 8 <mss 1460>", SYN_ACK,
	         "t.pkt:5: win should be 8, is 9\n"
	         "  expected: > S. 5:5(0) ack 8 win 8 <mss 1460>\n"
	         "  actual:   > S. 5:5(0) ack 8 win 9 <mss 1460>"},
	        {OPEN "+0 > S. 5:5(0) ack 9 <...>", SYN_ACK, "t.pkt:5: ack should be 9, is 8\n"},
	        {OPEN "+0 > S. 5:5(0) ack 8 <mss 1461>", SYN_ACK,
	         "t.pkt:5: the value of option 2 differs"},
	        {OPEN "+0 > S. 5:5(0) ack 8", SYN_ACK,
	         "t.pkt:5: the options differ: 2 is not expected"},
	        {OPEN "+0 > S. 5:5(0) ack 8 <mss 1460,sackOK,nop,nop>", SYN_ACK,
	         "t.pkt:5: the options differ: 4 is not there"},
	        {"--strict_options\n" OPEN "+0 > S. 5:5(0) ack 8 <mss 1460,nop,nop,nop,eol>",
	         SYN_ACK, "t.pkt:6: the options differ"},
	        {OPEN "+0 > . 5:5(0) ack 8 <...>", SYN_ACK, "t.pkt:5: SYN should be 0, is 1"},
	        {OPEN "+0 > SEA. 5:5(0) ack 8 <...>", "0.1 > SE. 5:5(0) ack 8",
	         "t.pkt:5: the reserved bits should be 1, is 0\n"
	         "  expected: > SEA. 5:5(0) ack 8 <...>\n  actual:   > SE. 5:5(0) ack 8"},
	        {"--ip_version=ipv6\n0 < udp 7 > 9 (3)\n0 > [flowlabel 5] udp 9 > 7 (3)",
	         "--ip_version=ipv6\n0 > [flowlabel 6] udp 9 > 7 (3)",
	         "t.pkt:3: the flow label should be 5, is 6"},
	        {OPEN "+0 > [ect0] S. 5:5(0) ack 8 <...>", SYN_ACK,
	         "t.pkt:5: ECN should be 2, is 0"},
	        {OPEN "+0 > [dscp ef] S. 5:5(0) ack 8 <...>", SYN_ACK,
	         "t.pkt:5: DSCP should be 46, is 0"},
	        {"0 `true`\n0 `sockstat -4 | grep ESTABLISHED`", "",
	         "t.pkt:2: the command fails: sockstat -4 | grep ESTABLISHED"},
	        {OPEN "+0 > S. 5:5(0) ack 8", "",
	         "t.pkt:5: no packet came\n  expected: > S. 5:5(0)"},
	        {OPEN "0.2 > S. 5:5(0) ack 8", "0.213 > S. 5:5(0) ack 8",
	         "t.pkt:5: S. 5:5(0) ack 8 win 0 should be at 0.200000 s, was at 0.213000 s"},
	        {OPEN "0.3~0.4 > S. 5:5(0) ack 8", "0.2 > S. 5:5(0) ack 8",
	         "t.pkt:5: S. 5:5(0) ack 8 win 0 should be at 0.300000 to 0.400000 s, was at 0.2"},
	        {"--strict_segments\n" OPEN SYN_ACKS "+0 > P. 1:2001(2000) ack 1",
	         SYN_ACK "0.1 > . 1:1001(1000) ack 1\n0.1 > P. 1001:2001(1000) ack 1",
	         "t.pkt:7: PSH should be 1, is 0"},
	        {"--tcp_ts_tick_usecs=1000\n" OPEN "+0 > S. 5:5(0) ack 8 <nop,nop,TS val 1 ecr 0>\n"
	         "+0 > . 1:1(0) ack 1 <nop,nop,TS val 1 ecr 0>",
	         "0.1 > S. 5:5(0) ack 8 <nop,nop,TS val 50 ecr 0>\n"
	         "0.1 > . 1:1(0) ack 1 <nop,nop,TS val 60 ecr 0>",
	         "t.pkt:7: TS val should be 1, is 11"},
	        {"0 socket(..., SOCK_STREAM, 0) = 3\n+0 send(3, ..., 9, MSG_ZEROCOPY) = 9\n"
	         "+0 recvmsg(3, {msg_iov(1)=[{..., 0}], msg_control=[{cmsg_data={ee_info=0, "
	         "ee_code=SO_EE_CODE_ZEROCOPY_COPIED}}]}, MSG_ERRQUEUE) = 0",
	         "", "t.pkt:3: ee_code should be 1, is 0"},
	        {"0 socket(..., SOCK_STREAM, 0) = 3\n+0 send(3, ..., 9, MSG_ZEROCOPY) = 9\n"
	         "+0 recvmsg(3, {msg_iov(1)=[{..., 0}], msg_control=[]}, MSG_ERRQUEUE) = 0",
	         "", "t.pkt:3: requests 0 to 0 are done, which is not expected"},
	        {"0 close(3) = 0", "", "t.pkt:1: close should return 0, returned -1 EBADF (9)"},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = -1 EPERM (x)", "",
	         "t.pkt:1: socket should fail, but opened a socket"},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n0 read(3, ..., 1) = 1", "",
	         "t.pkt:2: read should return at 0.000000 s, and waits"},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n0...1 read(3, ..., 9) = 4\n"
	         "0.5 < udp (4)",
	         "", "t.pkt:2: the end of the call should be at 1.000000 s, was at 0.5"},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
	         "0 getsockopt(3, SOL_TCP, TCP_MAXSEG, [5], [4]) = 0",
	         "", "t.pkt:2: the option should be 5, is 4"},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n0 < udp (4)\n"
	         "0 ioctl(3, SIOCINQ, [3]) = 0",
	         "", "t.pkt:3: ioctl should give 3, gave 4"},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n0 < S 0:0(0) win 1\n"
	         "0...0 connect(3, ..., ...) = 0",
	         "", "t.pkt:3: connect should return 0, returned -1 ECONNREFUSED (111)"},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 epoll_create(1) = 4\n"
	         "+0 epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLIN, fd=3}) = 0\n+0 < udp (8)\n"
	         "+0 epoll_wait(4, {events=EPOLLOUT, fd=3}, 1, 0) = 1",
	         "", "t.pkt:5: events should be 0x4, is 0x1"},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 < udp (8)\n"
	         "+0 setsockopt(3, SOL_TCP, TCP_INQ, [1], 4) = 0\n"
	         "+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 3}], msg_flags=0, "
	         "msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=4}]}, 0) = 3",
	         "", "t.pkt:4: TCP_CM_INQ should be 4, is 5"},
	        {"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 < udp (8)\n"
	         "+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 3}], msg_flags=0, "
	         "msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=4}]}, 0) = 3",
	         "", "t.pkt:3: the message should have TCP_CM_INQ, and has not"},
	        {"0 %{\nassert tcpi_snd_cwnd == 9\n}%", "",
	         "t.pkt:2: the assertion is false: tcpi_snd_cwnd == 9 (tcpi_snd_cwnd = 10)"},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		if (play(cases[i].text, cases[i].sends) != RUN_FAILED)
			fail_msg("did not fail, %s\nin: %s", why.text, cases[i].text);
		if (strncmp(why.text, cases[i].reason, strlen(cases[i].reason)) != 0)
			fail_msg("%s\nnot: %s\nin: %s", why.text, cases[i].reason, cases[i].text);
	}
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
	        {"0 socket(..., SOCK_STREAM, 0) = 3\n+0 send(3, ..., 9, MSG_ZEROCOPY) = 9\n"
	         "+0 send(3, ..., 9, MSG_ZEROCOPY) = 9\n+0 send(3, ..., 9, MSG_ZEROCOPY) = 9\n"
	         "+0 send(3, ..., 9, MSG_ZEROCOPY) = 9",
	         "t.pkt:5: too many requests of MSG_ZEROCOPY are outstanding"},
	        {"0 `ip route add x`", "t.pkt:1: ip route is not supported"},
	        {"0 `tc qdisc add dev tun0 root pfifo\ntc qdisc add dev tun0 root pfifo limit 0`",
	         "t.pkt:1: tc with limit is not supported"},
	        {"0 `./no_such.sh`", "t.pkt:1: the script ./no_such.sh is not there"},
	        {"0 `sockstat -u`", "t.pkt:1: sockstat -u is not supported"},
	        {"0 `sockstat -P udp`", "t.pkt:1: sockstat -P udp is not supported"},
	        {"0 `cat x | grep 1`", "t.pkt:1: the command grep is not known, and no shell"},
	        {"0 `sockstat | grep -o 1`", "t.pkt:1: grep -o is not supported"},
	        {"0 `sockstat | grep \"(\"`", "t.pkt:1: grep needs one pattern"},
	        {"0 `sysctl net.ipv4.tcp_sack=$((x+1))`", "t.pkt:1: the value of x is not known"},
	        {"0 `# only\nsysctl net.ipv4.tcp_foo=1`", "t.pkt:1: net.ipv4.tcp_foo is not known"},
	        {"0 `rmmod x`", "t.pkt:1: the command rmmod is not known, and no shell is run"},
	        {"`sysctl net.ipv4.tcp_foo=1`\n0 close(3) = 0",
	         "t.pkt:1: net.ipv4.tcp_foo is not known"},
	        {"0 `echo 1 > /proc/sys/net/ipv4/tcp_bar`",
	         "t.pkt:1: net.ipv4.tcp_bar is not known"},
	        {"0 splice(1) = 0", "t.pkt:1: the call splice is not supported"},
	        {"0 listen(3) = 0", "t.pkt:1: listen needs 2 arguments"},
	        {"0 listen(X, 1) = 0",
	         "t.pkt:1: argument 1 of listen is no number that is known: X"},
	        {"0 listen(3, 1) = -1 EFOO (foo)", "t.pkt:1: the error EFOO is not known"},
	        {"0 socket(..., SOCK_STREAM, 0) = 3\n0 socket(..., SOCK_STREAM, 0) = 3",
	         "t.pkt:2: the descriptor 3 is open already"},
	        {"0 socket(..., SOCK_STREAM, 0) = 3\n0 listen(3, 77) = 0",
	         "t.pkt:2: fake does not have listen with 77"},
	        {"0 socket(..., SOCK_STREAM, 0) = 3\n0 setsockopt(3, SOL_TCP, TCP_CORK, [1], 4) = "
	         "0",
	         "t.pkt:2: fake does not have the option TCP_CORK, or not as [1]"},
	        {"0 socket(..., SOCK_STREAM, 0) = 3\n"
	         "0 setsockopt(3, SOL_TCP, TCP_CORK, [A|B], 4) = 0",
	         "t.pkt:2: the value of the option is not understood: [A|B]"},
	        {"0 socket(..., SOCK_STREAM, 0) = 3\n"
	         "0 setsockopt(3, SOL_TCP, TCP_CORK, {a=f(1), b=[\"c\", ...]}, 4) = 0",
	         "t.pkt:2: the value of the option is not understood: {a=f(1), b=[\"c\", ...]}"},
	        {"0 socket(..., SOCK_STREAM, 0) = 3\n0 bind(3, 5, 4) = 0",
	         "t.pkt:2: argument 2 of bind is no socket address: 5"},
	        {"0 socket(..., SOCK_STREAM, 0) = 3\n+0 recvmsg(3, {msg_iov(1)=[{..., 3}], "
	         "msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=9}]}, 0) = 3",
	         "t.pkt:2: control messages but TCP_CM_INQ are not supported: {cmsg_level=SOL_SO"},
	        {"0 socket(..., SOCK_STREAM, 0) = X",
	         "t.pkt:1: the result of socket is no number that is known: X"},
	        {"0 %{ assert tcpi_foo }%", "t.pkt:1: the value of tcpi_foo is not known"},
	        {"0 > . 1:1(0)", "t.pkt:1: no packet or call before says what conversation"},
	        {"1 close(3) = -1 EBADF (x)\n0 close(3) = -1 EBADF (x)",
	         "t.pkt:2: time goes backwards"},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(play(cases[i].text, ""), RUN_REFUSED);
		if (strncmp(why.text, cases[i].reason, strlen(cases[i].reason)) != 0)
			fail_msg("%s\nnot: %s\nin: %s", why.text, cases[i].reason, cases[i].text);
	}
}

// What suites begin with is known to set something, also where the file is not there.
static void test_defaults(void **state)
{
	assert_int_equal(play("`../../common/defaults.sh`\n0 close(3) = -1 EBADF (x)", ""),
	                 RUN_PASSED);
	assert_string_equal(fake.setting,
	                    "net.ipv4.tcp_fastopen_key=a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4");
}

// What the stack gives to readers is compared with what was sent to it.
static void test_bytes(void **state)
{
	static const char text[] = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
	                           "+0 < S 0:0(0) win 1\n+0 < . 1:5(4) ack 1 win 1\n"
	                           "+0 read(3, ..., 2) = 2\n+0 read(3, ..., 9) = 2\n";

	assert_int_equal(play(text, ""), RUN_PASSED);
	assert_int_equal(fake.read, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_passes),   cmocka_unit_test(test_passes_of_others),
	        cmocka_unit_test(test_fails),    cmocka_unit_test(test_refuses),
	        cmocka_unit_test(test_defaults), cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
