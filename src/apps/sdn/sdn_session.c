// sdn_session: see the header.
#include "apps/sdn/sdn_session.h"

#include "apps/sdn/sdn_auxiliary.h"
#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_role.h"
#include "apps/sdn/sdn_tls.h"
#include "proto/openflow/of_error.h"

#include <ctype.h>

#define TABLE_FULL_PAUSE_US SEC_US

// What requests are for.
enum ask {
	ASK_DESC,
	ASK_PORTS,
	ASK_FLOWS,      // all of ours
	ASK_SOME_FLOWS, // of 1.0: those that may be wrong
	ASK_BARRIER,
	ASK_FEATURES, // of 1.0, once more: they have the ports
};

static enum of_version version_of(const struct sdn_switch *sw)
{
	return (enum of_version)sw->conn.version;
}

// False: the queue has no room.
static bool put(struct sdn_switch *sw, enum of_conn_queue queue, struct of_msg *msg, mono_t now)
{
	return of_conn_send(&sw->conn, queue, msg, now) == OF_FAULT_NONE;
}

static bool ask(struct sdn_switch *sw, enum of_conn_queue queue, struct of_msg *msg, enum ask what,
                mono_t now)
{
	return of_conn_ask(&sw->conn, queue, msg, what, now) == OF_FAULT_NONE;
}

static void ask_desc(struct sdn_switch *sw, mono_t now)
{
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST,
	                     .multipart = {.type = OF_MULTIPART_DESC}};

	(void)ask(sw, OF_CONN_CONTROL, &msg, ASK_DESC, now);
}

// In 1.5 the request names a port (section 7.3.5.7), before it has no body. In 1.0 the features
// have the ports.
static void ask_ports(struct sdn_switch *sw, mono_t now)
{
	const struct of_port_request any = {.port = OF_PORT_ANY};
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST,
	                     .multipart = {.type = OF_MULTIPART_PORT_DESC}};
	uint8_t body[16];
	struct fill out = fill_of(body, sizeof(body));

	if (version_of(sw) == OF15 && of_port_request_put(&out, OF15, &any) == OF_FAULT_NONE)
		msg.multipart.body = of_list_of(OF_FAMILY_PORT_REQUEST, OF15, &out);
	(void)ask(sw, OF_CONN_CONTROL, &msg, ASK_PORTS, now);
}

static void ask_features(struct sdn_switch *sw, mono_t now)
{
	struct of_msg msg = {.type = OF_FEATURES_REQUEST};

	(void)ask(sw, OF_CONN_CONTROL, &msg, ASK_FEATURES, now);
}

// Ports.

// Text of a switch's, of which only printable ASCII is kept.
static void text_copy(char *to, size_t size, struct of_bytes from)
{
	size_t len = size_min(from.len, size - 1);

	for (size_t i = 0; i < len; i++)
		to[i] = isprint(from.p[i]) && from.p[i] < 0x80 ? (char)from.p[i] : '?';
	to[len] = '\0';
}

static void port_set(struct sdn_switch *sw, const struct of_port *from, mono_t now)
{
	struct sdn_port *port = sdn_switches_port(sw, from->port_no);

	if (sw->all->fabric && sdn_switch_acts(sw))
		sdn_fabric_set_port(sw->all->fabric, sw, from, now);
	if (!port && sw->ports_len == SDN_PORTS_MAX)
		return;
	if (!port) {
		port = &sw->ports[sw->ports_len++];
		port->load = (struct sdn_load){0};
	}
	*port = (struct sdn_port){.port_no = from->port_no,
	                          .config = from->config,
	                          .state = from->state,
	                          .speed_kbps = from->curr_speed_kbps,
	                          .load = port->load};
	text_copy(port->name, sizeof(port->name), from->name);
}

// last: no piece of the list comes after it.
static void ports_set(struct sdn_switch *sw, struct of_list list, bool last, mono_t now)
{
	struct of_port port;

	while (of_port_next(&list, &port))
		port_set(sw, &port, now);
	if (last && sw->all->fabric && sdn_switch_acts(sw))
		sdn_fabric_keep_ports(sw->all->fabric, sw, now);
}

// Flows.

static bool flow_miss_send(struct sdn_switch *sw, mono_t now)
{
	struct sdn_learn_flow_scratch scratch;
	struct of_msg msg;

	sdn_learn_flow_miss(&msg, &scratch, version_of(sw), &sw->all->flow);
	return put(sw, OF_CONN_CONTROL, &msg, now);
}

// Flows that may be wrong: deleted, or in 1.0, which cannot say whose, read and then deleted.
// Behind the flows that were added before.
static void flows_distrust(struct sdn_switch *sw, const struct sdn_learn_flow_filter *filter,
                           mono_t now)
{
	struct sdn_learn_flow_scratch scratch;
	struct of_msg msg;
	bool done;

	if (version_of(sw) == OF10) {
		sdn_learn_flow_ask(&msg, &scratch, OF10, &sw->all->flow, filter);
		done = ask(sw, OF_CONN_BULK, &msg, ASK_SOME_FLOWS, now);
	} else {
		sdn_learn_flow_delete(&msg, &scratch, version_of(sw), &sw->all->flow, filter);
		done = put(sw, OF_CONN_BULK, &msg, now);
	}
	sw->recheck |= !done;
}

static void check_begin(struct sdn_switch *sw, bool teaching, mono_t now)
{
	const struct sdn_learn_flow_filter all = {.out_port = OF_PORT_ANY};
	struct sdn_learn_flow_scratch scratch;
	struct of_msg msg;

	sdn_learn_flow_ask(&msg, &scratch, version_of(sw), &sw->all->flow, &all);
	sw->checking = ask(sw, OF_CONN_BULK, &msg, ASK_FLOWS, now);
	sw->recheck = !sw->checking;
	sw->teaching = teaching;
	sw->has_miss = false;
	sw->flows = 0;
	counter_add(&sw->all->metric.checks, 1);
}

// Whether hosts may be at the port. One that is not listed is none, if the list is there and whole.
static bool port_may_be(struct sdn_switch *sw, uint32_t port_no)
{
	const struct sdn_port *port = sdn_switches_port(sw, port_no);

	if (!sdn_learn_flow_is_port(port_no))
		return false;
	return port ? sdn_port_is_up(port) : sw->ports_len == 0 || sw->ports_len == SDN_PORTS_MAX;
}

// Whether the host is where the flow has it.
static bool host_is_at(struct sdn_switch *sw, uint32_t port_no, uint16_t vlan, const uint8_t mac[6],
                       mono_t now)
{
	struct sdn_learn *learn = &sw->all->learn;
	uint32_t at;

	if (sw->teaching)
		return port_may_be(sw, port_no) &&
		       sdn_learn_add(learn, sdn_switch_number(sw), port_no, vlan, mac, now);
	return sdn_learn_find(learn, sdn_switch_number(sw), vlan, mac, &at) && at == port_no;
}

static bool flow_is_right(struct sdn_switch *sw, const struct sdn_learn_flow *flow,
                          enum sdn_learn_flow_kind kind, mono_t now)
{
	uint16_t vlan = sdn_learn_vlan(flow->vlan_match);

	if (kind == SDN_LEARN_FLOW_MISS) {
		sw->has_miss = true;
		return true;
	}
	if (sw->all->fabric)
		return kind == SDN_LEARN_FLOW_PAIR && flow->in_port != flow->out_port &&
		       sdn_fabric_is_right(sw->all->fabric, sw, flow);
	return kind == SDN_LEARN_FLOW_PAIR && flow->in_port != flow->out_port &&
	       host_is_at(sw, flow->in_port, vlan, flow->src, now) &&
	       host_is_at(sw, flow->out_port, vlan, flow->dst, now);
}

static void flow_check(struct sdn_switch *sw, const struct of_flow_stats *stats, mono_t now)
{
	struct sdn_metric *metric = &sw->all->metric;
	struct sdn_learn_flow flow = {0};
	enum sdn_learn_flow_kind kind = sdn_learn_flow_read(stats, &sw->all->flow, &flow);
	struct of_msg msg;

	if (kind == SDN_LEARN_FLOW_FOREIGN) {
		counter_add(&metric->flows_foreign, 1);
		return;
	}
	if (flow_is_right(sw, &flow, kind, now)) {
		counter_add(&metric->flows_kept, 1);
		sw->flows++;
		return;
	}
	sdn_learn_flow_delete_exact(&msg, stats);
	counter_add(&metric->flows_deleted, 1);
	sw->recheck |= !put(sw, OF_CONN_CONTROL, &msg, now);
}

static void barrier_ask(struct sdn_switch *sw, mono_t now)
{
	struct of_msg barrier = {.type = OF_BARRIER_REQUEST};

	if (!ask(sw, OF_CONN_CONTROL, &barrier, ASK_BARRIER, now))
		sw->recheck = true;
}

// The flows were read, or cannot be.
static void check_end(struct sdn_switch *sw, mono_t now)
{
	sw->checking = false;
	sw->teaching = false;
	if (!sw->has_miss)
		sw->recheck |= !flow_miss_send(sw, now);
	barrier_ask(sw, now);
}

static void check_failed(struct sdn_switch *sw, mono_t now)
{
	sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_FLOWS_UNREAD});
	check_end(sw, now);
}

// The switch is there.

// What it does is ours to say from now on.
static void session_begin(struct sdn_switch *sw, mono_t now)
{
	struct of_msg config = {.type = OF_SET_CONFIG,
	                        .config = {.miss_send_len = OF_MAX_LEN_WHOLE}};

	sw->state = SDN_SWITCH_CHECKING;
	if (sw->all->fabric)
		sdn_fabric_enter(sw->all->fabric, sw, now);
	(void)put(sw, OF_CONN_CONTROL, &config, now); // the queues are as good as empty
}

static void flows_begin(struct sdn_switch *sw, mono_t now)
{
	if (!intent_apply_begin(sw, false, now))
		check_begin(sw, true, now);
}

void sdn_session_act(struct sdn_switch *sw, mono_t now)
{
	if (sw->state != SDN_SWITCH_STANDBY)
		return;
	session_begin(sw, now);
	if (sw->all->fabric && version_of(sw) == OF10)
		ask_features(sw, now);
	else if (sw->all->fabric)
		ask_ports(sw, now);
	flows_begin(sw, now);
}

void sdn_session_rest(struct sdn_switch *sw, mono_t now)
{
	if (!sdn_switch_acts(sw))
		return;
	intent_apply_end(sw);
	sdn_learn_leave(&sw->all->learn, sdn_switch_number(sw));
	if (sw->all->fabric)
		sdn_fabric_leave(sw->all->fabric, sw, now);
	if (sw->checking && sw->stale_checks < UINT8_MAX)
		sw->stale_checks++;
	sw->checking = sw->teaching = sw->recheck = false;
	sw->state = SDN_SWITCH_STANDBY;
}

static void session_enter(struct sdn_switch *sw, const struct of_features *features, mono_t now)
{
	struct sdn_metric *metric = &sw->all->metric;

	sdn_switches_enter(sw);
	sw->state = SDN_SWITCH_STANDBY;
	counter_add(&metric->connects, 1);
	counter_set(&metric->switches, counter_get(&metric->switches) + 1);
	sdn_switches_crowd(sw->all);
	sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_UP});
	if (!sw->all->cluster)
		session_begin(sw, now);
	ask_desc(sw, now);
	if (version_of(sw) == OF10)
		ports_set(sw, features->ports, true, now);
	else
		ask_ports(sw, now);
}

static void session_refuse(struct sdn_switch *sw, enum sdn_event_kind why, mono_t now)
{
	counter_add(&sw->all->metric.refused, 1);
	sdn_switches_event(sw, (struct sdn_event){.kind = why});
	sdn_switches_end(sw, false, now);
}

static void on_ready(struct sdn_switch *sw, const struct of_features *features, mono_t now)
{
	struct sdn_switch *other;

	sw->datapath_id = features->datapath_id;
	sw->forms = &sw->all->forms[sw->conn.version];
	if (sw->tls && !sdn_tls_is_named(sw)) {
		session_refuse(sw, SDN_EVENT_TLS_NAME, now);
		return;
	}
	if (features->auxiliary_id != 0) {
		sdn_auxiliary_join(sw, features->auxiliary_id, now);
		return;
	}
	other = sdn_switches_find(sw->all, sw->datapath_id);
	if (other) {
		// It may be the same switch, whose former connection broke: then that one does
		// not answer, and the switch is taken when it tries again.
		of_conn_probe(&other->conn, now);
		session_refuse(sw, SDN_EVENT_DUPLICATE, now);
		return;
	}
	session_enter(sw, features, now);
	sw->tables = features->n_tables;
	if (sw->all->cluster)
		sdn_role_ask(sw, now);
	else
		flows_begin(sw, now);
}

void sdn_session_leave(struct sdn_switch *sw, mono_t now)
{
	struct sdn_metric *metric = &sw->all->metric;

	if (sw->main)
		sdn_auxiliary_leave(sw);
	sdn_session_rest(sw, now);
	if (sw->state != SDN_SWITCH_STANDBY)
		return;
	sdn_auxiliary_end_all(sw, now);
	sdn_dump_leave(sw, now);
	sdn_switches_leave(sw);
	counter_add(&metric->disconnects, 1);
	counter_set(&metric->switches, counter_get(&metric->switches) - 1);
	sdn_switches_crowd(sw->all);
	sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_DOWN});
	sw->state = SDN_SWITCH_CLOSING;
}

// Packet-ins.

static bool packet_send(struct sdn_switch *sw, const struct of_packet_in *in, uint32_t out_port,
                        mono_t now)
{
	struct of_conn *conn = &sw->answers->conn;
	struct fill out = of_conn_room(conn, OF_CONN_BULK);

	if (!sdn_learn_form_packet(sw->forms, &out, of_conn_xid(conn), in->in_port, out_port,
	                           in->buffer_id, in->data)) {
		sdn_switches_drop(sw->all, SDN_DROP_SLOW_SWITCH);
		return false;
	}
	of_conn_wrote(conn, OF_CONN_BULK, &out, now);
	sw->packet_outs++;
	counter_add(&sw->all->metric.packet_outs, 1);
	return true;
}

// True: the frame is on its way, since the switch has it and applies the flow to it.
static bool flow_send(struct sdn_switch *sw, const struct of_packet_in *in,
                      const struct sdn_learn_frame *frame, uint32_t out_port, mono_t now)
{
	struct fill out = of_conn_room(&sw->conn, OF_CONN_BULK);
	struct sdn_learn_flow flow = {
	        .in_port = in->in_port, .out_port = out_port, .vlan_match = frame->vlan_match};

	if (!mono_due(sw->full_until, now))
		return false;
	memcpy(flow.src, frame->src, sizeof(flow.src));
	memcpy(flow.dst, frame->dst, sizeof(flow.dst));
	if (!sdn_learn_form_flow(sw->forms, &out, of_conn_xid(&sw->conn), &flow, in->buffer_id))
		return false;
	of_conn_wrote(&sw->conn, OF_CONN_BULK, &out, now);
	sw->flow_mods++;
	counter_add(&sw->all->metric.flow_mods, 1);
	return in->buffer_id != OF_NO_BUFFER;
}

static void packet_forward(struct sdn_switch *sw, const struct of_packet_in *in,
                           const struct sdn_learn_frame *frame,
                           const struct sdn_learn_outcome *outcome, mono_t now)
{
	if ((outcome->known && flow_send(sw, in, frame, outcome->port, now)) ||
	    packet_send(sw, in, outcome->port, now))
		counter_add(&sw->all->metric.forwarded, 1);
}

void sdn_session_distrust(struct sdn_switch *sw, struct mac host, mono_t now)
{
	uint8_t mac[6];

	mac_store(mac, host);
	flows_distrust(sw, &(struct sdn_learn_flow_filter){.out_port = OF_PORT_ANY, .dst = mac},
	               now);
}

// A host is elsewhere: flows to it are wrong on every switch.
static void host_moved(struct sdn_switches *all, struct mac host, mono_t now)
{
	for (uint32_t i = 0; i < all->used; i++) {
		struct sdn_switch *sw = &all->sw[i];

		if (!sdn_switch_acts(sw))
			continue;
		sdn_session_distrust(sw, host, now);
		sdn_switches_flush(sw, now);
	}
}

// A packet-in of a network whose links are known.
static void fabric_packet_in(struct sdn_switch *sw, const struct of_packet_in *in,
                             const struct sdn_learn_frame *frame, mono_t now)
{
	struct sdn_forward_outcome outcome;
	bool forward = sdn_fabric_input(sw->all->fabric, sw, in, &outcome, now);

	if (outcome.moved)
		host_moved(sw->all, outcome.src, now);
	if (forward)
		packet_forward(sw, in, frame,
		               &(struct sdn_learn_outcome){.port = outcome.out_port, .known = true},
		               now);
}

static void on_packet_in(struct sdn_switch *sw, const struct of_packet_in *in, mono_t now)
{
	struct sdn_switches *all = sw->all;
	struct sdn_learn_outcome outcome;
	struct sdn_learn_frame frame;

	sw->packet_ins++;
	counter_add(&all->metric.packet_ins, 1);
	if (unlikely(!sdn_switch_acts(sw) || !sdn_role_acts(all, now))) {
		sdn_switches_drop(all, SDN_DROP_STANDBY);
		return;
	}
	if (!sdn_learn_flow_is_port(in->in_port)) {
		sdn_switches_drop(all, SDN_DROP_BAD_PORT);
		return;
	}
	if (unlikely(sw->apply.active)) {
		intent_apply_packet(sw, in, now);
		return;
	}
	if (!sdn_learn_frame_parse(&frame, span_of(in->data.p, in->data.len))) {
		sdn_switches_drop(all, SDN_DROP_SHORT);
		return;
	}
	if (all->fabric) {
		fabric_packet_in(sw, in, &frame, now);
		return;
	}
	outcome = sdn_learn_input(&all->learn, sdn_switch_number(sw), in->in_port, &frame, now);
	if (outcome.moved)
		flows_distrust(
		        sw,
		        &(struct sdn_learn_flow_filter){.out_port = OF_PORT_ANY, .dst = frame.src},
		        now);
	if (outcome.verdict == SDN_LEARN_FORWARD)
		packet_forward(sw, in, &frame, &outcome, now);
	else if (outcome.verdict != SDN_LEARN_FLOOD)
		sdn_switches_drop(all, (enum sdn_drop)(outcome.verdict - SDN_LEARN_SHORT));
	else if (packet_send(sw, in, OF_PORT_FLOOD, now))
		counter_add(&all->metric.flooded, 1);
}

// Other messages.

static void on_port_status(struct sdn_switch *sw, const struct of_port_status *status, mono_t now)
{
	enum { PORT_ADD, PORT_DELETE, PORT_MODIFY };
	struct sdn_port *port = sdn_switches_port(sw, status->port.port_no);
	bool was_up = port && sdn_port_is_up(port), is_up;

	if (status->reason != PORT_DELETE)
		port_set(sw, &status->port, now);
	else if (port)
		*port = sw->ports[--sw->ports_len];
	if (status->reason == PORT_DELETE && sw->all->fabric && sdn_switch_acts(sw))
		sdn_fabric_del_port(sw->all->fabric, sw, status->port.port_no, now);
	port = sdn_switches_port(sw, status->port.port_no);
	is_up = port && sdn_port_is_up(port);
	if (was_up == is_up)
		return;
	sdn_switches_event(
	        sw, (struct sdn_event){.kind = is_up ? SDN_EVENT_PORT_UP : SDN_EVENT_PORT_DOWN,
	                               .port = status->port.port_no});
	if (is_up || !sdn_switch_acts(sw))
		return;
	sdn_learn_port_forget(&sw->all->learn, sdn_switch_number(sw), status->port.port_no);
	if (sw->apply.active) {
		sw->recheck = true;
		return;
	}
	flows_distrust(sw, &(struct sdn_learn_flow_filter){.out_port = status->port.port_no}, now);
}

static bool is_table_full(const struct sdn_switch *sw, const struct of_error *error)
{
	char name[OF_ERROR_NAME_BYTES];

	return of_error_code_name(sw->conn.version, error->type, error->code, name) &&
	       (strcmp(name, "TABLE_FULL") == 0 || strcmp(name, "ALL_TABLES_FULL") == 0);
}

static void on_error(struct sdn_switch *sw, const struct of_error *error, mono_t now)
{
	sw->errors++;
	counter_add(&sw->all->metric.errors, 1);
	if (!is_table_full(sw, error)) {
		sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_ERROR,
		                                          .type = error->type,
		                                          .code = error->code});
		return;
	}
	counter_add(&sw->all->metric.table_full, 1);
	if (mono_due(sw->full_until, now))
		sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_TABLE_FULL});
	sw->full_until = mono_add(now, TABLE_FULL_PAUSE_US);
}

static void on_message(struct sdn_switch *sw, const struct of_msg *msg, mono_t now)
{
	if (likely(msg->type == OF_PACKET_IN))
		on_packet_in(sw, &msg->packet_in, now);
	else if (sdn_role_message(sw, msg, now))
		return;
	else if (msg->type == OF_PORT_STATUS)
		on_port_status(sw, &msg->port_status, now);
	else if (msg->type == OF_ERROR)
		on_error(sw, &msg->error, now);
}

static void on_desc(struct sdn_switch *sw, struct of_list list)
{
	struct of_desc desc;

	if (of_desc_next(&list, &desc))
		text_copy(sw->desc, sizeof(sw->desc), desc.hw);
}

static void on_flows(struct sdn_switch *sw, struct of_list list, mono_t now)
{
	struct of_flow_stats stats;

	while (of_flow_stats_next(&list, &stats))
		flow_check(sw, &stats, now);
}

// Of a read that was begun before the switch rested.
static bool is_stale_check(struct sdn_switch *sw)
{
	bool stale = sw->conn.answered_tag == ASK_FLOWS && sw->stale_checks > 0;

	if (stale && sw->conn.answered_last)
		sw->stale_checks--;
	return stale;
}

// Whether a reply is of use: while the switch rests, what says how it looks.
static bool is_wanted(struct sdn_switch *sw)
{
	uint32_t tag = sw->conn.answered_tag;

	return !is_stale_check(sw) && (sdn_switch_acts(sw) || tag == ASK_DESC || tag == ASK_PORTS);
}

// Replies to questions that operators' requests cause: they change nothing.
static bool reply_to_readers(struct sdn_switch *sw, const struct of_msg *msg, bool refused,
                             mono_t now)
{
	if (sdn_poll_has(sw->conn.answered_tag))
		sdn_poll_reply(sw, msg, refused, now);
	else if (sdn_dump_has(sw->conn.answered_tag))
		sdn_dump_reply(sw, msg, refused, now);
	else
		return false;
	return true;
}

static void on_reply(struct sdn_switch *sw, const struct of_msg *msg, mono_t now)
{
	enum of_family family = OF_FAMILY_OPAQUE;
	struct of_list list = {0};

	if (msg->type == OF_MULTIPART_REPLY) {
		list = msg->multipart.body;
		family = (enum of_family)list.family;
	}
	if (sdn_role_is_tag(sw->conn.answered_tag)) {
		sdn_role_reply(sw, msg, now);
		return;
	}
	if (reply_to_readers(sw, msg, false, now) || !is_wanted(sw))
		return;
	if (sw->conn.answered_tag >= INTENT_APPLY_FLOWS) {
		if (intent_apply_reply(sw, msg, now))
			barrier_ask(sw, now);
		return;
	}
	switch ((enum ask)sw->conn.answered_tag) {
	case ASK_DESC:
		if (family == OF_FAMILY_DESC)
			on_desc(sw, list);
		break;
	case ASK_PORTS:
		if (family == OF_FAMILY_PORT)
			ports_set(sw, list, sw->conn.answered_last, now);
		break;
	case ASK_FEATURES:
		if (msg->type == OF_FEATURES_REPLY)
			ports_set(sw, msg->features.ports, true, now);
		break;
	case ASK_FLOWS:
	case ASK_SOME_FLOWS:
		if (family == OF_FAMILY_FLOW_STATS)
			on_flows(sw, list, now);
		if (sw->conn.answered_last && sw->conn.answered_tag == ASK_FLOWS)
			check_end(sw, now);
		break;
	case ASK_BARRIER:
		if (sw->state == SDN_SWITCH_CHECKING)
			sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_SERVING});
		sw->state = SDN_SWITCH_SERVING;
		break;
	}
}

// error: what came in place of the reply; NULL: nothing.
static void on_unanswered(struct sdn_switch *sw, const struct of_error *error, mono_t now)
{
	if (sdn_role_is_tag(sw->conn.answered_tag)) {
		sdn_role_failed(sw, error, now);
		return;
	}
	if (error)
		on_error(sw, error, now);
	if (reply_to_readers(sw, NULL, error != NULL, now) || is_stale_check(sw) ||
	    !sdn_switch_acts(sw))
		return;
	if (sw->conn.answered_tag >= INTENT_APPLY_FLOWS &&
	    intent_apply_failed(sw, error != NULL, now))
		barrier_ask(sw, now);
	else if (sw->conn.answered_tag == ASK_FLOWS)
		check_failed(sw, now);
	else if (sw->conn.answered_tag == ASK_SOME_FLOWS || sw->conn.answered_tag == ASK_BARRIER)
		sw->recheck = true;
	if (sw->conn.answered_tag == ASK_BARRIER)
		sw->state = SDN_SWITCH_SERVING;
}

// Requests are made by the main connection alone.
static void auxiliary_event(struct sdn_switch *sw, enum of_conn_event event,
                            const struct of_msg *msg, mono_t now)
{
	struct sdn_switch *main = sw->main;

	if (event != OF_CONN_MESSAGE)
		return;
	main->answers = sw;
	on_message(main, msg, now);
	main->answers = main;
}

void sdn_session_event(struct sdn_switch *sw, enum of_conn_event event, const struct of_msg *msg,
                       mono_t now)
{
	if (unlikely(sw->main))
		auxiliary_event(sw, event, msg, now);
	else if (likely(event == OF_CONN_MESSAGE))
		on_message(sw, msg, now);
	else if (event == OF_CONN_REPLY)
		on_reply(sw, msg, now);
	else if (event == OF_CONN_READY)
		on_ready(sw, &msg->features, now);
	else
		on_unanswered(sw, event == OF_CONN_FAILED ? &msg->error : NULL, now);
}

void sdn_session_tick(struct sdn_switch *sw, mono_t now)
{
	sdn_poll_tick(sw, now);
	if (sw->state == SDN_SWITCH_STANDBY && sw->all->cluster)
		sdn_role_ask(sw, now);
	if (!sdn_switch_acts(sw) || !sdn_role_acts(sw->all, now))
		return;
	if (sw->checking || !(sw->recheck || intent_apply_is_stale(sw)))
		return;
	if (!intent_apply_begin(sw, false, now))
		check_begin(sw, sw->state == SDN_SWITCH_CHECKING, now);
}
