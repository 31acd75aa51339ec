// tcpip_tcp: any sequence of segments, calls of an application, steps of time and ICMP errors on
// connections that listen, connect or are established. Numbers of segments are relative to what
// the connection expects, so that they come near its window. After each step the queues,
// numbers and counts of all connections must agree.
#include "core/page.h"
#include "core/span.h"
#include "proto/tcpip/cksum.h"
#include "proto/tcpip/stack.h"
#include "proto/tcpip/tcp/tcp_internal.h"

#include <stdlib.h>

#define PAGES     64
#define CONNS     3
#define OUR_PORT  7
#define KEEP_MAX  8
#define MTU       1500
#define STEPS_MAX 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct worker_metric metric;
	struct batch out;
	struct wheel wheel;
	struct netif netif;
	struct page_array pages;
	struct stack_conf conf;
	struct stack *stack;
	struct tcp *tcp;
	struct tcp_listener *listener;
	struct tcp_conn *conn; // the last one that was opened, until it is closed
	mono_t now;
	bool echoes, ts;
	bool joins; // the device cuts packets into segments, and joins them
	uint8_t takes;
	struct tcp_data kept[KEEP_MAX];
	struct tcp_conn *kept_of[KEEP_MAX];
	unsigned kept_len;
	uint32_t ts_val;
} lab;

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	lab.conn = conn;
}

static unsigned take_data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                          mono_t now)
{
	unsigned takes = lab.takes < n ? lab.takes : n;

	check(n > 0 && n <= TCP_DATA_MAX);
	for (unsigned i = 0; i < n; i++)
		check(data[i].len > 0 && data[i].pkt->refs == 1);
	if (lab.echoes)
		return tcp_send_pages(conn, data, n);
	if (takes && lab.kept_len < KEEP_MAX) {
		lab.kept_of[lab.kept_len] = conn;
		lab.kept[lab.kept_len++] = tcp_data_keep(conn, &data[0]);
	}
	return takes;
}

static void writable(void *ctx, struct tcp_conn *conn, mono_t now)
{
	tcp_resume(conn);
}

static void closed(void *ctx, struct tcp_conn *conn, enum tcp_end end, mono_t now)
{
	check(end < TCP_ENDS);
	if (lab.conn == conn)
		lab.conn = NULL;
	for (unsigned i = 0; i < lab.kept_len; i++)
		if (lab.kept_of[i] == conn)
			lab.kept_of[i] = NULL;
}

static const struct tcp_ops ops = {
        .opened = opened, .data = take_data, .writable = writable, .closed = closed};

static uint32_t kept_bytes(const struct tcp_conn *conn, uint32_t *pages)
{
	uint32_t bytes = 0;

	*pages = 0;
	for (unsigned i = 0; i < lab.kept_len; i++)
		if (lab.kept_of[i] == conn) {
			bytes += lab.kept[i].held;
			++*pages;
		}
	return bytes;
}

// Returns how many segments a queue has; they follow one another, with gaps when those are
// allowed, and end at *end.
static uint32_t check_queue(const struct tcp_queue *queue, bool gaps, uint32_t *bytes,
                            uint32_t *end)
{
	uint32_t n = 0;

	*bytes = 0;
	for (uint32_t i = queue->head; i != TCP_NONE; i = lab.tcp->seg[i].next) {
		const struct tcp_seg *seg = &lab.tcp->seg[i];

		check(seg->len > 0 && seg->pkt && seg->off + seg->len <= seg->pkt->room);
		if (n > 0)
			check(gaps ? tcp_seq_le(*end, seg->seq) : seg->seq == *end);
		*end = seg->seq + seg->len;
		*bytes += seg->len;
		n++;
		check(i == queue->tail || seg->next != TCP_NONE);
	}
	return n;
}

// The sums of the marks, of which only what was sent has any.
static void check_marks(const struct tcp_conn *conn)
{
	uint32_t sacked = 0, lost = 0, segs = 0;
	bool sent = true;

	for (uint32_t i = conn->send.head; i != TCP_NONE; i = lab.tcp->seg[i].next) {
		const struct tcp_seg *seg = &lab.tcp->seg[i];

		sent = sent && i != conn->send_next;
		check(sent || !(seg->flags & (TCP_SEG_SACKED | TCP_SEG_LOST | TCP_SEG_RESENT)));
		check((seg->flags & (TCP_SEG_SACKED | TCP_SEG_LOST)) !=
		      (TCP_SEG_SACKED | TCP_SEG_LOST));
		sacked += seg->flags & TCP_SEG_SACKED ? seg->len : 0;
		segs += !!(seg->flags & TCP_SEG_SACKED);
		lost += seg->flags & TCP_SEG_LOST ? seg->len : 0;
	}
	check(lost == conn->snd_lost && segs == conn->sacked_segs);
	// Without SACK it is an estimate.
	check(sacked == conn->snd_sacked || !(conn->flags & TCP_CONN_SACK));
	check(conn->snd_sacked + lost <= conn->snd_nxt - conn->snd_una);
}

static void check_send(const struct tcp_conn *conn, uint32_t *segs)
{
	uint32_t bytes, end = conn->snd_end, n = check_queue(&conn->send, false, &bytes, &end);

	*segs += n;
	check(n == conn->snd_pages && end == conn->snd_end);
	if (conn->state < TCP_ESTABLISHED)
		return;
	check(tcp_seq_le(conn->snd_una, conn->snd_nxt));
	check(tcp_seq_le(conn->snd_nxt, conn->snd_end + !!(conn->flags & TCP_CONN_FIN)));
	check(n == 0 || lab.tcp->seg[conn->send.head].seq == conn->snd_una);
	if (conn->send_next != TCP_NONE)
		check(conn->snd_nxt == lab.tcp->seg[conn->send_next].seq);
	else
		check(!tcp_seq_lt(conn->snd_nxt, conn->snd_end));
	check(conn->cwnd >= tcp_payload(conn) && conn->mss >= TCP_MSS_MIN);
	check_marks(conn);
}

static void check_recv(const struct tcp_conn *conn, uint32_t *segs)
{
	uint32_t bytes, end = 0, pages, held = kept_bytes(conn, &pages);
	uint32_t n = check_queue(&conn->recv, false, &bytes, &end);

	// Its application may keep parts of a connection that is closed for it.
	if (conn->state == TCP_TIME_WAIT && !(conn->flags & TCP_CONN_CALLED))
		return;
	check(n == 0 || end + !!(conn->flags & TCP_CONN_FIN_IN) == conn->rcv_nxt);
	check(conn->rcv_held == bytes + held);
	pages += n;
	*segs += n;
	n = check_queue(&conn->reasm, true, &bytes, &end);
	check(n == 0 || tcp_seq_lt(conn->rcv_nxt, lab.tcp->seg[conn->reasm.head].seq));
	check(n == 0 || tcp_seq_le(end, conn->rcv_edge));
	*segs += n;
	if (conn->state != TCP_CLOSED)
		check(conn->rcv_pages == pages + n);
}

static void check_all(void)
{
	uint32_t segs = 0, pending = 0, fast = 0, sending = 0;

	for (uint32_t i = 0; i < lab.tcp->conns_used; i++) {
		const struct tcp_conn *conn = &lab.tcp->conn[i];

		if (!conn->tcp || !conn->ops)
			continue;
		check(conn->state < TCP_STATES && conn->state != TCP_LISTEN);
		check_send(conn, &segs);
		check_recv(conn, &segs);
		pending += conn->listener != 0;
		sending += conn->snd_pages;
		fast += conn->listener && (conn->flags & TCP_CONN_FAST);
		// What is outstanding has a timer.
		if (conn->state >= TCP_ESTABLISHED && conn->snd_una != conn->snd_nxt &&
		    !(conn->flags & TCP_CONN_TOUCHED))
			check(wheel_timer_armed(&conn->timer));
	}
	check(segs + lab.tcp->segs_free + lab.kept_len == lab.tcp->segs_max);
	check(lab.tcp->kept == lab.kept_len);
	check(lab.tcp->sending == sending);
	check(!lab.listener || lab.listener->pending == pending);
	check(!lab.listener || lab.listener->fast_pending == fast);
}

static void sent(void)
{
	while (lab.out.len)
		pkt_put(lab.out.pkt[--lab.out.len]);
}

// Makes the segment one of several that a device has joined, with a further page of bytes.
static void join(struct span *left, struct pkt *pkt)
{
	uint16_t more = span_u16(left) % (PAGE_BYTES + 1);
	struct ipv4_hdr *ip = (struct ipv4_hdr *)(pkt_data(pkt) + 14);

	pkt->gso_size = span_u16(left) % (MTU + 100);
	pkt->next = more ? pkt_alloc(&lab.pages.pool) : NULL;
	if (!pkt->next)
		return;
	pkt->next->off = 0;
	pkt_set_len(pkt->next, more);
	pkt->more = more;
	ip->total_len = be16((uint16_t)(be16_get(ip->total_len) + more));
}

// The segment that the input describes, near what the connection expects.
static void segment(struct span *left)
{
	uint8_t frame[14 + 20 + 20 + 40 + 256] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0, 0x45};
	struct tcp_hdr *tcp = (struct tcp_hdr *)(frame + 34);
	const struct tcp_conn *conn = lab.conn;
	uint8_t choice = span_u8(left);
	int16_t seq = (int16_t)span_u16(left), ack = (int16_t)span_u16(left);
	uint16_t len = span_u8(left), options_len = 0;
	uint8_t cookie[TCP_FAST_COOKIE_BYTES];
	struct pkt *pkt;

	*tcp = (struct tcp_hdr){.src_port = be16(conn ? conn->remote_port : 4000 + choice % 2),
	                        .dst_port = be16(conn ? conn->local_port : OUR_PORT),
	                        .seq = be32((conn ? conn->rcv_nxt : 0) + (uint32_t)seq),
	                        .ack = be32((conn ? conn->snd_nxt : 0) + (uint32_t)ack),
	                        .flags = span_u8(left),
	                        .window = be16(span_u16(left))};
	if (lab.ts) {
		struct tcp_options options = {.has = TCP_OPTION_TS | (tcp->flags & TCP_SYN ? 7 : 0),
		                              .mss = span_u16(left),
		                              .wscale = choice,
		                              .ts_val = lab.ts_val += choice >> 6,
		                              .ts_ecr = tcp_ms(lab.now) +
		                                        (conn ? conn->ts_offset : 0),
		                              .cookie = cookie,
		                              .cookie_len = sizeof(cookie)};

		// Blocks near what is outstanding.
		for (unsigned i = 0; conn && i < choice % 4; i++) {
			options.sack[i].begin = conn->snd_una + span_u16(left) % 4096;
			options.sack[i].end = options.sack[i].begin + span_u8(left) * 8u;
			options.sacks++;
		}
		if ((tcp->flags & TCP_SYN) && !options.sacks) {
			options.has |= TCP_OPTION_FAST;
			tcp_fast_cookie(lab.tcp->fast_keys.key[0], lab.conf.iface[0].pinned[0].addr,
			                lab.conf.iface[0].ipv4[0].addr, cookie);
			cookie[0] ^= choice >> 7;
		}
		options_len = tcp_option_write(&options, (uint8_t *)(tcp + 1));
	}
	tcp->offset = (uint8_t)((20 + options_len) / 4 << 4);
	frame[16] = (uint8_t)((40 + options_len + len) >> 8);
	frame[17] = (uint8_t)(40 + options_len + len);
	frame[22] = 64;
	frame[23] = IP_PROTOCOL_TCP;
	memcpy(frame + 26, (const uint8_t[8]){10, 0, 0, 9, 10, 0, 0, 2}, 8);
	pkt = pkt_alloc(&lab.pages.pool);
	if (!pkt)
		return;
	pkt_set_len(pkt, (uint16_t)(54 + options_len + len));
	memcpy(pkt_data(pkt), frame, pkt->len);
	if (lab.joins && choice & 0x20)
		join(left, pkt);
	pkt->rx_flags = PKT_RX_IPV4_CKSUM_OK | PKT_RX_L4_CKSUM_OK;
	stack_input(lab.stack, &pkt, 1, lab.now);
}

static void send_page(struct tcp_conn *conn, uint16_t len)
{
	struct tcp_data page;

	if (!tcp_page(conn, &page))
		return;
	page.len = (uint16_t)size_min(len, page.room);
	memset(page.bytes, 'p', page.len);
	if (tcp_send_pages(conn, &page, 1) == 0)
		tcp_page_put(&page);
}

static void connect_out(void)
{
	struct tcp_connect_conf conf = {
	        .remote_port = 9, .local_port = OUR_PORT + 1, .ops = &ops, .timeout_us = SEC_US};
	struct tcp_conn *conn;

	check(addr_parse("10.0.0.9", &conf.remote));
	if (tcp_connect(lab.tcp, &conf, &conn, lab.now) == 0)
		lab.conn = conn;
}

static void give_back(void)
{
	while (lab.kept_len) {
		lab.kept_len--;
		tcp_data_done(lab.tcp, lab.kept_of[lab.kept_len], &lab.kept[lab.kept_len]);
	}
}

static void call(struct span *left)
{
	static const uint8_t bytes[4000];
	uint8_t kind = span_u8(left);
	uint16_t n = span_u16(left);

	if (kind % 16 == 0)
		lab.takes = (uint8_t)n;
	else if (kind % 16 == 1)
		lab.echoes = n % 2;
	else if (kind % 16 == 2)
		connect_out();
	else if (kind % 16 == 3)
		give_back();
	else if (kind % 16 == 4 && lab.listener && n % 16 == 0) {
		tcp_unlisten(lab.tcp, lab.listener);
		lab.listener = NULL;
	}
	if (!lab.conn)
		return;
	if (kind % 16 >= 5 && kind % 16 <= 8)
		check(tcp_send(lab.conn, bytes, n % sizeof(bytes)) <= n % sizeof(bytes));
	else if (kind % 16 == 9 || kind % 16 == 10)
		send_page(lab.conn, n);
	else if (kind % 16 == 11)
		tcp_shutdown(lab.conn);
	else if (kind % 16 == 12 && n % 4 == 0)
		tcp_abort(lab.conn);
	else if (kind % 16 == 13)
		tcp_set_keepalive(lab.conn, n % 100, 1 + n % 7, 1 + n % 3);
	else if (kind % 16 == 14)
		tcp_set_user_timeout(lab.conn, n);
	else if (kind % 16 == 15)
		tcp_resume(lab.conn);
}

static void icmp_error(struct span *left)
{
	struct ip_error error = {.kind = span_u8(left) % IP_ERROR_KINDS, .mtu = span_u16(left)};
	struct tcp_hdr hdr = {0};

	if (!lab.conn)
		return;
	hdr.src_port = be16(lab.conn->local_port);
	hdr.dst_port = be16(lab.conn->remote_port);
	hdr.seq = be32(lab.conn->snd_una + span_u8(left));
	error.flow.src = lab.conn->local;
	error.flow.dst = lab.conn->remote;
	error.flow.iface = lab.conn->iface;
	error.quoted = (const uint8_t *)&hdr;
	error.quoted_len = 8;
	(void)tcp_error(lab.tcp, &error, lab.now);
}

static void step(struct span *left)
{
	uint8_t choice = span_u8(left);

	switch (choice % 8) {
	case 0:
		call(left);
		break;
	case 1:
		lab.now = mono_add(lab.now, UINT64_C(1) << span_u8(left) % 27);
		wheel_tick(&lab.wheel, lab.now);
		break;
	case 2:
		icmp_error(left);
		break;
	case 3:
	case 4:
		(void)stack_flush(lab.stack, lab.now);
		// Sometimes the device has not sent it yet.
		if (choice & 0x80)
			sent();
		break;
	default:
		segment(left);
	}
	if (lab.out.len > BATCH_MAX / 4)
		sent();
}

static void open_lab(uint8_t choice)
{
	struct stack_conf *conf = &lab.conf;
	struct stack_iface_conf *iface = &conf->iface[0];
	struct tcp_listener_conf listener = {.port = OUR_PORT,
	                                     .backlog = 2,
	                                     .ops = &ops,
	                                     .nodelay = choice & 1,
	                                     .fast_open = choice & 4 ? 2 : 0};

	memset(&lab, 0, sizeof(lab));
	*conf = (struct stack_conf){.ifaces_len = 1,
	                            .neighbours = 4,
	                            .tcp_conns = CONNS,
	                            .metric = &lab.metric,
	                            .wheel = &lab.wheel};
	lab.ts = choice & 2;
	lab.takes = UINT8_MAX;
	lab.now = (mono_t){SEC_US};
	lab.netif = (struct netif){.mac = {2, 0, 0, 0, 0, 1}, .mtu = MTU, .queues = 1};
	lab.netif.tx_pages = choice / 16;
	lab.joins = choice & 8;
	if (lab.joins) {
		lab.netif.offloads = NETIF_TX_L4_CKSUM | NETIF_TX_TSO4;
		lab.netif.tso_pages = 2 + choice / 16;
	}
	check(page_array_open(&lab.pages, PAGES) == 0);
	wheel_init(&lab.wheel, lab.now);
	*iface = (struct stack_iface_conf){.netif = &lab.netif,
	                                   .out = &lab.out,
	                                   .pool = &lab.pages.pool,
	                                   .ipv4_len = 1,
	                                   .pinned = {{.mac = {2, 0, 0, 0, 0, 9}}},
	                                   .pinned_len = 1};
	check(addr_prefix_parse("10.0.0.2/24", &iface->ipv4[0]) &&
	      addr_parse("10.0.0.9", &iface->pinned[0].addr));
	lab.stack = stack_open(conf, lab.now);
	check(lab.stack != NULL);
	lab.tcp = stack_tcp(lab.stack);
	check(tcp_listen(lab.tcp, &listener, &lab.listener) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span left = span_of(data, size);

	open_lab(span_u8(&left));
	for (unsigned i = 0; i < STEPS_MAX && span_left(&left); i++) {
		step(&left);
		check_all();
	}
	give_back();
	sent();
	stack_close(lab.stack);
	check(lab.pages.pool.avail(&lab.pages.pool) == PAGES);
	page_array_close(&lab.pages);
	return 0;
}
