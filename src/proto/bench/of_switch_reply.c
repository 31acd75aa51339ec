// of_switch_reply: what an emulated switch answers to requests that are no answers to packet-ins.
// It has ports and an empty table; no queues, groups and meters. What it cannot do it refuses by
// the error that the specification has for it.
#include "proto/bench/of_switch_internal.h"

#include "proto/openflow/of_error.h"

#define TABLES      254
#define MAX_ENTRIES (1u << 20)
#define SPEED_KBPS  10000000u
#define ITEMS_BYTES (OF_HOSTS_PORTS_MAX * 128)

#define ACTIONS10 0xfffu // of 1.0: output to enqueue

static void put_reply(struct of_switch *sw, const struct of_switch_request *request,
                      struct of_msg *reply, struct fill *out)
{
	reply->version = (uint8_t)sw->conf->version;
	reply->xid = request->msg->xid;
	of_switch_put(sw, reply, out);
}

static void refuse(struct of_switch *sw, const struct of_switch_request *request, uint16_t code,
                   struct fill *out)
{
	of_switch_error(sw, OF_ERROR_BAD_REQUEST, code, &request->bytes, out);
}

// There is room for all.
static void put_item(struct of_switch *sw, struct fill *items, enum of_family family,
                     const void *item)
{
	enum of_fault fault = of_list_put(items, family, sw->conf->version, item);

	assert(fault == OF_FAULT_NONE);
	(void)fault;
}

static void put_port(struct of_switch *sw, struct fill *items, uint32_t number)
{
	static const char name[] = {'p', 'o', 'r', 't'};
	struct of_port port = {
	        .port_no = number, .curr_speed_kbps = SPEED_KBPS, .max_speed_kbps = SPEED_KBPS};
	uint8_t text[sizeof(name) + 2];
	uint32_t len = sizeof(name);

	memcpy(text, name, sizeof(name));
	if (number >= 10)
		text[len++] = (uint8_t)('0' + number / 10);
	text[len++] = (uint8_t)('0' + number % 10);
	port.name = (struct of_bytes){text, len};
	// Locally administered; the switch's number and the port's.
	memcpy(port.hw_addr, (const uint8_t[]){0x02, 0xff}, 2);
	memcpy(port.hw_addr + 2, &(be32_t){be32(sw->number << 8 | number).be}, 4);
	put_item(sw, items, OF_FAMILY_PORT, &port);
}

// All ports, or one of them.
static void put_ports(struct of_switch *sw, struct fill *items, uint32_t which)
{
	for (uint32_t i = 1; i <= sw->conf->hosts.ports; i++)
		if (which == OF_PORT_ANY || which == i)
			put_port(sw, items, i);
}

static void put_port_stats(struct of_switch *sw, struct fill *items, uint32_t which)
{
	for (uint32_t i = 1; i <= sw->conf->hosts.ports; i++)
		if (which == OF_PORT_ANY || which == i)
			put_item(sw, items, OF_FAMILY_PORT_STATS,
			         &(const struct of_port_stats){.port = i});
}

static void reply_features(struct of_switch *sw, const struct of_switch_request *request,
                           struct fill *out)
{
	uint8_t room[ITEMS_BYTES];
	struct fill items = fill_of(room, sizeof(room));
	struct of_msg reply = {.type = OF_FEATURES_REPLY};

	reply.features = (struct of_features){
	        .datapath_id = sw->conf->datapath_id + sw->number,
	        .n_buffers = sw->conf->unbuffered ? 0 : sw->slot_mask + 1,
	        .n_tables = TABLES,
	        .capabilities = OF_CAPABILITY_FLOW_STATS | OF_CAPABILITY_TABLE_STATS |
	                        OF_CAPABILITY_PORT_STATS,
	};
	if (sw->conf->version == OF10) {
		put_ports(sw, &items, OF_PORT_ANY);
		reply.features.actions = ACTIONS10;
		reply.features.ports = of_list_of(OF_FAMILY_PORT, sw->conf->version, &items);
	}
	put_reply(sw, request, &reply, out);
}

static void reply_config(struct of_switch *sw, const struct of_switch_request *request,
                         struct fill *out)
{
	struct of_msg reply = {.type = OF_GET_CONFIG_REPLY,
	                       .config = {sw->flags, sw->miss_send_len}};

	put_reply(sw, request, &reply, out);
}

static void set_config(struct of_switch *sw, const struct of_switch_request *request,
                       struct fill *out)
{
	sw->flags = request->msg->config.flags;
	sw->miss_send_len = request->msg->config.miss_send_len;
	if (sw->conf->version == OF10)
		sw->packet_bytes = sw->miss_send_len;
}

static void reply_echo(struct of_switch *sw, const struct of_switch_request *request,
                       struct fill *out)
{
	struct of_msg reply = {.type = OF_ECHO_REPLY, .echo = request->msg->echo};

	put_reply(sw, request, &reply, out);
}

static void reply_barrier(struct of_switch *sw, const struct of_switch_request *request,
                          struct fill *out)
{
	struct of_msg reply = {.type = OF_BARRIER_REPLY};

	put_reply(sw, request, &reply, out);
}

static void reply_queues(struct of_switch *sw, const struct of_switch_request *request,
                         struct fill *out)
{
	struct of_msg reply = {.type = OF_QUEUE_GET_CONFIG_REPLY};

	reply.queue_config.port = request->msg->queue_config.port;
	put_reply(sw, request, &reply, out);
}

static void reply_async(struct of_switch *sw, const struct of_switch_request *request,
                        struct fill *out)
{
	struct of_msg reply = {.type = OF_GET_ASYNC_REPLY};

	reply.async = (struct of_async){
	        .packet_in = {0, 7}, .port_status = {7, 7}, .flow_removed = {0, 15}};
	put_reply(sw, request, &reply, out);
}

// Section 6.3.5: an older generation is refused.
static void reply_role(struct of_switch *sw, const struct of_switch_request *request,
                       struct fill *out)
{
	const struct of_role *role = &request->msg->role;
	struct of_msg reply = {.type = OF_ROLE_REPLY};
	bool has = role->role == OF_ROLE_MASTER || role->role == OF_ROLE_SLAVE;

	if (has && sw->has_generation && (int64_t)(role->generation_id - sw->generation_id) < 0) {
		of_switch_error(sw, OF_ERROR_ROLE_REQUEST_FAILED, OF_SWITCH_ROLE_STALE,
		                &request->bytes, out);
		return;
	}
	if (has) {
		sw->has_generation = true;
		sw->generation_id = role->generation_id;
	}
	if (role->role != OF_ROLE_NOCHANGE)
		sw->role = role->role;
	reply.role = (struct of_role){
	        .role = sw->role, .short_id = role->short_id, .generation_id = sw->generation_id};
	put_reply(sw, request, &reply, out);
}

static void refuse_group(struct of_switch *sw, const struct of_switch_request *request,
                         struct fill *out)
{
	if (request->msg->group_mod.command < 2) // add and modify
		of_switch_error(sw, OF_ERROR_GROUP_MOD_FAILED, OF_SWITCH_OUT_OF_GROUPS,
		                &request->bytes, out);
}

static void refuse_meter(struct of_switch *sw, const struct of_switch_request *request,
                         struct fill *out)
{
	if (request->msg->meter_mod.command < 2)
		of_switch_error(sw, OF_ERROR_METER_MOD_FAILED, OF_SWITCH_OUT_OF_METERS,
		                &request->bytes, out);
}

static void refuse_experiment(struct of_switch *sw, const struct of_switch_request *request,
                              struct fill *out)
{
	refuse(sw, request, OF_SWITCH_BAD_EXPERIMENTER, out);
}

// A change of what is not there: there is nothing to say.
static void accept_silently(struct of_switch *sw, const struct of_switch_request *request,
                            struct fill *out)
{
}

static void put_desc(struct of_switch *sw, struct fill *items)
{
	static const uint8_t maker[] = {'w', 'a', 'd', 'i'};
	static const uint8_t hardware[] = {'e', 'm', 'u', 'l', 'a', 't', 'e', 'd'};
	struct of_desc desc = {.mfr = {maker, sizeof(maker)}, .hw = {hardware, sizeof(hardware)}};

	put_item(sw, items, OF_FAMILY_DESC, &desc);
}

// The first table; the others are as empty.
static void put_table(struct of_switch *sw, struct fill *items)
{
	struct of_table_stats table = {.wildcards = OF10_WILD_ALL, .max_entries = MAX_ENTRIES};

	put_item(sw, items, OF_FAMILY_TABLE_STATS, &table);
}

static void put_table_features(struct of_switch *sw, struct fill *items)
{
	struct of_table_features table = {.max_entries = MAX_ENTRIES};

	put_item(sw, items, OF_FAMILY_TABLE_FEATURES, &table);
}

static void put_aggregate(struct of_switch *sw, struct fill *items)
{
	struct of_aggregate aggregate = {
	        .stats = {.present = OF_STATS_FLOWS | OF_STATS_PACKETS | OF_STATS_BYTES}};

	put_item(sw, items, OF_FAMILY_AGGREGATE, &aggregate);
}

static uint32_t port_asked_for(const struct of_msg *msg)
{
	struct of_list body = msg->multipart.body;
	struct of_port_request request;

	if (body.family != OF_FAMILY_PORT_REQUEST || !of_port_request_next(&body, &request))
		return OF_PORT_ANY;
	return request.port;
}

// False: the switch does not have this kind.
static bool put_items(struct of_switch *sw, const struct of_msg *msg, struct fill *items)
{
	switch (msg->multipart.type) {
	case OF_MULTIPART_DESC:
		put_desc(sw, items);
		return true;
	case OF_MULTIPART_PORT_DESC:
		put_ports(sw, items, port_asked_for(msg));
		return true;
	case OF_MULTIPART_PORT_STATS:
		put_port_stats(sw, items, port_asked_for(msg));
		return true;
	case OF_MULTIPART_TABLE:
		put_table(sw, items);
		return true;
	case OF_MULTIPART_TABLE_FEATURES:
		put_table_features(sw, items);
		return true;
	case OF_MULTIPART_TABLE_DESC:
		put_item(sw, items, OF_FAMILY_TABLE_DESC, &(const struct of_table_desc){0});
		return true;
	case OF_MULTIPART_AGGREGATE:
		put_aggregate(sw, items);
		return true;
	case OF_MULTIPART_GROUP_FEATURES:
		put_item(sw, items, OF_FAMILY_GROUP_FEATURES, &(const struct of_group_features){0});
		return true;
	case OF_MULTIPART_METER_FEATURES:
		put_item(sw, items, OF_FAMILY_METER_FEATURES, &(const struct of_meter_features){0});
		return true;
	case OF_MULTIPART_FLOW_MONITOR:
	case OF_MULTIPART_BUNDLE_FEATURES:
		return false;
	default: // of what there is none
		return true;
	}
}

static void reply_multipart(struct of_switch *sw, const struct of_switch_request *request,
                            struct fill *out)
{
	const struct of_multipart *asked = &request->msg->multipart;
	enum of_family family = of_msg_family(sw->conf->version, asked->type, true);
	struct of_msg reply = {.type = OF_MULTIPART_REPLY};
	uint8_t room[ITEMS_BYTES];
	struct fill items = fill_of(room, sizeof(room));

	if (asked->flags & OF_MULTIPART_MORE)
		return;
	if (asked->type == OF_MULTIPART_EXPERIMENTER) {
		refuse(sw, request, OF_SWITCH_BAD_EXPERIMENTER, out);
		return;
	}
	if (family == OF_FAMILY_OPAQUE || !put_items(sw, request->msg, &items)) {
		refuse(sw, request, OF_SWITCH_BAD_MULTIPART, out);
		return;
	}
	reply.multipart.type = asked->type;
	reply.multipart.body = of_list_of(family, sw->conf->version, &items);
	put_reply(sw, request, &reply, out);
}

typedef void reply_fn(struct of_switch *sw, const struct of_switch_request *request,
                      struct fill *out);

static reply_fn *const replies[OF_TYPES] = {
        [OF_ECHO_REQUEST] = reply_echo,
        [OF_EXPERIMENT] = refuse_experiment,
        [OF_FEATURES_REQUEST] = reply_features,
        [OF_GET_CONFIG_REQUEST] = reply_config,
        [OF_SET_CONFIG] = set_config,
        [OF_GROUP_MOD] = refuse_group,
        [OF_PORT_MOD] = accept_silently,
        [OF_TABLE_MOD] = accept_silently,
        [OF_MULTIPART_REQUEST] = reply_multipart,
        [OF_BARRIER_REQUEST] = reply_barrier,
        [OF_QUEUE_GET_CONFIG_REQUEST] = reply_queues,
        [OF_ROLE_REQUEST] = reply_role,
        [OF_GET_ASYNC_REQUEST] = reply_async,
        [OF_SET_ASYNC] = accept_silently,
        [OF_METER_MOD] = refuse_meter,
};

void of_switch_reply(struct of_switch *sw, const struct of_switch_request *request,
                     struct fill *out)
{
	reply_fn *reply = request->msg->type < OF_TYPES ? replies[request->msg->type] : NULL;

	if (reply)
		reply(sw, request, out);
	else
		refuse(sw, request, OF_SWITCH_BAD_TYPE, out);
}
