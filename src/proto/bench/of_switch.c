// of_switch: see the header. Requests that are no answers to packet-ins are in of_switch_reply.c.
#include "proto/bench/of_switch_internal.h"

#include "proto/bench/of_switch_wire.h"
#include "proto/openflow/of_error.h"
#include "proto/openflow/of_version.h"

#define MISS_SEND_LEN 128         // unless the controller sets another (1.0 section 5.3.2)
#define NUMBER_MASK   0x7fffffffu // of packet-ins: none is OF_NO_BUFFER
#define ERROR_BYTES   64          // of the request, in an error

enum of_switch_slot_state { SLOT_FREE, SLOT_PENDING, SLOT_ANSWERED, SLOT_LOST };

uint32_t of_switch_slots(uint32_t window)
{
	return 1u << (32 - __builtin_clz(2 * window - 1));
}

void of_switch_init(struct of_switch *sw, const struct of_switch_conf *conf, struct of_tally *tally,
                    uint32_t number, struct of_switch_slot *slots, uint8_t *gather)
{
	*sw = (struct of_switch){.conf = conf,
	                         .tally = tally,
	                         .slots = slots,
	                         .gather = gather,
	                         .number = number,
	                         .slot_mask = of_switch_slots(conf->window) - 1};
}

void of_switch_put(struct of_switch *sw, const struct of_msg *msg, struct fill *out)
{
	enum of_fault fault = of_encode(msg, out);

	assert(fault == OF_FAULT_NONE);
	(void)fault;
	(void)sw;
}

void of_switch_error(struct of_switch *sw, uint16_t type, uint16_t code, const struct span *request,
                     struct fill *out)
{
	uint32_t len = (uint32_t)size_min(span_left(request), ERROR_BYTES);
	struct of_msg msg = {.version = (uint8_t)sw->conf->version,
	                     .type = OF_ERROR,
	                     .xid = be32_get(((const struct of_hdr *)request->p)->xid),
	                     .error = {.type = type, .code = code, .data = {request->p, len}}};

	counter_add(&sw->tally->errors_sent, 1);
	of_switch_put(sw, &msg, out);
}

// What is outstanding will not be answered.
static void lose_all(struct of_switch *sw)
{
	counter_add(&sw->tally->lost, sw->outstanding);
	sw->outstanding = 0;
	memset(sw->slots, 0, ((size_t)sw->slot_mask + 1) * sizeof(*sw->slots));
}

void of_switch_open(struct of_switch *sw, struct fill *out, mono_t now)
{
	struct of_msg hello =
	        of_version_hello(OF_VERSION_BIT((unsigned)sw->conf->version), ++sw->xid);

	lose_all(sw);
	sw->state = OF_SWITCH_HELLO;
	sw->gathered = sw->next = 0;
	sw->has_features = false;
	sw->has_miss = sw->conf->version == OF10;
	sw->waits_echo = sw->has_generation = false;
	sw->echo_sent = now;
	sw->role = OF_ROLE_EQUAL;
	sw->flags = 0;
	sw->miss_send_len = sw->packet_bytes = MISS_SEND_LEN;
	sw->buffered = !sw->conf->unbuffered;
	sw->miss_cookie = 0;
	of_switch_put(sw, &hello, out);
}

void of_switch_close(struct of_switch *sw)
{
	lose_all(sw);
	sw->state = OF_SWITCH_CLOSED;
}

// Where actions send a packet: by any port, by that of the host `to`, by another one that the
// switch has, by all.
struct way {
	bool any, to_host, to_other, all;
};

static void way_add(struct way *way, const struct of_hosts *hosts, uint32_t to, uint32_t port)
{
	way->any = true;
	if (port == OF_PORT_FLOOD || port == OF_PORT_ALL || port == OF_PORT_NORMAL)
		way->all = true;
	else if (port == OF_PORT_TABLE) // to the flow for it
		way->to_host = way->to_other = true;
	else if (port == of_hosts_port(hosts, to))
		way->to_host = true;
	else if (port >= 1 && port <= hosts->ports)
		way->to_other = true;
}

// A group may lead anywhere: it is taken to lead where the packet belongs.
static struct way way_of(const struct of_switch *sw, uint32_t to, struct of_list actions)
{
	struct of_action action;
	struct way way = {0};

	while (of_action_next(&actions, &action)) {
		if (action.type == OF_ACTION_GROUP)
			way = (struct way){.any = true, .to_host = true, .to_other = true};
		else if (action.type == OF_ACTION_OUTPUT && action.port != OF_PORT_CONTROLLER)
			way_add(&way, &sw->conf->hosts, to, action.port);
	}
	return way;
}

// The actions of a flow on its packets.
static struct of_list flow_actions(const struct of_flow_mod *mod)
{
	struct of_list instructions = mod->instructions;
	struct of_instruction one;

	while (of_instruction_next(&instructions, &one))
		if (one.type == OF_INSTRUCTION_APPLY_ACTIONS ||
		    one.type == OF_INSTRUCTION_WRITE_ACTIONS)
			return one.actions;
	return (struct of_list){0};
}

// The first answer in time.
static void count_answer(struct of_switch *sw, struct of_switch_slot *slot, bool right,
                         bool flooded, mono_t now)
{
	slot->state = SLOT_ANSWERED;
	sw->outstanding--;
	if (!right) {
		counter_add(&sw->tally->wrong, 1);
		return;
	}
	counter_add(&sw->answered, 1);
	counter_add(&sw->tally->answered, 1);
	counter_add(&sw->tally->flooded, flooded);
	hist_add(&sw->tally->latency, (uint32_t)now.us - slot->due_us);
}

static bool is_overdue(const struct of_switch *sw, const struct of_switch_slot *slot, mono_t now)
{
	return (uint32_t)now.us - slot->sent_us >= sw->conf->timeout_us;
}

static void lose(struct of_switch *sw, struct of_switch_slot *slot)
{
	slot->state = SLOT_LOST;
	sw->outstanding--;
	counter_add(&sw->tally->lost, 1);
}

// The slot of the packet-in with that number if it has not been answered; else it is counted, and
// an error is due where a buffer was named.
static struct of_switch_slot *pending_slot(struct of_switch *sw, uint32_t number, mono_t now)
{
	struct of_switch_slot *slot = &sw->slots[number & sw->slot_mask];
	bool pending = slot->state == SLOT_PENDING && slot->number == number;

	if (pending && !is_overdue(sw, slot, now))
		return slot;
	if (pending) // no tick came in between
		lose(sw, slot);
	if (slot->state == SLOT_FREE || slot->number != number) {
		counter_add(&sw->tally->stray, 1);
	} else if (slot->state == SLOT_LOST) {
		counter_add(&sw->tally->late, 1);
		slot->state = SLOT_ANSWERED;
	} else {
		counter_add(&sw->tally->duplicate, 1);
	}
	return NULL;
}

// The announcement of a host goes to other ports: to a part of them where a spanning tree blocks
// the rest.
static bool is_right(struct way way, const struct of_hosts_packet *packet)
{
	return way.all || (packet->kind == OF_HOSTS_ANNOUNCE ? way.to_other : way.to_host);
}

static void answer_flow(struct of_switch *sw, const struct of_flow_mod *mod,
                        const struct of_switch_request *request, struct fill *out, mono_t now)
{
	const struct of_hosts *hosts = &sw->conf->hosts;
	struct of_switch_slot *slot = pending_slot(sw, mod->buffer_id, now);
	uint8_t frame[OF_HOSTS_FRAME_BYTES];
	struct of_hosts_packet packet;
	struct way way;
	bool right;

	if (!slot) {
		of_switch_error(sw, OF_ERROR_BAD_REQUEST, OF_SWITCH_BUFFER_UNKNOWN, &request->bytes,
		                out);
		return;
	}
	packet = of_hosts_packet(hosts, sw->number, mod->buffer_id);
	of_hosts_write(hosts, sw->number, &packet, frame);
	way = way_of(sw, packet.to, flow_actions(mod));
	right = is_right(way, &packet) && of_hosts_match(hosts, &packet, frame, &mod->match);
	counter_add(&sw->tally->by_flow, right);
	count_answer(sw, slot, right, way.all, now);
}

// Of a flow without a packet only the destination can be judged.
static void judge_flow(struct of_switch *sw, const struct of_flow_mod *mod)
{
	struct of_match_walk walk = of_match_walk_of(&mod->match);
	struct of_oxm oxm;
	struct way way;
	uint32_t to;

	while (of_match_walk_next(&walk, &oxm)) {
		if (oxm.class != OXM_CLASS_BASIC || oxm.field != OF_FIELD_ETH_DST || oxm.mask ||
		    !of_hosts_find(&sw->conf->hosts, sw->number, oxm.value, &to))
			continue;
		way = way_of(sw, to, flow_actions(mod));
		if (way.any && !way.to_host && !way.all)
			counter_add(&sw->tally->wrong_flows, 1);
		return;
	}
}

static void become_ready(struct of_switch *sw)
{
	if (sw->state == OF_SWITCH_SETUP && sw->has_features && sw->has_miss)
		sw->state = OF_SWITCH_READY;
}

// A flow for all packets to the controller: the table-miss flow (1.3.5 section 5.4).
static void note_miss(struct of_switch *sw, const struct of_flow_mod *mod)
{
	struct of_list actions = flow_actions(mod);
	struct of_action action;

	if (sw->conf->version == OF10 || mod->match.len != 0)
		return;
	while (of_action_next(&actions, &action)) {
		if (action.type != OF_ACTION_OUTPUT || action.port != OF_PORT_CONTROLLER)
			continue;
		sw->has_miss = true;
		sw->miss_cookie = mod->cookie;
		sw->packet_bytes = action.max_len;
		sw->buffered = !sw->conf->unbuffered && action.max_len != OF_MAX_LEN_WHOLE;
	}
	become_ready(sw);
}

static void on_flow_mod(struct of_switch *sw, const struct of_switch_request *request,
                        struct fill *out, mono_t now)
{
	const struct of_flow_mod *mod = &request->msg->flow_mod;

	counter_add(&sw->tally->flow_mods, 1);
	if (mod->command >= OF_FLOW_DELETE)
		return;
	if (mod->buffer_id != OF_NO_BUFFER)
		answer_flow(sw, mod, request, out, now);
	else if (mod->match.len == 0)
		note_miss(sw, mod);
	else
		judge_flow(sw, mod);
}

// Whether the frame of a packet-out was sent in a packet-in of this switch.
static bool is_ours(const struct of_switch *sw, const struct of_bytes *data, uint32_t *number)
{
	const struct of_hosts *hosts = &sw->conf->hosts;
	uint8_t frame[OF_HOSTS_FRAME_BYTES];
	struct of_hosts_packet packet;

	if (!of_hosts_number(data->p, data->len, number) || *number & ~NUMBER_MASK)
		return false;
	packet = of_hosts_packet(hosts, sw->number, *number);
	if (packet.len != data->len)
		return false;
	of_hosts_write(hosts, sw->number, &packet, frame);
	return memcmp(frame, data->p, packet.len) == 0;
}

static void on_packet_out(struct of_switch *sw, const struct of_switch_request *request,
                          struct fill *out, mono_t now)
{
	const struct of_packet_out *packet_out = &request->msg->packet_out;
	uint32_t number = packet_out->buffer_id;
	struct of_hosts_packet packet;
	struct of_switch_slot *slot;
	struct way way;

	counter_add(&sw->tally->packet_outs, 1);
	if (number == OF_NO_BUFFER && !is_ours(sw, &packet_out->data, &number)) {
		counter_add(&sw->tally->probes, 1);
		return;
	}
	slot = pending_slot(sw, number, now);
	if (slot) {
		packet = of_hosts_packet(&sw->conf->hosts, sw->number, number);
		way = way_of(sw, packet.to, packet_out->actions);
		count_answer(sw, slot, is_right(way, &packet), way.all, now);
	} else if (packet_out->buffer_id != OF_NO_BUFFER) {
		of_switch_error(sw, OF_ERROR_BAD_REQUEST, OF_SWITCH_BUFFER_UNKNOWN, &request->bytes,
		                out);
	}
}

static void on_echo_reply(struct of_switch *sw, uint32_t xid, mono_t now)
{
	if (!sw->waits_echo || xid != sw->echo_xid)
		return;
	sw->waits_echo = false;
	counter_add(&sw->tally->echo_answered, 1);
	hist_add(&sw->tally->echo, mono_until(sw->echo_sent, now));
}

// The first message.
static void on_hello(struct of_switch *sw, const struct of_switch_request *request,
                     struct fill *out)
{
	uint32_t ours = OF_VERSION_BIT((unsigned)sw->conf->version);

	if (request->msg->type == OF_HELLO && of_version_negotiate(ours, request->msg)) {
		sw->state = OF_SWITCH_SETUP;
		return;
	}
	if (request->msg->type == OF_ERROR)
		counter_add(&sw->tally->errors_received, 1);
	else
		of_switch_error(sw, OF_ERROR_HELLO_FAILED, OF_SWITCH_INCOMPATIBLE, &request->bytes,
		                out);
	sw->state = OF_SWITCH_BROKEN;
}

static void on_request(struct of_switch *sw, const struct of_switch_request *request,
                       struct fill *out)
{
	counter_add(&sw->tally->requests, 1);
	of_switch_reply(sw, request, out);
	if (request->msg->type == OF_FEATURES_REQUEST) {
		sw->has_features = true;
		become_ready(sw);
	}
}

static void on_message(struct of_switch *sw, const struct of_switch_request *request,
                       struct fill *out, mono_t now)
{
	switch (request->msg->type) {
	case OF_FLOW_MOD:
		on_flow_mod(sw, request, out, now);
		break;
	case OF_PACKET_OUT:
		on_packet_out(sw, request, out, now);
		break;
	case OF_ECHO_REPLY:
		on_echo_reply(sw, request->msg->xid, now);
		break;
	case OF_ERROR:
		counter_add(&sw->tally->errors_received, 1);
		break;
	case OF_HELLO:
		break;
	default:
		on_request(sw, request, out);
	}
}

// A whole message, whose length is at least that of its header.
static void message_input(struct of_switch *sw, const uint8_t *bytes, size_t len, struct fill *out,
                          mono_t now)
{
	const struct of_hdr *hdr = (const struct of_hdr *)bytes;
	struct of_msg msg;
	struct of_switch_request request = {&msg, span_of(bytes, len)};
	bool other = sw->state != OF_SWITCH_HELLO && hdr->version != sw->conf->version &&
	             hdr->type != OF_ERROR;
	enum of_fault fault = other ? OF_FAULT_VERSION : of_decode(&msg, bytes, len, NULL);

	if (fault != OF_FAULT_NONE) {
		counter_add(&sw->tally->malformed, 1);
		of_switch_error(sw, OF_ERROR_BAD_REQUEST,
		                fault == OF_FAULT_VERSION ? OF_SWITCH_BAD_VERSION
		                                          : OF_SWITCH_BAD_LENGTH,
		                &request.bytes, out);
		if (sw->state == OF_SWITCH_HELLO)
			sw->state = OF_SWITCH_BROKEN;
	} else if (sw->state == OF_SWITCH_HELLO) {
		on_hello(sw, &request, out);
	} else {
		on_message(sw, &request, out, now);
	}
}

static void gather(struct of_switch *sw, struct span *part, size_t until)
{
	size_t n = size_min(until - sw->gathered, span_left(part));

	memcpy(sw->gather + sw->gathered, span_take(part, n), n);
	sw->gathered += (uint32_t)n;
}

// A message that began in an earlier part, or ends in a later one. NULL: it is not complete.
static const uint8_t *gathered(struct of_switch *sw, struct span *part, size_t *len)
{
	if (sw->gathered < sizeof(struct of_hdr))
		gather(sw, part, sizeof(struct of_hdr));
	if (sw->gathered < sizeof(struct of_hdr))
		return NULL;
	*len = of_hdr_message_len(sw->gather, sw->gathered);
	if (*len < sizeof(struct of_hdr))
		return sw->gather;
	gather(sw, part, *len);
	if (sw->gathered < *len)
		return NULL;
	sw->gathered = 0;
	return sw->gather;
}

static const uint8_t *message_next(struct of_switch *sw, struct span *part, size_t *len)
{
	*len = sw->gathered ? 0 : of_hdr_message_len(part->p, span_left(part));
	if (*len == 0 || *len > span_left(part))
		return gathered(sw, part, len);
	return *len < sizeof(struct of_hdr) ? part->p : span_take(part, *len);
}

bool of_switch_input(struct of_switch *sw, struct span *part, struct fill *out, mono_t now)
{
	while (sw->state != OF_SWITCH_BROKEN && span_left(part) &&
	       fill_left(out) >= OF_SWITCH_INPUT_ROOM) {
		size_t len;
		const uint8_t *message = message_next(sw, part, &len);

		if (!message)
			continue;
		if (len >= sizeof(struct of_hdr)) {
			message_input(sw, message, len, out, now);
			continue;
		}
		counter_add(&sw->tally->malformed, 1);
		sw->state = OF_SWITCH_BROKEN;
	}
	return sw->state != OF_SWITCH_BROKEN;
}

static void put_packet_in10(struct of_switch *sw, uint32_t buffer_id, uint32_t in_port,
                            const struct span *packet, uint16_t total_len, struct fill *out)
{
	struct of_switch_packet_in10 *in = (void *)fill_take(out, sizeof(*in));
	uint16_t len = (uint16_t)(sizeof(*in) + span_left(packet));

	if (!in)
		return;
	*in = (struct of_switch_packet_in10){
	        .hdr = {OF10, OF_PACKET_IN, be16(len), be32(++sw->xid)},
	        .buffer_id = be32(buffer_id),
	        .total_len = be16(total_len),
	        .in_port = be16((uint16_t)in_port)};
	fill_bytes(out, packet->p, span_left(packet));
}

static void put_packet_in(struct of_switch *sw, uint32_t buffer_id, uint32_t in_port,
                          const struct span *packet, uint16_t total_len, struct fill *out)
{
	struct of_switch_packet_in *in = (void *)fill_take(out, sizeof(*in));
	uint16_t len = (uint16_t)(sizeof(*in) + span_left(packet));

	if (!in)
		return;
	*in = (struct of_switch_packet_in){
	        .hdr = {(uint8_t)sw->conf->version, OF_PACKET_IN, be16(len), be32(++sw->xid)},
	        .buffer_id = be32(buffer_id),
	        .total_len = be16(total_len),
	        .cookie = be64(sw->miss_cookie),
	        .match_type = be16(1), // of OXM fields
	        .match_len = be16(12),
	        .oxm = {be16(OXM_CLASS_BASIC), OF_FIELD_IN_PORT << 1, sizeof(in->in_port)},
	        .in_port = be32(in_port)};
	fill_bytes(out, packet->p, span_left(packet));
}

// The next number whose slot is not taken by a packet-in of an earlier lap. There is one: half of
// the slots are free at least.
static struct of_switch_slot *next_slot(struct of_switch *sw)
{
	struct of_switch_slot *slot;

	do {
		slot = &sw->slots[sw->next & sw->slot_mask];
		sw->next = (sw->next + 1) & NUMBER_MASK;
	} while (slot->state == SLOT_PENDING);
	slot->number = (sw->next - 1) & NUMBER_MASK;
	return slot;
}

void of_switch_ask(struct of_switch *sw, mono_t due, struct fill *out, mono_t now)
{
	const struct of_hosts *hosts = &sw->conf->hosts;
	struct of_switch_slot *slot = next_slot(sw);
	struct of_hosts_packet packet = of_hosts_packet(hosts, sw->number, slot->number);
	uint32_t buffer_id = sw->buffered ? slot->number : OF_NO_BUFFER;
	uint8_t frame[OF_HOSTS_FRAME_BYTES];
	struct span part;

	of_hosts_write(hosts, sw->number, &packet, frame);
	part = span_of(frame, sw->buffered ? size_min(packet.len, sw->packet_bytes) : packet.len);
	slot->state = SLOT_PENDING;
	slot->due_us = (uint32_t)due.us;
	slot->sent_us = (uint32_t)now.us;
	sw->outstanding++;
	counter_add(&sw->tally->sent, 1);
	if (sw->conf->version == OF10)
		put_packet_in10(sw, buffer_id, of_hosts_port(hosts, packet.from), &part, packet.len,
		                out);
	else
		put_packet_in(sw, buffer_id, of_hosts_port(hosts, packet.from), &part, packet.len,
		              out);
}

static void find_lost(struct of_switch *sw, mono_t now)
{
	for (uint32_t i = 0; i <= sw->slot_mask && sw->outstanding; i++) {
		struct of_switch_slot *slot = &sw->slots[i];

		if (slot->state == SLOT_PENDING && is_overdue(sw, slot, now))
			lose(sw, slot);
	}
}

void of_switch_tick(struct of_switch *sw, struct fill *out, mono_t now)
{
	struct of_msg echo = {.version = (uint8_t)sw->conf->version, .type = OF_ECHO_REQUEST};

	if (sw->state != OF_SWITCH_SETUP && sw->state != OF_SWITCH_READY)
		return;
	find_lost(sw, now);
	if (sw->conf->echo_us == 0 || sw->waits_echo ||
	    mono_until(sw->echo_sent, now) < sw->conf->echo_us)
		return;
	echo.xid = sw->echo_xid = ++sw->xid;
	sw->waits_echo = true;
	sw->echo_sent = now;
	counter_add(&sw->tally->echo_sent, 1);
	of_switch_put(sw, &echo, out);
}
