// tcp_race: connects to a host of several addresses, of both families: one after the other without
// waiting for long, and the first connection that opens is the one (race.h).
#ifndef TCPIP_TCP_TCP_RACE_H
#define TCPIP_TCP_TCP_RACE_H

#include "core/wheel.h"
#include "proto/tcpip/tcp/race.h"
#include "proto/tcpip/tcp/tcp.h"

struct tcp_race_conf {
	struct tcp_connect_conf connect; // local, local_port and remote are not read
	const struct addr *remotes;      // 1 to RACE_ADDRS, borrowed for the call
	unsigned remotes_len;
};

// An attempt to one of the addresses.
struct tcp_race_attempt {
	struct tcp_race *race;
	struct tcp_conn *conn; // NULL: not begun, or ended
};

// The memory of a race, from tcp_race_begin until `opened` or `closed` is called, or
// tcp_race_cancel.
struct tcp_race {
	struct tcp *tcp;
	struct tcp_connect_conf connect;
	struct race race;
	struct wheel_timer timer;
	mono_t give_up;
	enum tcp_end end; // of the attempt that failed last
	struct race_addr addr[RACE_ADDRS];
	struct tcp_race_attempt attempt[RACE_ADDRS];
};

// Begins to connect: connect.ops->opened follows with the connection that was first, which is
// then like one of tcp_connect; or, when all have failed or after connect.timeout_us,
// connect.ops->closed, with conn NULL and the end of the last attempt. Neither is called from
// within the call. 0, or -ENETUNREACH when there is no route to any address, or else an error of
// tcp_connect; then nothing follows.
int tcp_race_begin(struct tcp_race *race, struct tcp *tcp, const struct tcp_race_conf *conf,
                   mono_t now) MUST_CHECK;

// Ends a race before `opened` or `closed` was called. Neither will be.
void tcp_race_cancel(struct tcp_race *race);

#endif
