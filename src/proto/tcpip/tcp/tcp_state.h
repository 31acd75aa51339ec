// tcp_state: the states of a connection and what moves it from one to the next (RFC 9293
// section 3.3.2), as one table. What is sent on the way is decided in tcp_in.c and
// tcp_out.c.
#ifndef TCPIP_TCP_TCP_STATE_H
#define TCPIP_TCP_TCP_STATE_H

#include "core/base.h"

// In the order of RFC 9293: comparisons such as "established or later" use it.
enum tcp_state {
	TCP_CLOSED,
	TCP_LISTEN,
	TCP_SYN_SENT,
	TCP_SYN_RECEIVED,
	TCP_ESTABLISHED,
	TCP_FIN_WAIT_1,
	TCP_FIN_WAIT_2,
	TCP_CLOSE_WAIT,
	TCP_CLOSING,
	TCP_LAST_ACK,
	TCP_TIME_WAIT,
	TCP_STATES,
};

// What happens to a connection. A segment may be several events, in this order.
enum tcp_event {
	TCP_OPEN_PASSIVE,
	TCP_OPEN_ACTIVE,
	TCP_SYN_IN,     // without an acknowledgement of ours
	TCP_SYN_ACK_IN, // with one
	TCP_SYN_ACKED,  // our SYN was acknowledged, by a segment that is no SYN
	TCP_FIN_ACKED,  // our FIN was acknowledged
	TCP_FIN_IN,     // the peer's FIN, after all that it sent before
	TCP_SHUTDOWN,   // the application sends no more
	TCP_RESET,      // a valid RST came, the application aborts, or the peer is given up
	TCP_EXPIRED,    // 2 MSL in TIME-WAIT
	TCP_EVENTS,
};

// The next state, which may be the same; TCP_STATES: the event cannot happen in this
// state, or changes nothing and is ignored.
enum tcp_state tcp_state_next(enum tcp_state state, enum tcp_event event) PURE;

// "ESTABLISHED"
const char *tcp_state_name(enum tcp_state state) PURE;

// Whether both ends know each other's initial sequence number (RFC 9293 section 3.5).
static inline bool tcp_state_synchronized(enum tcp_state state)
{
	return state >= TCP_ESTABLISHED;
}

// Whether data of the peer's may still come.
static inline bool tcp_state_receives(enum tcp_state state)
{
	return state == TCP_ESTABLISHED || state == TCP_FIN_WAIT_1 || state == TCP_FIN_WAIT_2;
}

// Whether data or a FIN of ours may still have to be sent.
static inline bool tcp_state_sends(enum tcp_state state)
{
	return state == TCP_ESTABLISHED || state == TCP_FIN_WAIT_1 || state == TCP_CLOSE_WAIT ||
	       state == TCP_CLOSING || state == TCP_LAST_ACK;
}

#endif
