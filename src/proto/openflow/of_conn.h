// of_conn: one end of an OpenFlow connection (OpenFlow 1.5.1 section 6.3): bytes of the peer and
// the time in; messages, bytes to be sent and the end out. It negotiates the version, answers echo
// requests, sends one to a peer that is silent, and finds the request that a reply is for. A
// controller's end also asks for the features, a switch's end (of an emulator) leaves that to its
// peer. Bytes of both directions are moved by the caller, over whatever carries them.
//
// What is to be sent waits in three queues. Whenever the transport takes bytes, those of the first
// queue that is not empty leave, so a peer that reads slowly loses answers to packet-ins and not
// echo replies. A message is never split by one of another queue.
//
// A message that lies whole in a part is decoded there; one that straddles parts is gathered first.
// Nothing is allocated: a connection is this struct and of_conn_memory() bytes of the caller's
// memory.
#ifndef OPENFLOW_OF_CONN_H
#define OPENFLOW_OF_CONN_H

#include "core/metric.h"
#include "core/mono.h"
#include "core/rate.h"
#include "proto/openflow/of_msg.h"

// Queues, in the order in which they leave. Messages of one queue leave in the order in which they
// were put there, those of two do not: a barrier belongs into the queue of what it waits for.
enum of_conn_queue {
	OF_CONN_URGENT,  // the connection's own: hello, echo, errors
	OF_CONN_CONTROL, // requests, probes, what configuration and operators cause
	OF_CONN_BULK,    // answers to packet-ins
	OF_CONN_QUEUES,
};

#define OF_CONN_REQUESTS    32   // without a reply, at a time
#define OF_CONN_ECHO_BYTES  1024 // of an echo request; a longer one is not answered
#define OF_CONN_ERRORS      10   // malformed messages that are answered by an error, a second
#define OF_CONN_ERROR_BYTES 64   // of the message that an error quotes (section 7.5.4)

// Of all connections of a worker.
struct of_conn_metric {
	counter_t messages;      // received
	counter_t malformed;     // of_decode refused them
	counter_t wrong_version; // another one than was negotiated
	counter_t early;         // before the features were there
	counter_t stray;         // replies without a request
	counter_t unanswered;    // echo requests and malformed messages; see above
	counter_t timeouts;      // requests
};

struct of_conn_limits {
	uint64_t handshake_us; // until the features are there, or of a switch the hello
	uint64_t silence_us;   // until the peer gets an echo request
	uint64_t answer_us;    // from that until anything comes; also until the peer reads
	uint64_t request_us;   // until a reply, or the next part of it
	uint32_t queue_bytes[OF_CONN_QUEUES]; // the first at least OF_CONN_URGENT_BYTES
};
#define OF_CONN_URGENT_BYTES 4096

// 10, 5, 5 and 10 seconds; 4, 64 and 64 KiB.
extern const struct of_conn_limits of_conn_limits_default;

// Why a connection ends.
#define OF_CONN_FAULT_LIST(X)                                                                      \
	X(NONE, "none", "is open")                                                                 \
	X(LENGTH, "length", "sent a message that is shorter than its header")                      \
	X(HELLO, "hello", "did not begin with a well-formed hello")                                \
	X(VERSION, "version", "has no version in common with us")                                  \
	X(REFUSED, "refused", "answered our hello or features request by an error")                \
	X(SLOW, "slow", "did not complete the handshake in time")                                  \
	X(SILENT, "silent", "did not answer an echo request")                                      \
	X(STALLED, "stalled", "does not read what is sent to it")

enum of_conn_fault {
#define X(NAME, name, text) OF_CONN_FAULT_##NAME,
	OF_CONN_FAULT_LIST(X)
#undef X
	        OF_CONN_FAULTS,
};

// "silent"; and the sentence that follows "the peer".
const char *of_conn_fault_name(enum of_conn_fault fault) PURE;
const char *of_conn_fault_text(enum of_conn_fault fault) PURE;

// A request that has no reply yet.
struct of_conn_request {
	uint32_t xid, tag;
	mono_t deadline;
};

// Messages that wait: those from `from` to `end`.
struct of_conn_waiting {
	uint8_t *bytes;
	uint32_t size, from, end;
};

struct of_conn {
	const struct of_conn_limits *limits; // borrowed
	struct of_conn_metric *metric;       // borrowed
	uint8_t *in; // OF_MESSAGE_MAX_BYTES, for a message that straddles parts
	uint32_t in_len;
	uint32_t within; // bytes of messages of `sending` that were sent in part, or are held
	struct of_conn_waiting queue[OF_CONN_QUEUES];
	mono_t began, heard, asked; // asked: MONO_NEVER unless an echo request has no answer
	mono_t echo_sent;
	mono_t progress;         // bytes were sent last, or began to wait
	mono_t request_deadline; // not later than that of any request
	struct rate errors;
	uint32_t versions; // ours
	uint32_t xid;      // of the last message of ours
	uint32_t features_xid, echo_xid;
	uint32_t requests;     // bits of those that are in use
	uint32_t echo_rtt_us;  // of the last echo request; 0: there was no answer yet
	uint8_t version;       // negotiated; 0: not yet
	uint8_t state;         // enum of_conn_state of of_conn.c
	uint8_t fault;         // enum of_conn_fault
	uint8_t sending;       // enum of_conn_queue
	bool is_switch;        // this end is the switch's
	uint32_t answered_tag; // of the request that the last event is about
	bool answered_last;    // no more replies follow to it
	struct of_conn_request request[OF_CONN_REQUESTS];
};

// Bytes of memory for a connection.
size_t of_conn_memory(const struct of_conn_limits *limits) PURE;

// A connection of which nothing has come; the hello waits to be sent. limits, metric and memory are
// borrowed until its end. versions: a subset of OF_VERSION_ALL that is not empty.
void of_conn_init(struct of_conn *conn, const struct of_conn_limits *limits,
                  struct of_conn_metric *metric, void *memory, uint32_t versions, bool is_switch,
                  mono_t now);

enum of_conn_event {
	OF_CONN_MORE,    // the part is used up
	OF_CONN_READY,   // once: conn->version is agreed; *msg is the features reply, or of a
	                 // switch's end the peer's hello
	OF_CONN_MESSAGE, // *msg is no reply: a packet-in, a port status, an error of no request
	OF_CONN_REPLY,   // *msg replies to the request answered_tag; see answered_last
	OF_CONN_FAILED,  // *msg is an error in place of the reply
	OF_CONN_EXPIRED, // only of of_conn_expire: the request answered_tag has no reply
	OF_CONN_CLOSE,   // send what waits and end the connection; conn->fault says why
};

// Takes the next event out of bytes that follow those before. What *msg refers to lies in the part
// or in conn, until the next call. Malformed messages whose length is sound are answered by an
// error (section 7.5.4) and passed over, up to OF_CONN_ERRORS a second. OF_CONN_CLOSE comes again
// with each call. After each call bytes may wait to be sent.
enum of_conn_event of_conn_next(struct of_conn *conn, struct span *part, struct of_msg *msg,
                                mono_t now) MUST_CHECK;

// Puts a message into a queue, in the negotiated version and, unless msg has one, with a new xid;
// both are set in msg. OF_FAULT_TOO_LONG: the queue has no room, and is as it was.
enum of_fault of_conn_send(struct of_conn *conn, enum of_conn_queue queue, struct of_msg *msg,
                           mono_t now) MUST_CHECK;

// As of_conn_send, of a request: its replies come as OF_CONN_REPLY with the tag, or what happened
// instead as OF_CONN_FAILED or OF_CONN_EXPIRED. OF_FAULT_TOO_LONG also when OF_CONN_REQUESTS wait.
enum of_fault of_conn_ask(struct of_conn *conn, enum of_conn_queue queue, struct of_msg *msg,
                          uint32_t tag, mono_t now) MUST_CHECK;

// For messages that the caller encodes: the room that a queue has now, and how far it was written;
// whole messages only.
struct fill of_conn_room(struct of_conn *conn, enum of_conn_queue queue);
void of_conn_wrote(struct of_conn *conn, enum of_conn_queue queue, const struct fill *out,
                   mono_t now);

// The xid for such a message: never 0.
static inline uint32_t of_conn_xid(struct of_conn *conn)
{
	return conn->xid = conn->xid == UINT32_MAX ? 1 : conn->xid + 1;
}

// Sends an echo request now, unless one has no answer yet: the peer that does not answer is ended
// as OF_CONN_FAULT_SILENT.
void of_conn_probe(struct of_conn *conn, mono_t now);

// The bytes to be sent next; none when nothing waits. They stay until of_conn_sent, and what is put
// into a queue meanwhile may change what comes next.
struct span of_conn_output(const struct of_conn *conn) PURE;

// The transport will take n bytes of of_conn_output later, and the same bytes: until of_conn_sent
// says that all of them were taken, of_conn_output begins with what is left of them.
void of_conn_hold(struct of_conn *conn, uint32_t n);

// The first n bytes of of_conn_output were taken by the transport.
void of_conn_sent(struct of_conn *conn, uint32_t n, mono_t now);

// When of_conn_expire is to be called, unless a function before moves it.
mono_t of_conn_deadline(const struct of_conn *conn) PURE;

// What is due. OF_CONN_MORE: nothing more; bytes may wait to be sent. OF_CONN_EXPIRED: call again.
enum of_conn_event of_conn_expire(struct of_conn *conn, mono_t now) MUST_CHECK;

#endif
