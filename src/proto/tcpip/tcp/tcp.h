// tcp: byte streams in and out (RFC 9293), for applications. A worker's TCP is reached by
// stack_tcp; every function here is called in that worker's thread only, from its callbacks,
// or by the control thread while the worker does not run. Nothing is allocated after
// stack_open: connections and pages are bounded by stack_conf.
//
// A connection calls its ops once a turn of the worker, for all that came in that turn, and
// then decides what it sends. Functions here only note what is to be sent, so they may be
// called from any callback, also of another connection.
//
// No byte is copied on the way in or out, but by tcp_send: received bytes are read in the
// pages in which they came; pages that are sent are referenced until the peer has
// acknowledged them, and get their headers written before the bytes.
#ifndef TCPIP_TCP_TCP_H
#define TCPIP_TCP_TCP_H

#include "core/mono.h"
#include "core/pkt.h"
#include "proto/tcpip/ip_flow.h"

#define TCP_DATA_MAX 32 // most parts that ops->data is given at a time

struct tcp;
struct tcp_conn;
struct tcp_listener;

// How the connections of a process are ended that stops, or gives way to another one (tcp_leave).
enum tcp_leave {
	TCP_LEAVE_BUSY,  // those on which something is in progress, once it is complete; others go
	                 // on
	TCP_LEAVE_BEGIN, // all, once nothing is in progress
	TCP_LEAVE_AGAIN, // as before, and without those that were not asked before
	TCP_LEAVE_END,   // all, whatever is in progress
};

// Why a connection ended.
enum tcp_end {
	TCP_END_DONE,        // both directions were closed, and all was acknowledged
	TCP_END_RESET,       // by the peer
	TCP_END_REFUSED,     // by the peer, which has no listener at the port
	TCP_END_UNREACHABLE, // ICMP errors, or no route, while it was being opened
	TCP_END_TIMEOUT,     // the peer did not acknowledge for too long, or while pages ran low
	TCP_END_ABORTED,     // tcp_abort
	TCP_ENDS,
};

// Bytes in one page.
struct tcp_data {
	uint8_t *bytes;
	uint16_t len;
	uint16_t room;   // bytes that may be written from `bytes` on
	uint16_t held;   // the stack's own: bytes that count against the window
	struct pkt *pkt; // the stack's own; NULL: the page was passed on or given back
};

// All may be NULL; without data what comes is discarded. The ctx is the listener's, or that of
// tcp_set_ctx.
struct tcp_ops {
	// The connection is established. It stays valid until `closed` returns.
	void (*opened)(void *ctx, struct tcp_conn *conn, mono_t now);

	// n parts of the stream, in order, 1 to TCP_DATA_MAX. Returns of how many the stack
	// may free the pages and open the window again; each is borrowed for the call, unless it
	// is passed on by tcp_send_pages or kept by tcp_data_keep. The others, from that part
	// on, stay queued, and are given again after tcp_resume: the peer is slowed down by its
	// window.
	unsigned (*data)(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
	                 mono_t now);

	// The peer has sent all it had (FIN), and all of it was taken. We may go on sending. NULL:
	// tcp_shutdown is called.
	void (*ended)(void *ctx, struct tcp_conn *conn, mono_t now);

	// There is room again, since tcp_send or tcp_send_pages took less than they were given.
	// NULL: tcp_resume is called.
	void (*writable)(void *ctx, struct tcp_conn *conn, mono_t now);

	// Returns whether something that was asked is in progress, and worth waiting for. But with
	// TCP_LEAVE_BUSY, tcp_leave asks for the connection's end, again and again until it has
	// come: tcp_shutdown, or what the application's protocol has in front of it, once nothing
	// is in progress; with TCP_LEAVE_END now. NULL: tcp_shutdown is called then.
	bool (*leave)(void *ctx, struct tcp_conn *conn, enum tcp_leave how, mono_t now);

	// The last call for a connection, exactly one for each that was opened or connected. conn
	// is NULL when a race (tcp_race.h) ended without one. The connection is gone after it.
	// TIME-WAIT comes after this call.
	void (*closed)(void *ctx, struct tcp_conn *conn, enum tcp_end end, mono_t now);
};

struct tcp_listener_conf {
	struct addr addr;          // one of our addresses; addr_is_any: each, of both families
	uint16_t port;             // 1 to 65535
	uint32_t backlog;          // most connections whose handshake is not completed; at least 1
	const struct tcp_ops *ops; // borrowed until the listener and its connections are gone
	void *ctx;
	bool nodelay; // small segments are not held back (Nagle's algorithm, RFC 9293 3.7.4)
	// Fast Open (RFC 7413): clients that have been here may send data with their SYN. `opened`
	// and `data` are then called before the client has shown that it is at its address, and
	// what is sent goes there at once. A SYN that comes twice may be two connections: only for
	// applications where the same request twice does no harm (section 2.1). The most
	// connections at a time whose handshake is not completed, of those; beyond it SYNs are
	// handled as without. 0: off.
	uint32_t fast_open;
	// A peer that is silent for so long is asked whether it is alive, each TCP_KEEPALIVE_S, up
	// to TCP_KEEPALIVES times (see tcp_set_keepalive). 0: never.
	uint16_t keepalive_s;
	uint16_t
	        mss; // longest segment to be sent and offered, the link's permitting; 0: the link's
	// As of tcp_set_user_timeout, and whether both ends indicate how long they wait, and each
	// waits as long (RFC 5482); 100 s to an hour then.
	uint32_t user_timeout_ms;
	bool user_timeout_option;
};

#define TCP_KEEPALIVE_S 10
#define TCP_KEEPALIVES  5

// Adds a listener. A SYN goes to the one with its destination address and port, else to
// the one with the port and any address. *listener is valid until tcp_unlisten or
// stack_close; NULL when it is not needed. 0; -EADDRINUSE when another has the same address
// and port; -ENOSPC when the worker has TCP_LISTENERS already.
#define TCP_LISTENERS 64
int tcp_listen(struct tcp *tcp, const struct tcp_listener_conf *conf,
               struct tcp_listener **listener) MUST_CHECK;

// Removes a listener. Connections that are established remain; others are reset, some in each turn
// of the worker: until then the listener counts among TCP_LISTENERS, but its ctx is not used.
void tcp_unlisten(struct tcp *tcp, struct tcp_listener *listener);

struct tcp_connect_conf {
	struct addr local; // addr_is_any: ours towards remote
	struct addr remote;
	// 0: one that cannot be foretold, of the worker's share (RFC 6056). Another one has its
	// answers come to whichever worker the device gives them to.
	uint16_t local_port;
	uint16_t remote_port; // 1 to 65535
	const struct tcp_ops *ops;
	void *ctx;
	bool nodelay;        // as a listener's
	uint64_t timeout_us; // until the handshake is given up as TCP_END_TIMEOUT; 0: 180 s
	bool ecn; // asks for explicit congestion notification (RFC 3168), to which listeners agree
	uint16_t mss; // as a listener's, and so the others
	uint32_t user_timeout_ms;
	bool user_timeout_option;
};

// Opens a connection (RFC 9293 section 3.10.1): ops->opened or ops->closed follows, never
// from within the call. 0 with *conn; -ENETUNREACH without a route, -ENOSPC when the
// table of connections is full, -EADDRINUSE when the ports are in use. A port whose connection is
// in TIME-WAIT is taken when no other is left, or it was asked for, and only if nothing of the old
// connection can be mistaken for the new one.
//
// With several workers all that belongs to the connection comes to this one: directly if the
// device says where it sends what, else by way of the others (steer.h).
int tcp_connect(struct tcp *tcp, const struct tcp_connect_conf *conf, struct tcp_conn **conn,
                mono_t now) MUST_CHECK;

// Replaces the ctx that this connection's ops are given.
void tcp_set_ctx(struct tcp_conn *conn, void *ctx);

// Whether small segments are held back while others are not acknowledged: as `nodelay` of the
// listener or tcp_connect_conf, for a connection that is open.
void tcp_set_nodelay(struct tcp_conn *conn, bool nodelay);

// Whether a small segment at the end of what is queued waits for more, at most a time-out: for an
// application that queues a message in parts. tcp_shutdown and an end of it let all go.
void tcp_set_cork(struct tcp_conn *conn, bool cork);

struct tcp_peers {
	struct addr local, remote;
	uint16_t local_port, remote_port;
};
struct tcp_peers tcp_peers(const struct tcp_conn *conn) PURE;

// What is queued next begins a segment of its own: the end of a record (MSG_EOR of sendmsg(2)).
void tcp_end_record(struct tcp_conn *conn);

// How many bytes more the connection takes for sending; 0 after tcp_shutdown.
uint32_t tcp_send_room(const struct tcp_conn *conn) PURE;

// Copies up to len bytes into pages of the stack's (counted as tcp.copied_bytes); returns
// how many were taken. When that is less than len, ops->writable follows, unless it is
// because of tcp_shutdown.
uint32_t tcp_send(struct tcp_conn *conn, const void *bytes, uint32_t len) MUST_CHECK;

// An empty page of the stack's for `room` bytes to be sent; false when there is none. It is
// given to tcp_send_pages with its len set, or back by tcp_page_put.
bool tcp_page(struct tcp_conn *conn, struct tcp_data *data) MUST_CHECK;
void tcp_page_put(struct tcp_data *data);

// Sends parts without copying them: received ones, of this or another connection of the
// worker, or pages of tcp_page. Those that are taken belong to the stack, their bytes must
// not be changed any more, and their pkt is NULL afterwards. Returns how many were
// taken; ops->writable follows as with tcp_send. Empty parts are taken and freed.
unsigned tcp_send_pages(struct tcp_conn *conn, struct tcp_data *data, unsigned n) MUST_CHECK;

// Within ops->data: takes a part out of the call, which has its page until tcp_data_done. Bytes and
// page stay counted against the connection's window until it is given back or the connection is
// closed. The page counts among tcp_pages until it is given back, also when that is later, and so
// makes the windows of all smaller.
struct tcp_data tcp_data_keep(struct tcp_conn *conn, struct tcp_data *data);

// Whether applications keep so few pages together that others do not suffer: at most half of what
// all connections may hold. Keep one of a connection at most while it is false.
bool tcp_data_may_keep(const struct tcp_conn *conn) PURE;

// The most pages that connections hold together, as stack_conf says.
uint32_t tcp_pages_max(const struct tcp *tcp) PURE;

// Gives a kept part back, whether its page was sent since or not. conn is the
// connection of tcp by which it came; NULL: that one was closed since.
void tcp_data_done(struct tcp *tcp, struct tcp_conn *conn, struct tcp_data *data);

// Has ops->data called again with what it did not take.
void tcp_resume(struct tcp_conn *conn);

// No more is sent after what is queued (FIN; CLOSE in RFC 9293 section 3.10.4). Receiving
// goes on until the peer ends, too. No effect when it was called before.
void tcp_shutdown(struct tcp_conn *conn);

// Ends the connection at once with a reset; what is queued is lost. ops->closed follows with
// TCP_END_ABORTED, never from within the call.
void tcp_abort(struct tcp_conn *conn);

// Has the peer asked whether it is alive when nothing came from it for idle_s, and again each
// interval_s; without an answer to `probes` of them the connection is reset and ends as
// TCP_END_TIMEOUT (RFC 9293 section 3.8.4). All at least 1; idle_s 0: never, as at first.
void tcp_set_keepalive(struct tcp_conn *conn, uint16_t idle_s, uint16_t interval_s, uint8_t probes);

// How long data may stay without an acknowledgement, and a peer without an answer to probes,
// before the connection ends as TCP_END_TIMEOUT (RFC 5482). 0: 300 s, as at first, and the number
// of keep-alives. Counts from now on for what is outstanding, and whatever the peer asks for.
void tcp_set_user_timeout(struct tcp_conn *conn, uint32_t ms);

// Figures of one connection.
struct tcp_info {
	const char *state; // "ESTABLISHED"
	uint32_t srtt_us, rttvar_us, rto_us;
	uint32_t cwnd, ssthresh, snd_wnd, rcv_wnd;
	uint32_t in_flight, queued; // bytes not acknowledged; bytes not sent
	uint32_t received;          // bytes that wait for the application, or are kept by it
	uint16_t mss;
	uint32_t min_rtt_us; // 0: not known
	uint8_t ca_state; // 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss, as Linux's tcpi_ca_state
	uint8_t retransmits; // time-outs, or probes of a closed window, since the last progress
	bool reordering;     // segments were seen to overtake others
	bool ecn;            // both ends agreed on ECN
	// Segments: outstanding; of them those that the peer has behind a gap, that are lost
	// (sent again or not yet), and that were sent again.
	uint16_t unacked, sacked, lost, retrans;
};
void tcp_info(const struct tcp_conn *conn, struct tcp_info *info);

// A connection in a list. The id is another's when this one is gone.
struct tcp_row {
	uint32_t id;
	struct tcp_peers peers;
	struct tcp_info info;
};

// Fills in up to n connections from *from on, 0 at first, looking at no more than `looks` places of
// the table; returns how many. *from is then where to go on, TCP_LIST_END at the end. What comes or
// goes between two calls may be left out; nothing is listed twice.
#define TCP_LIST_END UINT32_MAX
unsigned tcp_list(const struct tcp *tcp, uint32_t *from, uint32_t looks, struct tcp_row *rows,
                  unsigned n);

// For a process that ends, or gives way to another one: what becomes of clients that come.
enum tcp_accept {
	TCP_ACCEPTS,
	TCP_REFUSES, // SYNs are answered as at a port without a listener: clients turn to another
	             // server
	TCP_IGNORES, // SYNs are not answered: clients send them again, to the next process
};
void tcp_set_accept(struct tcp *tcp, enum tcp_accept accept);

struct tcp_left {
	// With something in progress: their application says so, or the peer has not acknowledged
	// all data, and shows that it is there.
	uint32_t in_progress;
	uint32_t unfinished; // beside these: ended ones, whose peers have not acknowledged it
};

// Has connections end, looking at places of the table as tcp_list does; adds to *left what is left
// there. Handshakes that are not completed stay as they are.
void tcp_leave(struct tcp *tcp, enum tcp_leave how, uint32_t *from, uint32_t looks,
               struct tcp_left *left, mono_t now);

#endif
