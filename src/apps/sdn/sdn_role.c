// sdn_role: see the header.
#include "apps/sdn/sdn_role.h"

#include "apps/sdn/sdn_cluster.h"
#include "apps/sdn/sdn_session.h"
#include "proto/openflow/of_error.h"

// Nicira's extension of 1.0 (nicira-ext.h of Open vSwitch).
#define NICIRA            0x2320u
#define NICIRA_ASK        10u // NXT_ROLE_REQUEST
#define NICIRA_REPLY      11u
#define NICIRA_MASTER     1u
#define NICIRA_SLAVE      2u
#define NICIRA_ROLE_BYTES 8
#define ROLE_FAILED_STALE 0
#define BAD_REQUEST_SLAVE 10 // OFPBRC_IS_SLAVE, of 1.2 and later

bool sdn_role_acts(const struct sdn_switches *all, mono_t now)
{
	return !all->cluster || cluster_member_acts(&all->cluster->member, now);
}

static bool is_master(const struct sdn_switch *sw)
{
	return cluster_member_is_master(&sw->all->cluster->member, sw->datapath_id);
}

// Of shares: the list by which it is as it is.
static uint64_t since(const struct sdn_switch *sw)
{
	return cluster_share_since(&sw->all->cluster->member.share, sw->datapath_id);
}

static bool put_nicira(struct sdn_switch *sw, bool master, mono_t now)
{
	uint8_t bytes[NICIRA_ROLE_BYTES];
	struct fill out = fill_of(bytes, sizeof(bytes));
	struct of_msg msg = {
	        .type = OF_EXPERIMENT,
	        .experiment = {.experimenter = NICIRA, .data = {bytes, sizeof(bytes)}}};

	fill_u32(&out, NICIRA_ASK);
	fill_u32(&out, master ? NICIRA_MASTER : NICIRA_SLAVE);
	return of_conn_ask(&sw->conn, OF_CONN_CONTROL, &msg, SDN_ROLE_ASKED, now) == OF_FAULT_NONE;
}

static bool put_role(struct sdn_switch *sw, enum of_role_kind role, uint32_t tag, mono_t now)
{
	struct of_msg msg = {
	        .type = OF_ROLE_REQUEST,
	        .role = {.role = role,
	                 .generation_id = cluster_member_generation(&sw->all->cluster->member)}};

	return of_conn_ask(&sw->conn, OF_CONN_CONTROL, &msg, tag, now) == OF_FAULT_NONE;
}

void sdn_role_ask(struct sdn_switch *sw, mono_t now)
{
	bool master = is_master(sw);

	// Before there is a generation we are one of equals, who does nothing.
	if (sw->role_out || sw->role_told ||
	    cluster_member_generation(&sw->all->cluster->member) == 0)
		return;
	sw->role_since = since(sw);
	if (sw->roleless) {
		if (master)
			sdn_session_act(sw, now);
		return;
	}
	sw->role_out = sw->conn.version == OF10
	                       ? put_nicira(sw, master, now)
	                       : put_role(sw, master ? OF_ROLE_MASTER : OF_ROLE_SLAVE,
	                                  SDN_ROLE_ASKED, now);
}

// Of shares most stay as they are: there a switch is asked only for what is another role than
// before, or was another controller's meanwhile.
static bool is_settled(const struct sdn_switch *sw)
{
	bool acts = sdn_switch_acts(sw);

	return sw->all->cluster->member.is_shared && acts == is_master(sw) &&
	       (acts ? sw->role_since == since(sw) : sw->role_told);
}

void sdn_role_tell_all(struct sdn_switches *all, mono_t now)
{
	for (uint32_t i = 0; i < all->used; i++) {
		struct sdn_switch *sw = &all->sw[i];

		if (!sdn_switch_acts(sw) && sw->state != SDN_SWITCH_STANDBY)
			continue;
		if (is_settled(sw))
			continue;
		if (!is_master(sw) || all->cluster->member.is_shared)
			sdn_session_rest(sw, now);
		// What is on its way is about the outcome before: it says nothing of this one.
		sw->role_old += sw->role_out && sw->role_old < UINT8_MAX;
		sw->role_out = sw->role_told = false;
		sdn_role_ask(sw, now);
		sdn_switches_flush(sw, now);
	}
}

// Whether the reply makes us master; of 1.0 it is Nicira's.
static bool reply_is_master(const struct of_msg *msg)
{
	struct span data;

	if (msg->type == OF_ROLE_REPLY)
		return msg->role.role == OF_ROLE_MASTER;
	if (msg->type != OF_EXPERIMENT || msg->experiment.experimenter != NICIRA)
		return false;
	data = span_of(msg->experiment.data.p, msg->experiment.data.len);
	return span_u32(&data) == NICIRA_REPLY && span_u32(&data) == NICIRA_MASTER;
}

static bool is_old(struct sdn_switch *sw)
{
	bool old = sw->role_old > 0;

	sw->role_old -= old;
	return old;
}

void sdn_role_reply(struct sdn_switch *sw, const struct of_msg *msg, mono_t now)
{
	if (sw->conn.answered_tag == SDN_ROLE_WHICH) {
		if (msg->type == OF_ROLE_REPLY)
			sdn_cluster_fenced(sw->all->cluster, msg->role.generation_id, now);
		return;
	}
	if (is_old(sw))
		return;
	sw->role_out = false;
	sw->role_told = reply_is_master(msg) == is_master(sw);
	if (is_master(sw) && sw->role_told)
		sdn_session_act(sw, now);
}

void sdn_role_failed(struct sdn_switch *sw, const struct of_error *error, mono_t now)
{
	if (sw->conn.answered_tag == SDN_ROLE_WHICH || is_old(sw))
		return;
	sw->role_out = false;
	if (!error) // it is asked again in the next second
		return;
	if (sw->conn.version != OF10 && error->type == OF_ERROR_ROLE_REQUEST_FAILED &&
	    error->code == ROLE_FAILED_STALE) {
		sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_STALE});
		(void)put_role(sw, OF_ROLE_NOCHANGE, SDN_ROLE_WHICH, now);
		return;
	}
	sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_ROLELESS});
	sw->roleless = true;
	sdn_role_ask(sw, now);
}

// Another controller is master: this one does nothing more here before the store was asked.
static void role_lost(struct sdn_switch *sw, uint64_t generation, mono_t now)
{
	// Of shares that is how a switch changes hands.
	if (!sw->all->cluster->member.is_shared)
		sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_FENCED});
	sdn_session_rest(sw, now);
	sw->role_told = false;
	sdn_cluster_fenced(sw->all->cluster, generation, now);
}

bool sdn_role_message(struct sdn_switch *sw, const struct of_msg *msg, mono_t now)
{
	if (!sw->all->cluster || !sdn_switch_acts(sw))
		return false;
	if (msg->type == OF_ROLE_STATUS && msg->role_status.role == OF_ROLE_SLAVE)
		role_lost(sw, msg->role_status.generation_id, now);
	else if (msg->type == OF_ERROR && sw->conn.version != OF10 &&
	         msg->error.type == OF_ERROR_BAD_REQUEST && msg->error.code == BAD_REQUEST_SLAVE)
		role_lost(sw, 0, now);
	else
		return false;
	return true;
}
