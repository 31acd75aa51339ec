// intent_send: see the header.
#include "apps/sdn/intent_send.h"

#include "apps/sdn/sdn_switches.h"

#define BUNDLE_MAX 256 // changes: more are a beginning, which no traffic depends on yet

struct sender {
	struct sdn_switch *sw;
	mono_t now;
	uint32_t bundle; // 0: none
	bool failed;     // a queue had no room
};

static bool send_msg(struct sender *s, struct of_msg *msg)
{
	return of_conn_send(&s->sw->conn, OF_CONN_CONTROL, msg, s->now) == OF_FAULT_NONE;
}

static void bundle_control(struct sender *s, enum of_bundle_type type)
{
	struct of_msg msg = {.type = OF_BUNDLE_CONTROL,
	                     .bundle_control = {.bundle_id = s->bundle,
	                                        .type = (uint16_t)type,
	                                        .flags = OF_BUNDLE_ATOMIC | OF_BUNDLE_ORDERED}};

	s->failed |= !send_msg(s, &msg);
}

// Both messages have to have one xid.
static void bundle_add(struct sender *s, struct of_msg *msg)
{
	static _Thread_local uint8_t bytes[OF_MESSAGE_MAX_BYTES];
	struct fill out = fill_of(bytes, sizeof(bytes));
	struct of_msg add = {.type = OF_BUNDLE_ADD_MESSAGE, .xid = of_conn_xid(&s->sw->conn)};

	msg->xid = add.xid;
	s->failed |= of_encode(msg, &out) != OF_FAULT_NONE;
	add.bundle_add = (struct of_bundle_add){.bundle_id = s->bundle,
	                                        .flags = OF_BUNDLE_ATOMIC | OF_BUNDLE_ORDERED,
	                                        .message = {bytes, (uint32_t)fill_len(&out)}};
	s->failed |= s->failed || !send_msg(s, &add);
}

static void send_change(struct sender *s, const struct sdn_diff_change *change)
{
	static _Thread_local struct sdn_scratch scratch;
	struct of_msg msg, barrier = {.type = OF_BARRIER_REQUEST};

	if (change->barrier && !s->bundle)
		s->failed |= !send_msg(s, &barrier);
	if (s->failed ||
	    sdn_diff_message(change, s->sw->conn.version, &scratch, &msg) != OF_FAULT_NONE) {
		s->failed = true;
		return;
	}
	if (s->bundle && change->flow)
		bundle_add(s, &msg);
	else
		s->failed |= !send_msg(s, &msg);
}

// Groups and meters are no messages of bundles: those that are added precede it, others follow.
bool intent_send_changes(struct sdn_switch *sw, const struct sdn_diff_change *changes, uint32_t len,
                         mono_t now)
{
	struct sender s = {.sw = sw, .now = now};
	uint32_t i = 0, flows = 0;

	for (uint32_t k = 0; k < len; k++)
		flows += changes[k].flow != NULL;
	for (; i < len && !changes[i].flow; i++)
		send_change(&s, &changes[i]);
	if (flows > 1 && flows <= BUNDLE_MAX && sw->conn.version >= OF14) {
		s.bundle = of_conn_xid(&sw->conn);
		bundle_control(&s, OF_BUNDLE_OPEN_REQUEST);
	}
	for (; i < len && changes[i].flow; i++)
		send_change(&s, &changes[i]);
	if (s.bundle)
		bundle_control(&s, s.failed ? OF_BUNDLE_DISCARD_REQUEST : OF_BUNDLE_COMMIT_REQUEST);
	s.bundle = 0;
	for (; i < len; i++)
		send_change(&s, &changes[i]);
	return !s.failed;
}

bool intent_send_flows(struct sdn_switch *sw, const struct sdn_tables *tables, mono_t now)
{
	struct sender s = {.sw = sw, .now = now};

	for (uint32_t i = tables->flows_len; i-- > 0;)
		send_change(&s, &(struct sdn_diff_change){.kind = SDN_DIFF_ADD,
		                                          .flow = &tables->flows[i]});
	sw->flow_mods += tables->flows_len;
	counter_add(&sw->all->metric.flow_mods, tables->flows_len);
	return !s.failed;
}
