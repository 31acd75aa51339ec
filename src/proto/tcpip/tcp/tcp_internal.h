// tcp_internal: a worker's TCP from inside. tcp.c keeps listeners and connections,
// tcp_syn.c opens them, tcp_in.c handles segments, tcp_recv.c what they carry, tcp_ack.c what
// they acknowledge, tcp_loss.c timers and congestion control, tcp_send.c what applications
// send, tcp_out.c what leaves. Applications see tcp.h.
#ifndef TCPIP_TCP_TCP_INTERNAL_H
#define TCPIP_TCP_TCP_INTERNAL_H

#include "core/hash.h"
#include "core/rand.h"
#include "core/rate.h"
#include "core/wheel.h"
#include "proto/tcpip/ip.h"
#include "proto/tcpip/tcp/tcp.h"
#include "proto/tcpip/tcp/tcp_option.h"
#include "proto/tcpip/tcp/tcp_seq.h"
#include "proto/tcpip/tcp/tcp_state.h"
#include "proto/tcpip/tcp_wire.h"

#define TCP_NONE UINT32_MAX // no index

#define TCP_MSL_US         (30 * SEC_US) // TIME-WAIT lasts two
#define TCP_RTO_INITIAL_US SEC_US        // RFC 6298 section 2 (2.1)
#define TCP_RTO_MIN_US     (200 * MS_US)
#define TCP_RTO_MAX_US     (60 * SEC_US)
#define TCP_ACK_DELAY_US   (40 * MS_US)   // at most 500 ms: RFC 9293 MUST-40
#define TCP_QUICK_ACKS     16             // of a peer that may be in slow start
#define TCP_GIVE_UP_US     (300 * SEC_US) // R2 of RFC 9293 section 3.8.3, at least 100 s
#define TCP_SYN_GIVE_UP_US (180 * SEC_US) // MUST-23
#define TCP_HANDSHAKE_US   (30 * SEC_US)  // of a SYN that was answered
#define TCP_RETRY_US       MS_US          // after there was no page
#define TCP_CHALLENGE_MS   500            // between two of a connection (RFC 5961 section 7)
#define TCP_RSTS_PER_S     1000

#define TCP_MSS_MIN        88  // less is not believed: a frame needs no padding then
#define TCP_MSS_DEFAULT4   536 // RFC 9293 section 3.7.1
#define TCP_MSS_DEFAULT6   1220
#define TCP_WSCALE         7
#define TCP_RCV_BYTES      (256u << 10) // most that a connection holds for its application
#define TCP_RCV_PAGES      256
#define TCP_SND_PAGES      256
#define TCP_SND_PAGES_LOW  4 // while pages run low
#define TCP_SND_BYTES      (256u << 10)
#define TCP_HDR_MAX        60
#define TCP_INITIAL_WINDOW 10 // segments, RFC 6928

enum tcp_flag {
	TCP_CONN_TOUCHED = 1 << 0, // in the list of those to be looked at this turn
	TCP_CONN_NODELAY = 1 << 1,
	TCP_CONN_TS = 1 << 2,        // both ends send timestamps
	TCP_CONN_SACK = 1 << 3,      // the peer takes SACK
	TCP_CONN_ACK_NOW = 1 << 4,   // an acknowledgement is due
	TCP_CONN_SYN_NOW = 1 << 5,   // a SYN, or SYN and ACK, is due
	TCP_CONN_FIN = 1 << 6,       // tcp_shutdown was called: a FIN follows what is queued
	TCP_CONN_FIN_IN = 1 << 7,    // the peer's FIN is in order
	TCP_CONN_STALLED = 1 << 8,   // the application is to be called when there is room
	TCP_CONN_REFUSED = 1 << 9,   // the application did not take all data; waits for tcp_resume
	TCP_CONN_RECOVERY = 1 << 10, // fast recovery, until snd_una reaches `recover`
	TCP_CONN_PROBE = 1 << 11,    // a probe of the peer's window is due
	TCP_CONN_OPENED = 1 << 12,   // ops->opened is to be called
	TCP_CONN_ENDED = 1 << 13,    // ops->ended was called
	TCP_CONN_CALLED = 1 << 14,   // ops->opened was called, or tcp_connect made it
	TCP_CONN_RTT = 1 << 15,      // srtt_us is valid
	TCP_CONN_ACTIVE = 1 << 16,   // made by tcp_connect
	TCP_CONN_CLOSED = 1 << 17,   // ops->closed is to be called with `end`
	TCP_CONN_RESET = 1 << 18,    // and a RST to be sent before
	TCP_CONN_FIN_SEEN = 1 << 19, // the peer's FIN is at fin_at
	TCP_CONN_ABORT = 1 << 20,    // tcp_abort was called
	TCP_CONN_REPLIES = 1 << 21,  // the application answers soon: its data can acknowledge
};

// Bytes of a connection's in one page, in one of its queues.
struct tcp_seg {
	struct pkt *pkt;
	uint32_t next; // index; TCP_NONE ends a queue
	uint32_t seq;
	uint32_t sent_us;  // low half of the instant
	uint16_t off, len; // in the page
	uint8_t flags;     // enum tcp_seg_flag
};

enum tcp_seg_flag {
	TCP_SEG_SENT = 1 << 0,
	TCP_SEG_RESENT = 1 << 1, // gives no sample of the round trip (Karn's algorithm)
	TCP_SEG_LOST = 1 << 2,   // to be sent again
	TCP_SEG_OURS = 1 << 3,   // a page of tcp_send, to which more may be appended
};

struct tcp_queue {
	uint32_t head, tail;
};

enum tcp_timer {
	TCP_TIMER_NONE,
	TCP_TIMER_RESEND,
	TCP_TIMER_PROBE, // of a closed window
	TCP_TIMER_TIME_WAIT,
	TCP_TIMER_ROOM, // for what the application has to send; there were no pages
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
	uint8_t end;        // enum tcp_end
	uint8_t listener;   // 1 + its number while it counts in the backlog; 0
	uint8_t dup_acks;   // acknowledgements due for what came out of order this turn
	uint8_t quick_acks; // how many are sent at once, unless TCP_CONN_REPLIES
	uint32_t touched_next;
	// Names of RFC 9293 section 3.3.1. snd_at is what is sent next, before snd_nxt while
	// lost data is sent again; snd_end is the end of what is queued.
	uint32_t snd_una, snd_nxt, snd_at, snd_end;
	uint32_t snd_wnd, snd_wl1, snd_wl2, snd_wnd_max;
	uint32_t rcv_nxt, rcv_edge; // rcv_edge: end of the window last advertised
	uint32_t fin_at, sack_at;   // sack_at: in the last segment that came out of order
	uint32_t ts_recent, ts_recent_ms, ts_offset, last_ack;
	uint32_t cwnd, ssthresh, recover;
	uint32_t srtt_us, rttvar_us, rto_us;
	struct tcp_queue send, recv, reasm;
	uint32_t send_next; // the segment at snd_at
	uint32_t rcv_held;  // bytes that wait for the application, or are kept by it
	uint16_t rcv_pages; // of the two queues and kept
	uint16_t snd_pages;
	uint16_t ack_segs; // data segments that are not acknowledged
	uint16_t mss;      // bytes that a segment of ours carries, options aside
	uint16_t rcv_mss;  // largest segment of the peer's
	uint32_t rcv_us;   // when data came last, low half
	uint32_t iss, irs;
	uint32_t challenge_ms;
	uint32_t wait_prev, wait_next; // TIME-WAIT, oldest first
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
	uint16_t port; // 0: free
	bool nodelay;
	uint32_t backlog, pending;
	const struct tcp_ops *ops;
	void *ctx;
};

struct tcp_conf {
	uint32_t conns;
	uint32_t pages; // most that connections hold together
	uint64_t seed;
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
	struct rand rand;
	struct rate rsts;
	uint8_t options;        // enum tcp_option: what is offered and taken, all but the MSS
	uint8_t wscale;         // offered
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
	struct tcp_options options;
};

static inline uint32_t tcp_number(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return (uint32_t)(conn - tcp->conn);
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
void tcp_touch(struct tcp_conn *conn);
// Moves the connection by an event, which is possible in its state.
void tcp_step(struct tcp_conn *conn, enum tcp_event event);
// Ends it: what it holds is freed, and ops->closed follows.
void tcp_end(struct tcp_conn *conn, enum tcp_end end);
struct tcp_listener *tcp_listener_find(struct tcp *tcp, struct addr addr, uint16_t port);
// The handshake was completed or ended: the backlog has room again.
void tcp_handshake_done(struct tcp_conn *conn);
// The timer fires at the earlier of due and ack_due, or not later than that.
void tcp_timer_set(struct tcp_conn *conn);
// In TIME-WAIT, its application is done with it: a new connection may take its place.
void tcp_wait(struct tcp_conn *conn);

// tcp_seg.c: the pool of struct tcp_seg, and queues of them.
uint32_t tcp_seg_add(struct tcp *tcp, struct pkt *pkt, uint32_t seq, uint16_t off, uint16_t len);
void tcp_seg_del(struct tcp *tcp, uint32_t index); // puts its page
void tcp_queue_add(struct tcp *tcp, struct tcp_queue *queue, uint32_t index);
uint32_t tcp_queue_pop(struct tcp *tcp, struct tcp_queue *queue);
void tcp_queue_clear(struct tcp *tcp, struct tcp_queue *queue);

// tcp_syn.c
enum drop tcp_syn_passive(struct tcp *tcp, const struct ip_flow *flow,
                          const struct tcp_peers *peers, const struct tcp_in *in, mono_t now);
// A segment in SYN-SENT.
enum drop tcp_syn_sent(struct tcp_conn *conn, const struct tcp_in *in, mono_t now);
void tcp_established(struct tcp_conn *conn, mono_t now);

// tcp_in.c. Consumes the packet, or gives the reason to drop it.
enum drop tcp_input(struct tcp *tcp, const struct ip_flow *flow, struct pkt *pkt,
                    mono_t now) MUST_CHECK;
bool tcp_error(struct tcp *tcp, const struct ip_error *error, mono_t now);

// tcp_recv.c. Takes the segment's data, whose page is the caller's no more when *taken.
enum drop tcp_recv(struct tcp_conn *conn, const struct tcp_in *in, struct pkt *pkt, bool *taken);
// Frees what is in one of the two queues; what the application keeps stays counted.
void tcp_recv_clear(struct tcp_conn *conn, struct tcp_queue *queue);
void tcp_recv_deliver(struct tcp_conn *conn, mono_t now);
// Fills in what came out of order, for the peer; returns how many blocks.
uint8_t tcp_recv_sacks(const struct tcp_conn *conn, struct tcp_sack sack[TCP_OPTION_SACKS_MAX]);
// The window to advertise, in bytes.
uint32_t tcp_recv_window(const struct tcp_conn *conn) PURE;

// tcp_ack.c: an acceptable acknowledgement.
void tcp_ack(struct tcp_conn *conn, const struct tcp_in *in, mono_t now);

// tcp_loss.c
void tcp_loss_init(struct tcp_conn *conn);
void tcp_loss_rtt(struct tcp_conn *conn, uint32_t rtt_us);
void tcp_loss_rtt_handshake(struct tcp_conn *conn, const struct tcp_in *in, mono_t now);
void tcp_loss_acked(struct tcp_conn *conn, uint32_t bytes);
void tcp_loss_dupack(struct tcp_conn *conn);
// How many bytes may be outstanding.
uint32_t tcp_loss_window(const struct tcp_conn *conn) PURE;
void tcp_timer_fired(struct wheel_timer *timer, mono_t now);
// Sets what `due` waits for, after something was sent or acknowledged.
void tcp_timer_rearm(struct tcp_conn *conn, mono_t now);

// tcp_out.c
// Sends what the connection may send now; false: the batch is full, and there is more.
bool tcp_output(struct tcp_conn *conn, mono_t now);
// Answers a segment for which there is no connection by a reset (RFC 9293 section 3.10.7.1).
void tcp_reset(struct tcp *tcp, const struct ip_flow *flow, const struct tcp_peers *peers,
               const struct tcp_in *in, mono_t now);

// tcp_flush.c: calls the applications of the connections that were touched, and sends what is
// due, as far as the batches have room; whether there is more.
bool tcp_flush(struct tcp *tcp, mono_t now);

#endif
