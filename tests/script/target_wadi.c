// target_wadi: one interface whose frames are the script's packets, a gateway with a known
// hardware address behind which all peers are, and a clock that jumps from one deadline to
// the next.
#include "target_wadi.h"

#include "wadi_internal.h"

#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/tcp/tcp_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define WADI_PAGES     2048
#define WADI_START     (1000 * SEC_US)
#define WADI_PACKET_US 10 // that a packet takes, so that no round trip is 0
#define WADI_ETH       14

static const uint8_t wadi_mac[6] = {2, 0, 0, 0, 0, 1}, gateway_mac[6] = {2, 0, 0, 0, 0, 2};

// Errors of ICMP as sockets report them (RFC 1122 section 4.2.3.9, as Linux has them).
static int wadi_icmp_errno(const uint8_t *bytes, size_t len)
{
	static const int unreachable4[] = {ENETUNREACH,  EHOSTUNREACH, ENOPROTOOPT,  ECONNREFUSED,
	                                   EMSGSIZE,     EOPNOTSUPP,   ENETUNREACH,  EHOSTDOWN,
	                                   ENONET,       ENETUNREACH,  EHOSTUNREACH, ENETUNREACH,
	                                   EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH};
	static const int unreachable6[] = {ENETUNREACH, EACCES,       EHOSTUNREACH, EHOSTUNREACH,
	                                   EACCES,      ECONNREFUSED, EACCES};

	// packet_build gives headers without options.
	if (len > 21 && bytes[0] >> 4 == 4 && bytes[9] == IPPROTO_ICMP && bytes[20] == 3 &&
	    bytes[21] < ARRAY_LEN(unreachable4))
		return unreachable4[bytes[21]];
	if (len > 41 && bytes[0] >> 4 == 6 && bytes[6] == IPPROTO_ICMPV6 && bytes[40] == 1 &&
	    bytes[41] < ARRAY_LEN(unreachable6))
		return bytes[41] == 4 ? ECONNREFUSED : unreachable6[bytes[41]];
	return EHOSTUNREACH;
}

static bool wadi_is_icmp(const uint8_t *bytes, size_t len)
{
	return len > 9 &&
	       (bytes[0] >> 4 == 4 ? bytes[9] == IPPROTO_ICMP : bytes[6] == IPPROTO_ICMPV6);
}

// What the stack says of itself: neighbour and group discovery are no part of a script.
static bool wadi_is_housekeeping(const uint8_t *ip, size_t len)
{
	return len > 40 && ip[0] >> 4 == 6 &&
	       (ip[6] == IPPROTO_HOPOPTS ||
	        (ip[6] == IPPROTO_ICMPV6 && ip[40] >= 130 && ip[40] <= 143));
}

static void wadi_note_sent(struct wadi *wadi, const uint8_t *frame, size_t len)
{
	uint16_t type = (uint16_t)(frame[12] << 8 | frame[13]);
	struct wadi_sent *sent;

	if ((type != ETH_TYPE_IPV4 && type != ETH_TYPE_IPV6) ||
	    wadi_is_housekeeping(frame + WADI_ETH, len - WADI_ETH))
		return;
	sent = malloc(sizeof(*sent) + len);
	if (!sent)
		abort();
	*sent = (struct wadi_sent){.at_us = wadi->now.us, .len = len - WADI_ETH};
	memcpy(sent->bytes, frame + WADI_ETH, sent->len);
	wadi_count_sent(wadi, sent->bytes, sent->len);
	*wadi->sent_end = sent;
	wadi->sent_end = &sent->next;
}

// Takes the packets of the batch.
static void wadi_drain(struct wadi *wadi)
{
	static uint8_t frame[WADI_ETH + UINT16_MAX];

	for (unsigned i = 0; i < wadi->out.len; i++) {
		struct pkt *pkt = wadi->out.pkt[i];
		size_t len = 0;

		assert(pkt);
		for (const struct pkt *part = pkt; part; part = part->next) {
			assert(len + part->len <= sizeof(frame));
			memcpy(frame + len, pkt_data(part), part->len);
			len += part->len;
		}
		wadi_note_sent(wadi, frame, len);
		pkt_put(pkt);
	}
	wadi->out.len = 0;
}

void wadi_turn(struct wadi *wadi)
{
	bool more;

	do {
		more = stack_flush(wadi->stack, wadi->now);
		wadi_drain(wadi);
	} while (more);
}

static uint64_t wadi_now(void *ctx)
{
	return ((struct wadi *)ctx)->now.us;
}

// A frame in as many pages as it needs.
static struct pkt *wadi_frame(struct wadi *wadi, const uint8_t *frame, size_t len)
{
	struct pkt *first = NULL, *last = NULL;

	for (size_t at = 0; at < len;) {
		struct pkt *pkt = pkt_alloc(&wadi->pages.pool);
		size_t n;

		if (!pkt)
			abort();
		n = size_min(len - at, (size_t)(pkt->room - pkt->off));
		pkt_set_len(pkt, (uint16_t)n);
		memcpy(pkt_data(pkt), frame + at, n);
		if (last)
			last->next = pkt;
		else
			first = pkt;
		last = pkt;
		at += n;
	}
	first->more = (uint32_t)(len - first->len);
	return first;
}

static void wadi_deliver(void *ctx, const uint8_t *bytes, size_t len)
{
	struct wadi *wadi = ctx;
	uint8_t *frame = malloc(WADI_ETH + len);
	bool ipv4 = bytes[0] >> 4 == 4;
	struct pkt *pkt;

	if (!frame)
		abort();
	memcpy(frame, wadi_mac, 6);
	memcpy(frame + 6, gateway_mac, 6);
	frame[12] = ipv4 ? ETH_TYPE_IPV4 >> 8 : ETH_TYPE_IPV6 >> 8;
	frame[13] = ipv4 ? ETH_TYPE_IPV4 & 0xff : ETH_TYPE_IPV6 & 0xff;
	memcpy(frame + WADI_ETH, bytes, len);
	wadi->now = mono_add(wadi->now, WADI_PACKET_US);
	wadi_count_received(wadi, bytes, len);
	if (wadi_is_icmp(bytes, len))
		wadi->icmp_errno = wadi_icmp_errno(bytes, len);
	pkt = wadi_frame(wadi, frame, WADI_ETH + len);
	free(frame);
	stack_input(wadi->stack, &pkt, 1, wadi->now);
	wadi_drain(wadi);
	wadi_turn(wadi);
}

static void wadi_step(void *ctx, uint64_t until_us)
{
	struct wadi *wadi = ctx;
	mono_t next = wheel_next(&wadi->wheel);

	if (next.us > until_us)
		next.us = until_us;
	if (next.us > wadi->now.us)
		wadi->now = next;
	wheel_tick(&wadi->wheel, wadi->now);
	wadi_turn(wadi);
}

static size_t wadi_take(void *ctx, uint8_t *bytes, size_t size, uint64_t *at_us)
{
	struct wadi *wadi = ctx;
	struct wadi_sent *sent = wadi->sent;
	size_t len;

	if (!sent)
		return 0;
	len = size_min(sent->len, size);
	memcpy(bytes, sent->bytes, len);
	*at_us = sent->at_us;
	wadi->sent = sent->next;
	if (!wadi->sent)
		wadi->sent_end = &wadi->sent;
	free(sent);
	return len;
}

// Every page must be home again, whatever the script did.
static void wadi_close(void *ctx)
{
	struct wadi *wadi = ctx;
	uint8_t bytes[1];
	uint64_t at_us;

	wadi_sockets_close(wadi);
	wadi_turn(wadi);
	stack_close(wadi->stack);
	assert(wadi->pages.pool.avail(&wadi->pages.pool) == WADI_PAGES);
	while (wadi_take(wadi, bytes, 0, &at_us) || wadi->sent)
		continue;
	page_array_close(&wadi->pages);
	free(wadi);
}

static const struct target_ops wadi_ops = {
        .name = "wadi",
        .close = wadi_close,
        .setting = wadi_setting,
        .now_us = wadi_now,
        .deliver = wadi_deliver,
        .step = wadi_step,
        .take = wadi_take,
        .socket = wadi_socket,
        .bind = wadi_bind,
        .listen = wadi_listen,
        .accept = wadi_accept,
        .connect = wadi_connect,
        .send = wadi_send,
        .recv = wadi_recv,
        .shutdown = wadi_shutdown,
        .close_socket = wadi_close_socket,
        .set_option = wadi_set_option,
        .get_option = wadi_get_option,
        .ioctl = wadi_ioctl,
        .poll = wadi_poll,
        .hold = wadi_hold,
        .done = wadi_done,
        .socket_at = wadi_socket_at,
        .info = wadi_info,
};

// The neighbour of an address on a link of two: all others are behind it.
static struct addr wadi_gateway(struct addr local)
{
	uint8_t bytes[16];

	addr_to_bytes(local, bytes);
	bytes[15] ^= (uint8_t)((bytes[15] & 3) == 1 ? 3 : (bytes[15] & 3) == 2 ? 3 : 1);
	return addr_from_bytes(bytes);
}

static void wadi_configure(struct wadi *wadi, const struct script_conf *script)
{
	struct stack_conf *conf = &wadi->conf;
	struct stack_iface_conf *iface = &conf->iface[0];
	struct addr gateway = wadi_gateway(script->local);
	bool ipv4 = addr_is_ipv4(script->local);

	wadi->netif = (struct netif){.mtu = script->mtu, .queues = 1};
	memcpy(wadi->netif.mac, wadi_mac, 6);
	iface->netif = &wadi->netif;
	iface->out = &wadi->out;
	iface->pool = &wadi->pages.pool;
	if (ipv4) {
		iface->ipv4[iface->ipv4_len++] = (struct prefix){script->local, 30};
		iface->gateway4 = gateway;
	} else {
		iface->ipv6[iface->ipv6_len++] = (struct prefix){script->local, 126};
		iface->gateway6 = gateway;
	}
	iface->pinned[iface->pinned_len].addr = gateway;
	memcpy(iface->pinned[iface->pinned_len++].mac, gateway_mac, 6);
	conf->ifaces_len = 1;
	conf->neighbours = 8;
	conf->icmp_errors_per_s = 1000;
	conf->seed = 1;
	conf->metric = &wadi->metric;
	conf->wheel = &wadi->wheel;
}

void target_wadi_wscale(struct target *target, uint8_t shift)
{
	struct wadi *wadi = target->ctx;

	wadi->tcp->wscale = shift;
}

int target_wadi_open(struct target *target, const struct script_conf *conf, struct why *why)
{
	struct wadi *wadi = calloc(1, sizeof(*wadi));

	if (!wadi || page_array_open(&wadi->pages, WADI_PAGES)) {
		free(wadi);
		return why_no_memory(why, "the stack");
	}
	wadi->now = (mono_t){WADI_START};
	wadi->sent_end = &wadi->sent;
	// RFC 9293 section 3.8.4, and Linux's tcp_keepalive_*.
	wadi->keep_idle_s = 7200;
	wadi->keep_interval_s = 75;
	wadi->keep_probes = 9;
	wadi->bsd_recvspace = 65536;
	wheel_init(&wadi->wheel, wadi->now);
	wadi_configure(wadi, conf);
	wadi->stack = stack_open(&wadi->conf, wadi->now);
	if (!wadi->stack) {
		page_array_close(&wadi->pages);
		free(wadi);
		return why_no_memory(why, "the stack");
	}
	wadi->tcp = stack_tcp(wadi->stack);
	wadi_turn(wadi);
	*target = (struct target){&wadi_ops, wadi};
	return 0;
}
