// tcp_uto: the user timeout and its option (RFC 5482), by which both ends indicate how long
// they wait; an end then waits as long as the other asks for. Advisory: nothing is sent again.
#include "proto/tcpip/tcp/tcp_internal.h"

#define MINUTES       0x8000u        // the option counts minutes, else seconds
#define LIMIT_LOW_MS  (100 * 1000u)  // L_LIMIT of section 3.1, R2 of RFC 9293 section 3.8.3
#define LIMIT_HIGH_MS (3600 * 1000u) // U_LIMIT: no peer makes us keep what it does not take longer

static uint16_t encode(uint32_t ms)
{
	uint32_t seconds = (ms + 999) / 1000;

	if (seconds < MINUTES)
		return (uint16_t)seconds;
	return (uint16_t)(MINUTES | tcp_min((seconds + 59) / 60, MINUTES - 1));
}

static uint32_t decode(uint16_t value)
{
	uint32_t number = value & (MINUTES - 1);

	return tcp_min(number * (value & MINUTES ? 60 : 1), UINT32_MAX / 1000) * 1000;
}

static void apply(struct tcp_conn *conn, uint32_t ms)
{
	conn->user_ms = ms;
	if (conn->state < TCP_ESTABLISHED || conn->give_up.us == MONO_NEVER.us)
		return;
	conn->give_up = MONO_NEVER;
	conn->timer_kind = TCP_TIMER_NONE; // armed again by tcp_output
	tcp_touch(conn);
}

void tcp_uto_open(struct tcp_conn *conn, bool option, uint32_t ms)
{
	conn->user_ms = ms;
	if (!option)
		return;
	conn->flags |= TCP_CONN_UTO;
	conn->uto = encode(ms ? ms : (uint32_t)(TCP_GIVE_UP_US / MS_US));
}

// Section 3.1: what the application has set is not changed.
void tcp_uto_take(struct tcp_conn *conn, uint16_t remote)
{
	uint32_t ms = tcp_max(decode(conn->uto), decode(remote));

	if ((conn->flags & (TCP_CONN_UTO | TCP_CONN_UTO_FIXED)) == TCP_CONN_UTO)
		apply(conn, tcp_min(LIMIT_HIGH_MS, tcp_max(ms, LIMIT_LOW_MS)));
}

void tcp_set_user_timeout(struct tcp_conn *conn, uint32_t ms)
{
	conn->flags |= TCP_CONN_UTO_FIXED;
	if (conn->flags & TCP_CONN_UTO) {
		conn->uto = encode(ms ? ms : (uint32_t)(TCP_GIVE_UP_US / MS_US));
		conn->flags |= TCP_CONN_UTO_NOW;
	}
	apply(conn, ms);
}
