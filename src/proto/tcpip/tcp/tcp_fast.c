// tcp_fast: see the header. Sections are those of RFC 7413.
#include "proto/tcpip/tcp/tcp_fast.h"

#include "proto/tcpip/tcp/tcp_internal.h"

static void make_key(struct tcp_fast_keys *keys, unsigned which, uint64_t period)
{
	for (uint64_t half = 0; half < 2; half++) {
		uint64_t of[] = {period, half};
		uint64_t word = hash_sip((const uint8_t *)keys->seed, of, sizeof(of));

		memcpy(keys->key[which] + 8 * half, &word, sizeof(word));
	}
}

static void make_keys(struct tcp_fast_keys *keys, mono_t now)
{
	keys->period = (uint32_t)(now.us / TCP_FAST_KEY_US);
	make_key(keys, 0, keys->period);
	make_key(keys, 1, keys->period - 1u);
}

void tcp_fast_keys_init(struct tcp_fast_keys *keys, const uint64_t seed[2])
{
	*keys = (struct tcp_fast_keys){.seed = {seed[0], seed[1]}, .period = UINT32_MAX};
}

static void renew_keys(struct tcp_fast_keys *keys, mono_t now)
{
	if (!keys->fixed && keys->period != (uint32_t)(now.us / TCP_FAST_KEY_US))
		make_keys(keys, now);
}

void tcp_fast_cookie(const uint8_t key[HASH_SIP_KEY_BYTES], struct addr client, struct addr local,
                     uint8_t cookie[TCP_FAST_COOKIE_BYTES])
{
	uint8_t bytes[32];
	size_t from = addr_is_ipv4(client) ? 12 : 0, len = 16 - from;
	uint64_t sum;

	addr_to_bytes(client, bytes);
	addr_to_bytes(local, bytes + 16);
	memmove(bytes, bytes + from, len);
	memmove(bytes + len, bytes + 16 + from, len);
	sum = hash_sip(key, bytes, 2 * len);
	for (unsigned i = 0; i < TCP_FAST_COOKIE_BYTES; i++)
		cookie[i] = (uint8_t)(sum >> 8 * i);
}

// Whether the key made the cookie of the SYN. Not in constant time: bytes that a client could
// find out one by one would only be those of its own address.
static bool is_of(const uint8_t key[HASH_SIP_KEY_BYTES], const struct tcp_conn *conn,
                  const struct tcp_options *options)
{
	uint8_t cookie[TCP_FAST_COOKIE_BYTES];

	if (options->cookie_len != TCP_FAST_COOKIE_BYTES)
		return false;
	tcp_fast_cookie(key, conn->remote, conn->local, cookie);
	return memcmp(cookie, options->cookie, sizeof(cookie)) == 0;
}

static void age_resets(struct tcp_listener *listener, mono_t now)
{
	uint32_t period = (uint32_t)(now.us / TCP_FAST_RESET_US),
	         age = period - listener->fast_period;

	if (age == 0)
		return;
	listener->fast_resets[1] = age == 1 ? listener->fast_resets[0] : 0;
	listener->fast_resets[0] = 0;
	listener->fast_period = period;
}

// Section 5.1: the number of connections without a completed handshake is limited.
static bool has_room(struct tcp_listener *listener, mono_t now)
{
	age_resets(listener, now);
	return listener->fast_pending + listener->fast_resets[0] + listener->fast_resets[1] <
	       listener->fast_max;
}

// Section 4.2.2.
void tcp_fast_syn(struct tcp_conn *conn, struct tcp_listener *listener, const struct tcp_in *in,
                  mono_t now)
{
	struct tcp_metric *metric = &conn->tcp->metric->tcp;
	struct tcp_fast_keys *keys = &conn->tcp->fast_keys;

	if (!listener->fast_max || !(in->options.has & TCP_OPTION_FAST))
		return;
	if (!has_room(listener, now)) {
		counter_add(&metric->fast_open_full, 1);
		return;
	}
	renew_keys(keys, now);
	if (!is_of(keys->key[0], conn, &in->options)) {
		conn->flags |= TCP_CONN_COOKIE;
		if (!is_of(keys->key[1], conn, &in->options)) {
			if (in->options.cookie_len)
				counter_add(&metric->fast_open_refused, 1);
			return;
		}
	}
	conn->flags |= TCP_CONN_FAST | TCP_CONN_OPENED;
	conn->cwnd++; // the initial window is of data (RFC 6928); our SYN is outstanding, too
	listener->fast_pending++;
	counter_add(&metric->fast_open_taken, 1);
	tcp_rack_begin(conn, now); // of what is sent before the handshake is done
}

void tcp_fast_done(struct tcp_listener *listener)
{
	listener->fast_pending--;
}

void tcp_fast_reset(struct tcp_listener *listener, mono_t now)
{
	age_resets(listener, now);
	listener->fast_resets[0]++;
}

void tcp_fast_offer(struct tcp_conn *conn, uint8_t cookie[TCP_FAST_COOKIE_BYTES], mono_t now)
{
	renew_keys(&conn->tcp->fast_keys, now);
	tcp_fast_cookie(conn->tcp->fast_keys.key[0], conn->remote, conn->local, cookie);
	counter_add(&conn->tcp->metric->tcp.fast_open_cookies, 1);
}
