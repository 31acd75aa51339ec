// sdn_poll: see the header.
#include "apps/sdn/sdn_poll.h"

#include "apps/sdn/sdn_switches.h"

static bool ask_ports(struct sdn_switch *sw, mono_t now)
{
	const struct of_port_request any = {.port = OF_PORT_ANY};
	enum of_version version = (enum of_version)sw->conn.version;
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST,
	                     .multipart = {.type = OF_MULTIPART_PORT_STATS}};
	uint8_t body[16];
	struct fill out = fill_of(body, sizeof(body));

	if (of_port_request_put(&out, version, &any) != OF_FAULT_NONE)
		return false;
	msg.multipart.body = of_list_of(OF_FAMILY_PORT_REQUEST, version, &out);
	return of_conn_ask(&sw->conn, OF_CONN_BULK, &msg, SDN_POLL_PORTS, now) == OF_FAULT_NONE;
}

static bool ask_multipart(struct sdn_switch *sw, enum of_multipart_type type, uint32_t tag,
                          mono_t now)
{
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST, .multipart = {.type = type}};

	return of_conn_ask(&sw->conn, OF_CONN_BULK, &msg, tag, now) == OF_FAULT_NONE;
}

// Section 7.3.5.18.1: without tables in the request they are only read.
static bool ask_room(struct sdn_switch *sw, mono_t now)
{
	sw->poll.room_reading = 0;
	return ask_multipart(sw, OF_MULTIPART_TABLE_FEATURES, SDN_POLL_ROOM, now);
}

static bool ask_tables(struct sdn_switch *sw, mono_t now)
{
	sw->poll.reading = (struct sdn_poll_tables){0};
	return ask_multipart(sw, OF_MULTIPART_TABLE, SDN_POLL_TABLES, now);
}

static struct sdn_poll_question *question_of(struct sdn_poll *poll, uint32_t tag)
{
	return &poll->question[tag - SDN_POLL_PORTS];
}

static bool may_ask(struct sdn_poll *poll, uint32_t tag)
{
	const struct sdn_poll_question *question = question_of(poll, tag);

	return !question->out && !question->refused;
}

static void rate_packet_ins(struct sdn_switch *sw, mono_t now)
{
	struct sdn_poll *poll = &sw->poll;
	uint64_t us = mono_until(poll->at, now);

	poll->rated = poll->at.us != 0 && us > 0;
	if (poll->rated)
		poll->packet_ins_per_s = sdn_load_rate(poll->packet_ins, sw->packet_ins, us);
	poll->packet_ins = sw->packet_ins;
	poll->at = now;
}

void sdn_poll_tick(struct sdn_switch *sw, mono_t now)
{
	struct sdn_poll *poll = &sw->poll;
	uint64_t interval_s = sw->all->poll_s;

	if (interval_s == 0 || !mono_due(poll->due, now))
		return;
	poll->due = mono_add(now, interval_s * SEC_US - SEC_US / 2); // ticks are not exact
	rate_packet_ins(sw, now);
	if (may_ask(poll, SDN_POLL_PORTS)) {
		question_of(poll, SDN_POLL_PORTS)->out = ask_ports(sw, now);
		poll->asked = now;
	}
	if (sw->conn.version != OF10 && !poll->room_known && may_ask(poll, SDN_POLL_ROOM))
		question_of(poll, SDN_POLL_ROOM)->out = ask_room(sw, now);
	if (may_ask(poll, SDN_POLL_TABLES))
		question_of(poll, SDN_POLL_TABLES)->out = ask_tables(sw, now);
}

// Of ports that the switch has listed; mostly in the same order.
static void read_ports(struct sdn_switch *sw, struct of_list list, mono_t now)
{
	struct of_port_stats stats;
	unsigned at = 0;

	while (of_port_stats_next(&list, &stats))
		for (unsigned i = 0; i < sw->ports_len; i++, at++) {
			struct sdn_port *port = &sw->ports[at % sw->ports_len];

			if (port->port_no == stats.port) {
				sdn_load_add(&port->load, &stats, now);
				break;
			}
		}
}

static void read_tables(struct sdn_poll *poll, struct of_list list)
{
	struct sdn_poll_tables *sum = &poll->reading;
	struct of_table_stats stats;

	while (of_table_stats_next(&list, &stats)) {
		sum->entries += stats.active;
		sum->entries_max += stats.max_entries;
		sum->lookups += stats.lookups;
		sum->matches += stats.matches;
	}
}

static void read_room(struct sdn_poll *poll, struct of_list list)
{
	struct of_table_features features;

	while (of_table_features_next(&list, &features))
		poll->room_reading += features.max_entries;
}

static void tables_end(struct sdn_poll *poll)
{
	if (poll->room_known)
		poll->reading.entries_max = poll->room;
	poll->tables = poll->reading;
	poll->tables_known = true;
}

static void room_end(struct sdn_poll *poll)
{
	poll->room = poll->tables.entries_max = poll->room_reading;
	poll->room_known = true;
}

// The last piece was read.
static void reply_end(struct sdn_poll *poll, uint32_t tag, mono_t now)
{
	if (tag == SDN_POLL_PORTS)
		poll->answer_us = mono_until(poll->asked, now) + 1; // not 0
	else if (tag == SDN_POLL_TABLES)
		tables_end(poll);
	else
		room_end(poll);
	question_of(poll, tag)->out = false;
}

void sdn_poll_reply(struct sdn_switch *sw, const struct of_msg *msg, bool refused, mono_t now)
{
	uint32_t tag = sw->conn.answered_tag;
	struct of_list list = {0};

	if (!msg || msg->type != OF_MULTIPART_REPLY) {
		question_of(&sw->poll, tag)->out = false;
		question_of(&sw->poll, tag)->refused |= refused;
		return;
	}
	list = msg->multipart.body;
	if (list.family == OF_FAMILY_PORT_STATS)
		read_ports(sw, list, now);
	else if (list.family == OF_FAMILY_TABLE_STATS)
		read_tables(&sw->poll, list);
	else if (list.family == OF_FAMILY_TABLE_FEATURES)
		read_room(&sw->poll, list);
	if (sw->conn.answered_last)
		reply_end(&sw->poll, tag, now);
}
