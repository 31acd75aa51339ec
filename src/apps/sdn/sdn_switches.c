// sdn_switches: see the header.
#include "apps/sdn/sdn_switches.h"

#include "apps/sdn/sdn_cluster.h"
#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_session.h"
#include "apps/sdn/sdn_tls.h"
#include "core/host/seed.h"
#include "core/line.h"

#include <stdlib.h>

#define NONE         UINT32_MAX
#define LINGER_US    (5 * SEC_US)
#define TICK_US      SEC_US
#define AGED_AT_ONCE 1024 // hosts that a tick forgets

static uint64_t datapath_hash(const struct sdn_switches *all, uint64_t datapath_id)
{
	return hash_u128(all->seed, 0, datapath_id);
}

static bool datapath_eq(const void *ctx, const void *key, uint32_t index)
{
	return ((const struct sdn_switches *)ctx)->sw[index].datapath_id == *(const uint64_t *)key;
}

struct sdn_switch *sdn_switches_find(const struct sdn_switches *all, uint64_t datapath_id)
{
	uint32_t index = hash_find(&all->datapaths, datapath_hash(all, datapath_id), datapath_eq,
	                           all, &datapath_id);

	return index == HASH_NONE ? NULL : &all->sw[index];
}

void sdn_switches_enter(struct sdn_switch *sw)
{
	struct sdn_switches *all = sw->all;

	// The table has as many places as there are switches.
	if (hash_add(&all->datapaths, datapath_hash(all, sw->datapath_id), sdn_switch_number(sw)))
		assert(!"the table of datapaths has room");
}

void sdn_switches_leave(struct sdn_switch *sw)
{
	hash_del(&sw->all->datapaths, datapath_hash(sw->all, sw->datapath_id),
	         sdn_switch_number(sw));
}

void sdn_switches_event(struct sdn_switch *sw, struct sdn_event event)
{
	struct tcp_peers peers = tcp_peers(sw->tcp);

	event.datapath_id = sw->datapath_id;
	event.peer = peers.remote;
	event.peer_port = peers.remote_port;
	event.version = sw->conn.version;
	sdn_events_add(sw->all->events, &event);
}

struct sdn_port *sdn_switches_port(const struct sdn_switch *sw, uint32_t port_no)
{
	for (unsigned i = 0; i < sw->ports_len; i++)
		if (sw->ports[i].port_no == port_no)
			return &sw->ports[i];
	return NULL;
}

void sdn_switches_crowd(struct sdn_switches *all)
{
	uint64_t switches = counter_get(&all->metric.switches);
	bool crowded = switches > sdn_switches_paged(all);

	if (crowded && !all->is_crowded)
		sdn_events_add(all->events,
		               &(struct sdn_event){.kind = SDN_EVENT_PAGES,
		                                   .switches = (uint32_t)switches,
		                                   .pages = all->pages,
		                                   .pages_wanted = sdn_switches_pages(switches)});
	all->is_crowded = crowded;
}

static void switch_arm(struct sdn_switch *sw)
{
	mono_t when = sw->state == SDN_SWITCH_CLOSING ? sw->linger : of_conn_deadline(&sw->conn);

	if (when.us == MONO_NEVER.us)
		return;
	// One that is moved later fires in vain, and is armed again then.
	if (!wheel_timer_armed(&sw->timer) || when.us < sw->timer.when.us)
		wheel_add(sw->all->wheel, &sw->timer, when);
}

// Gives TCP what it has room for. False: something is left, and `writable` follows.
static bool plain_output(struct sdn_switch *sw, mono_t now)
{
	struct span waits = of_conn_output(&sw->conn);

	while (span_left(&waits) > 0) {
		uint32_t len = (uint32_t)span_left(&waits), sent = tcp_send(sw->tcp, waits.p, len);

		of_conn_sent(&sw->conn, sent, now);
		if (sent < len)
			return false;
		waits = of_conn_output(&sw->conn);
	}
	return true;
}

static void switch_output(struct sdn_switch *sw, mono_t now)
{
	bool all = sw->tls ? sdn_tls_output(sw, now) : plain_output(sw, now);

	if (!all || sw->state != SDN_SWITCH_CLOSING)
		return;
	if (sw->tls)
		sdn_tls_bye(sw);
	tcp_shutdown(sw->tcp);
}

void sdn_switches_end(struct sdn_switch *sw, bool abort, mono_t now)
{
	if (sw->state == SDN_SWITCH_CLOSING)
		return;
	sdn_session_leave(sw, now);
	sw->state = SDN_SWITCH_CLOSING;
	sw->linger = mono_add(now, LINGER_US);
	if (abort)
		tcp_abort(sw->tcp);
	switch_arm(sw);
}

// The connection's engine has ended it. A switch that is heard of no more gets no more either.
static void switch_fault(struct sdn_switch *sw, mono_t now)
{
	enum of_conn_fault fault = (enum of_conn_fault)sw->conn.fault;

	sdn_switches_event(
	        sw, (struct sdn_event){.kind = SDN_EVENT_FAULT, .text = of_conn_fault_text(fault)});
	sdn_switches_end(sw,
	                 fault == OF_CONN_FAULT_SLOW || fault == OF_CONN_FAULT_SILENT ||
	                         fault == OF_CONN_FAULT_STALLED,
	                 now);
}

void sdn_switches_read(struct sdn_switch *sw, struct span *part, mono_t now)
{
	enum of_conn_event event;
	struct of_msg msg;

	while (sw->state != SDN_SWITCH_CLOSING) {
		event = of_conn_next(&sw->conn, part, &msg, now);
		if (event == OF_CONN_MORE)
			break;
		if (event == OF_CONN_CLOSE)
			switch_fault(sw, now);
		else
			sdn_session_event(sw, event, &msg, now);
	}
	// What came by an auxiliary connection may have put something into the queues of the main
	// one.
	if (unlikely(sw->main))
		sdn_switches_flush(sw->main, now);
}

static unsigned on_data(void *ctx, struct tcp_conn *tcp, struct tcp_data *data, unsigned n,
                        mono_t now)
{
	struct sdn_switch *sw = ctx;
	unsigned done = n;

	if (!sw)
		return n;
	for (unsigned i = 0; i < n && !sw->tls; i++) {
		struct span part = span_of(data[i].bytes, data[i].len);

		sdn_switches_read(sw, &part, now);
	}
	if (unlikely(sw->tls))
		done = sdn_tls_data(sw, data, n, now);
	switch_output(sw, now);
	switch_arm(sw);
	return done;
}

static void on_writable(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct sdn_switch *sw = ctx;

	if (!sw)
		return;
	if (sw->tls)
		sdn_tls_writable(sw, now);
	switch_output(sw, now);
	switch_arm(sw);
}

static void on_ended(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	if (ctx)
		sdn_switches_end(ctx, false, now);
	tcp_shutdown(tcp);
}

static void switch_fire(struct wheel_timer *timer, mono_t now)
{
	struct sdn_switch *sw = CONTAINER_OF(timer, struct sdn_switch, timer);
	enum of_conn_event event = OF_CONN_EXPIRED;

	if (sw->state == SDN_SWITCH_CLOSING) {
		if (mono_due(sw->linger, now))
			tcp_abort(sw->tcp);
		else
			switch_arm(sw);
		return;
	}
	while (event == OF_CONN_EXPIRED && sw->state != SDN_SWITCH_CLOSING) {
		event = of_conn_expire(&sw->conn, now);
		if (event == OF_CONN_EXPIRED)
			sdn_session_event(sw, event, NULL, now);
		else if (event == OF_CONN_CLOSE)
			switch_fault(sw, now);
	}
	switch_output(sw, now);
	switch_arm(sw);
}

void sdn_switches_flush(struct sdn_switch *sw, mono_t now)
{
	switch_output(sw, now);
	switch_arm(sw);
}

static struct sdn_switch *switch_add(struct sdn_switches *all, struct tcp_conn *tcp, mono_t now)
{
	uint32_t number = all->free_switch;
	struct sdn_switch *sw;

	if (number != NONE)
		all->free_switch = all->sw[number].next_free;
	else if (all->used < all->conf->max_switches)
		number = all->used++;
	else
		return NULL;
	sw = &all->sw[number];
	*sw = (struct sdn_switch){.all = all,
	                          .tcp = tcp,
	                          .state = SDN_SWITCH_HANDSHAKE,
	                          .answers = sw,
	                          .since = now,
	                          .ports = all->ports + (size_t)number * SDN_PORTS_MAX};
	wheel_timer_init(&sw->timer, switch_fire);
	of_conn_init(&sw->conn, &all->limits, &all->of_metric,
	             all->memory + number * all->memory_bytes, all->versions, false, now);
	return sw;
}

// There is no place for it.
static void switch_refuse(struct sdn_switches *all, struct tcp_conn *tcp)
{
	struct tcp_peers peers = tcp_peers(tcp);

	counter_add(&all->metric.refused, 1);
	sdn_events_add(all->events, &(struct sdn_event){.kind = SDN_EVENT_FULL,
	                                                .peer = peers.remote,
	                                                .peer_port = peers.remote_port});
	tcp_abort(tcp);
}

static void on_opened(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct sdn_switches *all = ctx;
	struct sdn_switch *sw = switch_add(all, tcp, now);

	tcp_set_ctx(tcp, sw);
	if (!sw) {
		switch_refuse(all, tcp);
		return;
	}
	switch_output(sw, now);
	switch_arm(sw);
}

static void on_opened_tls(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct sdn_switches *all = ctx;
	struct sdn_switch *sw = switch_add(all, tcp, now);

	tcp_set_ctx(tcp, sw);
	if (!sw)
		switch_refuse(all, tcp);
	else if (!sdn_tls_open(sw))
		tcp_abort(tcp);
	else
		switch_arm(sw);
}

static void on_closed(void *ctx, struct tcp_conn *tcp, enum tcp_end end, mono_t now)
{
	struct sdn_switch *sw = ctx;
	struct sdn_switches *all;

	if (!sw)
		return;
	all = sw->all;
	sdn_session_leave(sw, now);
	sdn_tls_close(sw);
	wheel_del(all->wheel, &sw->timer);
	sw->state = SDN_SWITCH_FREE;
	sw->next_free = all->free_switch;
	all->free_switch = sdn_switch_number(sw);
}

static const struct tcp_ops tcp_ops = {.opened = on_opened,
                                       .data = on_data,
                                       .ended = on_ended,
                                       .writable = on_writable,
                                       .closed = on_closed};
static const struct tcp_ops tls_ops = {.opened = on_opened_tls,
                                       .data = on_data,
                                       .ended = on_ended,
                                       .writable = on_writable,
                                       .closed = on_closed};

static void on_tick(struct wheel_timer *timer, mono_t now)
{
	struct sdn_switches *all = CONTAINER_OF(timer, struct sdn_switches, tick);

	(void)sdn_learn_tick(&all->learn, AGED_AT_ONCE, now);
	for (uint32_t i = 0; i < all->used; i++) {
		struct sdn_switch *sw = &all->sw[i];

		if (!sdn_switch_acts(sw) && sw->state != SDN_SWITCH_STANDBY)
			continue;
		sdn_session_tick(sw, now);
		switch_output(sw, now);
		switch_arm(sw);
	}
	wheel_add(all->wheel, timer, mono_add(now, TICK_US));
}

// Not zeroed, so that what is not used costs no memory.
static int tables_open(struct sdn_switches *all, const struct sdn_conf *conf)
{
	struct sdn_learn_conf learn = sdn_conf_learn(conf, seed_os());
	size_t switches = conf->max_switches;
	int err;

	all->memory_bytes = ROUND_UP(of_conn_memory(&all->limits), CACHE_LINE_BYTES);
	all->sw = malloc(switches * sizeof(*all->sw));
	all->ports = malloc(switches * SDN_PORTS_MAX * sizeof(*all->ports));
	all->memory = malloc(switches * all->memory_bytes);
	all->plain = sdn_conf_is_tls(conf) ? malloc(TLS_RECORD_BYTES) : NULL;
	err = all->sw && all->ports && all->memory ? 0 : -ENOMEM;
	if (!all->plain && sdn_conf_is_tls(conf))
		err = -ENOMEM;
	if (!err)
		err = sdn_dump_open(&all->dumps);
	if (!err)
		err = hash_init(&all->datapaths, (uint32_t)switches);
	return err ? err : sdn_learn_open(&all->learn, &learn);
}

static void tables_close(struct sdn_switches *all)
{
	sdn_cluster_close(all->cluster);
	sdn_fabric_close(all->fabric);
	sdn_learn_close(&all->learn);
	hash_fini(&all->datapaths);
	sdn_dump_close(&all->dumps);
	free(all->sw);
	free(all->ports);
	free(all->memory);
	free(all->plain);
	free(all);
}

static int port_listen(struct sdn_switches *all, uint64_t port, const struct tcp_ops *ops,
                       struct why *why)
{
	const struct tcp_listener_conf listener = {.port = (uint16_t)port,
	                                           .backlog = SDN_SWITCHES_BACKLOG,
	                                           .ops = ops,
	                                           .ctx = all,
	                                           .nodelay = true};
	int err = tcp_listen(stack_tcp(all->worker->stack), &listener, NULL);

	return err ? why_fail(why, err, "cannot listen on TCP port %u", listener.port) : 0;
}

static int switches_listen(struct sdn_switches *all, struct why *why)
{
	const struct sdn_conf *conf = all->conf;
	int err = 0;

	if (sdn_conf_is_plain(conf))
		err = port_listen(all, conf->port, &tcp_ops, why);
	if (!err && sdn_conf_is_tls(conf))
		err = port_listen(all, conf->tls->port, &tls_ops, why);
	return err;
}

static void forms_init(struct sdn_switches *all)
{
	static const enum of_version versions[] = {OF10, OF13, OF14, OF15};

	for (unsigned i = 0; i < ARRAY_LEN(versions); i++)
		sdn_learn_form_init(&all->forms[versions[i]], versions[i], &all->flow);
}

struct sdn_switches *sdn_switches_open(const struct sdn_conf *conf, struct sdn_events *events,
                                       struct service_worker *worker, struct why *why)
{
	struct sdn_switches *all = line_alloc(1, sizeof(*all));

	if (!all) {
		why_no_memory(why, "switches");
		return NULL;
	}
	*all = (struct sdn_switches){.conf = conf,
	                             .limits = sdn_conf_limits(conf),
	                             .flow = sdn_conf_flow(conf),
	                             .versions = sdn_conf_versions(conf),
	                             .events = events,
	                             .worker = worker,
	                             .pages = tcp_pages_max(stack_tcp(worker->stack)),
	                             .wheel = &worker->pipeline->wheel,
	                             .free_switch = NONE,
	                             .seed = seed_os()};
	forms_init(all);
	sdn_tls_init(all);
	if (tables_open(all, conf))
		why_no_memory(why, "%ju switches and %ju hosts", (uintmax_t)conf->max_switches,
		              (uintmax_t)conf->max_hosts);
	else if ((!conf->topology || (all->fabric = sdn_fabric_open(all, why))) &&
	         (!sdn_conf_is_cluster(conf) || (all->cluster = sdn_cluster_open(all, why))) &&
	         switches_listen(all, why) == 0) {
		wheel_timer_init(&all->tick, on_tick);
		wheel_add(all->wheel, &all->tick, (mono_t){0});
		return all;
	}
	tables_close(all);
	return NULL;
}

void sdn_switches_close(struct sdn_switches *all)
{
	if (!all)
		return;
	wheel_del(all->wheel, &all->tick);
	for (uint32_t i = 0; i < all->used; i++) {
		if (all->sw[i].state == SDN_SWITCH_FREE)
			continue;
		sdn_tls_close(&all->sw[i]);
		wheel_del(all->wheel, &all->sw[i].timer);
	}
	tls_line_fini(&all->line);
	tables_close(all);
}
