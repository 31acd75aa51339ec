// sdn_tls: see the header.
#include "apps/sdn/sdn_tls.h"

#include "apps/tls/tls_swap.h"

#include <stdio.h>
#include <time.h>

#define RECORDS_MAX 64 // of one switch in a call: it may make them tiny

static const char *const fails[] = {
#define X(id, name, help) [TLS_FAIL_##id] = (help),
        TLS_FAILS(X)
#undef X
};

static uint32_t to_tcp(void *ctx, const void *bytes, uint32_t len)
{
	return tcp_send(((struct sdn_switch *)ctx)->tcp, bytes, len);
}

bool sdn_tls_open(struct sdn_switch *sw)
{
	const struct tls_shared *shared = swap_read(sw->all->tls);

	sw->tls = tls_open(shared->context, NULL);
	return sw->tls != NULL;
}

void sdn_tls_close(struct sdn_switch *sw)
{
	if (!sw->tls)
		return;
	tls_line_remove(&sw->all->line, &sw->in_line);
	tls_close(sw->tls);
	sw->tls = NULL;
}

// Its alert is on the way: the connection ends behind it.
static void tls_failed(struct sdn_switch *sw, mono_t now)
{
	enum tls_fail fail = tls_fail(sw->tls);
	const char *detail = tls_fail_detail(sw->tls);

	counter_add(&sw->all->metric.tls_failed, 1);
	sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_TLS,
	                                          .text = fails[fail],
	                                          .detail = *detail ? detail : NULL});
	sdn_switches_end(sw, false, now);
}

// One step of the handshake; false: nothing is read until the switch has its turn.
static bool handshake(struct sdn_switch *sw, struct tls_io *io, mono_t now)
{
	struct tls_line *line = &sw->all->line;
	enum tls_status status;

	if (!tls_line_take(line, &sw->in_line, now)) {
		tls_line_add(line, &sw->in_line, now);
		return false;
	}
	status = tls_handshake(sw->tls, io);
	sw->tls_blocked = status == TLS_ROOM;
	if (status == TLS_FAILED)
		tls_failed(sw, now);
	if (status == TLS_DONE)
		counter_add(&sw->all->metric.tls_handshakes, 1);
	return status == TLS_DONE || status == TLS_WAIT;
}

static bool records_read(struct sdn_switch *sw, struct tls_io *io, mono_t now)
{
	struct span plain;
	uint32_t len;

	sw->tls_blocked = false;
	for (unsigned i = 0; i < RECORDS_MAX && sw->state != SDN_SWITCH_CLOSING; i++) {
		switch (tls_read(sw->tls, io, sw->all->plain, TLS_RECORD_BYTES, &len)) {
		case TLS_DONE:
			plain = span_of(sw->all->plain, len);
			sdn_switches_read(sw, &plain, now);
			break;
		case TLS_WAIT:
			return true;
		case TLS_ENDED:
			sdn_switches_end(sw, false, now);
			return false;
		case TLS_ROOM: // for its answer to a key update
			sw->tls_blocked = true;
			return false;
		case TLS_FAILED:
			tls_failed(sw, now);
			return false;
		}
	}
	if (sw->state != SDN_SWITCH_CLOSING)
		tls_line_add(&sw->all->line, &sw->in_line, now);
	return false;
}

// False: what is left of the part is not read now.
static bool part_read(struct sdn_switch *sw, struct span *part, mono_t now)
{
	const struct tls_shared *shared = swap_read(sw->all->tls);
	struct tls_io io = {.in = *part, .send = to_tcp, .ctx = sw, .tickets = &shared->tickets};
	bool goes_on = true;

	// The certificate is judged within the handshake alone.
	if (!tls_is_open(sw->tls)) {
		io.now_s = time(NULL);
		goes_on = handshake(sw, &io, now);
	}
	if (goes_on && tls_is_open(sw->tls) && sw->state != SDN_SWITCH_CLOSING)
		goes_on = records_read(sw, &io, now);
	*part = io.in;
	return goes_on;
}

unsigned sdn_tls_data(struct sdn_switch *sw, struct tcp_data *data, unsigned n, mono_t now)
{
	bool goes_on = true;
	unsigned done = 0;

	while (goes_on && done < n && sw->state != SDN_SWITCH_CLOSING) {
		struct span left = span_of(data[done].bytes + sw->tls_taken,
		                           (size_t)(data[done].len - sw->tls_taken));

		goes_on = part_read(sw, &left, now);
		sw->tls_taken = 0;
		if (span_left(&left))
			sw->tls_taken = (uint16_t)(data[done].len - span_left(&left));
		else
			done++;
	}
	return sw->state == SDN_SWITCH_CLOSING ? n : done;
}

// Goes on with what TLS has itself; what it is waiting for may lie in TCP's pages, too.
static void go_on(struct sdn_switch *sw, bool reads, mono_t now)
{
	struct span none = {0};

	if (sw->state == SDN_SWITCH_CLOSING)
		return;
	if (reads)
		(void)!part_read(sw, &none, now);
	tcp_resume(sw->tcp);
}

void sdn_tls_writable(struct sdn_switch *sw, mono_t now)
{
	if (sw->tls_blocked)
		go_on(sw, true, now);
}

static void line_go_on(struct tls_line *line, struct tls_line_place *place, mono_t now)
{
	struct sdn_switch *sw = CONTAINER_OF(place, struct sdn_switch, in_line);

	go_on(sw, sw->tls_blocked || tls_is_open(sw->tls), now);
	sdn_switches_flush(sw, now);
}

void sdn_tls_init(struct sdn_switches *all)
{
	tls_line_init(&all->line, &all->worker->pipeline->mailbox, all->wheel, line_go_on);
}

bool sdn_tls_output(struct sdn_switch *sw, mono_t now)
{
	struct tls_io io = {.send = to_tcp, .ctx = sw};
	struct span waits = of_conn_output(&sw->conn);
	enum tls_status status = TLS_DONE;
	uint32_t len, taken;

	// Without a key nothing can be sent any more.
	if (!tls_is_open(sw->tls))
		return sw->state == SDN_SWITCH_CLOSING;
	while (span_left(&waits) > 0 && status == TLS_DONE) {
		len = sw->tls_again;
		if (len == 0)
			len = (uint32_t)size_min(span_left(&waits), TLS_RECORD_BYTES);
		status = tls_write(sw->tls, &io, waits.p, len, &taken);
		of_conn_sent(&sw->conn, taken, now);
		sw->tls_again = status == TLS_ROOM ? len : 0;
		if (status == TLS_ROOM)
			of_conn_hold(&sw->conn, len);
		waits = of_conn_output(&sw->conn);
	}
	if (status == TLS_FAILED && sw->state != SDN_SWITCH_CLOSING)
		tls_failed(sw, now);
	return status != TLS_ROOM;
}

void sdn_tls_bye(struct sdn_switch *sw)
{
	struct tls_io io = {.send = to_tcp, .ctx = sw};

	if (tls_is_open(sw->tls))
		(void)!tls_shutdown(sw->tls, &io);
}

bool sdn_tls_is_named(const struct sdn_switch *sw)
{
	char name[17];

	if (!sw->all->conf->tls->datapath_names)
		return true;
	snprintf(name, sizeof(name), "%016jx", (uintmax_t)sw->datapath_id);
	return tls_peer_has_name(sw->tls, name);
}

bool sdn_tls_is_same(const struct sdn_switch *a, const struct sdn_switch *b)
{
	uint8_t of_a[TLS_DIGEST_BYTES] = {0}, of_b[TLS_DIGEST_BYTES] = {0};
	bool has_a = a->tls && tls_peer_digest(a->tls, of_a);
	bool has_b = b->tls && tls_peer_digest(b->tls, of_b);

	return !a->tls == !b->tls && has_a == has_b && memcmp(of_a, of_b, sizeof(of_a)) == 0;
}
