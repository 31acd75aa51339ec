// tcp_path: how long segments may be that go all the way: what routers report (RFC 1191,
// RFC 8201), what is concluded when long segments vanish without a report (RFC 4821), and
// when the length that both ends agreed on is tried again.
#include "proto/tcpip/tcp/tcp_internal.h"

#define TRY_AGAIN_US (600 * SEC_US) // RFC 8201 section 4
#define WAYS         4              // places that a destination may have in the table

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

static void remember(const struct tcp_conn *conn, mono_t now)
{
	struct tcp *tcp = conn->tcp;

	tcp->paths_until = mono_add(now, TRY_AGAIN_US);
	*add(tcp, conn->remote) = (struct tcp_path){
	        .remote = conn->remote, .until = tcp->paths_until, .mss = conn->mss};
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
		remember(conn, now);
}

static void lower(struct tcp_conn *conn, uint16_t mss)
{
	if (!conn->mss_full)
		conn->mss_full = conn->mss;
	conn->mss = mss;
	tcp_loss_too_long(conn);
	tcp_touch(conn);
}

void tcp_path_error(struct tcp_conn *conn, const struct ip_error *error, mono_t now)
{
	uint16_t hdrs = (uint16_t)(ip_hdr_len(&error->flow) + sizeof(struct tcp_hdr));

	if (error->mtu < hdrs + TCP_MSS_MIN || error->mtu - hdrs >= conn->mss)
		return;
	lower(conn, (uint16_t)(error->mtu - hdrs));
	remember(conn, now);
	tcp_timer_rearm(conn, now);
}

// The next length to try: what Linux begins with, then what every path takes.
static uint16_t shorter(const struct tcp_conn *conn)
{
	if (!addr_is_ipv4(conn->remote))
		return TCP_MSS_DEFAULT6;
	return conn->mss > TCP_MSS_BASE4 ? TCP_MSS_BASE4 : TCP_MSS_DEFAULT4;
}

void tcp_path_timeout(struct tcp_conn *conn)
{
	uint16_t mss = shorter(conn);

	if (conn->backoff + 1 < TCP_PATH_TIME_OUTS || conn->send.head == TCP_NONE ||
	    tcp_min(conn->tcp->seg[conn->send.head].len, tcp_payload(conn)) <= mss)
		return;
	lower(conn, mss);
}

void tcp_path_begin(struct tcp_conn *conn, mono_t now)
{
	const struct tcp_path *path = find(conn->tcp, conn->remote);

	if (path && !mono_due(path->until, now))
		return;
	conn->mss = conn->mss_full;
	conn->mss_full = 0;
	conn->cwnd = tcp_max(conn->cwnd, tcp_payload(conn));
}
