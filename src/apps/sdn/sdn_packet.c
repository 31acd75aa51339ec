// sdn_packet: see the header.
#include "apps/sdn/sdn_packet.h"

#include "apps/sdn/sdn_check.h"
#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_role.h"
#include "apps/sdn/sdn_session.h"

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

void sdn_packet_moved(struct sdn_switches *all, struct mac host, mono_t now)
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
		sdn_packet_moved(sw->all, outcome.src, now);
	if (forward)
		packet_forward(sw, in, frame,
		               &(struct sdn_learn_outcome){.port = outcome.out_port, .known = true},
		               now);
}

// While this controller may not act. It goes on to listen for probes: a port at which none is heard
// would become an edge.
static void rest_packet_in(struct sdn_switch *sw, const struct of_packet_in *in, mono_t now)
{
	struct sdn_forward_outcome outcome;
	struct sdn_frame frame;

	if (sdn_switch_acts(sw) && sw->all->fabric &&
	    sdn_frame_decode(&frame, in->data.p, in->data.len) == SDN_FRAME_SOUND &&
	    frame.kind == SDN_FRAME_LLDP)
		(void)sdn_fabric_input(sw->all->fabric, sw, in, &outcome, now);
	else
		sdn_switches_drop(sw->all, SDN_DROP_STANDBY);
}

void sdn_packet_in(struct sdn_switch *sw, const struct of_packet_in *in, mono_t now)
{
	struct sdn_switches *all = sw->all;
	struct sdn_learn_outcome outcome;
	struct sdn_learn_frame frame;

	sw->packet_ins++;
	counter_add(&all->metric.packet_ins, 1);
	if (unlikely(!sdn_switch_acts(sw) || !sdn_role_acts(all, now))) {
		rest_packet_in(sw, in, now);
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
		sdn_check_distrust(
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
