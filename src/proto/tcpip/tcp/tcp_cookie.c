// tcp_cookie: see the header. A cookie has 5 bits of the time, 3 of the MSS and 24 of a keyed
// hash over all that must not be forged.
#include "proto/tcpip/tcp/tcp_cookie.h"

#include "core/mono.h"

#define MAC_BITS   24
#define TIME_SHIFT 27
#define TIME_MASK  31u

// In the low bits of a timestamp.
#define TS_BITS      6
#define TS_NO_WSCALE 15u // 14 is the largest that there is
#define TS_SACK      16u

// Of Ethernet, of its tunnels, of hosts that name none, and of links with large frames.
static const uint16_t sizes[] = {88, 536, 1220, 1360, 1420, 1440, 1460, 8940};
_Static_assert(sizeof(sizes) / sizeof(sizes[0]) == 1 << (TIME_SHIFT - MAC_BITS), "the MSS's bits");

static uint32_t mac(const uint8_t key[HASH_SIP_KEY_BYTES], const struct tcp_peers *peers,
                    uint32_t irs, uint32_t tick, uint32_t size)
{
	struct {
		struct addr local, remote;
		uint32_t ports, irs, tick, size;
	} all = {
	        peers->local, peers->remote, (uint32_t)peers->local_port << 16 | peers->remote_port,
	        irs,          tick,          size};

	return (uint32_t)hash_sip(key, &all, sizeof(all)) & ((1u << MAC_BITS) - 1);
}

static uint32_t tick_of(mono_t now)
{
	return (uint32_t)(now.us / TCP_COOKIE_TICK_US);
}

uint32_t tcp_cookie_make(const uint8_t key[HASH_SIP_KEY_BYTES], const struct tcp_peers *peers,
                         uint32_t irs, uint16_t mss, mono_t now)
{
	uint32_t tick = tick_of(now), size = sizeof(sizes) / sizeof(sizes[0]) - 1;

	while (size > 0 && sizes[size] > mss)
		size--;
	return (tick & TIME_MASK) << TIME_SHIFT | size << MAC_BITS |
	       mac(key, peers, irs, tick, size);
}

uint16_t tcp_cookie_check(const uint8_t key[HASH_SIP_KEY_BYTES], const struct tcp_peers *peers,
                          uint32_t irs, uint32_t cookie, mono_t now)
{
	uint32_t age = (tick_of(now) - (cookie >> TIME_SHIFT)) & TIME_MASK;
	uint32_t size = cookie >> MAC_BITS & ((1u << (TIME_SHIFT - MAC_BITS)) - 1);

	if (age > 1 ||
	    mac(key, peers, irs, tick_of(now) - age, size) != (cookie & ((1u << MAC_BITS) - 1)))
		return 0;
	return sizes[size];
}

uint32_t tcp_cookie_ts(const struct tcp_options *options, uint32_t ts_val)
{
	uint32_t bits = options->has & TCP_OPTION_WSCALE ? options->wscale : TS_NO_WSCALE;
	uint32_t said;

	if (options->has & TCP_OPTION_SACK_PERMITTED)
		bits |= TS_SACK;
	said = (ts_val >> TS_BITS << TS_BITS) | bits;
	return (int32_t)(said - ts_val) > 0 ? said - (1u << TS_BITS) : said;
}

void tcp_cookie_options(uint32_t ts_ecr, struct tcp_options *options)
{
	uint32_t wscale = ts_ecr & TS_NO_WSCALE;

	if (wscale < TS_NO_WSCALE) {
		options->wscale = (uint8_t)wscale;
		options->has |= TCP_OPTION_WSCALE;
	}
	if (ts_ecr & TS_SACK)
		options->has |= TCP_OPTION_SACK_PERMITTED;
}
