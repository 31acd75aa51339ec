// ask_tcp: see the header.
#include "apps/bench/ask_tcp.h"

#include "core/line.h"

#define SWEEP_LANES 4  // looked at in a turn
#define END_LANES   32 // reset in a turn

// Connections of single queries, at most; each that waits for TIME-WAIT's end is not among them.
#define EACH_LANES 4096

// Of a connection that was opened for the trial; while sources are found, most SYNs of the first
// moment are lost to a neighbour that is not resolved yet.
static void count(const struct ask_tcp_lane *lane, bool success)
{
	struct ask_worker *worker = lane->tcp->worker;
	struct tally *tally = &worker->asker.tally;

	if (worker->doing == ASK_TRIAL && lane->begun.us >= worker->asker.trial.begin.us)
		counter_add(success ? &tally->connections : &tally->connections_failed, 1);
}

static void end(struct ask_tcp_lane *lane)
{
	lane->state = ASK_TCP_ENDING;
	tcp_abort(lane->conn);
}

static bool send_message(struct ask_tcp_lane *lane, const struct asker_query *query)
{
	uint8_t bytes[DNS_STREAM_LENGTH_BYTES + QUERY_MESSAGE_MAX];
	uint16_t len = query->query->len;

	uint32_t all = DNS_STREAM_LENGTH_BYTES + (uint32_t)len;

	if (tcp_send_room(lane->conn) < all)
		return false;
	bytes[0] = (uint8_t)(len >> 8);
	bytes[1] = (uint8_t)len;
	query_write(query->query, query->id, query->nonce, bytes + DNS_STREAM_LENGTH_BYTES);
	if (likely(tcp_send(lane->conn, bytes, all) == all))
		return true;
	// There was no page for all of it, and a stream cannot go on behind half a message.
	end(lane);
	return false;
}

static void opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct ask_tcp_lane *lane = ctx;

	lane->state = ASK_TCP_OPEN;
	count(lane, true);
	if (lane->tcp->each && !send_message(lane, &lane->query) && lane->state == ASK_TCP_OPEN)
		end(lane);
}

static unsigned data(void *ctx, struct tcp_conn *conn, struct tcp_data *parts, unsigned n,
                     mono_t now)
{
	struct ask_tcp_lane *lane = ctx;

	for (unsigned i = 0; i < n; i++) {
		unsigned answers = ask_message_take(&lane->messages, lane->number, parts[i].bytes,
		                                    parts[i].len, now);

		if (answers && lane->tcp->each && lane->state == ASK_TCP_OPEN) {
			lane->state = ASK_TCP_ENDING;
			tcp_shutdown(lane->conn);
		}
	}
	return n;
}

static void closed(void *ctx, struct tcp_conn *conn, enum tcp_end why, mono_t now)
{
	struct ask_tcp_lane *lane = ctx;

	if (lane->state == ASK_TCP_OPENING)
		count(lane, false);
	if (why == TCP_END_REFUSED)
		ask_worker_refused(lane->tcp->worker, now);
	lane->conn = NULL;
	lane->state = ASK_TCP_NONE;
	ask_message_reset(&lane->messages);
	if (lane->tcp->each) {
		lane->next = lane->tcp->free;
		lane->tcp->free = lane;
	}
}

static const struct tcp_ops ops = {.opened = opened, .data = data, .closed = closed};

static bool connect_lane(struct ask_tcp_lane *lane, mono_t now)
{
	const struct ask *ask = lane->tcp->worker->ask;
	const struct ask_way *way = &ask->way[ask->way_of[lane->number]];
	struct tcp_connect_conf conf = {.remote = way->target.addr,
	                                .remote_port = way->target.port,
	                                .ops = &ops,
	                                .ctx = lane,
	                                .nodelay = true,
	                                .timeout_us = ask->conf->timeout_ms * MS_US};

	if (way->from_len)
		conf.local = way->from[lane->number % way->from_len];
	lane->begun = now;
	if (tcp_connect(lane->tcp->tcp, &conf, &lane->conn, now) != 0)
		return false;
	lane->state = ASK_TCP_OPENING;
	return true;
}

static bool send_each(struct ask_tcp *tcp, const struct asker_query *query, mono_t now)
{
	struct ask_tcp_lane *lane = tcp->free;

	if (!lane)
		return false;
	lane->number = query->source;
	lane->query = *query;
	if (!connect_lane(lane, now))
		return false;
	tcp->free = lane->next;
	return true;
}

bool ask_tcp_send(struct ask_tcp *tcp, const struct asker_query *query, mono_t now)
{
	struct ask_tcp_lane *lane;

	if (tcp->each)
		return send_each(tcp, query, now);
	if (query->source >= tcp->lanes_len)
		return false;
	lane = &tcp->lane[query->source];
	if (lane->state == ASK_TCP_OPEN)
		return send_message(lane, query);
	if (lane->state == ASK_TCP_NONE)
		(void)connect_lane(lane, now); // else again with the next query
	return false;
}

void ask_tcp_sweep(struct ask_tcp *tcp, mono_t now)
{
	uint64_t timeout_us = tcp->worker->ask->conf->timeout_ms * MS_US;

	for (unsigned i = 0; tcp->each && i < SWEEP_LANES; i++) {
		struct ask_tcp_lane *lane = &tcp->lane[tcp->sweep++ % tcp->lanes_len];
		// A peer that was answered but does not end has the same time again.
		uint64_t limit_us = timeout_us * (lane->state == ASK_TCP_ENDING ? 2 : 1);

		if (lane->state != ASK_TCP_NONE && mono_until(lane->begun, now) > limit_us)
			end(lane);
	}
}

bool ask_tcp_end(struct ask_tcp *tcp)
{
	unsigned ended = 0;

	for (uint32_t i = 0; i < tcp->lanes_len && ended < END_LANES; i++) {
		if (tcp->lane[i].state == ASK_TCP_NONE)
			continue;
		end(&tcp->lane[i]);
		ended++;
	}
	return ended == 0;
}

struct ask_tcp *ask_tcp_open(struct ask_worker *worker, struct stack *stack)
{
	const struct ask_conf *conf = worker->ask->conf;
	struct ask_tcp *tcp = line_alloc(1, sizeof(*tcp));
	uint8_t *buffers = NULL;

	if (!tcp)
		return NULL;
	*tcp = (struct ask_tcp){.worker = worker, .tcp = stack_tcp(stack)};
	tcp->each = conf->transport == ASK_TCP_EACH;
	tcp->lanes_len = tcp->each ? EACH_LANES : (uint32_t)conf->sources;
	tcp->lane = line_alloc(tcp->lanes_len, sizeof(*tcp->lane));
	buffers = calloc(tcp->lanes_len, DNS_MSG_MAX_BYTES); // pages only when they are used
	if (!tcp->lane || !buffers) {
		free(buffers);
		free(tcp->lane);
		free(tcp);
		return NULL;
	}
	for (uint32_t i = 0; i < tcp->lanes_len; i++) {
		tcp->lane[i] = (struct ask_tcp_lane){
		        .tcp = tcp,
		        .number = (uint16_t)i,
		        .messages = {.worker = worker,
		                     .buffer = buffers + (size_t)i * DNS_MSG_MAX_BYTES},
		        .next = tcp->free};
		tcp->free = &tcp->lane[i];
	}
	return tcp;
}

void ask_tcp_close(struct ask_tcp *tcp)
{
	if (!tcp)
		return;
	free(tcp->lane[0].messages.buffer);
	free(tcp->lane);
	free(tcp);
}
