// sdn_api_path: why a declared host reaches another, or not, where intents say what switches do:
// the packet is traced through the intended tables, as `wadi-sdn plan --packet` does.
#include "apps/sdn/api/sdn_api_internal.h"

#include "apps/sdn/plan_side.h"
#include "apps/sdn/plan_trace.h"
#include "core/host/option.h"
#include "proto/openflow/of_version.h"

#include <stdio.h>

static bool has_address(const struct sdn_intent_host *host, struct addr addr)
{
	for (uint32_t i = 0; i < host->addresses_len; i++)
		if (addr_eq(host->addresses[i], addr))
			return true;
	return false;
}

// By name, MAC address or address; NULL: not declared.
static const struct sdn_intent_host *host_find(const struct sdn_intent *intent, const char *text)
{
	struct addr addr;
	uint8_t mac[6];
	bool is_addr = addr_parse(text, &addr), is_mac = option_mac(text, mac);

	for (uint32_t i = 0; i < intent->hosts_len; i++) {
		const struct sdn_intent_host *host = &intent->hosts[i];

		if (strcmp(host->name, text) == 0 || (is_mac && memcmp(host->mac, mac, 6) == 0) ||
		    (is_addr && has_address(host, addr)))
			return host;
	}
	return NULL;
}

// Steps of the trace as an array; the last one is the outcome.
static json_t *lines_json(const char *text)
{
	json_t *lines = json_array();

	while (text && *text) {
		size_t len = strcspn(text, "\n");

		json_array_append_new(lines, json_stringn(text, len));
		text += len + (text[len] == '\n');
	}
	return lines;
}

// The packet in the words of plan_packet.h, to be freed; NULL without memory.
static char *packet_words(const struct sdn_api_query *query, const char *from, const char *to)
{
	char *words = NULL, protocol[32] = "";

	if (query->protocol)
		snprintf(protocol, sizeof(protocol), ",protocol=%s,to_port=%u",
		         query->protocol == SDN_API_TCP ? "tcp" : "udp", query->to_port);
	return asprintf(&words, "from=%s,to=%s%s", from, to, protocol) < 0 ? NULL : words;
}

// The trace as text, to be freed; *reached: the packet gets there. NULL without memory.
static char *trace(const struct sdn_intent *intent, const char *packet, bool *reached)
{
	struct plan_side side = {0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	// Of switches by themselves: in a topology the path is asked of that, not traced.
	if (out && packet && plan_side_make(&side, intent, false, OF13) == 0)
		*reached = plan_trace(intent, side.tables, packet, out, out) == 0;
	plan_side_free(&side);
	if (out)
		fclose(out);
	return text;
}

static json_t *path_json(const struct sdn_api_query *query, const struct sdn_intent_host *from,
                         const struct sdn_intent_host *to, bool reached, const char *reason,
                         json_t *lines)
{
	return json_pack("{s:o, s:o, s:i, s:b, s:o, s:[], s:o}", "from_host",
	                 from ? sdn_api_mac_json(from->mac) : json_null(), "to_host",
	                 to ? sdn_api_mac_json(to->mac) : json_null(), "vlan", (int)query->vlan,
	                 "reached", (int)reached, "reason",
	                 reached ? json_null() : json_string(reason), "hops", "trace", lines);
}

json_t *sdn_api_path_traced(const struct sdn_intent *intent, const struct sdn_api_query *query)
{
	const struct sdn_intent_host *from = host_find(intent, query->from);
	const struct sdn_intent_host *to = host_find(intent, query->to);
	bool reached = false;
	json_t *json;
	char *text, *packet;

	if (!from || !to)
		return path_json(query, from, to, false,
		                 from ? "the second host is not declared in the intents"
		                      : "the first host is not declared in the intents",
		                 json_array());
	packet = packet_words(query, from->name, to->name);
	text = trace(intent, packet, &reached);
	free(packet);
	json = path_json(query, from, to, reached, "the trace says where it ends",
	                 lines_json(text));
	free(text);
	return json;
}
