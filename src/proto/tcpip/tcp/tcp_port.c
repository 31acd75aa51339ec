// tcp_port: the local ports of connections that are opened here.
//
// RFC 6056 section 3.3.3: the search begins at a place that only we can compute for these ends,
// moved by the connections opened so far, so that a remote host sees neither how many there are
// nor what the next port is. With several workers a port is of this worker's share (steer.h), and
// if the device says where it will have the answers, the first whose answers come here is taken.
#include "proto/tcpip/tcp/tcp_internal.h"

#define LOOKS_A_WORKER 16           // at free ports whose answers come to other workers
#define REUSE_US       (1 * SEC_US) // of TIME-WAIT, which is long enough for newer timestamps

static uint32_t start_of(const struct tcp *tcp, const struct tcp_peers *peers)
{
	// The last word sets it apart from what numbers are made of (tcp_syn.c).
	struct {
		struct addr local, remote;
		uint32_t port, use;
	} ends = {peers->local, peers->remote, peers->remote_port, 1};

	return (uint32_t)hash_sip(tcp->isn_key, &ends, sizeof(ends));
}

// Whether a connection in TIME-WAIT may give way to a new one from our side: what is left of it
// in the network is older than all that the new one sends, by number and by timestamp (RFC 6191
// section 2, RFC 7323 appendix B.2).
static bool gives_way(const struct tcp_conn *conn, mono_t now)
{
	struct tcp_peers peers = tcp_peers(conn);

	return (conn->flags & (TCP_CONN_WAITS | TCP_CONN_TS)) == (TCP_CONN_WAITS | TCP_CONN_TS) &&
	       mono_until(now, conn->due) + REUSE_US <= 2 * TCP_MSL_US &&
	       tcp_seq_lt(conn->snd_nxt, tcp_syn_number(conn->tcp, &peers, now));
}

bool tcp_port_free(struct tcp *tcp, const struct tcp_peers *peers, mono_t now)
{
	struct tcp_conn *conn = tcp_find(tcp, peers);

	if (!conn)
		return true;
	if (!gives_way(conn, now))
		return false;
	tcp_del(conn);
	return true;
}

// Whether the device gives the answers to another worker, as far as it says.
static bool is_elsewhere(const struct tcp *tcp, const struct ip_flow *flow,
                         const struct tcp_peers *peers)
{
	const struct netif *netif = flow->iface->exit.netif;
	const struct netif_flow answers = {.src = peers->remote,
	                                   .dst = peers->local,
	                                   .src_port = peers->remote_port,
	                                   .dst_port = peers->local_port,
	                                   .protocol = IP_PROTOCOL_TCP};
	int queue;

	if (!tcp->steer || !netif->ops->rx_queue)
		return false;
	queue = netif->ops->rx_queue(netif, &answers);
	return queue >= 0 && (unsigned)queue != tcp->steer->number;
}

// The first port from number *next on that has neither connection nor listener, preferably one
// whose answers come here; false: there is none. *next is then behind it.
static bool find_unused(struct tcp *tcp, const struct ip_flow *flow, struct tcp_peers *peers,
                        uint32_t *next)
{
	uint32_t ports = steer_ports(tcp->steer, STEER_PORT_MIN), spare = 0;
	unsigned looks = tcp->steer ? LOOKS_A_WORKER * tcp->steer->workers : 1;

	for (uint32_t i = 0; i < ports && looks; i++) {
		peers->local_port = steer_port(tcp->steer, STEER_PORT_MIN, (*next + i) % ports);
		if (tcp_find(tcp, peers) || tcp_listener_find(tcp, peers->local, peers->local_port))
			continue;
		if (!is_elsewhere(tcp, flow, peers)) {
			*next += i + 1;
			return true;
		}
		spare = peers->local_port;
		looks--;
	}
	*next += 1;
	peers->local_port = (uint16_t)spare;
	return spare != 0;
}

// The same of those in TIME-WAIT.
static bool find_reusable(struct tcp *tcp, struct tcp_peers *peers, uint32_t next, mono_t now)
{
	uint32_t ports = steer_ports(tcp->steer, STEER_PORT_MIN);

	for (uint32_t i = 0; i < ports; i++) {
		peers->local_port = steer_port(tcp->steer, STEER_PORT_MIN, (next + i) % ports);
		if (!tcp_listener_find(tcp, peers->local, peers->local_port) &&
		    tcp_port_free(tcp, peers, now))
			return true;
	}
	return false;
}

bool tcp_port_choose(struct tcp *tcp, const struct ip_flow *flow, struct tcp_peers *peers,
                     mono_t now)
{
	uint32_t start = start_of(tcp, peers) + tcp->port_next, next = start;
	bool found = find_unused(tcp, flow, peers, &next);

	tcp->port_next += next - start;
	return found || find_reusable(tcp, peers, start, now);
}
