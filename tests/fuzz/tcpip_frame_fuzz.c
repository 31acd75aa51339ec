// tcpip_frame: frames into a stack of both families. The first byte's lowest bit
// chooses whether checksums count as verified and ICMP's are completed; its other
// bits are the bytes of each page when frames come in chains. Each frame follows
// two bytes of length, so that conversations can be found.
#include "core/page.h"
#include "core/span.h"
#include "proto/tcpip/cksum.h"
#include "proto/tcpip/icmp_wire.h"
#include "proto/tcpip/stack.h"

#include <stdlib.h>

#define PAGES     64
#define PARTS_MAX 16 // of a chain; the last one takes the rest

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void echo(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++)
		dgrams[i].reply_len =
		        dgrams[i].len < dgrams[i].room ? dgrams[i].len : dgrams[i].room;
}

// Reads all of an error that a listener is given.
static void note_error(void *ctx, const struct ip_error *error, uint16_t src_port,
                       uint16_t dst_port, mono_t now)
{
	uint8_t copy[64];

	if (error->quoted_len < 8 || src_port != 7 || error->kind >= IP_ERROR_KINDS)
		abort();
	if (error->quoted_len > sizeof(copy))
		abort();
	memcpy(copy, error->quoted, error->quoted_len);
	__asm__ volatile("" : : "r"(copy) : "memory");
}

// Completes the checksum of ICMP right behind an IP header, which fuzzing would
// hardly ever find.
static void complete(uint8_t *frame, size_t len)
{
	bool ipv6 = len > 14 && frame[14] >> 4 == 6;
	size_t l4 = ipv6 ? 54 : 34;
	struct icmp_hdr *icmp = (struct icmp_hdr *)(frame + l4);
	cksum_t sum = {0};

	if (len < l4 + sizeof(*icmp) || frame[ipv6 ? 20 : 23] != (ipv6 ? 58 : 1))
		return;
	if (ipv6)
		sum = cksum_pseudo(addr_from_bytes(frame + 22), addr_from_bytes(frame + 38), 58,
		                   (uint32_t)(len - l4));
	icmp->cksum = (be16_t){0};
	icmp->cksum = cksum_finish(cksum_add(sum, icmp, len - l4));
}

// The bytes in pages of `part` bytes each, or in one when it is 0; NULL when pages
// are short.
static struct pkt *chain(struct page_pool *pool, const uint8_t *bytes, size_t len, size_t part)
{
	struct pkt *first = NULL, **link = &first;

	for (unsigned i = 0; i == 0 || len; i++) {
		size_t n = part && i + 1 < PARTS_MAX ? size_min(part, len) : len;
		struct pkt *pkt = pkt_alloc(pool);

		if (!pkt) {
			if (first)
				pkt_put(first);
			return NULL;
		}
		pkt_set_len(pkt, (uint16_t)n);
		memcpy(pkt_data(pkt), bytes, n);
		*link = pkt;
		link = &pkt->next;
		if (i)
			first->more += (uint32_t)n;
		bytes += n;
		len -= n;
	}
	return first;
}

static void input(struct stack *stack, struct page_pool *pool, struct span frame, uint8_t choice,
                  mono_t now)
{
	uint8_t bytes[2048] = {0};
	size_t len = span_left(&frame);
	bool sound = choice & 1;
	struct pkt *pkt;

	if (len)
		memcpy(bytes, frame.p, len);
	if (sound)
		complete(bytes, len);
	pkt = chain(pool, bytes, len, choice >> 1);
	if (!pkt)
		return;
	if (sound)
		pkt->rx_flags = PKT_RX_IPV4_CKSUM_OK | PKT_RX_L4_CKSUM_OK;
	stack_input(stack, &pkt, 1, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct worker_metric metric;
	static struct batch out;
	static struct wheel wheel;
	const struct udp_listener_conf listener = {.port = 7, .fn = echo, .error_fn = note_error};
	struct netif netif = {.mac = {2, 0, 0, 0, 0, 1}, .mtu = 1500, .queues = 1};
	struct stack_conf conf = {.ifaces_len = 1,
	                          .neighbours = 4,
	                          .icmp_errors_per_s = 1000,
	                          .metric = &metric,
	                          .wheel = &wheel};
	struct stack_iface_conf *iface = &conf.iface[0];
	struct span left = span_of(data, size);
	uint8_t choice = span_u8(&left);
	struct page_array pages;
	mono_t now = {SEC_US};
	struct stack *stack;

	if (page_array_open(&pages, PAGES))
		abort();
	wheel_init(&wheel, now);
	*iface = (struct stack_iface_conf){
	        .netif = &netif, .out = &out, .pool = &pages.pool, .ipv4_len = 1, .ipv6_len = 1};
	if (!addr_prefix_parse("10.0.0.2/24", &iface->ipv4[0]) ||
	    !addr_prefix_parse("fd00::2/64", &iface->ipv6[0]) ||
	    !(stack = stack_open(&conf, now)) || udp_listen(stack_udp(stack), &listener, NULL))
		abort();
	while (span_left(&left) >= 2) {
		size_t len = span_u16(&left) % 2048;

		input(stack, &pages.pool, span_sub(&left, size_min(len, span_left(&left))), choice,
		      now);
		now = mono_add(now, 300 * MS_US);
		wheel_tick(&wheel, now);
		while (out.len)
			pkt_put(out.pkt[--out.len]);
	}
	stack_close(stack);
	if (pages.pool.avail(&pages.pool) != PAGES)
		abort();
	page_array_close(&pages);
	return 0;
}
