// sdn_check: see the header.
#include "apps/sdn/sdn_check.h"

#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_session_internal.h"

static bool flow_miss_send(struct sdn_switch *sw, mono_t now)
{
	struct sdn_learn_flow_scratch scratch;
	struct of_msg msg;

	sdn_learn_flow_miss(&msg, &scratch, sdn_session_version(sw), &sw->all->flow);
	return sdn_session_put(sw, OF_CONN_CONTROL, &msg, now);
}

// Flows that may be wrong: deleted, or in 1.0, which cannot say whose, read and then deleted.
// Behind the flows that were added before.
void sdn_check_distrust(struct sdn_switch *sw, const struct sdn_learn_flow_filter *filter,
                        mono_t now)
{
	struct sdn_learn_flow_scratch scratch;
	struct of_msg msg;
	bool done;

	if (sdn_session_version(sw) == OF10) {
		sdn_learn_flow_ask(&msg, &scratch, OF10, &sw->all->flow, filter);
		done = sdn_session_ask(sw, OF_CONN_BULK, &msg, SDN_ASK_SOME_FLOWS, now);
	} else {
		sdn_learn_flow_delete(&msg, &scratch, sdn_session_version(sw), &sw->all->flow,
		                      filter);
		done = sdn_session_put(sw, OF_CONN_BULK, &msg, now);
	}
	sw->recheck |= !done;
}

void sdn_check_begin(struct sdn_switch *sw, bool teaching, mono_t now)
{
	const struct sdn_learn_flow_filter all = {.out_port = OF_PORT_ANY};
	struct sdn_learn_flow_scratch scratch;
	struct of_msg msg;

	sdn_learn_flow_ask(&msg, &scratch, sdn_session_version(sw), &sw->all->flow, &all);
	sw->checking = sdn_session_ask(sw, OF_CONN_BULK, &msg, SDN_ASK_FLOWS, now);
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
	sw->recheck |= !sdn_session_put(sw, OF_CONN_CONTROL, &msg, now);
}

void sdn_check_barrier(struct sdn_switch *sw, mono_t now)
{
	struct of_msg barrier = {.type = OF_BARRIER_REQUEST};

	if (!sdn_session_ask(sw, OF_CONN_CONTROL, &barrier, SDN_ASK_BARRIER, now))
		sw->recheck = true;
}

// The flows were read, or cannot be.
void sdn_check_end(struct sdn_switch *sw, mono_t now)
{
	sw->checking = false;
	sw->teaching = false;
	if (!sw->has_miss)
		sw->recheck |= !flow_miss_send(sw, now);
	sdn_check_barrier(sw, now);
}

void sdn_check_failed(struct sdn_switch *sw, mono_t now)
{
	sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_FLOWS_UNREAD});
	sdn_check_end(sw, now);
}

void sdn_check_flows(struct sdn_switch *sw, struct of_list list, mono_t now)
{
	struct of_flow_stats stats;

	while (of_flow_stats_next(&list, &stats))
		flow_check(sw, &stats, now);
}
