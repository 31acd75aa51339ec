// offload: frames passed on between devices of all abilities. What a device would
// do to a frame that it is given is done here, slowly, and then each segment must be
// sound and all of them together what was sent.
#include "frames.h"

#include "core/rand.h"
#include "proto/tcpip/offload.h"

#define PAGES    256
#define WIRE_MAX 70000
#define ALL      (NETIF_TX_L4_CKSUM | NETIF_TX_TSO4 | NETIF_TX_TSO6)
#define MTU      1500
#define PAYLOAD  (60 * 1024)

// A frame on its way, and where its layers are.
struct wire {
	uint8_t b[WIRE_MAX];
	size_t len, l3, l4, payload;
	bool ipv6;
	unsigned protocol;
};

static struct {
	struct page_array in, pages; // of the device it came from, of the one it goes to
	struct netif netif;
	struct batch out;
	struct offload_iface iface;
	struct rand rnd;
} lab;

static int setup(void **state)
{
	memset(&lab, 0, sizeof(lab));
	harness_metric = (struct worker_metric){0};
	lab.netif.mtu = MTU;
	lab.iface = (struct offload_iface){&lab.netif, &lab.pages.pool, &lab.out, &harness_metric};
	rand_init(&lab.rnd, 4);
	return page_array_open(&lab.in, PAGES) || page_array_open(&lab.pages, PAGES);
}

static void clear(void)
{
	while (lab.out.len)
		pkt_put(lab.out.pkt[--lab.out.len]);
}

static int teardown(void **state)
{
	clear();
	assert_int_equal(lab.in.pool.avail(&lab.in.pool), PAGES);
	assert_int_equal(lab.pages.pool.avail(&lab.pages.pool), PAGES);
	page_array_close(&lab.in);
	page_array_close(&lab.pages);
	return 0;
}

static unsigned pseudo(const struct wire *w, size_t l4_len)
{
	return slow_sum(w->protocol + (unsigned)l4_len, w->b + w->l3 + (w->ipv6 ? 8 : 12),
	                w->ipv6 ? 32 : 8);
}

static size_t cksum_at(const struct wire *w)
{
	return w->l4 + (w->protocol == 17 ? 6 : 16);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

// Completes the IP header of what lies from l3 to len.
static void fix_ip(struct wire *w)
{
	uint8_t *ip = w->b + w->l3;

	if (w->ipv6) {
		put16(ip + 4, (unsigned)(w->len - w->l3 - 40));
		return;
	}
	put16(ip + 2, (unsigned)(w->len - w->l3));
	put16(ip + 10, 0);
	put16(ip + 10, ~slow_sum(0, ip, w->l4 - w->l3) & 0xffff);
}

struct shape {
	bool ipv6, tagged;
	unsigned protocol, flags;
	size_t options, extensions, tcp_options, payload; // bytes
};

static struct wire *build(const struct shape *shape)
{
	static struct wire w;
	uint8_t *p = w.b;

	w.ipv6 = shape->ipv6;
	w.protocol = shape->protocol;
	w.l3 = shape->tagged ? 18 : 14;
	w.l4 = w.l3 + (w.ipv6 ? 40 + shape->extensions : 20 + shape->options);
	w.payload = w.l4 + (w.protocol == 17 ? 8 : 20 + shape->tcp_options);
	w.len = w.payload + shape->payload;
	memset(p, 0, w.payload);
	put_mac(p, US);
	put_mac(p + 6, HOST);
	if (shape->tagged)
		put32(p + 12, 0x81000007);
	put16(p + w.l3 - 2, w.ipv6 ? 0x86dd : 0x0800);
	p = w.b + w.l3;
	if (w.ipv6) {
		p[0] = 0x60;
		p[6] = (uint8_t)(shape->extensions ? 60 : w.protocol);
		p[7] = 64;
		put_ip(p + 8, ip("fd00::9"));
		put_ip(p + 24, ip("fd01::7"));
		for (size_t at = 40; at < 40 + shape->extensions; at += 8) {
			p[at] = (uint8_t)(at + 8 < 40 + shape->extensions ? 60 : w.protocol);
			p[at + 2] = 1; // PadN
			p[at + 3] = 4;
		}
	} else {
		p[0] = (uint8_t)(0x45 + shape->options / 4);
		p[8] = 64;
		p[9] = (uint8_t)w.protocol;
		put16(p + 4, (unsigned)rand_below(&lab.rnd, 65536));
		put_ip(p + 12, ip("10.0.0.9"));
		put_ip(p + 16, ip("192.0.2.7"));
		memset(p + 20, 1, shape->options);
	}
	p = w.b + w.l4;
	put16(p, 4000);
	put16(p + 2, 80);
	if (w.protocol == 17) {
		put16(p + 4, (unsigned)(8 + shape->payload));
	} else {
		put32(p + 4, (uint32_t)rand_u64(&lab.rnd));
		p[12] = (uint8_t)((20 + shape->tcp_options) / 4 << 4);
		p[13] = (uint8_t)shape->flags;
		put16(p + 14, 4096);
		memset(p + 20, 1, shape->tcp_options);
	}
	for (size_t i = w.payload; i < w.len; i++)
		w.b[i] = (uint8_t)rand_u64(&lab.rnd);
	put16(w.b + cksum_at(&w), (unsigned)rand_below(&lab.rnd, 65536)); // blank
	fix_ip(&w);
	return &w;
}

// The frame as the device gives it: headers in the first page, the rest anywhere;
// `part` bytes in each page, or what it holds.
static struct pkt *receive(const struct wire *w, size_t part)
{
	struct pkt *first = NULL, **link = &first;
	size_t at = 0, n;

	do {
		struct pkt *pkt = pkt_alloc(&lab.in.pool);

		assert_non_null(pkt);
		n = size_min(w->len - at, part);
		if (at == 0)
			n = size_min(w->len, n < w->payload ? w->payload : n);
		if (n > (size_t)(pkt->room - pkt->off))
			pkt->off = 0;
		n = size_min(n, pkt->room - pkt->off);
		pkt_set_len(pkt, (uint16_t)n);
		memcpy(pkt_data(pkt), w->b + at, n);
		at += n;
		*link = pkt;
		link = &pkt->next;
	} while (at < w->len);
	first->more = (uint32_t)(w->len - first->len);
	first->rx_flags = PKT_RX_L4_CKSUM_OK | PKT_RX_L4_CKSUM_BLANK;
	return first;
}

// A frame that was sent, its checksum completed as a device does it.
static struct wire *sent(unsigned i, const struct wire *as)
{
	static struct wire w;
	const struct pkt *pkt = lab.out.pkt[i];
	uint8_t flag = as->protocol == 17 ? PKT_TX_UDP_CKSUM : PKT_TX_TCP_CKSUM;
	size_t l4_len;

	w.len = pkt_total_len(pkt);
	w.l3 = as->l3;
	w.l4 = as->l4;
	w.payload = as->payload;
	w.ipv6 = as->ipv6;
	w.protocol = as->protocol;
	pkt_read(pkt, 0, w.b, (uint32_t)w.len);
	l4_len = w.len - w.l4;
	assert_int_equal(pkt->rx_flags & PKT_RX_L4_CKSUM_BLANK, 0);
	if (!pkt->tx_flags)
		return &w;
	assert_true(pkt->gso_size || (lab.netif.offloads & NETIF_TX_L4_CKSUM));
	assert_int_equal(pkt->tx_flags, flag | (w.ipv6 ? PKT_TX_IPV6 : 0));
	assert_int_equal(pkt->l2, pkt->off);
	assert_int_equal(pkt->l3 - pkt->off, w.l3);
	assert_int_equal(pkt->l4 - pkt->off, w.l4);
	assert_int_equal(get16(w.b + cksum_at(&w)), pseudo(&w, l4_len));
	if (pkt->gso_size == 0)
		put16(w.b + cksum_at(&w), ~slow_sum(0, w.b + w.l4, l4_len) & 0xffff);
	return &w;
}

static void assert_cksum(const struct wire *w)
{
	assert_int_equal(slow_sum(pseudo(w, w->len - w->l4), w->b + w->l4, w->len - w->l4), 0xffff);
	if (!w->ipv6)
		assert_int_equal(slow_sum(0, w->b + w->l3, w->l4 - w->l3), 0xffff);
}

// One frame of those that stand for `whole`, whose payload begins at `at`.
static void assert_segment(const struct wire *w, const struct wire *whole, size_t at,
                           unsigned number, size_t size)
{
	size_t len = size_min(size, whole->len - whole->payload - at);
	bool last = at + len == whole->len - whole->payload;
	static struct wire want;

	assert_int_equal(w->len - w->payload, len);
	assert_cksum(w);
	// The headers are those of the whole but for what is said here.
	want = *whole;
	want.len = w->len;
	put32(want.b + want.l4 + 4, get32(whole->b + whole->l4 + 4) + (uint32_t)at);
	if (!last)
		want.b[want.l4 + 13] &= (uint8_t)~0x09;
	if (number)
		want.b[want.l4 + 13] &= 0x7f;
	if (!want.ipv6)
		put16(want.b + want.l3 + 4, (get16(whole->b + whole->l3 + 4) + number) & 0xffff);
	fix_ip(&want);
	memcpy(want.b + cksum_at(&want), w->b + cksum_at(w), 2);
	assert_memory_equal(w->b, want.b, want.payload);
	assert_memory_equal(w->b + w->payload, whole->b + whole->payload + at, len);
}

static void assert_segments(const struct wire *whole, size_t size)
{
	size_t payload = whole->len - whole->payload;

	assert_int_equal(lab.out.len, (payload + size - 1) / size);
	for (unsigned i = 0; i < lab.out.len; i++) {
		assert_null(lab.out.pkt[i]->next);
		assert_int_equal(lab.out.pkt[i]->gso_size, 0);
		assert_ptr_equal(lab.out.pkt[i]->pool, &lab.pages.pool);
		assert_segment(sent(i, whole), whole, i * size, i, size);
	}
}

// What a device that cuts was given is cut here by a port that cannot.
static void assert_cut_by_device(const struct wire *whole, uint16_t size)
{
	struct pkt *pkt = lab.out.pkt[0];

	assert_int_equal(lab.out.len, 1);
	assert_int_equal(pkt->gso_size, size);
	sent(0, whole);
	lab.out.len = 0;
	lab.netif.offloads = 0;
	offload_send(&lab.iface, pkt);
	assert_segments(whole, size);
}

static const uint32_t abilities[] = {
        0,
        NETIF_TX_L4_CKSUM,
        NETIF_TX_L4_CKSUM | NETIF_TX_TSO4,
        NETIF_TX_L4_CKSUM | NETIF_TX_TSO6,
        NETIF_TX_TSO4 | NETIF_TX_TSO6, // and checksums of what is cut only
        ALL,
};

static void test_segments_are_what_was_sent(void **state)
{
	for (unsigned round = 0; round < 3000; round++) {
		struct shape shape = {
		        .ipv6 = rand_below(&lab.rnd, 2),
		        .tagged = rand_below(&lab.rnd, 4) == 0,
		        .protocol = 6,
		        .flags = 0x10 | (unsigned)(rand_u64(&lab.rnd) & 0xc9),
		        .options = rand_below(&lab.rnd, 3) ? 0 : 4 * rand_below(&lab.rnd, 11),
		        .extensions = rand_below(&lab.rnd, 3) ? 0 : 8 * rand_below(&lab.rnd, 9),
		        .tcp_options = 4 * rand_below(&lab.rnd, 11),
		        .payload = 1 + rand_below(&lab.rnd, PAYLOAD),
		};
		uint16_t size = (uint16_t)(1000 + rand_below(&lab.rnd, 330));
		struct wire *whole = build(&shape);
		uint32_t able = abilities[round % ARRAY_LEN(abilities)];
		uint32_t tso = shape.ipv6 ? NETIF_TX_TSO6 : NETIF_TX_TSO4;
		bool cuts =
		        (able & tso) && !(shape.ipv6 && shape.extensions) && shape.payload > size;
		struct pkt *pkt = receive(whole, 400 + rand_below(&lab.rnd, 4000));

		lab.netif.offloads = able;
		pkt->gso_size = size;
		offload_send(&lab.iface, pkt);
		if (cuts) {
			assert_cut_by_device(whole, size);
		} else if (shape.payload <= size) {
			assert_int_equal(lab.out.len, 1);
			assert_ptr_equal(lab.out.pkt[0], pkt);
			assert_segment(sent(0, whole), whole, 0, 0, size);
		} else {
			assert_segments(whole, size);
		}
		clear();
	}
	for (unsigned i = 1; i < DROP_COUNT; i++)
		assert_int_equal(harness_drops(i), 0);
}

// Padding is none of the checksum's bytes, nor is what follows a datagram.
static void test_blank_checksums_are_completed(void **state)
{
	lab.netif.mtu = 9000;
	for (unsigned round = 0; round < 4000; round++) {
		struct shape shape = {
		        .ipv6 = rand_below(&lab.rnd, 2),
		        .tagged = rand_below(&lab.rnd, 4) == 0,
		        .protocol = rand_below(&lab.rnd, 2) ? 6 : 17,
		        .flags = 0x10,
		        .options = 4 * rand_below(&lab.rnd, 3),
		        .extensions = 8 * rand_below(&lab.rnd, 3),
		        .tcp_options = 4 * rand_below(&lab.rnd, 3),
		        .payload = rand_below(&lab.rnd, round % 4 ? 100 : 2500),
		};
		struct wire *whole = build(&shape), *got;
		size_t padding = rand_below(&lab.rnd, 3) ? 0 : rand_below(&lab.rnd, 30);
		size_t len = whole->len;

		lab.netif.offloads = abilities[round % ARRAY_LEN(abilities)];
		memset(whole->b + whole->len, 0xee, padding);
		whole->len += padding;
		offload_send(&lab.iface, receive(whole, len / 99 + 1 + rand_below(&lab.rnd, 3000)));
		whole->len = len;
		assert_int_equal(lab.out.len, 1);
		got = sent(0, whole);
		assert_int_equal(got->len, len + padding);
		got->len = len;
		assert_cksum(got);
		assert_true(shape.protocol != 17 || get16(got->b + cksum_at(got)) != 0);
		if ((lab.netif.offloads & NETIF_TX_L4_CKSUM) && !padding &&
		    !(shape.ipv6 && shape.extensions))
			assert_int_not_equal(lab.out.pkt[0]->tx_flags, 0);
		memcpy(whole->b + cksum_at(whole), got->b + cksum_at(got), 2);
		assert_memory_equal(got->b, whole->b, len);
		clear();
	}
}

static void test_surplus_behind_a_datagram_is_not_summed(void **state)
{
	struct shape shape = {.ipv6 = true, .protocol = 17, .payload = 10};
	struct wire *whole = build(&shape), *got;

	lab.netif.offloads = NETIF_TX_L4_CKSUM;
	memset(whole->b + whole->len, 0xee, 5);
	whole->len += 5;
	fix_ip(whole);
	put16(whole->b + whole->l4, 0); // and from port 0, which is nobody's fault
	offload_send(&lab.iface, receive(whole, 4000));
	assert_int_equal(lab.out.len, 1);
	assert_int_equal(lab.out.pkt[0]->tx_flags, 0);
	got = sent(0, whole);
	got->len -= 5;
	assert_cksum(got);
}

// What needs nothing goes as it is, whoever else holds it.
static void test_finished_frames_pass(void **state)
{
	struct shape shape = {.protocol = 17, .payload = 10};
	struct wire *whole = build(&shape);
	struct pkt *pkt = receive(whole, 4000);

	pkt->rx_flags = PKT_RX_L4_CKSUM_OK;
	offload_send(&lab.iface, pkt_get(pkt));
	assert_int_equal(lab.out.len, 1);
	assert_ptr_equal(lab.out.pkt[0], pkt);
	assert_memory_equal(pkt_data(pkt), whole->b, whole->len);
	pkt_put(pkt);
}

static void test_chains_go_as_they_are(void **state)
{
	static const struct {
		size_t payload;
		unsigned sent, pages;
		enum drop reason;
	} cases[] = {
	        {1000, 1, 3, DROP_NONE},
	        {4055, 1, 11, DROP_NONE},
	        {8958, 1, 23, DROP_NONE},
	        {8977, 0, 0, DROP_TX_TOO_LONG},
	};

	lab.netif.mtu = 9000;
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct shape shape = {.protocol = 17, .payload = cases[i].payload};
		struct wire *whole = build(&shape);
		struct pkt *pkt = receive(whole, 400);
		unsigned pages = 0;

		pkt->rx_flags = 0;
		offload_send(&lab.iface, pkt);
		assert_int_equal(lab.out.len, cases[i].sent);
		if (cases[i].reason)
			assert_int_equal(harness_drops(cases[i].reason), 1);
		for (const struct pkt *p = lab.out.len ? lab.out.pkt[0] : NULL; p; p = p->next)
			pages++;
		assert_int_equal(pages, cases[i].pages);
		if (pages)
			assert_memory_equal(sent(0, whole)->b, whole->b, whole->len);
		clear();
	}
}

// A device that wants pages of its own kind gets copies, in as few as hold it.
static void test_foreign_pages_are_copied(void **state)
{
	static const char kind;

	lab.netif.mtu = 9000;
	lab.pages.pool.kind = &kind;
	for (unsigned own = 0; own < 2; own++) {
		for (unsigned chains = 0; chains < 2; chains++) {
			struct shape shape = {.protocol = 17, .payload = chains ? 6000 : 1000};
			struct wire *whole = build(&shape);
			struct pkt *pkt = receive(whole, 700);

			lab.in.pool.kind = own ? &kind : NULL;
			lab.netif.offloads = chains ? ALL : 0;
			offload_send(&lab.iface, pkt);
			assert_int_equal(lab.out.len, 1);
			assert_ptr_equal(lab.out.pkt[0]->pool,
			                 own ? &lab.in.pool : &lab.pages.pool);
			if (!own && chains)
				assert_null(lab.out.pkt[0]->next->next);
			assert_cksum(sent(0, whole));
			clear();
		}
	}
}

// Spoils a TCP packet of 3,000 bytes of payload; returns the bytes of its first page.
struct refusal {
	const char *what;
	struct shape shape;
	size_t at; // a byte that is changed
	uint8_t value;
	size_t cut; // bytes left of the frame; 0: all
	size_t first;
	uint16_t gso_size;
	enum drop reason;
};

static void test_what_cannot_be_finished_is_dropped_by_name(void **state)
{
#define V4(flag)                                                                                   \
	{                                                                                          \
		.protocol = 6, .flags = flag, .payload = 3000                                      \
	}
#define V6(ext)                                                                                    \
	{                                                                                          \
		.ipv6 = true, .protocol = 6, .extensions = ext, .payload = 3000                    \
	}
#define WHOLE 2900
	static const struct refusal cases[] = {
	        {"no header", V4(16), 0, 0, 13, 13, 0, DROP_ETH_SHORT},
	        {"a length for a type", V4(16), 12, 1, 0, WHOLE, 0, DROP_ETH_LLC},
	        {"ARP", V4(16), 13, 6, 0, WHOLE, 0, DROP_OFFLOAD_PROTOCOL},
	        {"two tags",
	         {.tagged = true, .protocol = 6},
	         16,
	         0x81,
	         0,
	         99,
	         0,
	         DROP_OFFLOAD_PROTOCOL},
	        {"cut header", V4(16), 0, 0, 0, 33, 0, DROP_IPV4_SHORT},
	        {"another version", V4(16), 14, 0x65, 0, WHOLE, 0, DROP_IPV4_VERSION},
	        {"beyond the frame", V4(16), 16, 0x20, 0, WHOLE, 0, DROP_IPV4_TOTAL_LEN},
	        {"a first fragment", V4(16), 20, 0x20, 0, WHOLE, 0, DROP_OFFLOAD_PROTOCOL},
	        {"a last fragment", V4(16), 21, 1, 0, WHOLE, 1000, DROP_OFFLOAD_PROTOCOL},
	        {"ICMP", V4(16), 23, 1, 0, WHOLE, 0, DROP_OFFLOAD_PROTOCOL},
	        {"UDP in segments",
	         {.protocol = 17, .payload = 3000},
	         0,
	         2,
	         0,
	         WHOLE,
	         1000,
	         DROP_OFFLOAD_PROTOCOL},
	        {"UDP beyond", {.protocol = 17, .payload = 30}, 38, 2, 0, 99, 0, DROP_UDP_LENGTH},
	        {"UDP cut", {.protocol = 17, .payload = 30}, 0, 2, 0, 41, 0, DROP_UDP_SHORT},
	        {"TCP cut", V4(16), 0, 2, 0, 53, 0, DROP_TCP_SHORT},
	        {"options cut",
	         {.protocol = 6, .tcp_options = 8, .payload = 9},
	         0,
	         2,
	         0,
	         61,
	         0,
	         DROP_TCP_SHORT},
	        {"offset low", V4(16), 46, 0x40, 0, WHOLE, 0, DROP_TCP_OFFSET},
	        {"offset high", {.protocol = 6, .payload = 9}, 46, 0x80, 0, 99, 0, DROP_TCP_OFFSET},
	        {"size of 1", V4(16), 0, 2, 0, WHOLE, 1, DROP_OFFLOAD_SEGMENTS},
	        {"65 segments", V4(16), 0, 2, 0, WHOLE, 46, DROP_OFFLOAD_SEGMENTS},
	        {"SYN", V4(2), 0, 2, 0, WHOLE, 1000, DROP_OFFLOAD_SEGMENTS},
	        {"RST", V4(4), 0, 2, 0, WHOLE, 1000, DROP_OFFLOAD_SEGMENTS},
	        {"URG", V4(48), 0, 2, 0, WHOLE, 1000, DROP_OFFLOAD_SEGMENTS},
	        {"size beyond the MTU", V4(16), 0, 2, 0, WHOLE, 1465, DROP_TX_TOO_LONG},
	        {"frame beyond the MTU", V4(16), 0, 2, 0, WHOLE, 0, DROP_TX_TOO_LONG},
	        {"IPv6 cut", V6(0), 0, 2, 0, 53, 0, DROP_IPV6_SHORT},
	        {"IPv6 beyond", V6(0), 18, 0x20, 0, WHOLE, 0, DROP_IPV6_PAYLOAD_LEN},
	        {"extension cut", V6(8), 0, 2, 0, 61, 0, DROP_IPV6_EXT_SHORT},
	        {"extension beyond", V6(8), 55, 255, 0, 99, 0, DROP_IPV6_EXT_SHORT},
	        {"9 extensions", V6(72), 0, 2, 0, WHOLE, 0, DROP_IPV6_EXT_LIMIT},
	        {"IPv6 fragment", V6(8), 20, 44, 0, WHOLE, 0, DROP_OFFLOAD_PROTOCOL},
	        {"routed on", V6(8), 20, 43, 0, WHOLE, 0, DROP_IPV6_ROUTING},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		const struct refusal *c = &cases[i];
		struct wire *w = build(&c->shape);
		uint64_t before = harness_drops(c->reason);
		struct pkt *pkt;

		w->b[c->at] = c->value;
		if (c->cut)
			w->len = c->cut;
		w->payload = 0; // headers may be cut
		pkt = receive(w, c->first);
		pkt->gso_size = c->gso_size;
		offload_send(&lab.iface, pkt);
		if (harness_drops(c->reason) != before + 1)
			fail_msg("%s: not %s", c->what, drop_name(c->reason));
		assert_int_equal(lab.out.len, 0);
	}
}

// A segment that no page holds.
static void test_segments_longer_than_a_page(void **state)
{
	struct shape shape = {.protocol = 6, .flags = 16, .payload = 9000};
	struct pkt *pkt = receive(build(&shape), 4000);

	lab.netif.mtu = 9000;
	pkt->gso_size = 4000;
	offload_send(&lab.iface, pkt);
	assert_int_equal(harness_drops(DROP_OFFLOAD_SEGMENTS), 1);
}

static void test_without_pages_the_rest_is_counted(void **state)
{
	static const char kind;
	struct shape shape = {.protocol = 6, .flags = 16, .payload = 3000};
	struct pkt *held[PAGES], *pkt = receive(build(&shape), 3000);
	unsigned n = 0;

	while (lab.pages.pool.avail(&lab.pages.pool) > 2)
		held[n++] = pkt_alloc(&lab.pages.pool);
	pkt->gso_size = 1000;
	offload_send(&lab.iface, pkt);
	assert_int_equal(lab.out.len, 2);
	assert_int_equal(harness_drops(DROP_TX_NO_PAGE), 1);
	shape.payload = 1000;
	pkt = receive(build(&shape), 300);
	lab.pages.pool.kind = &kind;
	offload_send(&lab.iface, pkt); // foreign pages, that would be copied
	assert_int_equal(harness_drops(DROP_TX_NO_PAGE), 2);
	while (n)
		pkt_put(held[--n]);
}

// Whatever is in a frame: pages come home and what leaves is no longer blank.
static void test_a_storm_of_damaged_frames(void **state)
{
	lab.netif.mtu = 9000;
	for (unsigned round = 0; round < 100000; round++) {
		struct shape shape = {
		        .ipv6 = rand_below(&lab.rnd, 2),
		        .tagged = rand_below(&lab.rnd, 4) == 0,
		        .protocol = rand_below(&lab.rnd, 4) ? 6 : 17,
		        .flags = 16,
		        .options = 4 * rand_below(&lab.rnd, 11),
		        .extensions = 8 * rand_below(&lab.rnd, 10),
		        .tcp_options = 4 * rand_below(&lab.rnd, 11),
		        .payload = rand_below(&lab.rnd, 300),
		};
		struct wire *w = build(&shape);
		struct pkt *pkt;

		for (uint64_t n = rand_below(&lab.rnd, 4); n; n--)
			w->b[rand_below(&lab.rnd, w->payload)] ^= (uint8_t)rand_u64(&lab.rnd);
		w->len -= rand_below(&lab.rnd, 8) ? 0 : rand_below(&lab.rnd, w->len);
		w->payload = rand_below(&lab.rnd, 4) ? w->payload : 1;
		pkt = receive(w, w->len / 99 + 1 + rand_below(&lab.rnd, 150));
		pkt->gso_size = (uint16_t)(rand_below(&lab.rnd, 2) ? 0 : rand_below(&lab.rnd, 300));
		lab.netif.offloads = abilities[rand_below(&lab.rnd, ARRAY_LEN(abilities))];
		offload_send(&lab.iface, pkt);
		for (unsigned i = 0; i < lab.out.len; i++)
			assert_int_equal(lab.out.pkt[i]->rx_flags & PKT_RX_L4_CKSUM_BLANK, 0);
		clear();
		assert_int_equal(lab.in.pool.avail(&lab.in.pool), PAGES);
		assert_int_equal(lab.pages.pool.avail(&lab.pages.pool), PAGES);
	}
}

#define OFFLOAD_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        OFFLOAD_TEST(test_segments_are_what_was_sent),
	        OFFLOAD_TEST(test_blank_checksums_are_completed),
	        OFFLOAD_TEST(test_surplus_behind_a_datagram_is_not_summed),
	        OFFLOAD_TEST(test_finished_frames_pass),
	        OFFLOAD_TEST(test_chains_go_as_they_are),
	        OFFLOAD_TEST(test_foreign_pages_are_copied),
	        OFFLOAD_TEST(test_what_cannot_be_finished_is_dropped_by_name),
	        OFFLOAD_TEST(test_segments_longer_than_a_page),
	        OFFLOAD_TEST(test_without_pages_the_rest_is_counted),
	        OFFLOAD_TEST(test_a_storm_of_damaged_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
