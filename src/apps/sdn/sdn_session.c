// sdn_session: see the header.
#include "apps/sdn/sdn_session.h"

#include "apps/sdn/sdn_auxiliary.h"
#include "apps/sdn/sdn_check.h"
#include "apps/sdn/sdn_cluster.h"
#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_packet.h"
#include "apps/sdn/sdn_role.h"
#include "apps/sdn/sdn_session_internal.h"
#include "apps/sdn/sdn_tls.h"
#include "proto/openflow/of_error.h"

#include <ctype.h>

#define TABLE_FULL_PAUSE_US SEC_US

static void ask_desc(struct sdn_switch *sw, mono_t now)
{
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST,
	                     .multipart = {.type = OF_MULTIPART_DESC}};

	(void)sdn_session_ask(sw, OF_CONN_CONTROL, &msg, SDN_ASK_DESC, now);
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

	if (sdn_session_version(sw) == OF15 &&
	    of_port_request_put(&out, OF15, &any) == OF_FAULT_NONE)
		msg.multipart.body = of_list_of(OF_FAMILY_PORT_REQUEST, OF15, &out);
	(void)sdn_session_ask(sw, OF_CONN_CONTROL, &msg, SDN_ASK_PORTS, now);
}

static void ask_features(struct sdn_switch *sw, mono_t now)
{
	struct of_msg msg = {.type = OF_FEATURES_REQUEST};

	(void)sdn_session_ask(sw, OF_CONN_CONTROL, &msg, SDN_ASK_FEATURES, now);
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

// The switch is there.

// What it does is ours to say from now on.
static void session_begin(struct sdn_switch *sw, mono_t now)
{
	struct of_msg config = {.type = OF_SET_CONFIG,
	                        .config = {.miss_send_len = OF_MAX_LEN_WHOLE}};

	sw->state = SDN_SWITCH_CHECKING;
	if (sw->all->fabric)
		sdn_fabric_enter(sw->all->fabric, sw, now);
	if (sw->all->cluster)
		sdn_cluster_attend(sw->all->cluster, sw->datapath_id, true);
	(void)sdn_session_put(sw, OF_CONN_CONTROL, &config, now); // the queues are as good as empty
}

static void flows_begin(struct sdn_switch *sw, mono_t now)
{
	if (!intent_apply_begin(sw, false, now))
		sdn_check_begin(sw, true, now);
}

void sdn_session_act(struct sdn_switch *sw, mono_t now)
{
	if (sw->state != SDN_SWITCH_STANDBY)
		return;
	session_begin(sw, now);
	if (sw->all->fabric && sdn_session_version(sw) == OF10)
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
	if (sw->all->cluster)
		sdn_cluster_attend(sw->all->cluster, sw->datapath_id, false);
	if (sw->checking && sw->stale_checks < UINT8_MAX)
		sw->stale_checks++;
	sw->checking = sw->teaching = sw->recheck = false;
	sw->state = SDN_SWITCH_STANDBY;
}

static void session_enter(struct sdn_switch *sw, const struct of_features *features, mono_t now)
{
	struct sdn_metric *metric = &sw->all->metric;

	sdn_switches_enter(sw);
	if (sw->all->cluster)
		sdn_cluster_connect(sw->all->cluster, sw->datapath_id, true);
	sw->state = SDN_SWITCH_STANDBY;
	counter_add(&metric->connects, 1);
	counter_set(&metric->switches, counter_get(&metric->switches) + 1);
	sdn_switches_crowd(sw->all);
	sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_UP});
	if (!sw->all->cluster)
		session_begin(sw, now);
	ask_desc(sw, now);
	if (sdn_session_version(sw) == OF10)
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
	if (sw->all->cluster)
		sdn_cluster_connect(sw->all->cluster, sw->datapath_id, false);
	counter_add(&metric->disconnects, 1);
	counter_set(&metric->switches, counter_get(&metric->switches) - 1);
	sdn_switches_crowd(sw->all);
	sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_DOWN});
	sw->state = SDN_SWITCH_CLOSING;
}

void sdn_session_distrust(struct sdn_switch *sw, struct mac host, mono_t now)
{
	uint8_t mac[6];

	mac_store(mac, host);
	sdn_check_distrust(sw, &(struct sdn_learn_flow_filter){.out_port = OF_PORT_ANY, .dst = mac},
	                   now);
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
	sdn_check_distrust(sw, &(struct sdn_learn_flow_filter){.out_port = status->port.port_no},
	                   now);
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
		sdn_packet_in(sw, &msg->packet_in, now);
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

// Of a read that was begun before the switch rested.
static bool is_stale_check(struct sdn_switch *sw)
{
	bool stale = sw->conn.answered_tag == SDN_ASK_FLOWS && sw->stale_checks > 0;

	if (stale && sw->conn.answered_last)
		sw->stale_checks--;
	return stale;
}

// Whether a reply is of use: while the switch rests, what says how it looks.
static bool is_wanted(struct sdn_switch *sw)
{
	uint32_t tag = sw->conn.answered_tag;

	return !is_stale_check(sw) &&
	       (sdn_switch_acts(sw) || tag == SDN_ASK_DESC || tag == SDN_ASK_PORTS);
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
			sdn_check_barrier(sw, now);
		return;
	}
	switch ((enum sdn_ask)sw->conn.answered_tag) {
	case SDN_ASK_DESC:
		if (family == OF_FAMILY_DESC)
			on_desc(sw, list);
		break;
	case SDN_ASK_PORTS:
		if (family == OF_FAMILY_PORT)
			ports_set(sw, list, sw->conn.answered_last, now);
		break;
	case SDN_ASK_FEATURES:
		if (msg->type == OF_FEATURES_REPLY)
			ports_set(sw, msg->features.ports, true, now);
		break;
	case SDN_ASK_FLOWS:
	case SDN_ASK_SOME_FLOWS:
		if (family == OF_FAMILY_FLOW_STATS)
			sdn_check_flows(sw, list, now);
		if (sw->conn.answered_last && sw->conn.answered_tag == SDN_ASK_FLOWS)
			sdn_check_end(sw, now);
		break;
	case SDN_ASK_BARRIER:
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
		sdn_check_barrier(sw, now);
	else if (sw->conn.answered_tag == SDN_ASK_FLOWS)
		sdn_check_failed(sw, now);
	else if (sw->conn.answered_tag == SDN_ASK_SOME_FLOWS ||
	         sw->conn.answered_tag == SDN_ASK_BARRIER)
		sw->recheck = true;
	if (sw->conn.answered_tag == SDN_ASK_BARRIER)
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
		sdn_check_begin(sw, sw->state == SDN_SWITCH_CHECKING, now);
}
