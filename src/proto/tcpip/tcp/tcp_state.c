// tcp_state: the transition table; see the header.
#include "proto/tcpip/tcp/tcp_state.h"

// One more than the state, so that what is not written down is zero: ignored.
#define TO(state) (TCP_##state + 1)

static const uint8_t table[TCP_STATES][TCP_EVENTS] = {
        [TCP_CLOSED] =
                {
                        [TCP_OPEN_PASSIVE] = TO(LISTEN),
                        [TCP_OPEN_ACTIVE] = TO(SYN_SENT),
                },
        [TCP_LISTEN] =
                {
                        [TCP_OPEN_ACTIVE] = TO(SYN_SENT),
                        [TCP_SYN_IN] = TO(SYN_RECEIVED),
                        [TCP_SHUTDOWN] = TO(CLOSED),
                        [TCP_RESET] = TO(CLOSED),
                },
        [TCP_SYN_SENT] =
                {
                        // Simultaneous open: both ends have sent a SYN.
                        [TCP_SYN_IN] = TO(SYN_RECEIVED),
                        [TCP_SYN_ACK_IN] = TO(ESTABLISHED),
                        [TCP_SHUTDOWN] = TO(CLOSED),
                        [TCP_RESET] = TO(CLOSED),
                },
        [TCP_SYN_RECEIVED] =
                {
                        [TCP_SYN_ACKED] = TO(ESTABLISHED),
                        [TCP_RESET] = TO(CLOSED),
                        // The FIN is queued until the connection is established.
                        [TCP_SHUTDOWN] = TO(SYN_RECEIVED),
                },
        [TCP_ESTABLISHED] =
                {
                        [TCP_FIN_IN] = TO(CLOSE_WAIT),
                        [TCP_SHUTDOWN] = TO(FIN_WAIT_1),
                        [TCP_RESET] = TO(CLOSED),
                },
        [TCP_FIN_WAIT_1] =
                {
                        [TCP_FIN_ACKED] = TO(FIN_WAIT_2),
                        [TCP_FIN_IN] = TO(CLOSING),
                        [TCP_RESET] = TO(CLOSED),
                },
        [TCP_FIN_WAIT_2] =
                {
                        [TCP_FIN_IN] = TO(TIME_WAIT),
                        [TCP_RESET] = TO(CLOSED),
                },
        [TCP_CLOSE_WAIT] =
                {
                        [TCP_SHUTDOWN] = TO(LAST_ACK),
                        [TCP_RESET] = TO(CLOSED),
                },
        [TCP_CLOSING] =
                {
                        [TCP_FIN_ACKED] = TO(TIME_WAIT),
                        [TCP_RESET] = TO(CLOSED),
                },
        [TCP_LAST_ACK] =
                {
                        [TCP_FIN_ACKED] = TO(CLOSED),
                        [TCP_RESET] = TO(CLOSED),
                },
        [TCP_TIME_WAIT] =
                {
                        // A FIN that comes again starts 2 MSL again.
                        [TCP_FIN_IN] = TO(TIME_WAIT),
                        [TCP_EXPIRED] = TO(CLOSED),
                        // An application's or the table's; those of the network are ignored
                        // (RFC 1337).
                        [TCP_RESET] = TO(CLOSED),
                },
};

enum tcp_state tcp_state_next(enum tcp_state state, enum tcp_event event)
{
	uint8_t to = table[state][event];

	return to ? (enum tcp_state)(to - 1) : TCP_STATES;
}

const char *tcp_state_name(enum tcp_state state)
{
	static const char *const names[TCP_STATES] = {
	        [TCP_CLOSED] = "CLOSED",           [TCP_LISTEN] = "LISTEN",
	        [TCP_SYN_SENT] = "SYN-SENT",       [TCP_SYN_RECEIVED] = "SYN-RECEIVED",
	        [TCP_ESTABLISHED] = "ESTABLISHED", [TCP_FIN_WAIT_1] = "FIN-WAIT-1",
	        [TCP_FIN_WAIT_2] = "FIN-WAIT-2",   [TCP_CLOSE_WAIT] = "CLOSE-WAIT",
	        [TCP_CLOSING] = "CLOSING",         [TCP_LAST_ACK] = "LAST-ACK",
	        [TCP_TIME_WAIT] = "TIME-WAIT",
	};

	return names[state];
}
