// tcp_seq: comparisons of sequence numbers, which wrap around (RFC 9293 section 3.4). They
// hold for numbers that are less than 2^31 apart.
#ifndef TCPIP_TCP_TCP_SEQ_H
#define TCPIP_TCP_TCP_SEQ_H

#include "core/base.h"

// Bytes from `from` to `to`; negative when `to` comes before.
static inline int32_t tcp_seq_diff(uint32_t to, uint32_t from)
{
	return (int32_t)(to - from);
}

static inline bool tcp_seq_lt(uint32_t a, uint32_t b)
{
	return tcp_seq_diff(a, b) < 0;
}

static inline bool tcp_seq_le(uint32_t a, uint32_t b)
{
	return tcp_seq_diff(a, b) <= 0;
}

static inline uint32_t tcp_seq_max(uint32_t a, uint32_t b)
{
	return tcp_seq_lt(a, b) ? b : a;
}

// Whether begin <= seq < begin + len.
static inline bool tcp_seq_in(uint32_t seq, uint32_t begin, uint32_t len)
{
	return seq - begin < len;
}

// Whether a segment of len sequence numbers from seq on may be received in the window
// (RFC 9293 table 6).
static inline bool tcp_seq_acceptable(uint32_t seq, uint32_t len, uint32_t rcv_nxt,
                                      uint32_t rcv_wnd)
{
	if (len == 0)
		return rcv_wnd == 0 ? seq == rcv_nxt : tcp_seq_in(seq, rcv_nxt, rcv_wnd);
	return rcv_wnd > 0 &&
	       (tcp_seq_in(seq, rcv_nxt, rcv_wnd) || tcp_seq_in(seq + len - 1, rcv_nxt, rcv_wnd) ||
	        (tcp_seq_lt(seq, rcv_nxt) && tcp_seq_le(rcv_nxt + rcv_wnd, seq + len)));
}

#endif
