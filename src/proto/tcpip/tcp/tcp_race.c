// tcp_race: see the header. The connections of attempts have ops of their own; the one that wins
// gets the application's, those that lose forget the race, so that its memory may be used again.
#include "proto/tcpip/tcp/tcp_race.h"

#include "proto/tcpip/tcp/tcp_internal.h"

#include <errno.h>

static void step(struct tcp_race *race, mono_t now);

void tcp_race_cancel(struct tcp_race *race)
{
	wheel_del(race->tcp->wheel, &race->timer);
	for (unsigned i = 0; i < race->race.next; i++) {
		struct tcp_conn *conn = race->attempt[i].conn;

		race->attempt[i].conn = NULL;
		if (!conn)
			continue;
		tcp_set_ctx(conn, NULL);
		tcp_abort(conn);
	}
}

static void attempt_opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct tcp_race_attempt *attempt = ctx;
	struct tcp_race *race;

	if (!attempt)
		return; // another one was first
	race = attempt->race;
	attempt->conn = NULL;
	tcp_race_cancel(race);
	conn->ops = race->connect.ops;
	conn->ctx = race->connect.ctx;
	if (conn->ops->opened)
		conn->ops->opened(conn->ctx, conn, now);
}

static void fail(struct tcp_race *race, enum tcp_end end)
{
	race->end = end;
	race_failed(&race->race);
}

static void attempt_closed(void *ctx, struct tcp_conn *conn, enum tcp_end end, mono_t now)
{
	struct tcp_race_attempt *attempt = ctx;

	if (!attempt)
		return;
	attempt->conn = NULL;
	fail(attempt->race, end);
	step(attempt->race, now);
}

static const struct tcp_ops attempt_ops = {.opened = attempt_opened, .closed = attempt_closed};

// 0, or why the attempt has failed.
static int try(struct tcp_race *race, unsigned i, mono_t now)
{
	struct tcp_connect_conf conf = race->connect;

	conf.local = race->addr[i].src;
	conf.local_port = 0;
	conf.remote = race->addr[i].dst;
	conf.timeout_us = mono_until(now, race->give_up);
	conf.ops = &attempt_ops;
	conf.ctx = &race->attempt[i];
	race->attempt[i] = (struct tcp_race_attempt){.race = race};
	return tcp_connect(race->tcp, &conf, &race->attempt[i].conn, now);
}

// Begins the attempts that are due. Returns the error of the last one that failed at once.
static int begin_due(struct tcp_race *race, mono_t now)
{
	int err = 0, failed, i;

	while (!mono_due(race->give_up, now) && (i = race_next(&race->race, now)) >= 0) {
		failed = try(race, (unsigned)i, now);
		if (failed) {
			err = failed;
			fail(race, TCP_END_UNREACHABLE);
		}
	}
	return err;
}

static void step(struct tcp_race *race, mono_t now)
{
	begin_due(race, now);
	if (!race_is_lost(&race->race) && !mono_due(race->give_up, now)) {
		wheel_add(race->tcp->wheel, &race->timer,
		          mono_earlier(race_due(&race->race), race->give_up));
		return;
	}
	if (!race_is_lost(&race->race))
		race->end = TCP_END_TIMEOUT;
	tcp_race_cancel(race);
	if (race->connect.ops->closed)
		race->connect.ops->closed(race->connect.ctx, NULL, race->end, now);
}

static void fire(struct wheel_timer *timer, mono_t now)
{
	step(CONTAINER_OF(timer, struct tcp_race, timer), now);
}

// Those of the addresses that have a route, in their order; returns how many.
static unsigned routed(struct tcp_race *race, const struct tcp_race_conf *conf)
{
	unsigned n = 0;

	for (unsigned i = 0; i < conf->remotes_len; i++) {
		struct ip_flow flow = {.dst = conf->remotes[i]};

		if (ip_route(race->tcp->ifaces, &flow))
			race->addr[n++] = (struct race_addr){flow.dst, flow.src};
	}
	return n;
}

int tcp_race_begin(struct tcp_race *race, struct tcp *tcp, const struct tcp_race_conf *conf,
                   mono_t now)
{
	uint64_t timeout_us = conf->connect.timeout_us;
	unsigned n;
	int err;

	assert(conf->remotes_len > 0 && conf->remotes_len <= RACE_ADDRS);
	race->tcp = tcp;
	race->connect = conf->connect;
	race->give_up = mono_add(now, timeout_us ? timeout_us : TCP_SYN_GIVE_UP_US);
	wheel_timer_init(&race->timer, fire);
	n = routed(race, conf);
	if (n == 0)
		return -ENETUNREACH;
	race_order(race->addr, n);
	race_init(&race->race, n, now);
	err = begin_due(race, now);
	if (race_is_lost(&race->race))
		return err;
	wheel_add(tcp->wheel, &race->timer, mono_earlier(race_due(&race->race), race->give_up));
	return 0;
}
