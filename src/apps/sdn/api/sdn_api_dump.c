// sdn_api_dump: what a switch has answered about its flows, groups and meters, as the JSON of
// openapi.json.
#include "apps/sdn/api/sdn_api_internal.h"

#include "proto/openflow/of_kind.h"
#include "proto/openflow/of_text.h"
#include "proto/sdn/sdn_flow.h"

#define TEXT_BYTES 16384 // of a match, or of a flow's instructions

struct line {
	struct of_text text;
	char bytes[TEXT_BYTES];
};

static void line_init(struct line *line, uint8_t version)
{
	line->text = (struct of_text){.out = fill_of(line->bytes, sizeof(line->bytes)),
	                              .v = (uint8_t)of_kind_header_version(version, true)};
}

// Bytes of a switch's that are not ASCII might be no UTF-8.
static json_t *line_json(struct line *line)
{
	size_t len = fill_len(&line->text.out);

	for (size_t i = 0; i < len; i++)
		if ((uint8_t)line->bytes[i] >= 0x80)
			line->bytes[i] = '?';
	return json_stringn(line->bytes, len);
}

// The items of a list, with a comma between them.
static json_t *items_json(struct line *line, struct of_list list)
{
	union of_any_item item;
	uint8_t family = list.family;
	const char *between = "";

	line_init(line, list.version);
	while (of_list_next(&list, &item)) {
		of_text_put(&line->text, "%s", between);
		of_text_item(&line->text, (enum of_family)family, &item);
		between = ",";
	}
	return line_json(line);
}

static json_t *match_json(struct line *line, const struct of_match *match, uint8_t version)
{
	line_init(line, version);
	of_text_match(&line->text, match);
	return line_json(line);
}

static const char *owner_of(const struct sdn_api *api, uint64_t cookie)
{
	if (cookie >> 32 == (uint32_t)api->of->flow.owner)
		return "learning";
	return (cookie & SDN_COOKIE_MASK) == SDN_COOKIE_INTENT ? "intents" : "other";
}

static json_t *stats_json(const struct of_stats *stats, uint32_t which, uint64_t value)
{
	if (!(stats->present & which) || value == UINT64_MAX)
		return json_null();
	return json_integer((json_int_t)u64_min(value, INT64_MAX));
}

static json_t *flow_json(const struct sdn_api *api, const struct of_flow_stats *flow,
                         uint8_t version, struct line *line)
{
	json_t *json = json_pack(
	        "{s:i, s:i, s:o, s:s, s:o}", "table", flow->table_id, "priority", flow->priority,
	        "cookie", json_sprintf("0x%016jx", (uintmax_t)flow->cookie), "owner",
	        owner_of(api, flow->cookie), "match", match_json(line, &flow->match, version));

	json_object_set_new(json, "instructions", items_json(line, flow->instructions));
	json_object_set_new(json, "packets",
	                    stats_json(&flow->stats, OF_STATS_PACKETS, flow->stats.packets));
	json_object_set_new(json, "bytes",
	                    stats_json(&flow->stats, OF_STATS_BYTES, flow->stats.bytes));
	json_object_set_new(json, "age_s", json_integer(flow->stats.duration_s));
	json_object_set_new(json, "idle_s", json_integer(flow->idle_timeout_s));
	json_object_set_new(json, "hard_s", json_integer(flow->hard_timeout_s));
	return json;
}

static json_t *group_json(const struct of_group_desc *group, struct line *line)
{
	static const char *const types[] = {"all", "select", "indirect", "fast_failover"};

	return json_pack("{s:I, s:s, s:o}", "group", (json_int_t)group->group_id, "type",
	                 group->type < ARRAY_LEN(types) ? types[group->type] : "other", "buckets",
	                 items_json(line, group->buckets));
}

static json_t *meter_json(const struct of_meter_config *meter, uint8_t version, struct line *line)
{
	line_init(line, version);
	of_text_item(&line->text, OF_FAMILY_METER_CONFIG, meter);
	return json_pack("{s:I, s:o}", "meter", (json_int_t)meter->meter_id, "text",
	                 line_json(line));
}

json_t *sdn_api_rows_dump(const struct sdn_api *api, const struct sdn_dump *dump)
{
	static const char *const names[] = {"flows", "groups", "meters"};
	struct of_list list = sdn_dump_items(dump);
	uint8_t version = list.version;
	json_t *rows = json_array();
	struct of_flow_stats flow;
	struct of_group_desc group;
	struct of_meter_config meter;
	struct line line;

	if (dump->kind == SDN_DUMP_FLOWS)
		while (of_flow_stats_next(&list, &flow))
			json_array_append_new(rows, flow_json(api, &flow, version, &line));
	else if (dump->kind == SDN_DUMP_GROUPS)
		while (of_group_desc_next(&list, &group))
			json_array_append_new(rows, group_json(&group, &line));
	else
		while (of_meter_config_next(&list, &meter))
			json_array_append_new(rows, meter_json(&meter, version, &line));
	return json_pack("{s:o, s:b}", names[dump->kind], rows, "truncated",
	                 dump->end == SDN_DUMP_CUT);
}
