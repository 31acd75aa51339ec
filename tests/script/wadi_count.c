// wadi_count: what of tcp_info Linux counts and wadi's TCP does not, by the packets of each
// connection: data segments and bytes, those that were sent again, and when the last ones were.
#include "wadi_internal.h"

#include "proto/tcpip/tcp_wire.h"

#include <netinet/in.h>
#include <string.h>

// A TCP segment in an IP packet without options of IP.
struct segment {
	struct addr src, dst;
	uint16_t src_port, dst_port;
	uint32_t seq, len; // of its data
	uint8_t flags;
};

static uint32_t count_get(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

// False: it is none.
static bool count_parse(const uint8_t *bytes, size_t len, struct segment *segment)
{
	bool ipv4 = bytes[0] >> 4 == 4;
	size_t header = ipv4 ? 20 : 40, data;
	const uint8_t *tcp = bytes + header;

	if (len < header + 20 || (ipv4 ? bytes[9] : bytes[6]) != IPPROTO_TCP)
		return false;
	data = header + (tcp[12] >> 4) * 4u;
	// Frames are padded.
	len = size_min(len, ipv4 ? (size_t)(bytes[2] << 8 | bytes[3])
	                         : header + (size_t)(bytes[4] << 8 | bytes[5]));
	*segment = (struct segment){
	        .src = ipv4 ? addr_from_ipv4(*(const be32_t *)(bytes + 12))
	                    : addr_from_bytes(bytes + 8),
	        .dst = ipv4 ? addr_from_ipv4(*(const be32_t *)(bytes + 16))
	                    : addr_from_bytes(bytes + 24),
	        .src_port = (uint16_t)(tcp[0] << 8 | tcp[1]),
	        .dst_port = (uint16_t)(tcp[2] << 8 | tcp[3]),
	        .seq = count_get(tcp + 4),
	        .len = (uint32_t)(len > data ? len - data : 0),
	        .flags = tcp[13],
	};
	return true;
}

struct wadi_count *wadi_count_of(struct wadi *wadi, struct tcp_peers peers)
{
	for (unsigned i = 0; i < WADI_SOCKS; i++) {
		struct wadi_count *count = &wadi->count[i];

		if (count->peers.remote_port == peers.remote_port &&
		    count->peers.local_port == peers.local_port &&
		    addr_eq(count->peers.remote, peers.remote))
			return count;
	}
	return NULL;
}

// A SYN of ours, or the answer to one, begins to count, in the place of the oldest.
static struct wadi_count *count_begin(struct wadi *wadi, struct tcp_peers peers,
                                      const struct segment *segment)
{
	struct wadi_count *count = wadi_count_of(wadi, peers);

	if (!(segment->flags & TCP_SYN) || (count && segment->seq == count->iss))
		return count;
	if (!count)
		count = &wadi->count[wadi->counts++ % WADI_SOCKS];
	*count = (struct wadi_count){.peers = peers, .iss = segment->seq, .nxt = segment->seq};
	return count;
}

void wadi_count_sent(struct wadi *wadi, const uint8_t *bytes, size_t len)
{
	struct wadi_count *count;
	struct segment segment;
	uint32_t end;
	bool again;

	if (!count_parse(bytes, len, &segment))
		return;
	count = count_begin(
	        wadi,
	        (struct tcp_peers){segment.src, segment.dst, segment.src_port, segment.dst_port},
	        &segment);
	if (!count)
		return;
	end = segment.seq + segment.len + !!(segment.flags & (TCP_SYN | TCP_FIN));
	again = end != segment.seq && (int32_t)(end - count->nxt) <= 0;
	count->retrans += again;
	if ((int32_t)(end - count->nxt) > 0)
		count->nxt = end;
	if (segment.len == 0)
		return;
	count->data_segs_out++;
	count->bytes_sent += segment.len;
	count->bytes_retrans += again ? segment.len : 0;
	count->data_sent_us = wadi->now.us;
}

void wadi_count_received(struct wadi *wadi, const uint8_t *bytes, size_t len)
{
	struct wadi_count *count;
	struct segment segment;

	if (!count_parse(bytes, len, &segment))
		return;
	count = wadi_count_of(wadi, (struct tcp_peers){segment.dst, segment.src, segment.dst_port,
	                                               segment.src_port});
	if (!count)
		return;
	// The handshake begins all times.
	if (!count->ack_received_us)
		count->data_sent_us = count->data_received_us = wadi->now.us;
	if (segment.flags & TCP_ACK)
		count->ack_received_us = wadi->now.us;
	if (segment.len == 0)
		return;
	count->data_segs_in++;
	count->data_received_us = wadi->now.us;
}

// Milliseconds since an instant.
static uint64_t count_since(const struct wadi *wadi, uint64_t us)
{
	return (wadi->now.us - us) / MS_US;
}

bool wadi_count_info(struct wadi *wadi, struct tcp_peers peers, const char *name,
                     long double *value)
{
	const struct wadi_count *count = wadi_count_of(wadi, peers);
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
	        {"tcpi_total_retrans", count ? count->retrans : 0},
	        {"tcpi_data_segs_out", count ? count->data_segs_out : 0},
	        {"tcpi_data_segs_in", count ? count->data_segs_in : 0},
	        {"tcpi_bytes_sent", count ? count->bytes_sent : 0},
	        {"tcpi_bytes_retrans", count ? count->bytes_retrans : 0},
	        {"tcpi_last_data_sent", count_since(wadi, count ? count->data_sent_us : 0)},
	        {"tcpi_last_data_recv", count_since(wadi, count ? count->data_received_us : 0)},
	        {"tcpi_last_ack_recv", count_since(wadi, count ? count->ack_received_us : 0)},
	};

	for (unsigned i = 0; count && i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0) {
			*value = (long double)rows[i].value;
			return true;
		}
	return false;
}
