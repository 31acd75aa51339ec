// tcpip_channel: any sequence of segments, of calls by handlers, and of moments at which each side
// of channels looks at the other, in one thread or as if the sides had one each: then a bell is
// rung at one step and served at a later one. Bytes are compared; after each step the counts of
// pages and the positions in rings must agree.
#include "core/page.h"
#include "core/span.h"
#include "proto/tcpip/stack.h"
#include "proto/tcpip/tcp/channel_internal.h"
#include "proto/tcpip/tcp/tcp_internal.h"

#include <stdlib.h>

#define PAGES        64
#define CONNS        6
#define CHANNELS     2
#define CONNECTS     2
#define BUFFER_BYTES 100
#define OUT_BYTES    1024
#define OUR_PORT     7
#define STEPS_MAX    2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What a handler knows of its channel.
struct user {
	struct channel *channel;
	bool opened, done; // done: it called channel_close or channel_abort
	uint32_t got;      // bytes that it read
};

static struct {
	struct worker_metric metric;
	struct batch out;
	struct wheel wheel;
	struct netif netif;
	struct page_array pages;
	struct stack_conf conf;
	struct stack *stack;
	struct tcp *tcp;
	struct channels *all;
	bool crosses, listens;
	bool up[CHANNELS + CONNECTS], down[CHANNELS + CONNECTS]; // bells that were rung
	struct user user[CHANNELS + CONNECTS];
	mono_t now;
} lab;

static void check(bool holds)
{
	if (!holds)
		abort();
}

static unsigned number_of(const struct channel *channel)
{
	return (unsigned)(channel - lab.all->channel);
}

// Byte number k of what each peer sends.
static uint8_t byte_at(uint32_t k)
{
	return k % 61 == 60 ? '\n' : (uint8_t)('a' + k % 26);
}

static void on_opened(void *ctx, struct channel *channel, mono_t now)
{
	struct user *user = &lab.user[number_of(channel)];

	check(!user->opened && (!user->channel || user->channel == channel));
	user->channel = channel;
	user->opened = true; // one that connected may have read before
}

static void on_event(void *ctx, struct channel *channel, mono_t now)
{
	const struct user *user = &lab.user[number_of(channel)];

	check(user->channel == channel && user->opened && !user->done);
}

static void on_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	struct user *user = &lab.user[number_of(channel)];

	check(end < TCP_ENDS && user->channel == channel);
	*user = (struct user){.channel = NULL};
}

static const struct channel_ops ops = {
        .opened = on_opened, .readable = on_event, .writable = on_event, .closed = on_closed};

static void ring_up(struct channel *channel)
{
	lab.up[number_of(channel)] = true;
}

static void ring_down(struct channel *channel)
{
	lab.down[number_of(channel)] = true;
}

static void flush(struct channel *channel)
{
}

static const struct channels_bells bells = {ring_up, ring_down, flush};

// Bells are served, of the channels in the set.
static void serve(uint8_t set)
{
	for (unsigned i = 0; i < CHANNELS + CONNECTS; i++) {
		struct channel *channel = &lab.all->channel[i];

		if (!(set >> i & 1))
			continue;
		if (set & 0x80 && lab.up[i]) {
			lab.up[i] = false;
			channel_dispatch(channel, lab.now);
		} else if (!(set & 0x80) && lab.down[i]) {
			lab.down[i] = false;
			if (channel->handler_allocates)
				channel_tcp_service_connect(channel, lab.now);
			else
				channel_tcp_service(channel);
		}
	}
}

static void check_channel(const struct channel *channel)
{
	uint32_t tail = atomic_load(&channel->parts_tail), head = channel->head;
	uint32_t unread = atomic_load(&channel->out_head) - atomic_load(&channel->out_tail);

	check(head == atomic_load(&channel->parts_head));
	check(head - channel->reclaimed <= CHANNEL_PARTS);
	check(tail - channel->reclaimed <= head - channel->reclaimed);
	check(unread <= lab.all->out_bytes);
	check(channel->buffer_at <= channel->buffer_end && channel->buffer_end <= BUFFER_BYTES);
	check(!(channel->racing && channel->conn));
	check(channel->in_use || (!channel->conn && !channel->racing));
	check(!channel->conn || channel->conn->ctx == channel);
}

static void check_all(void)
{
	uint32_t pages = 0;

	for (unsigned i = 0; i < CHANNELS + CONNECTS; i++) {
		const struct channel *channel = &lab.all->channel[i];

		if (i >= lab.all->used && i < CHANNELS)
			continue;
		check_channel(channel);
		pages += channel->head - channel->reclaimed;
	}
	check(pages == lab.all->pages);
	check(pages <= lab.all->pages_max + CHANNELS + CONNECTS);
}

static void compare(struct user *user, const uint8_t *bytes, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		check(bytes[i] == byte_at(user->got + i));
	user->got += len;
}

static void read_line(struct user *user, uint32_t max)
{
	uint32_t len;
	char *line;

	if (channel_read_line(user->channel, max, &line, &len) != CHANNEL_GOT)
		return;
	check(len <= max && line[len] == '\0');
	compare(user, (const uint8_t *)line, len);
	check(byte_at(user->got++) == '\n');
}

static void read_some(struct user *user, uint8_t kind, uint16_t n)
{
	uint8_t copy[300], *bytes;
	uint32_t len;

	if (kind == 0) {
		compare(user, copy, channel_read(user->channel, copy, n % sizeof(copy)));
	} else if (kind == 1) {
		if (channel_read_exact(user->channel, n % 128, &bytes) == CHANNEL_GOT)
			compare(user, bytes, n % 128);
	} else if (kind == 2) {
		read_line(user, n % 128);
	} else {
		bytes = channel_peek(user->channel, &len);
		len = len ? n % (len + 1) : 0;
		compare(user, bytes, len);
		channel_skip(user->channel, len);
	}
}

static void connect_out(uint16_t n)
{
	struct channels_connect_conf conf = {.remote_port = 9, .timeout_us = SEC_US, .ops = &ops};
	struct channel *channel = NULL;

	check(addr_parse("10.0.0.9", &conf.remote) && addr_parse("10.0.0.8", &conf.others[0]));
	conf.others_len = n % 2;
	if (lab.crosses) {
		for (unsigned i = CHANNELS; i < CHANNELS + CONNECTS && !channel; i++) {
			struct channel *other = &lab.all->channel[i];
			uint32_t status = atomic_load(&other->status);

			if (channel_word_flags(status, other->generation) & CHANNEL_FREE)
				channel = other;
		}
		if (channel)
			channel_connect(channel, &conf);
	} else if (channels_connect(lab.all, &conf, &channel, lab.now)) {
		return;
	}
	if (channel)
		lab.user[number_of(channel)] = (struct user){.channel = channel};
}

static void listen(bool on)
{
	struct channels_listener_conf conf = {
	        .port = OUR_PORT, .backlog = 2, .ops = &ops, .keepalive_s = 60};

	if (on != lab.listens)
		check((on ? channels_listen(lab.all, &conf)
		          : channels_unlisten(lab.all, conf.addr, OUR_PORT)) == 0);
	lab.listens = on;
}

static void call(struct span *left)
{
	static const uint8_t bytes[2000];
	uint8_t kind = span_u8(left);
	struct user *user = &lab.user[span_u8(left) % (CHANNELS + CONNECTS)];
	uint16_t n = span_u16(left);

	if (kind % 16 == 0)
		connect_out(n);
	else if (kind % 16 == 1)
		listen(n % 4);
	if (!user->channel || user->done)
		return;
	if (kind % 16 >= 2 && kind % 16 <= 8)
		read_some(user, kind % 4, n);
	else if (kind % 16 >= 9 && kind % 16 <= 12)
		check(channel_write(user->channel, bytes, n % sizeof(bytes)) <= n % sizeof(bytes));
	else if (kind % 16 == 13)
		channel_shutdown(user->channel);
	else if (kind % 16 == 14) {
		user->done = true;
		channel_close(user->channel);
	} else if (kind % 16 == 15) {
		user->done = true;
		channel_abort(user->channel);
	}
}

// A connection that the input chooses, or NULL.
static const struct tcp_conn *conn_of(uint8_t choice)
{
	const struct tcp_conn *conn = &lab.tcp->conn[choice % CONNS];

	return choice % CONNS < lab.tcp->conns_used && conn->tcp && conn->state != TCP_CLOSED
	               ? conn
	               : NULL;
}

// A segment that is next, or a little beside that, with bytes of the pattern.
static void segment(struct span *left)
{
	uint8_t frame[14 + 20 + 20 + 256] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0, 0x45};
	struct tcp_hdr *tcp = (struct tcp_hdr *)(frame + 34);
	uint8_t choice = span_u8(left), flags = span_u8(left);
	const struct tcp_conn *conn = conn_of(choice);
	int8_t seq = (int8_t)span_u8(left);
	uint16_t len = span_u8(left);
	uint32_t at = conn ? conn->rcv_nxt : 0;
	struct pkt *pkt;

	at += choice & 0x80 ? (uint32_t)seq : 0;
	*tcp = (struct tcp_hdr){.src_port = be16(conn ? conn->remote_port : 4000 + choice % 4),
	                        .dst_port = be16(conn ? conn->local_port : OUR_PORT),
	                        .seq = be32(at),
	                        .ack = be32(conn ? conn->snd_nxt : 0),
	                        .offset = 5 << 4,
	                        .flags = flags & 0x3f,
	                        .window = be16(choice & 0x40 ? 50 : 20000)};
	for (unsigned i = 0; i < len; i++) // what comes with a SYN is the first
		frame[54 + i] = byte_at(conn && !(flags & TCP_SYN) ? at - conn->irs - 1 + i : i);
	frame[17] = (uint8_t)(40 + len);
	frame[16] = (uint8_t)((40 + len) >> 8);
	frame[22] = 64;
	frame[23] = IP_PROTOCOL_TCP;
	memcpy(frame + 26, (const uint8_t[8]){10, 0, 0, 9, 10, 0, 0, 2}, 8);
	if (conn)
		memcpy(frame + 26, &(be32_t){addr_ipv4(conn->remote).be}, 4);
	pkt = pkt_alloc(&lab.pages.pool);
	if (!pkt)
		return;
	pkt_set_len(pkt, (uint16_t)(54 + len));
	memcpy(pkt_data(pkt), frame, pkt->len);
	pkt->rx_flags = PKT_RX_IPV4_CKSUM_OK | PKT_RX_L4_CKSUM_OK;
	stack_input(lab.stack, &pkt, 1, lab.now);
}

static void step(struct span *left)
{
	switch (span_u8(left) % 8) {
	case 0:
	case 1:
		call(left);
		break;
	case 2:
		serve(span_u8(left));
		break;
	case 3:
		lab.now = mono_add(lab.now, UINT64_C(1) << span_u8(left) % 26);
		wheel_tick(&lab.wheel, lab.now);
		break;
	case 4:
		(void)stack_flush(lab.stack, lab.now);
		break;
	default:
		segment(left);
	}
	while (lab.out.len)
		pkt_put(lab.out.pkt[--lab.out.len]);
}

static void open_lab(bool crosses)
{
	struct stack_conf *conf = &lab.conf;
	struct stack_iface_conf *iface = &conf->iface[0];
	struct channels_conf of = {.wheel = &lab.wheel,
	                           .metric = &lab.metric,
	                           .channels = CHANNELS,
	                           .buffer_bytes = BUFFER_BYTES};

	memset(&lab, 0, sizeof(lab));
	lab.crosses = crosses;
	lab.now = (mono_t){SEC_US};
	*conf = (struct stack_conf){.ifaces_len = 1,
	                            .neighbours = 4,
	                            .tcp_conns = CONNS,
	                            .metric = &lab.metric,
	                            .wheel = &lab.wheel};
	lab.netif = (struct netif){.mac = {2, 0, 0, 0, 0, 1}, .mtu = 1500, .queues = 1};
	check(page_array_open(&lab.pages, PAGES) == 0);
	wheel_init(&lab.wheel, lab.now);
	*iface = (struct stack_iface_conf){
	        .netif = &lab.netif,
	        .out = &lab.out,
	        .pool = &lab.pages.pool,
	        .ipv4_len = 1,
	        .pinned = {{.mac = {2, 0, 0, 0, 0, 9}}, {.mac = {2, 0, 0, 0, 0, 9}}},
	        .pinned_len = 2};
	check(addr_prefix_parse("10.0.0.2/24", &iface->ipv4[0]) &&
	      addr_parse("10.0.0.9", &iface->pinned[0].addr) &&
	      addr_parse("10.0.0.8", &iface->pinned[1].addr));
	lab.stack = stack_open(conf, lab.now);
	check(lab.stack != NULL);
	of.tcp = lab.tcp = stack_tcp(lab.stack);
	lab.all = channels_open_crossing(&of, crosses ? &bells : NULL, NULL, CONNECTS,
	                                 crosses ? OUT_BYTES : 0);
	check(lab.all != NULL);
	listen(true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span left = span_of(data, size);

	open_lab(span_u8(&left) & 1);
	for (unsigned i = 0; i < STEPS_MAX && span_left(&left); i++) {
		step(&left);
		check_all();
	}
	channels_close(lab.all, lab.now);
	for (unsigned i = 0; i < CHANNELS + CONNECTS; i++)
		check(!lab.user[i].channel); // each was closed once
	stack_close(lab.stack);
	while (lab.out.len)
		pkt_put(lab.out.pkt[--lab.out.len]);
	check(lab.pages.free_len == PAGES);
	page_array_close(&lab.pages);
	return 0;
}
