// tcp_path: how long segments may be that go all the way: what routers report (RFC 1191,
// RFC 8201), what is concluded when long segments vanish without a report, and the search for what
// goes through, by single longer segments (RFC 4821). What is sent as one is tcp_out.c's.
#include "proto/tcpip/tcp/tcp_internal.h"

#define TRY_AGAIN_US (600 * SEC_US)  // RFC 8201 section 4
#define KEPT_US      (3600 * SEC_US) // of a path without reports, for connections to come
#define PAUSE_US     SEC_US          // after a probe was lost
#define WAYS         4               // places that a destination may have in the table
#define STEP         16              // bytes for which no probe is worth while
#define PROBES       2               // lost ones of a length, until it is taken for too long
#define BEHIND       3               // segments that show soon whether the probe was lost

// The place of a destination; NULL: nothing is known of it.
static struct tcp_path *find(struct tcp *tcp, struct addr remote)
{
	uint64_t hash = hash_u128(tcp->hash_seed, remote.hi, remote.lo);
	struct tcp_path *path = &tcp->path[hash % (TCP_PATHS / WAYS) * WAYS];

	for (unsigned i = 0; i < WAYS; i++)
		if (addr_eq(path[i].remote, remote))
			return &path[i];
	return NULL;
}

// As find; a destination that is new takes the place of the one that is old soonest.
static struct tcp_path *add(struct tcp *tcp, struct addr remote)
{
	uint64_t hash = hash_u128(tcp->hash_seed, remote.hi, remote.lo);
	struct tcp_path *path = &tcp->path[hash % (TCP_PATHS / WAYS) * WAYS], *oldest = path;
	struct tcp_path *known = find(tcp, remote);

	if (known)
		return known;
	for (unsigned i = 1; i < WAYS; i++)
		if (path[i].until.us < oldest->until.us)
			oldest = &path[i];
	return oldest;
}

// That the connection's length goes through, and how far up the search goes, from when on.
static struct tcp_path *remember(const struct tcp_conn *conn, uint16_t high, mono_t search,
                                 mono_t until)
{
	struct tcp_path *path = add(conn->tcp, conn->remote);

	*path = (struct tcp_path){.remote = conn->remote,
	                          .until = until,
	                          .search = search,
	                          .mss = conn->mss,
	                          .high = high};
	if (conn->tcp->paths_until.us < until.us)
		conn->tcp->paths_until = until;
	return path;
}

void tcp_path_open(struct tcp_conn *conn, mono_t now)
{
	const struct tcp_path *path;

	if (likely(mono_due(conn->tcp->paths_until, now)))
		return;
	path = find(conn->tcp, conn->remote);
	if (!path || mono_due(path->until, now) || path->mss >= conn->mss)
		return;
	conn->mss_full = conn->mss;
	conn->mss = path->mss;
}

// Silence alone says nothing of the path, but that shorter segments got through does.
void tcp_path_acked(struct tcp_conn *conn, mono_t now)
{
	if (conn->mss_full)
		(void)remember(conn, (uint16_t)(conn->mss_full - 1), now, mono_add(now, KEPT_US));
}

static void lower(struct tcp_conn *conn, uint16_t mss)
{
	if (!conn->mss_full)
		conn->mss_full = conn->mss;
	conn->mss = mss;
	tcp_loss_too_long(conn);
	tcp_touch(conn);
}

// A length that goes through.
static void raise(struct tcp_conn *conn, uint16_t mss)
{
	conn->mss = mss;
	if (conn->mss >= conn->mss_full) {
		conn->mss = conn->mss_full;
		conn->mss_full = 0;
	}
	conn->cwnd = tcp_max(conn->cwnd, tcp_payload(conn));
}

// The last of the parts of the queue that are the probe; *len: their bytes. A probe is one packet.
static void probe_end(struct tcp_conn *conn, bool lost, uint16_t *len)
{
	struct tcp_seg *seg = conn->tcp->seg;

	*len = 0;
	for (uint32_t i = conn->send.head; i != conn->send_next; i = seg[i].next) {
		if (!(seg[i].flags & TCP_SEG_PROBE))
			continue;
		*len = (uint16_t)(*len + seg[i].len);
		seg[i].flags &= (uint8_t)~TCP_SEG_PROBE;
		if (lost)
			tcp_loss_mark(conn, &seg[i]);
	}
	conn->flags &= ~(uint32_t)TCP_CONN_PATH_PROBE;
	*len = (uint16_t)(*len + conn->mss - tcp_payload(conn)); // as mss counts
}

void tcp_path_probe_forget(struct tcp_conn *conn)
{
	uint16_t len;

	if (conn->flags & TCP_CONN_PATH_PROBE)
		probe_end(conn, false, &len);
}

// RFC 4821 section 7.6.2: the length is too long, or was lost by chance.
static void probe_failed(struct tcp_conn *conn, mono_t now)
{
	struct tcp_path *path = find(conn->tcp, conn->remote);
	uint16_t len;

	probe_end(conn, true, &len);
	counter_add(&conn->tcp->metric->tcp.path_probes_lost, 1);
	if (!path)
		return;
	path->search = mono_add(now, PAUSE_US);
	if (++path->lost < PROBES)
		return;
	path->lost = 0;
	if (len - 1 < path->high)
		path->high = (uint16_t)(len - 1);
}

// What every path takes (RFC 1122 section 3.3.3, RFC 8200 section 5).
static uint16_t path_least(const struct tcp_conn *conn)
{
	return addr_is_ipv4(conn->remote) ? TCP_MSS_DEFAULT4 : TCP_MSS_DEFAULT6;
}

void tcp_path_error(struct tcp_conn *conn, const struct ip_error *error, mono_t now)
{
	uint16_t hdrs = (uint16_t)(ip_hdr_len(&error->flow) + sizeof(struct tcp_hdr));
	uint16_t high = conn->mss_full, mss;

	if (error->mtu == 0) // an old router does not say
		return;
	// Less is not believed: a peer could have its queue cut into many more parts, which take
	// the room of others and are looked at with each acknowledgement of its.
	mss = (uint16_t)tcp_max((uint32_t)(error->mtu - hdrs), path_least(conn));
	// About a probe: it says how far up the search goes.
	if (mss >= conn->mss) {
		struct tcp_path *path = find(conn->tcp, conn->remote);

		if ((conn->flags & TCP_CONN_PATH_PROBE) && path && mss < path->high)
			path->high = mss;
		return;
	}
	tcp_path_probe_forget(conn);
	lower(conn, mss);
	remember(conn, high ? high : conn->mss_full, mono_add(now, TRY_AGAIN_US),
	         mono_add(now, TRY_AGAIN_US))
	        ->reported = true;
	tcp_timer_rearm(conn, now);
}

// The next length to try: what Linux begins with, then what every path takes.
static uint16_t shorter(const struct tcp_conn *conn)
{
	if (addr_is_ipv4(conn->remote) && conn->mss > TCP_MSS_BASE4)
		return TCP_MSS_BASE4;
	return path_least(conn);
}

void tcp_path_timeout(struct tcp_conn *conn, mono_t now)
{
	uint16_t mss = shorter(conn);

	// Of a probe with others lost no more is known than before (RFC 4821 section 7.6.4).
	if (unlikely(conn->flags & TCP_CONN_PATH_PROBE)) {
		if (conn->send.head != TCP_NONE &&
		    (conn->tcp->seg[conn->send.head].flags & TCP_SEG_PROBE))
			probe_failed(conn, now);
		tcp_path_probe_forget(conn);
	}
	if (conn->backoff + 1 < TCP_PATH_TIME_OUTS || conn->send.head == TCP_NONE ||
	    tcp_min(conn->tcp->seg[conn->send.head].len, tcp_payload(conn)) <= mss)
		return;
	lower(conn, mss);
}

// RFC 1191 section 6.3: where a router reports, trying the full length again costs a packet.
void tcp_path_begin(struct tcp_conn *conn, mono_t now)
{
	const struct tcp_path *path = find(conn->tcp, conn->remote);

	if (path && path->reported && mono_due(path->until, now))
		raise(conn, conn->mss_full);
	else if (path && !path->reported && path->mss > conn->mss)
		raise(conn, path->mss); // others found out
}

// RFC 4821 section 7.3: first the longest that may go, then between what goes and what does not.
static uint16_t candidate(struct tcp_conn *conn, struct tcp_path *path, mono_t now)
{
	if (path->high > conn->mss_full)
		path->high = conn->mss_full;
	if (path->high < conn->mss + STEP) {
		path->high = conn->mss_full;
		path->search = mono_add(now, TRY_AGAIN_US);
		path->lost = 0;
		return 0;
	}
	return path->high == conn->mss_full
	               ? path->high
	               : (uint16_t)(conn->mss + (path->high - conn->mss + 1) / 2);
}

// Whether all is as it is when nothing is lost.
static bool is_calm(const struct tcp_conn *conn)
{
	return !(conn->flags & TCP_CONN_PATH_PROBE) && conn->ca == TCP_CA_OPEN &&
	       conn->snd_lost == 0 && conn->snd_sacked == 0 && conn->dupacks == 0 &&
	       conn->backoff == 0;
}

uint16_t tcp_path_probe_len(struct tcp_conn *conn, mono_t now)
{
	struct tcp_path *path;
	uint32_t used = conn->snd_nxt - conn->snd_una, need, len;
	uint16_t mss;

	if (conn->send_next == TCP_NONE || !is_calm(conn))
		return 0;
	path = find(conn->tcp, conn->remote);
	if (!path)
		path = remember(conn, conn->mss_full, now, mono_add(now, KEPT_US));
	if (!mono_due(path->search, now))
		return 0;
	mss = candidate(conn, path, now);
	if (mss == 0)
		return 0;
	// Enough behind it that its loss is found without the timer (section 7.4).
	len = (uint32_t)(mss - conn->mss + tcp_payload(conn));
	need = len + BEHIND * (uint32_t)tcp_payload(conn);
	if (conn->snd_end - conn->snd_nxt < need || used + need > conn->snd_wnd ||
	    tcp_pipe(conn) + need > conn->cwnd)
		return 0;
	return (uint16_t)len;
}

void tcp_path_probe_acked(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	struct tcp_path *path = find(conn->tcp, conn->remote);
	const struct tcp_seg *seg = conn->tcp->seg;
	uint32_t i = conn->send.head;
	uint16_t len;
	bool came;

	while (i != conn->send_next && !(seg[i].flags & TCP_SEG_PROBE))
		i = seg[i].next;
	if (i == conn->send_next) {
		conn->flags &= ~(uint32_t)TCP_CONN_PATH_PROBE;
		return;
	}
	came = tcp_seq_lt(seg[i].seq, in->ack);
	for (unsigned n = 0; n < in->options.sacks; n++)
		came |= tcp_seq_le(in->options.sack[n].begin, seg[i].seq) &&
		        tcp_seq_le(tcp_seg_end(&seg[i]), in->options.sack[n].end);
	if (!came)
		return;
	probe_end(conn, false, &len);
	if (path) {
		path->mss = (uint16_t)tcp_max(path->mss, len);
		path->high = (uint16_t)tcp_max(path->high, len);
		path->lost = 0;
		path->until = mono_add(now, KEPT_US);
	}
	raise(conn, len);
}

bool tcp_path_probe_lost(struct tcp_conn *conn, mono_t now)
{
	const struct tcp_seg *seg = conn->tcp->seg;
	uint32_t lost = 0;

	for (uint32_t i = conn->send.head; i != conn->send_next; i = seg[i].next)
		if ((seg[i].flags & TCP_SEG_PROBE) && (seg[i].flags & TCP_SEG_LOST))
			lost += seg[i].len;
	if (lost == 0)
		return false;
	if (lost != conn->snd_lost) {
		tcp_path_probe_forget(conn);
		return false;
	}
	probe_failed(conn, now);
	tcp_touch(conn);
	return true;
}
