// parse: what scripts are accepted as, and with which line and reason others are refused.
#include "harness.h"

#include "script.h"

#include "proto/tcpip/tcp_wire.h"

#include <netinet/in.h>
#include <stdio.h>

static struct script script;
static struct why why;

static int parse_text(const char *text)
{
	why = (struct why){""};
	return script_parse(&script, "t.pkt", text, strlen(text), NULL, 0, &why);
}

static void parse_ok(const char *text)
{
	if (parse_text(text) != 0)
		fail_msg("%s\nin: %s", why.text, text);
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		struct script_time time;
	} cases[] = {
	        {"0 > . 1:1(0)", {TIME_ABSOLUTE, false, 0, 0}},
	        {"1 > . 1:1(0)", {TIME_ABSOLUTE, false, 1000000, 0}},
	        {"0.1 > . 1:1(0)", {TIME_ABSOLUTE, false, 100000, 0}},
	        {".3 > . 1:1(0)", {TIME_ABSOLUTE, false, 300000, 0}},
	        {"0.000001 > . 1:1(0)", {TIME_ABSOLUTE, false, 1, 0}},
	        {"0.0000019 > . 1:1(0)", {TIME_ABSOLUTE, false, 1, 0}},
	        {"+0 > . 1:1(0)", {TIME_RELATIVE, false, 0, 0}},
	        {"+.25 > . 1:1(0)", {TIME_RELATIVE, false, 250000, 0}},
	        {"+ 2 > . 1:1(0)", {TIME_RELATIVE, false, 2000000, 0}},
	        {"* > . 1:1(0)", {TIME_STAR, false, 0, 0}},
	        {"0.1~0.2 > . 1:1(0)", {TIME_ABSOLUTE, true, 100000, 200000}},
	        {"+0~+0.1 > . 1:1(0)", {TIME_RELATIVE, true, 0, 100000}},
	        {"0.2...0.3 read(3, ..., 1) = 1", {TIME_ABSOLUTE, false, 200000, 300000}},
	        {"+0...0.3 read(3, ..., 1) = 1", {TIME_RELATIVE, false, 0, 300000}},
	        {"0...2 read(3, ..., 1) = 1", {TIME_ABSOLUTE, false, 0, 2000000}},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		const struct script_time *time;

		parse_ok(cases[i].text);
		time = &script.events->time;
		assert_int_equal(time->kind, cases[i].time.kind);
		assert_int_equal(time->range, cases[i].time.range);
		assert_int_equal(time->us, cases[i].time.us);
		assert_int_equal(time->end_us, cases[i].time.end_us);
		script_parse_fini(&script);
	}
}

static void test_segments(void **state)
{
	static const struct {
		const char *text;
		struct script_packet packet;
	} cases[] = {
	        {"0 < S 0:0(0) win 32792", {.flags = TCP_SYN, .window = 32792}},
	        {"0 < S. 7:7(0) ack 1 win 9",
	         {.flags = TCP_SYN | TCP_ACK, .seq = 7, .ack = 1, .window = 9}},
	        {"0 > FP. 1:11(10) ack 2",
	         {.out = true,
	          .flags = TCP_FIN | TCP_PSH | TCP_ACK,
	          .seq = 1,
	          .len = 10,
	          .ack = 2,
	          .window = -1}},
	        {"0 < SEW 0:0(0) win 1", {.flags = TCP_SYN | TCP_ECE | TCP_CWR, .window = 1}},
	        {"0 < U. 1:2(1) ack 1 win 2 urg 3",
	         {.flags = TCP_URG | TCP_ACK,
	          .seq = 1,
	          .len = 1,
	          .ack = 1,
	          .window = 2,
	          .urgent = 3}},
	        {"0 < - 5:5(0)", {.seq = 5, .window = -1}},
	        {"0 < . 4294967295:9(10) ack 1",
	         {.flags = TCP_ACK, .seq = UINT32_MAX, .len = 10, .ack = 1, .window = -1}},
	        {"0 > [ect0] . 1:1(0) ack 1",
	         {.out = true,
	          .tos_check = TOS_ECN,
	          .tos = 2,
	          .flags = TCP_ACK,
	          .seq = 1,
	          .ack = 1,
	          .window = -1}},
	        {"0 > (tos 0x28, ttl 9) . 1:1(0)",
	         {.out = true,
	          .tos_check = TOS_BYTE,
	          .tos = 0x28,
	          .ttl = 9,
	          .flags = TCP_ACK,
	          .seq = 1,
	          .window = -1}},
	        {"0 < [ce] 40000 > 8080 R 1:1(0)",
	         {.tos_check = TOS_ECN,
	          .tos = 3,
	          .local_port = 8080,
	          .remote_port = 40000,
	          .flags = TCP_RST,
	          .seq = 1,
	          .window = -1}},
	        {"0 < (hlim 3, dscp AF11, ecn ce) . 1:1(0)",
	         {.tos_check = TOS_BYTE,
	          .tos = 0x2b,
	          .ttl = 3,
	          .flags = TCP_ACK,
	          .seq = 1,
	          .window = -1}},
	        {"0 < [class 0x7] . 1:1(0)!",
	         {.tos_check = TOS_BYTE, .tos = 7, .flags = TCP_ACK, .seq = 1, .window = -1}},
	        {"0 > [dscp 0x3f] P. ...(9)",
	         {.out = true,
	          .tos_check = TOS_DSCP,
	          .tos = 0xfc,
	          .flags = TCP_PSH | TCP_ACK,
	          .len = 9,
	          .window = -1}},
	        {"0 > [ect01] 8080 > 40000 R 1:1(0)",
	         {.out = true,
	          .tos_check = TOS_ECT01,
	          .local_port = 8080,
	          .remote_port = 40000,
	          .flags = TCP_RST,
	          .seq = 1,
	          .window = -1}},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		const struct script_packet *is, *want = &cases[i].packet;

		parse_ok(cases[i].text);
		is = &script.events->packet;
		assert_int_equal(script.events->kind, EVENT_PACKET);
		assert_int_equal(is->kind, PACKET_TCP);
		assert_int_equal(is->out, want->out);
		assert_int_equal(is->flags, want->flags);
		assert_int_equal(is->seq, want->seq);
		assert_int_equal(is->len, want->len);
		assert_int_equal(is->ack, want->ack);
		assert_int_equal(is->window, want->window);
		assert_int_equal(is->urgent, want->urgent);
		assert_int_equal(is->tos_check, want->tos_check);
		assert_int_equal(is->tos, want->tos);
		assert_int_equal(is->ttl, want->ttl);
		assert_int_equal(is->local_port, want->local_port);
		assert_int_equal(is->remote_port, want->remote_port);
		script_parse_fini(&script);
	}
}

// Flags and counters of AccECN are three bits, of which one was reserved before.
static void test_accecn(void **state)
{
	static const struct {
		const char *text;
		uint8_t flags;
		bool ae;
	} cases[] = {
	        {"0 < SEWA 0:0(0) win 1", TCP_SYN | TCP_ECE | TCP_CWR, true},
	        {"0 < SA. 0:0(0) ack 1 win 1", TCP_SYN | TCP_ACK, true},
	        {"0 > 6. 1:1(0) ack 1", TCP_CWR | TCP_ACK, true},
	        {"0 > P5. 1:2(1) ack 1", TCP_PSH | TCP_ECE | TCP_ACK, true},
	        {"0 > 0. 1:1(0) ack 1", TCP_ACK, false},
	        {"0 > F3. 1:1(0) ack 1", TCP_FIN | TCP_CWR | TCP_ECE | TCP_ACK, false},
	        {"0 > 8080 > 9 4. 1:1(0) ack 1", TCP_ACK, true},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		parse_ok(cases[i].text);
		assert_int_equal(script.events->packet.flags, cases[i].flags);
		assert_int_equal(script.events->packet.ae, cases[i].ae);
		script_parse_fini(&script);
	}
}

static void test_flow_labels(void **state)
{
	parse_ok("--ip_version=ipv6\n0 > [flowlabel 0xfffff, ect0] . 1:1(0)\n0 > . 1:1(0)");
	assert_int_equal(script.events->packet.flow_label, 0xfffff);
	assert_int_equal(script.events->packet.tos, 2);
	assert_int_equal(script.events->next->packet.flow_label, -1);
	script_parse_fini(&script);
}

static void test_tcp_options(void **state)
{
	static const struct {
		const char *text;
		uint8_t len, bytes[SCRIPT_OPTIONS_BYTES];
	} cases[] = {
	        {"mss 1460", 4, {2, 4, 0x05, 0xb4}},
	        {"nop,wscale 7", 4, {1, 3, 3, 7}},
	        {"sackOK,nop,nop", 4, {4, 2, 1, 1}},
	        {"nop,nop,TS val 1 ecr 4294967295",
	         12,
	         {1, 1, 8, 10, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff}},
	        {"nop,nop,sack 1:2 3:4", 20, {1, 1, 5, 18, 0, 0, 0, 1, 0, 0,
	                                      0, 2, 0, 0,  0, 3, 0, 0, 0, 4}},
	        {"FO,nop,nop", 4, {34, 2, 1, 1}},
	        {"FO 0123456789abcdef,nop,nop",
	         12,
	         {34, 10, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 1, 1}},
	        {"FO 12345678,nop,nop", 8, {34, 6, 0x12, 0x34, 0x56, 0x78, 1, 1}},
	        {"FOEXP aabb,nop,eol", 8, {254, 6, 0xf9, 0x89, 0xaa, 0xbb, 1, 0}},
	        {"ECN e0b 1,nop,nop,nop", 8, {172, 5, 0, 0, 1, 1, 1, 1}},
	        {"ECN e1b 1 ceb 2 e0b 66051,nop", 12, {174, 11, 0, 0, 1, 0, 0, 2, 1, 2, 3, 1}},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		char text[200];

		snprintf(text, sizeof(text), "0 < S 0:0(0) win 1 <%s>", cases[i].text);
		parse_ok(text);
		assert_int_equal(script.events->packet.options_len, cases[i].len);
		assert_memory_equal(script.events->packet.options, cases[i].bytes, cases[i].len);
		script_parse_fini(&script);
	}
	parse_ok("0 > S. 0:0(0) ack 1 <...>");
	assert_true(script.events->packet.any_options);
	script_parse_fini(&script);
	parse_ok(
	        "0 > S 0:0(0) <TS val ... ecr 7,nop,nop>\n0 > S 0:0(0) <TS val 7 ecr ...,nop,nop>");
	assert_true(script.events->packet.any_ts_val);
	assert_false(script.events->packet.any_ts_ecr);
	assert_false(script.events->next->packet.any_ts_val);
	assert_true(script.events->next->packet.any_ts_ecr);
	script_parse_fini(&script);
}

static void test_other_packets(void **state)
{
	const struct script_packet *packet;

	parse_ok("0 < udp (100) 0 > udp 9 > 53 (4)");
	packet = &script.events->packet;
	assert_int_equal(packet->kind, PACKET_UDP);
	assert_int_equal(packet->len, 100);
	packet = &script.events->next->packet;
	assert_int_equal(packet->local_port, 9);
	assert_int_equal(packet->remote_port, 53);
	script_parse_fini(&script);

	parse_ok("0 < [1:1461(1460)] icmp unreachable frag_needed mtu 1200");
	parse_ok("0 < [ect0] [udp (9)] icmp unreachable port_unreachable");
	parse_ok("0 < icmp unreachable frag_needed mtu 1200 [1:1461(1460)]");
	packet = &script.events->packet;
	assert_int_equal(packet->kind, PACKET_ICMP);
	assert_int_equal(packet->type, 3);
	assert_int_equal(packet->code, 4);
	assert_int_equal(packet->mtu, 1200);
	assert_int_equal(packet->seq, 1);
	assert_int_equal(packet->len, 1460);
	assert_int_equal(packet->quoted_protocol, IPPROTO_TCP);
	script_parse_fini(&script);

	parse_ok("--ip_version=ipv6\n0 < icmp packet_too_big mtu 1280 [udp (100)]");
	packet = &script.events->packet;
	assert_int_equal(packet->type, 2);
	assert_int_equal(packet->quoted_protocol, IPPROTO_UDP);
	script_parse_fini(&script);

	parse_ok("0 > icmp echo_reply id 7 [raw (16)]");
	assert_int_equal(script.events->packet.id, 7);
	script_parse_fini(&script);
}

// A value in a form that is easily compared: kinds and members.
static void value_text(const struct script_value *value, char *text, size_t size)
{
	size_t len;

	for (; value; value = value->next) {
		static const char *const open[] = {"...", "", "", "\"", "[", "{", "(", ""};

		len = strlen(text);
		if (value->field)
			len += (size_t)snprintf(text + len, size - len, "%s=", value->field);
		len += (size_t)snprintf(text + len, size - len, "%s%s", open[value->kind],
		                        value->kind == VALUE_WORD || value->kind == VALUE_CALL ||
		                                        value->kind == VALUE_STRING
		                                ? value->text
		                                : "");
		if (value->kind == VALUE_NUMBER)
			snprintf(text + len, size - len, "%lld", (long long)value->number);
		value_text(value->first, text, size);
		len = strlen(text);
		snprintf(text + len, size - len, "%s%s",
		         value->kind == VALUE_LIST     ? "]"
		         : value->kind == VALUE_STRUCT ? "}"
		         : value->kind == VALUE_OR     ? ")"
		                                       : "",
		         value->next ? " " : "");
	}
}

static void test_calls(void **state)
{
	static const struct {
		const char *text, *args, *result, *error;
	} cases[] = {
	        {"socket(..., SOCK_STREAM, IPPROTO_TCP) = 3", "... SOCK_STREAM IPPROTO_TCP", "3",
	         NULL},
	        {"listen(3, 1) = 0", "3 1", "0", NULL},
	        {"accept(3, ..., ...) = -1 EAGAIN (Resource temporarily unavailable)", "3 ... ...",
	         "-1", "EAGAIN"},
	        {"fcntl(4, F_GETFL) = 0x2 (flags O_RDWR)", "4 F_GETFL", "2", NULL},
	        {"fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0", "4 F_SETFL (O_RDWR O_NONBLOCK)", "0",
	         NULL},
	        {"setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0",
	         "3 SOL_SOCKET SO_LINGER {onoff=1 linger=0} 8", "0", NULL},
	        {"setsockopt(3, SOL_TCP, TCP_CONGESTION, \"re\" \"no\", 4) = 0",
	         "3 SOL_TCP TCP_CONGESTION \"reno 4", "0", NULL},
	        {"poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1",
	         "[{fd=3 events=(POLLIN POLLOUT) revents=POLLIN}] 1 0", "1", NULL},
	        {"bind(3, {sa_family = AF_INET, sin_port = htons(1), sin_addr = "
	         "inet_addr(\"1.2.3.4\")},"
	         " ...) = 0",
	         "3 {sa_family=AF_INET sin_port=htons1 sin_addr=inet_addr\"1.2.3.4} ...", "0",
	         NULL},
	        {"sendmsg(3, {msg_name(...)=..., msg_iov(2)=[{..., 10}, {..., 20}], msg_flags=0}, "
	         "0)"
	         " = 30",
	         "3 {msg_name=... msg_iov=[{... 10} {... 20}] msg_flags=0} 0", "30", NULL},
	        {"read(3, \"ab\"..., 1000) = 2", "3 \"ab 1000", "2", NULL},
	        {"epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1", "5 {events=EPOLLIN fd=4} 1 0",
	         "1", NULL},
	        {"close(3) = 0", "3", "0", NULL},
	        {"getpid() = ...", "", "...", NULL},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		char text[300], args[300] = "", result[300] = "";
		const struct script_call *call;

		snprintf(text, sizeof(text), "0 %s", cases[i].text);
		parse_ok(text);
		call = &script.events->call;
		value_text(call->args, args, sizeof(args));
		value_text(call->result, result, sizeof(result));
		assert_string_equal(args, cases[i].args);
		assert_string_equal(result, cases[i].result);
		assert_true(!call->error == !cases[i].error);
		if (call->error)
			assert_string_equal(call->error, cases[i].error);
		script_parse_fini(&script);
	}
}

static void test_whole(void **state)
{
	const struct script_event *event;

	parse_ok("// one\n#ifdef FreeBSD\n--mss=5\n#endif\n#ifdef Linux\n#endif\n"
	         "--ip_version=ipv6 --tolerance_usecs = 10000 --mss=1000\n"
	         "--define=CC=\"cubic\" --define=N=TCP_NODELAY # two\n"
	         "`../common/defaults.sh\n sysctl -q net.ipv4.tcp_sack=1`\n"
	         "/* three\n lines */\n"
	         "0 setsockopt(3, SOL_TCP, N, CC, 5) = 0 // four\n"
	         "+0 `sleep 1`\n"
	         "+0.1 %{\nassert tcpi_rto == 1\nassert 1 }%\n"
	         "`cleanup`\n");
	assert_int_equal(script.conf.ip, SCRIPT_IPV6);
	assert_int_equal(script.conf.tolerance_us, 10000);
	assert_int_equal(script.conf.mss, 1000);
	event = script.events;
	assert_int_equal(event->kind, EVENT_COMMAND);
	assert_int_equal(event->line, 9);
	event = event->next;
	assert_int_equal(event->kind, EVENT_CALL);
	assert_int_equal(event->line, 13);
	assert_string_equal(event->call.args->next->next->text, "TCP_NODELAY");
	assert_string_equal(event->call.args->next->next->next->text, "cubic");
	assert_int_equal(event->call.args->next->next->next->kind, VALUE_STRING);
	event = event->next;
	assert_int_equal(event->kind, EVENT_COMMAND);
	event = event->next;
	assert_int_equal(event->kind, EVENT_CODE);
	assert_string_equal(event->text, "\nassert tcpi_rto == 1\nassert 1 ");
	assert_int_equal(event->next->kind, EVENT_COMMAND);
	assert_null(event->next->next);
	script_parse_fini(&script);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
	        {"", "t.pkt:1: expected an event, found the end"},
	        {"\n\nfoo", "t.pkt:3: expected a time, found foo"},
	        {"0", "t.pkt:1: expected a packet, a call, a command or code, found the end"},
	        {"-1 close(3) = 0", "t.pkt:1: a time must not be negative"},
	        {"10000001 close(3) = 0", "t.pkt:1: a time must be at most 10000000 s"},
	        {"+0...10000000.5 close(3) = 0", "t.pkt:1: a time must be at most 10000000 s"},
	        {"0x1 close(3) = 0", "t.pkt:1: expected a time, found a hexadecimal number"},
	        {"0.2~0.1 > . 1:1(0)", "t.pkt:1: the range of times is backwards"},
	        {"+0~0.1 > . 1:1(0)", "t.pkt:1: expected +, found 0.1"},
	        {"* < . 1:1(0)", "t.pkt:1: the time * is for packets that are expected only"},
	        {"0~1 close(3) = 0",
	         "t.pkt:1: a range of times is for packets that are expected only"},
	        {"0.5...0.4 close(3) = 0", "t.pkt:1: the call ends before it begins"},
	        {"0 close(3)", "t.pkt:1: expected =, found the end"},
	        {"0 close(3 = 0", "t.pkt:1: expected ), found ="},
	        {"0 read(3) = -1 EAGAIN",
	         "t.pkt:1: expected what the error means, in parentheses,"},
	        {"0 < . 1:3(1)", "t.pkt:1: 1:3 does not have 1 bytes"},
	        {"0 < X 1:1(0)", "t.pkt:1: expected flags of S, F, R, P, U, E, W, A, found X"},
	        {"0 < S.5 1:1(0)", "t.pkt:1: counters of AccECN are not supported in flags"},
	        {"0 < . 4294967296:4294967296(0)",
	         "t.pkt:1: a sequence number must be 0 to 4294967295"},
	        {"0 < . 1:1(0) win 65536", "t.pkt:1: win must be 0 to 65535"},
	        {"0 < . 1:1(0) <...>", "t.pkt:1: <...> is for packets that are expected only"},
	        {"0 < . 1:1(0) <nop>", "t.pkt:1: the options are 1 bytes, not a multiple of four"},
	        {"0 < . 1:1(0) <mss 1000,sackOK,nop,wscale 7>",
	         "t.pkt:1: the options are 10 bytes, not a multiple of four"},
	        {"0 < . 1:1(0) <FO abc>", "t.pkt:1: abc has an odd number of digits"},
	        {"0 < . 1:1(0) <FO abcg>", "t.pkt:1: expected hexadecimal digits, found abcg"},
	        {"0 < . 1:1(0) <sack 1:2 3:4 5:6 7:8 9:10>",
	         "t.pkt:1: the options are longer than 40 bytes"},
	        {"0 < . 1:1(0) <foo>", "t.pkt:1: expected an option of TCP (mss, wscale, nop, "},
	        {"0 < . 1:1(0) <nop", "t.pkt:1: the options are 1 bytes"},
	        {"0 < [ect01] . 1:1(0)", "t.pkt:1: [ect01] is for packets that are expected only"},
	        {"0 < [ect2] . 1:1(0)", "t.pkt:1: expected noecn, ect0, ect1, ect01, ce, tos, "},
	        {"0 < [flowlabel 1] . 1:1(0)", "t.pkt:1: only IPv6 has flow labels"},
	        {"--ip_version=ipv6\n0 < [flowlabel 0x100000] . 1:1(0)",
	         "t.pkt:2: flowlabel must be 0 to 1048575"},
	        {"0 < . 1:1(0) <nop,nop,TS val ... ecr 1>",
	         "t.pkt:1: TS with ... is for packets that are expected only"},
	        {"0 < . 1:1(0) <nop,nop,TS val 1>", "t.pkt:1: expected ecr, found >"},
	        {"0 < . 1:1(0) <ECN e0b 16777216,nop>", "t.pkt:1: a counter must be 0 to 16777215"},
	        {"0 < 8. 1:1(0)", "t.pkt:1: expected flags of S, F, R, P, U, E, W, A, found 8"},
	        {"0 < ipv4 1.1.1.1 > 2.2.2.2: . 1:1(0)",
	         "t.pkt:1: packets in tunnels (ipv4) are not supported"},
	        {"0 < sctp: INIT[flgs=0]", "t.pkt:1: packets of sctp are not supported"},
	        {"0 > udplite (100)", "t.pkt:1: packets of udplite are not supported"},
	        {"0 < icmp unreachable packet_too_big",
	         "t.pkt:1: no type and code of ICMP: unreachable packet_too_big"},
	        {"0 < . 1:1(0) {mut tcp mss}", "t.pkt:1: packets cannot be mutated here"},
	        {"0 < . ...(0)", "t.pkt:1: a number ... is for packets that are expected only"},
	        {"0 > . 1:1(0)/udp(9 > 9)", "t.pkt:1: packets of TCP in UDP are not supported"},
	        {"0 > S/udp(9 > 9) 0:0(0)", "t.pkt:1: packets of TCP in UDP are not supported"},
	        {"0 > . 1:1(0) <nop,nop,md5 valid>",
	         "t.pkt:1: signatures of RFC 2385 (md5 valid) "},
	        {"0 > [dscp 64] . 1:1(0)", "t.pkt:1: dscp must be 0 to 63"},
	        {"0 > [dscp cs1, ect01] . 1:1(0)", "t.pkt:1: dscp with ect01 is not supported"},
	        {"0 > [ecn 1] . 1:1(0)", "t.pkt:1: expected noecn, ect0, ect1, ect01 or ce"},
	        {"0 `a` `b` 0 `c`", "t.pkt:1: a command needs a time here"},
	        {"/* \n\n", "t.pkt:1: the closing */ is missing"},
	        {"0 `sleep", "t.pkt:1: the closing quote is missing"},
	        {"0\n%{ assert", "t.pkt:2: the closing }% is missing"},
	        {"99999999999999999999 close(3) = 0", "t.pkt:1: the number is too large"},
	        {"--foo=1\n0 close(3) = 0", "t.pkt:1: the option --foo is not known"},
	        {"\n--mss=x\n0 close(3) = 0", "t.pkt:2: --mss cannot be x"},
	        {"--mss 0 close(3) = 0", "t.pkt:1: --mss needs a value"},
	        {"--wire_client\n0 close(3) = 0", "t.pkt:1: the option --wire_client is not known"},
	        {"0 f([[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]) = 0",
	         "t.pkt:1: values are nested too deep"},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(parse_text(cases[i].text), -EINVAL);
		if (strncmp(why.text, cases[i].reason, strlen(cases[i].reason)) != 0)
			fail_msg("%s\nnot: %s\nin: %s", why.text, cases[i].reason, cases[i].text);
		script_parse_fini(&script);
	}
}

// The command line's options count after the script's.
static void test_more_options(void **state)
{
	static const struct script_option more[] = {{"mss", "500"}, {"verbose", NULL}};
	const char *text = "--mss=1000\n0 close(3) = 0";

	assert_int_equal(script_parse(&script, "t.pkt", text, strlen(text), more, 2, &why), 0);
	assert_int_equal(script.conf.mss, 500);
	assert_true(script.conf.verbose);
	script_parse_fini(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_times),       cmocka_unit_test(test_segments),
	        cmocka_unit_test(test_accecn),      cmocka_unit_test(test_flow_labels),
	        cmocka_unit_test(test_tcp_options), cmocka_unit_test(test_other_packets),
	        cmocka_unit_test(test_calls),       cmocka_unit_test(test_whole),
	        cmocka_unit_test(test_refused),     cmocka_unit_test(test_more_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
