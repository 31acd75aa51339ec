// tcp_internal: a worker's TCP from inside. tcp.c keeps listeners and connections,
// tcp_syn.c opens them, tcp_port.c chooses ports for that, tcp_in.c handles segments, tcp_recv.c
// what they carry, tcp_ack.c what they acknowledge (blocks of SACK in tcp_sack.c), tcp_rack.c and
// tcp_loss.c find what was lost, tcp_cc.c sets the congestion window, tcp_window.c that of the
// peer, tcp_crowd.c lets go of those that take little, tcp_timer.c waits, tcp_send.c keeps what
// applications send, tcp_out.c chooses what leaves, tcp_packet.c makes packets of it, tcp_reply.c
// answers what belongs to no connection. Applications see tcp.h.
#ifndef TCPIP_TCP_TCP_INTERNAL_H
#define TCPIP_TCP_TCP_INTERNAL_H

#include "core/hash.h"
#include "core/rand.h"
#include "core/rate.h"
#include "core/wheel.h"
#include "proto/tcpip/ip.h"
#include "proto/tcpip/steer.h"
#include "proto/tcpip/tcp/tcp.h"
#include "proto/tcpip/tcp/tcp_fast.h"
#include "proto/tcpip/tcp/tcp_option.h"
#include "proto/tcpip/tcp/tcp_seq.h"
#include "proto/tcpip/tcp/tcp_state.h"
#include "proto/tcpip/tcp_wire.h"

#define TCP_NONE UINT32_MAX // no index

#define TCP_MSL_US            (30 * SEC_US) // TIME-WAIT lasts two
#define TCP_HEARD_SHIFT       14            // units of 16 ms
#define TCP_RTO_INITIAL_US    SEC_US        // RFC 6298 section 2 (2.1)
#define TCP_RTO_MIN_US        (200 * MS_US)
#define TCP_RTO_MAX_US        (60 * SEC_US)
#define TCP_ACK_DELAY_US      (40 * MS_US) // at most 500 ms: RFC 9293 MUST-40
#define TCP_KEEP_BEGINS       UINT8_MAX
#define TCP_QUICK_ACKS        16             // of a peer that may be in slow start
#define TCP_GIVE_UP_US        (300 * SEC_US) // R2 of RFC 9293 section 3.8.3, at least 100 s
#define TCP_SYN_GIVE_UP_US    (180 * SEC_US) // MUST-23
#define TCP_HANDSHAKE_US      (30 * SEC_US)  // of a SYN that was answered
#define TCP_RETRY_US          MS_US          // after there was no page
#define TCP_RETRIES           8              // for what is sent after one of as many of these
#define TCP_CHALLENGE_MS      500            // between two of a connection (RFC 5961 section 7)
#define TCP_CHALLENGE_UNIT_MS 20
#define TCP_RSTS_PER_S        1000

#define TCP_MSS_MIN        88  // less is not believed: a frame needs no padding then
#define TCP_MSS_DEFAULT4   536 // RFC 9293 section 3.7.1
#define TCP_MSS_DEFAULT6   1220
#define TCP_PATHS          64   // destinations of which a narrow path is remembered
#define TCP_PATH_TIME_OUTS 3    // in a row, until long segments are suspected: Linux's tcp_retries1
#define TCP_MSS_BASE4      1024 // tried when longer segments vanish
#define TCP_WSCALE         7
// Most that a connection holds for its application, and of what it sends; both grow (tcp_window.c).
#define TCP_RCV_BYTES      (256u << 10)
#define TCP_RCV_PAGES      256
#define TCP_RCV_PAGES_LOW  4 // while pages run low
#define TCP_SND_PAGES      256
#define TCP_SND_PAGES_LOW  4 // while pages run low
#define TCP_SND_PAGES_LAST 2 // while the share of what is sent is used up
#define TCP_SND_BYTES      (256u << 10)
#define TCP_GROWN_MAX      3 // doublings of both
#define TCP_HDR_MAX        60
#define TCP_INITIAL_WINDOW 10                // segments, RFC 6928
#define TCP_INITIAL_BYTES  14600u            // or two segments
#define TCP_COOKIE_WINDOW  TCP_INITIAL_BYTES // offered before there is a connection

enum tcp_flag {
	TCP_CONN_TOUCHED = 1 << 0, // in the list of those to be looked at this turn
	TCP_CONN_NODELAY = 1 << 1,
	TCP_CONN_TS = 1 << 2,         // both ends send timestamps
	TCP_CONN_SACK = 1 << 3,       // the peer takes SACK
	TCP_CONN_ACK_NOW = 1 << 4,    // an acknowledgement is due
	TCP_CONN_SYN_NOW = 1 << 5,    // a SYN, or SYN and ACK, is due
	TCP_CONN_FIN = 1 << 6,        // tcp_shutdown was called: a FIN follows what is queued
	TCP_CONN_FIN_IN = 1 << 7,     // the peer's FIN is in order
	TCP_CONN_STALLED = 1 << 8,    // the application is to be called when there is room
	TCP_CONN_REFUSED = 1 << 9,    // the application did not take all data; waits for tcp_resume
	TCP_CONN_FIN_AGAIN = 1 << 10, // a FIN without data is to be sent again
	TCP_CONN_PROBE = 1 << 11,     // a probe of the peer's window is due
	TCP_CONN_OPENED = 1 << 12,    // ops->opened is to be called
	TCP_CONN_ENDED = 1 << 13,     // ops->ended was called
	TCP_CONN_CALLED = 1 << 14,    // ops->opened was called, or tcp_connect made it
	TCP_CONN_RTT = 1 << 15,       // srtt_us is valid
	TCP_CONN_ACTIVE = 1 << 16,    // made by tcp_connect
	TCP_CONN_CLOSED = 1 << 17,    // ops->closed is to be called with `end`
	TCP_CONN_RESET = 1 << 18,     // and a RST to be sent before
	TCP_CONN_FIN_SEEN = 1 << 19,  // the peer's FIN is at fin_at
	TCP_CONN_ABORT = 1 << 20,     // tcp_abort was called
	TCP_CONN_REPLIES = 1 << 21,   // the application answers soon: its data can acknowledge
	TCP_CONN_WSCALE = 1 << 22,    // both ends scale their windows
	TCP_CONN_WAITS = 1 << 23,     // in the list of those in TIME-WAIT
	TCP_CONN_FAST = 1 << 24,      // its SYN had a cookie: data needs no handshake (RFC 7413)
	TCP_CONN_COOKIE = 1 << 25,    // the answer to its SYN brings one
	TCP_CONN_PATH_PROBE = 1 << 26, // a segment longer than mss is outstanding (RFC 4821)
	TCP_CONN_UTO = 1 << 27,        // the option of RFC 5482 is in use: ENABLED
	TCP_CONN_UTO_NOW = 1 << 28,    // it is to be sent
	TCP_CONN_UTO_FIXED = 1 << 29,  // the application has set the time-out: not CHANGEABLE
	TCP_CONN_CORK = 1 << 30,       // tcp_set_cork
};

// Bytes of a connection's in one page, in one of its queues. What was sent is one segment: a
// page of which a part is sent is split.
struct tcp_seg {
	struct pkt *pkt;
	uint32_t next; // index; TCP_NONE ends a queue
	uint32_t seq;
	uint32_t sent_us;  // low half of the instant; of one that came out of order: struct tcp's
	                   // count
	uint16_t off, len; // in the page
	uint8_t flags;     // enum tcp_seg_flag
};

enum tcp_seg_flag {
	TCP_SEG_SENT = 1 << 0,
	TCP_SEG_RESENT = 1 << 1,  // gives no sample of the round trip (Karn's algorithm)
	TCP_SEG_LOST = 1 << 2,    // to be sent again
	TCP_SEG_OURS = 1 << 3,    // a page of tcp_send, to which more may be appended
	TCP_SEG_SACKED = 1 << 4,  // a block of SACK covers it
	TCP_SEG_PROBE = 1 << 5,   // sent in one segment with the others, longer than mss
	TCP_SEG_RECORD = 1 << 6,  // a record ends behind it
	TCP_SEG_WATCHED = 1 << 7, // to be acknowledged soon, for pages run low (tcp_crowd.c)
};

static inline uint32_t tcp_seg_end(const struct tcp_seg *seg)
{
	return seg->seq + seg->len;
}

struct tcp_queue {
	uint32_t head, tail;
};

enum tcp_timer {
	TCP_TIMER_NONE,
	TCP_TIMER_RESEND,
	TCP_TIMER_REORDER, // until what was overtaken is lost (RFC 8985 section 6)
	TCP_TIMER_TAIL,    // until a probe for losses at the end (RFC 8985 section 7)
	TCP_TIMER_PROBE,   // of a closed window
	TCP_TIMER_KEEP,    // until the peer is asked whether it is alive
	TCP_TIMER_TIME_WAIT,
	TCP_TIMER_ROOM, // for what the application has to send; there were no pages
};

// Phases of congestion control, numbered as Linux does in tcpi_ca_state, where 1 is an open
// phase with something out of order.
enum tcp_ca {
	TCP_CA_OPEN = 0,
	TCP_CA_CWR = 2,      // the window is being lowered, nothing was lost
	TCP_CA_RECOVERY = 3, // fast recovery, until snd_una reaches `recover`
	TCP_CA_LOSS = 4,     // the same after a time-out
};

enum tcp_loss_flag {
	TCP_LOSS_LIMITED = 1 << 0,  // the congestion window was full
	TCP_LOSS_REORDERS = 1 << 1, // segments overtook others on this path
	TCP_LOSS_UNDO = 1 << 2,     // the last lowering may turn out to be a mistake
	TCP_LOSS_FRTO = 1 << 3,     // whether the time-out was a mistake is not known yet
	TCP_LOSS_FRTO_NEW = 1 << 4, // new data is sent first, to find out
	TCP_LOSS_TAIL_NOW = 1 << 5, // a tail loss probe is due
	TCP_LOSS_TAIL = 1 << 6,     // one is outstanding, which ends at `recover`
	TCP_LOSS_TAIL_OLD = 1 << 7, // it was data that was sent before
};

// Explicit congestion notification (RFC 3168).
enum tcp_ecn_flag {
	TCP_ECN_ASKED = 1 << 0, // by our SYN
	TCP_ECN_ON = 1 << 1,    // both ends agreed
	TCP_ECN_ECHO = 1 << 2,  // a router has marked what came: reported until the peer reacts
	TCP_ECN_CWR = 1 << 3,   // the next new data reports that we did
};

// State of one phase of congestion control; zeroed between them.
union tcp_phase {
	// Slow start before the first loss (RFC 9406); base_us is 0 outside of conservative
	// slow start.
	struct {
		uint32_t round_end, rtt_us, last_rtt_us, base_us;
	} slow_start;
	// Congestion avoidance (RFC 9438); no epoch has begun while epoch_ms is 0.
	struct {
		uint32_t epoch_ms, k_ms, origin, w_est;
	} cubic;
	// Fast recovery (RFC 6937).
	struct {
		uint32_t delivered, out;
	} prr;
	// TIME-WAIT with TCP_CONN_WAITS, oldest first.
	struct {
		uint32_t prev, next;
	} wait;
};

// What a segment touches comes first. Not aligned to cache lines, for that would round it up.
struct tcp_conn {
	struct addr local, remote;
	uint16_t local_port, remote_port;
	uint32_t flags;
	uint8_t state;      // enum tcp_state
	uint8_t timer_kind; // enum tcp_timer
	uint8_t snd_shift, rcv_shift;
	uint8_t dupacks, backoff;
	uint8_t end : 3, reo_persist : 5; // enum tcp_end; losses to keep reo_mult
	uint8_t listener : 7;             // 1 + its number while it counts in the backlog; 0
	uint8_t leaving : 1;              // tcp_leave has asked for its end
	uint8_t dup_acks; // acknowledgements due for what came out of order this turn
	uint8_t ca;       // enum tcp_ca
	uint8_t loss;     // enum tcp_loss_flag
	uint8_t reo_mult; // of the window for reordering: quarters
	uint8_t ecn;      // enum tcp_ecn_flag
	uint8_t rounds : 4, samples : 4; // of slow start's phase
	uint8_t keep_probes;             // most keep-alives without an answer
	uint8_t keep_sent;               // TCP_KEEP_BEGINS: idle time counts from now
	uint8_t quick_acks;              // how many are sent at once, unless TCP_CONN_REPLIES
	uint8_t rcv_grown;               // doublings of the most that is held
	uint16_t uto;                    // ADV_UTO of RFC 5482, as the option has it
	uint32_t touched_next;
	// Names of RFC 9293 section 3.3.1. snd_end is the end of what is queued.
	uint32_t snd_una, snd_nxt, snd_end;
	uint32_t snd_wnd, snd_wl1, snd_wnd_max;
	uint32_t snd_small;            // end of the last small segment, for Nagle's algorithm
	uint32_t snd_sacked, snd_lost; // bytes of segments with these marks
	uint32_t rcv_nxt, rcv_edge;    // rcv_edge: end of the window last advertised
	uint32_t fin_at, sack_at;      // sack_at: in the last segment that came out of order
	uint32_t ts_recent, ts_offset, last_ack;
	uint32_t heard; // tcp_heard, when ts_recent was taken, or, for keep-alives, anything came
	uint32_t cwnd, ssthresh, recover;
	uint32_t srtt_us, rttvar_us, rto_us, min_rtt_us;
	// RFC 8985: when the segment that was sent last of those delivered was sent, its end and
	// round trip; until snd_una reaches reo_round the window for reordering is kept.
	uint32_t rack_us, rack_end, rack_rtt_us, reo_round;
	union {
		// Before the window was lowered, for undoing that.
		struct {
			uint32_t prior_cwnd, prior_ssthresh;
		};
		// Until that happened first: most that was outstanding, since what ends there was.
		struct {
			uint32_t used, used_end;
		};
	};
	uint32_t resent_ms;
	uint32_t w_max;   // RFC 9438
	uint32_t sent_us; // when data was sent last; before that a SYN, 0 when it was sent twice
	union tcp_phase phase;
	struct tcp_queue send, recv, reasm;
	uint32_t send_next; // the segment at snd_nxt
	uint32_t rcv_held;  // bytes that wait for the application, or are kept by it
	uint16_t rcv_pages; // of the two queues and kept
	uint16_t snd_pages;
	uint16_t ack_segs; // data segments that are not acknowledged
	uint16_t mss;      // bytes that a segment of ours carries, options aside
	uint16_t rcv_mss;  // largest segment of the peer's
	uint16_t sacked_segs;
	uint16_t undo_segs; // sent again since prior_cwnd, less those that came twice
	uint16_t mss_full;  // before the path turned out to be narrower; 0: it did not
	uint16_t rcv_round; // bytes that the application had taken when the round began, in units
	                    // of 64
	uint16_t keep_idle_s, keep_interval_s; // of keep-alives; 0: there are none
	uint16_t dsack_len;                    // of bytes from sack_at on that came twice; 0: none
	uint32_t rcv_us;                       // when data came last, low half
	uint32_t iss, irs;
	uint16_t challenge;    // when one was sent, in TCP_CHALLENGE_UNIT_MS; 0: none was
	uint16_t rcv_round_ms; // when a round of tcp_window_taken began, in 1024 us
	uint32_t user_ms;      // RFC 5482; 0: the default
	const struct tcp_ops *ops;
	void *ctx;
	struct iface *iface;
	struct tcp *tcp;
	struct wheel_timer timer;
	mono_t due;     // of timer_kind
	mono_t ack_due; // of a delayed acknowledgement
	mono_t give_up; // when what is outstanding ends the connection
};
// With its share of the hash table, whose slots are less than three times as many as
// connections (docs/decisions/0013-tcp.md).
_Static_assert(sizeof(struct tcp_conn) + 3 * sizeof(struct hash_slot) <= 400,
               "a million idle connections fit 400 MB");

struct tcp_listener {
	struct addr addr;
	uint16_t port; // 0: free, or being closed while any are pending
	bool nodelay;
	uint32_t backlog, pending;
	mono_t cookies_until; // when the last one sent is too old
	// Fast Open: those whose handshake is not done, and those that were reset before it was, in
	// this period and the one before.
	uint32_t fast_max, fast_pending, fast_resets[2], fast_period;
	uint16_t keepalive_s, mss;
	uint32_t user_timeout_ms;
	bool user_timeout_option;
	const struct tcp_ops *ops;
	void *ctx;
};

_Static_assert((int)TCP_STATES == TRACE_TCP_STATES && (int)TCP_ENDS == TRACE_TCP_ENDS,
               "core/trace.c has a name for each");

struct tcp_conf {
	uint32_t conns;
	uint32_t pages; // most that connections hold together
	uint64_t seed;
	struct steer_worker *steer; // NULL: there are no other workers
	uint64_t shared_seed[2];    // of the keys of Fast Open
};

// As Linux numbers them in tcp_ecn.
enum tcp_ecn {
	TCP_ECN_NEVER,
	TCP_ECN_ASK,    // and answer
	TCP_ECN_ANSWER, // when the peer asks
};

// What is known of a destination: that longer segments do not get there. Lengths are those of MSS.
struct tcp_path {
	struct addr remote;
	mono_t until;  // for connections to come
	mono_t search; // from then on longer ones are probed
	uint16_t mss;  // goes through: search_low of RFC 4821 section 7.2
	uint16_t high; // longest that may: search_high
	uint8_t lost;  // probes of the length that is being tried
	bool reported; // by a router
};

struct tcp {
	struct worker_metric *metric;
	struct ip_ifaces *ifaces;
	struct wheel *wheel;
	struct tcp_conn *conn;
	struct tcp_seg *seg;
	uint32_t conns_max, conns_used; // of the array; beyond conns_used all are untouched
	uint32_t conns;
	uint32_t free_conn, free_seg; // lists by touched_next and next
	uint32_t segs_free, segs_max, segs_used;
	struct tcp_queue touched, waiting; // TIME-WAIT, oldest first
	struct hash hash;
	uint64_t hash_seed;
	uint8_t isn_key[HASH_SIP_KEY_BYTES];
	struct steer_worker *steer;
	uint32_t port_next; // RFC 6056: of tcp_port.c
	struct tcp_fast_keys fast_keys;
	struct rand rand;
	struct rate rsts;
	struct tcp_path path[TCP_PATHS];
	mono_t paths_until;  // when the last of them is old
	uint32_t arrivals;   // of segments out of order
	uint32_t sending;    // descriptors in queues of what is sent
	uint32_t kept;       // pages that applications keep: as many descriptors are not free
	uint32_t relieved;   // the connection from which tcp_window_relieve goes on
	uint32_t crowd_next; // and tcp_crowd_look, from crowd_due on
	mono_t crowd_due;
	mono_t starved; // until then connections take turns, as some get no page to send
	// Connections to look at, and the next one, for those of listeners that are gone.
	uint32_t unlisten_left, unlisten_next;
	uint8_t options;        // enum tcp_option: what is offered and taken, all but the MSS
	uint8_t wscale;         // offered
	uint8_t ecn;            // enum tcp_ecn
	uint8_t accept;         // enum tcp_accept
	uint32_t rcv_bytes;     // most that a connection holds for its application at first
	uint32_t rcv_low;       // offered windows below it are getting small
	uint8_t rcv_grown_max;  // most doublings of rcv_bytes
	unsigned listeners_len; // of the array
	struct tcp_listener listener[TCP_LISTENERS];
};

// A segment that came in, its header checked.
struct tcp_in {
	uint32_t seq, ack;
	uint32_t len; // bytes of data
	uint16_t window;
	uint16_t data; // offset in the page
	uint8_t flags;
	bool reopens;         // a SYN in place of a connection in TIME-WAIT,
	uint32_t reopens_iss; // whose numbers were before this one
	struct tcp_options options;
};

static inline uint32_t tcp_number(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return (uint32_t)(conn - tcp->conn);
}

static inline uint32_t tcp_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline uint32_t tcp_max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

// Records an event of the connection, at the instant of the turn.
static inline void tcp_note(const struct tcp_conn *conn, enum trace_event event, uint32_t value)
{
	struct worker_metric *metric = conn->tcp->metric;

	metric->tcp_trace.now_us = metric->trace.now_us;
	trace_conn(&metric->tcp_trace, event, tcp_number(conn->tcp, conn), value);
}

// Bytes of data that fit a segment beside the options that each one has.
static inline uint16_t tcp_payload(const struct tcp_conn *conn)
{
	return (uint16_t)(conn->mss - (conn->flags & TCP_CONN_TS ? TCP_OPTION_TS_BYTES : 0));
}

// The clock of timestamps: milliseconds (RFC 7323 section 5.4).
static inline uint32_t tcp_ms(mono_t now)
{
	return (uint32_t)(now.us / MS_US);
}

// When a peer was heard: 16 ms each, which wrap after two years; milliseconds would after 50 days,
// and an idle connection may be older.
static inline uint32_t tcp_heard(mono_t now)
{
	return (uint32_t)(now.us >> TCP_HEARD_SHIFT);
}

// Up to 16 ms more than it is.
static inline uint64_t tcp_idle_us(const struct tcp_conn *conn, mono_t now)
{
	return (uint64_t)(tcp_heard(now) - conn->heard) << TCP_HEARD_SHIFT;
}

// tcp.c
int tcp_open(struct tcp *tcp, struct ip_ifaces *ifaces, struct worker_metric *metric,
             struct wheel *wheel, const struct tcp_conf *conf) MUST_CHECK;
void tcp_close(struct tcp *tcp);
// The connection between these ends, or NULL.
struct tcp_conn *tcp_find(struct tcp *tcp, const struct tcp_peers *peers);
// A connection in CLOSED in the table, all else zero; NULL when the table is full of
// connections that are not in TIME-WAIT.
struct tcp_conn *tcp_add(struct tcp *tcp, const struct tcp_peers *peers);
// Frees a connection and all that it holds; its application is not called.
void tcp_del(struct tcp_conn *conn);
// Something happened to it, which the end of the turn looks at.
void tcp_touch_first(struct tcp_conn *conn);
static inline void tcp_touch(struct tcp_conn *conn)
{
	if (!(conn->flags & TCP_CONN_TOUCHED))
		tcp_touch_first(conn);
}
// Moves the connection by an event, which is possible in its state.
void tcp_step(struct tcp_conn *conn, enum tcp_event event);
// Ends it: what it holds is freed, and ops->closed follows.
void tcp_end(struct tcp_conn *conn, enum tcp_end end);
struct tcp_listener *tcp_listener_find(struct tcp *tcp, struct addr addr, uint16_t port);
// Whether the listener of a connection that is being opened is gone: it is to be reset.
bool tcp_is_unlistened(const struct tcp_conn *conn) PURE;
// A part of what tcp_unlisten has begun.
void tcp_unlisten_some(struct tcp *tcp);
// The handshake was completed or ended: the backlog has room again.
void tcp_handshake_done(struct tcp_conn *conn);
// In TIME-WAIT, its application is done with it: a new connection may take its place.
void tcp_wait(struct tcp_conn *conn);

// tcp_port.c: sets peers->local_port for a connection that is to be opened along the flow to the
// remote end; false: all are in use.
bool tcp_port_choose(struct tcp *tcp, const struct ip_flow *flow, struct tcp_peers *peers,
                     mono_t now) MUST_CHECK;
// Whether a connection between these ends can be opened; one in TIME-WAIT that may give way has.
bool tcp_port_free(struct tcp *tcp, const struct tcp_peers *peers, mono_t now) MUST_CHECK;

// tcp_seg.c: the pool of struct tcp_seg, and queues of them.
uint32_t tcp_seg_add(struct tcp *tcp, struct pkt *pkt, uint32_t seq, uint16_t off, uint16_t len);
void tcp_seg_del(struct tcp *tcp, uint32_t index); // puts its page
// Leaves the first len bytes in the descriptor and the rest in a new one behind it, of the same
// page; false when there is none.
bool tcp_seg_split(struct tcp *tcp, struct tcp_queue *queue, uint32_t index,
                   uint16_t len) MUST_CHECK;
void tcp_queue_add(struct tcp *tcp, struct tcp_queue *queue, uint32_t index);
uint32_t tcp_queue_pop(struct tcp *tcp, struct tcp_queue *queue);
void tcp_queue_clear(struct tcp *tcp, struct tcp_queue *queue);

// tcp_syn.c. The initial sequence number of a connection that is opened between these ends.
uint32_t tcp_syn_number(const struct tcp *tcp, const struct tcp_peers *peers, mono_t now);
// A SYN to the listener. Consumes the packet, or gives the reason to drop it.
enum drop tcp_syn_passive(struct tcp *tcp, struct tcp_listener *listener,
                          const struct ip_flow *flow, const struct tcp_peers *peers,
                          const struct tcp_in *in, struct pkt *pkt, mono_t now);
// A segment in SYN-SENT.
enum drop tcp_syn_sent(struct tcp_conn *conn, const struct tcp_in *in, mono_t now);
// A segment to the listener, without a connection. *conn: one in SYN-RECEIVED, when it acknowledges
// a cookie of ours (tcp_cookie.h), else NULL.
enum drop tcp_syn_cookie(struct tcp *tcp, const struct tcp_listener *listener,
                         const struct ip_flow *flow, const struct tcp_peers *peers,
                         const struct tcp_in *in, struct tcp_conn **conn, mono_t now);
void tcp_established(struct tcp_conn *conn, mono_t now);

// tcp_in.c. Consumes the packet, or gives the reason to drop it.
enum drop tcp_input(struct tcp *tcp, const struct ip_flow *flow, struct pkt *pkt,
                    mono_t now) MUST_CHECK;
bool tcp_error(struct tcp *tcp, const struct ip_error *error, mono_t now);

// tcp_recv.c. Takes the segment's data, whose page is the caller's no more when *taken.
enum drop tcp_recv(struct tcp_conn *conn, const struct tcp_in *in, struct pkt *pkt, bool *taken);
// Reports to the peer what came twice (RFC 2883), by an acknowledgement without data.
void tcp_recv_duplicate(struct tcp_conn *conn, uint32_t seq, uint32_t len);
// Frees what is in one of the two queues; what the application keeps stays counted.
void tcp_recv_clear(struct tcp_conn *conn, struct tcp_queue *queue);
void tcp_recv_deliver(struct tcp_conn *conn, mono_t now);
// Fills in what came twice and what came out of order, for the peer; returns how many blocks.
uint8_t tcp_recv_sacks(const struct tcp_conn *conn, struct tcp_sack sack[TCP_OPTION_SACKS_MAX]);
// tcp_window.c: how much may be received and queued.
// Most pages of received data that the connection holds.
static inline uint32_t tcp_window_pages(const struct tcp_conn *conn)
{
	return (uint32_t)TCP_RCV_PAGES << conn->rcv_grown;
}
// Whether the connection has too many of the worker's pages, when these run low, and gets no
// more: those that it holds unread, or that its application keeps.
static inline bool tcp_window_hogs(const struct tcp_conn *conn)
{
	const struct tcp *tcp = conn->tcp;

	return unlikely(tcp->segs_free < tcp->segs_max / 4) &&
	       conn->rcv_pages >= 2 * tcp->segs_free + TCP_RCV_PAGES_LOW;
}
// The window to advertise, in bytes.
static inline uint32_t tcp_window(const struct tcp_conn *conn)
{
	const struct tcp *tcp = conn->tcp;
	uint32_t held = conn->rcv_held, pages = conn->rcv_pages, free = tcp->segs_free;
	uint32_t most = tcp->rcv_bytes << conn->rcv_grown, most_pages = tcp_window_pages(conn);
	uint32_t room = held < most ? most - held : 0;
	uint32_t left = pages < most_pages ? most_pages - pages : 0;
	uint32_t fair = 2 * free + TCP_RCV_PAGES_LOW;

	// As much as may come without tcp_window_hogs.
	left = tcp_min(left, fair > pages ? (fair - pages + 3) / 4 : 0);
	// When pages run low, each connection may still have a few segments in flight.
	if (unlikely(free < tcp->segs_max / 4))
		left = tcp_min(left, free < tcp->segs_max / 16 ? 1 : 4);
	return tcp_min(room, left * conn->rcv_mss);
}
// The application was given data, and may have taken it: more may be held if it takes that much in
// each round trip. Time is counted in 1024 microseconds.
void tcp_window_round(struct tcp_conn *conn, mono_t now);
static inline void tcp_window_taken(struct tcp_conn *conn, mono_t now)
{
	uint16_t elapsed = (uint16_t)((now.us >> 10) - conn->rcv_round_ms);

	if (unlikely(elapsed > conn->srtt_us >> 10))
		tcp_window_round(conn, now);
}
// RFC 9293 section 3.8.6.2.2: an acknowledgement of its own only for a window that was getting
// small and has grown by a worthwhile amount.
static inline void tcp_window_update(struct tcp_conn *conn)
{
	uint32_t offered = conn->rcv_edge - conn->rcv_nxt;

	if (unlikely(offered < conn->tcp->rcv_low) &&
	    tcp_state_receives((enum tcp_state)conn->state) &&
	    tcp_window(conn) >= offered + tcp_min(2u * conn->rcv_mss, conn->tcp->rcv_bytes / 2))
		conn->flags |= TCP_CONN_ACK_NOW;
}
// Most bytes that wait for being sent or acknowledged: twice the congestion window, for what may be
// outstanding and as much again that waits meanwhile. A page counts as 1 KiB at least.
static inline uint32_t tcp_window_send(const struct tcp_conn *conn)
{
	if (likely(conn->cwnd <= TCP_SND_BYTES / 2))
		return TCP_SND_BYTES;
	return 2 * tcp_min(conn->cwnd, TCP_SND_BYTES << (TCP_GROWN_MAX - 1));
}
// Descriptors have come into the connection's queue of what is sent, or left it.
static inline void tcp_window_sends(struct tcp_conn *conn, int n)
{
	conn->snd_pages = (uint16_t)(conn->snd_pages + n);
	conn->tcp->sending += (uint32_t)n;
}
// Whether there is a descriptor more for what is sent, or received. The last ones are for the kind
// that has few: else data that waits to be sent back could keep all that is to be sent waiting, and
// what waits to be acknowledged all that comes.
static inline bool tcp_window_spare(const struct tcp *tcp, uint32_t of_other_kind)
{
	uint32_t least = tcp->segs_max / 16;

	return tcp->segs_free > (likely(of_other_kind >= least) ? 0 : least - of_other_kind);
}
// Whether all that is for what is sent is used.
static inline bool tcp_window_tight(const struct tcp *tcp)
{
	return tcp->segs_free <= tcp->segs_max / 2;
}
// Whether the queues of what is sent hold more than others can do without.
static inline bool tcp_window_crowded(const struct tcp *tcp)
{
	return tcp->segs_free < tcp->segs_max / 8 && tcp->sending > tcp->segs_max / 2;
}
static inline bool tcp_window_send_full(const struct tcp_conn *conn)
{
	return unlikely(conn->snd_pages >= TCP_SND_PAGES) &&
	       conn->snd_pages >= tcp_window_send(conn) / (TCP_SND_BYTES / TCP_SND_PAGES);
}
// The application is done with the connection: what it holds is freed. What the application keeps
// counts among the worker's pages only.
void tcp_window_release(struct tcp_conn *conn);
// From now on each connection holds at most n bytes for its application, and never more.
void tcp_window_limit(struct tcp *tcp, uint32_t n);
// The end of a turn: when pages run low, connections on which nothing comes any more give up what
// they hold out of order.
void tcp_window_relieve(struct tcp *tcp, mono_t now);

// What an acknowledgement changes, for those that draw conclusions from it.
struct tcp_acked {
	const struct tcp_in *in;
	mono_t now;
	uint32_t acked;     // bytes that snd_una moved by
	uint32_t delivered; // bytes that have arrived, as was not known before
	uint32_t rtt_us;    // a sample for slow start; 0: none
	uint32_t sent_us;   // of the last segment acknowledged; of the last sent more than once
	bool duplicate;     // RFC 5681 section 2
	bool sacked;        // a block covers what none covered before
	bool dsack;         // the peer got something twice (RFC 2883)
	bool any;           // whole segments were acknowledged that no block had covered
	bool again;         // one of them was sent more than once
	bool once;          // something up to `recover` was delivered that was sent once
};

// tcp_ack.c: an acceptable acknowledgement.
void tcp_ack(struct tcp_conn *conn, const struct tcp_in *in, mono_t now);
// Whether the timestamp that came back is older than what was sent rtt_us ago.
bool tcp_ack_is_older(const struct tcp_conn *conn, const struct tcp_acked *acked, uint32_t rtt_us);

// tcp_sack.c: takes the blocks of an acknowledgement whose number was taken. Impossible ones
// are ignored. The cost is at most that of one look at each segment sent.
void tcp_sack_take(struct tcp_conn *conn, struct tcp_acked *acked);
// Forgets all blocks.
void tcp_sack_clear(struct tcp_conn *conn);

// tcp_rack.c: finds losses by time (RFC 8985).
// Nothing is outstanding.
static inline void tcp_rack_begin(struct tcp_conn *conn, mono_t now)
{
	conn->rack_us = (uint32_t)now.us;
	conn->rack_end = conn->snd_una;
}
// The segment has arrived.
void tcp_rack_delivered(struct tcp_conn *conn, const struct tcp_seg *seg,
                        const struct tcp_acked *acked);
// Marks what is lost by now, and sets the timer when more may be soon; whether there was any.
bool tcp_rack_detect(struct tcp_conn *conn, mono_t now);
// Whether the segment, outstanding at a time-out, is lost.
bool tcp_rack_is_late(const struct tcp_conn *conn, const struct tcp_seg *seg, mono_t now) PURE;
void tcp_rack_dsack(struct tcp_conn *conn);
// The end of a recovery.
void tcp_rack_recovered(struct tcp_conn *conn);
// Until a probe for losses at the end, of a peer with SACK; 0: none is to be sent.
uint64_t tcp_rack_tail_us(const struct tcp_conn *conn) PURE;
// What the acknowledgement shows about a probe that is outstanding; true: that it mended a loss.
bool tcp_rack_tail_acked(struct tcp_conn *conn, const struct tcp_acked *acked) MUST_CHECK;

// tcp_loss.c
void tcp_loss_mark(struct tcp_conn *conn, struct tcp_seg *seg);
void tcp_loss_acked(struct tcp_conn *conn, struct tcp_acked *acked);
// Keeps `recover` near, for comparisons hold for half of the sequence space.
static inline void tcp_loss_follow(struct tcp_conn *conn)
{
	if (tcp_seq_lt(conn->recover, conn->snd_una))
		conn->recover = conn->snd_una - 1;
}
// The window for reordering is over.
void tcp_loss_overtaken(struct tcp_conn *conn, mono_t now);
void tcp_loss_timeout(struct tcp_conn *conn, mono_t now);
// The peer reports that a router has marked what was sent (RFC 3168 section 6.1.2).
void tcp_loss_marked(struct tcp_conn *conn);
// All that was sent is to be sent again.
void tcp_loss_all(struct tcp_conn *conn);
// Segments that are longer than the path takes are to be sent again, in parts.
void tcp_loss_too_long(struct tcp_conn *conn);

// tcp_cc.c: the congestion window.
void tcp_cc_init(struct tcp_conn *conn);
// Nothing was outstanding for longer than a time-out, and data is going to be sent.
void tcp_cc_restart(struct tcp_conn *conn, uint32_t idle_us);
void tcp_cc_acked(struct tcp_conn *conn, const struct tcp_acked *acked, bool lost);
// Congestion: a new ssthresh, and a new phase.
void tcp_cc_lower(struct tcp_conn *conn);
// That was a mistake.
void tcp_cc_undo(struct tcp_conn *conn);
// Bytes that are in the network, as far as is known: `pipe` of RFC 6675.
static inline uint32_t tcp_pipe(const struct tcp_conn *conn)
{
	return conn->snd_nxt - conn->snd_una - conn->snd_sacked - conn->snd_lost;
}

// tcp_crowd.c: peers that take little while pages run low for what is sent.
// The timer has fired for what is outstanding, or for a closed window: whether the connection is to
// end.
bool tcp_crowd_timed_out(const struct tcp_conn *conn) PURE;
// Resets it.
void tcp_crowd_out(struct tcp_conn *conn);
// The end of a turn: looks at some connections, and resets those of which a round of 4 s ago more
// was queued than has been acknowledged since: a page, and a sixteenth of what they hold, up to
// four.
void tcp_crowd_look(struct tcp *tcp, mono_t now);

// tcp_path.c: the length of segments.
// The options of the peer's SYN are known: takes over what is known of the path to it.
void tcp_path_open(struct tcp_conn *conn, mono_t now);
// What was outstanding when the timer had fired several times is acknowledged.
void tcp_path_acked(struct tcp_conn *conn, mono_t now);
// A router reports a smaller MTU for a packet that is outstanding.
void tcp_path_error(struct tcp_conn *conn, const struct ip_error *error, mono_t now);
// The timer has fired for what is outstanding.
void tcp_path_timeout(struct tcp_conn *conn, mono_t now);
// Data is to be sent, none is outstanding, and mss is less than mss_full.
void tcp_path_begin(struct tcp_conn *conn, mono_t now);
// The bytes of a segment to be sent next to find out whether it goes through, more than
// tcp_payload; 0: none. For when mss is less than mss_full.
uint16_t tcp_path_probe_len(struct tcp_conn *conn, mono_t now) MUST_CHECK;
// While one is outstanding: an acknowledgement, of which nothing was taken yet.
void tcp_path_probe_acked(struct tcp_conn *conn, const struct tcp_in *in, mono_t now);
// The same: segments were marked as lost. True: it is the probe alone, which is no congestion.
bool tcp_path_probe_lost(struct tcp_conn *conn, mono_t now) MUST_CHECK;
// Nothing is learnt from it: a part was sent again.
void tcp_path_probe_forget(struct tcp_conn *conn);

// tcp_uto.c: the user timeout. `option`: that of RFC 5482 is sent and taken.
void tcp_uto_open(struct tcp_conn *conn, bool option, uint32_t ms);
// The peer indicates its own, as the option has it.
void tcp_uto_take(struct tcp_conn *conn, uint16_t remote);

// tcp_timer.c
void tcp_timer_rtt(struct tcp_conn *conn, uint32_t rtt_us);
// The round trip of a handshake of which nothing was sent twice.
void tcp_timer_rtt_handshake(struct tcp_conn *conn, const struct tcp_in *in, mono_t now);
void tcp_timer_fired(struct wheel_timer *timer, mono_t now);
// Sets what `due` waits for, after something was sent or acknowledged.
void tcp_timer_rearm(struct tcp_conn *conn, mono_t now);
// The timer fires at the earlier of due and ack_due, or not later than that.
void tcp_timer_set(struct tcp_conn *conn);

// tcp_out.c
// Sends what the connection may send now; false: the batch is full, and there is more.
bool tcp_output(struct tcp_conn *conn, mono_t now);

// tcp_reply.c
// The answer to a SYN of which nothing is kept.
struct tcp_cookie_answer {
	uint32_t iss, ts_offset;
	uint16_t mss; // ours
};
// False: the batch is full, or there is no page.
bool tcp_reply_cookie(struct tcp *tcp, const struct ip_flow *flow, const struct tcp_peers *peers,
                      const struct tcp_in *in, const struct tcp_cookie_answer *answer, mono_t now);
// Answers a segment for which there is no connection by a reset (RFC 9293 section 3.10.7.1).
void tcp_reply_reset(struct tcp *tcp, const struct ip_flow *flow, const struct tcp_peers *peers,
                     const struct tcp_in *in, mono_t now);

// tcp_flush.c: calls the applications of the connections that were touched, and sends what is
// due, as far as the batches have room; whether there is more.
bool tcp_flush(struct tcp *tcp, mono_t now);

#endif
