// sdn_dump: see the header.
#include "apps/sdn/sdn_dump.h"

#include "apps/sdn/sdn_switches.h"

#include <errno.h>
#include <stdlib.h>

#define METER_ALL 0xffffffffu

int sdn_dump_open(struct sdn_dumps *dumps)
{
	dumps->memory = malloc((size_t)SDN_DUMPS * SDN_DUMP_BYTES); // touched when it is used
	if (!dumps->memory)
		return -ENOMEM;
	for (unsigned i = 0; i < SDN_DUMPS; i++)
		dumps->dump[i].bytes = dumps->memory + (size_t)i * SDN_DUMP_BYTES;
	return 0;
}

void sdn_dump_close(struct sdn_dumps *dumps)
{
	free(dumps->memory);
}

static enum of_fault body_put(struct fill *out, enum of_version version, enum sdn_dump_kind kind,
                              uint8_t table)
{
	const struct of_flow_request flows = {
	        .table_id = table, .out_port = OF_PORT_ANY, .out_group = OF_GROUP_ANY};
	const struct of_group_request groups = {OF_GROUP_ALL};
	const struct of_meter_request meters = {METER_ALL};

	if (kind == SDN_DUMP_FLOWS)
		return of_flow_request_put(out, version, &flows);
	if (kind == SDN_DUMP_METERS)
		return of_meter_request_put(out, version, &meters);
	// Before 1.5 the request has no body (section 7.3.5.9).
	return version == OF15 ? of_group_request_put(out, version, &groups) : OF_FAULT_NONE;
}

static bool ask(struct sdn_switch *sw, enum sdn_dump_kind kind, uint8_t table, uint32_t tag,
                mono_t now)
{
	static const struct {
		uint16_t type;
		enum of_family family;
	} asked[] = {
	        [SDN_DUMP_FLOWS] = {OF_MULTIPART_FLOW, OF_FAMILY_FLOW_REQUEST},
	        [SDN_DUMP_GROUPS] = {OF_MULTIPART_GROUP_DESC, OF_FAMILY_GROUP_REQUEST},
	        [SDN_DUMP_METERS] = {OF_MULTIPART_METER_CONFIG, OF_FAMILY_METER_REQUEST},
	};
	enum of_version version = (enum of_version)sw->conn.version;
	uint8_t room[128];
	struct fill body = fill_of(room, sizeof(room));
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST, .multipart = {.type = asked[kind].type}};

	if (body_put(&body, version, kind, table) != OF_FAULT_NONE)
		return false;
	if (fill_len(&body) > 0)
		msg.multipart.body = of_list_of(asked[kind].family, version, &body);
	return of_conn_ask(&sw->conn, OF_CONN_BULK, &msg, tag, now) == OF_FAULT_NONE;
}

struct sdn_dump *sdn_dump_begin(struct sdn_dumps *dumps, struct sdn_switch *sw,
                                enum sdn_dump_kind kind, uint8_t table,
                                void (*done)(struct sdn_dump *dump, mono_t now), void *ctx,
                                mono_t now)
{
	for (uint32_t i = 0; i < SDN_DUMPS; i++) {
		struct sdn_dump *dump = &dumps->dump[i];

		if (atomic_load_explicit(&dump->taken, memory_order_acquire))
			continue;
		if (!ask(sw, kind, table, SDN_DUMP_TAG + i, now))
			return NULL;
		*dump = (struct sdn_dump){.taken = true,
		                          .kind = kind,
		                          .sw = sw,
		                          .bytes = dump->bytes,
		                          .done = done,
		                          .ctx = ctx};
		sdn_switches_flush(sw, now);
		return dump;
	}
	return NULL;
}

void sdn_dump_abandon(struct sdn_dump *dump)
{
	dump->abandoned = true;
}

static void end(struct sdn_dump *dump, enum sdn_dump_end how, mono_t now)
{
	dump->sw = NULL;
	dump->end = how;
	if (dump->abandoned)
		sdn_dump_release(dump);
	else
		dump->done(dump, now);
}

// What fits of the items; a list is cut between messages only.
static void add(struct sdn_dump *dump, const struct of_list *list)
{
	if (dump->end == SDN_DUMP_CUT || list->len > SDN_DUMP_BYTES - dump->len) {
		dump->end = SDN_DUMP_CUT;
		return;
	}
	if (list->len > 0)
		memcpy(dump->bytes + dump->len, list->p, list->len);
	dump->len += list->len;
	dump->version = list->version;
	dump->family = list->family;
}

void sdn_dump_reply(struct sdn_switch *sw, const struct of_msg *msg, bool refused, mono_t now)
{
	static const enum of_family families[] = {[SDN_DUMP_FLOWS] = OF_FAMILY_FLOW_STATS,
	                                          [SDN_DUMP_GROUPS] = OF_FAMILY_GROUP_DESC,
	                                          [SDN_DUMP_METERS] = OF_FAMILY_METER_CONFIG};
	struct sdn_dump *dump = &sw->all->dumps.dump[sw->conn.answered_tag - SDN_DUMP_TAG];

	if (dump->sw != sw)
		return;
	if (!msg || msg->type != OF_MULTIPART_REPLY) {
		end(dump, refused ? SDN_DUMP_REFUSED : SDN_DUMP_SILENT, now);
		return;
	}
	if (msg->multipart.body.family == families[dump->kind])
		add(dump, &msg->multipart.body);
	if (sw->conn.answered_last)
		end(dump, dump->end, now);
}

void sdn_dump_leave(struct sdn_switch *sw, mono_t now)
{
	for (unsigned i = 0; i < SDN_DUMPS; i++)
		if (sw->all->dumps.dump[i].sw == sw)
			end(&sw->all->dumps.dump[i], SDN_DUMP_GONE, now);
}

struct of_list sdn_dump_items(const struct sdn_dump *dump)
{
	return (struct of_list){dump->bytes, dump->len, dump->version, dump->family};
}

void sdn_dump_release(struct sdn_dump *dump)
{
	atomic_store_explicit(&dump->taken, false, memory_order_release);
}
