// sdn_intent: see sdn_intent.h.
#include "proto/sdn/sdn_intent.h"

#include "core/hash.h"
#include "proto/sdn/sdn_rules.h"

#include <stdio.h>

uint16_t sdn_intent_switch(const struct sdn_intent *intent, uint64_t datapath_id)
{
	for (uint32_t i = 0; i < intent->switches_len; i++)
		if (intent->switches[i].datapath_id == datapath_id)
			return (uint16_t)i;
	return SDN_NONE;
}

const struct sdn_intent_port *sdn_intent_port(const struct sdn_intent_switch *on, uint32_t number)
{
	for (uint32_t i = 0; i < on->ports_len; i++)
		if (on->ports[i].number == number)
			return &on->ports[i];
	return NULL;
}

bool sdn_intent_carries(const struct sdn_intent_port *port, uint16_t network, bool *tagged)
{
	*tagged = false;
	if (port->untagged == network)
		return true;
	for (unsigned i = 0; i < port->tagged_len; i++)
		*tagged |= port->tagged[i] == network;
	return *tagged;
}

// Any key will do as long as it does not change: a switch keeps its cookies while the controller
// is replaced by a later version.
static uint64_t name_hash(uint8_t kind, uint32_t number, const char *name)
{
	static const uint8_t key[HASH_SIP_KEY_BYTES] = "wadi-sdn intents";
	char text[96];
	int len = snprintf(text, sizeof(text), "%u/%u/%s", kind, number, name);

	return hash_sip(key, text, size_min((size_t)len, sizeof(text) - 1));
}

static const char *origin_name(const struct sdn_intent *intent, struct sdn_origin origin)
{
	switch (origin.kind) {
	case SDN_ORIGIN_ACL:
		return intent->acls[origin.item].name;
	case SDN_ORIGIN_NETWORK:
		return intent->networks[origin.item].name;
	case SDN_ORIGIN_ROUTER:
		return intent->routers[origin.item].name;
	case SDN_ORIGIN_LIMIT:
		return intent->limits[origin.item].name;
	case SDN_ORIGIN_WAY:
		return intent->switches[origin.item].name;
	default:
		return "";
	}
}

uint64_t sdn_intent_cookie(const struct sdn_intent *intent, struct sdn_origin origin)
{
	uint32_t number = origin.kind == SDN_ORIGIN_PORT     ? origin.item
	                  : origin.kind == SDN_ORIGIN_SYSTEM ? origin.part
	                                                     : 0;
	uint64_t hash = name_hash(origin.kind, number, origin_name(intent, origin));

	return SDN_COOKIE_INTENT | (hash & ~SDN_COOKIE_MASK);
}

uint32_t sdn_intent_meter_id(const char *name)
{
	return (uint32_t)(name_hash(SDN_ORIGIN_LIMIT, 0, name) % UINT16_MAX) + 1;
}

static void item_text(const struct sdn_intent *intent, struct sdn_origin origin, const char *kind,
                      struct of_text *text)
{
	of_text_put(text, "%s \"%s\"", kind, origin_name(intent, origin));
}

void sdn_intent_origin_text(const struct sdn_intent *intent, struct sdn_origin origin,
                            struct of_text *text)
{
	switch (origin.kind) {
	case SDN_ORIGIN_SYSTEM:
		of_text_put(text, "%s", sdn_rules_system_text((enum sdn_system)origin.part));
		break;
	case SDN_ORIGIN_PORT:
		of_text_put(text, "port %u", origin.item);
		break;
	case SDN_ORIGIN_ACL:
		item_text(intent, origin, "acl", text);
		if (origin.part)
			of_text_put(text, ", rule %u", origin.part);
		else
			of_text_put(text, ", otherwise");
		break;
	case SDN_ORIGIN_NETWORK:
		item_text(intent, origin, "network", text);
		break;
	case SDN_ORIGIN_ROUTER:
		item_text(intent, origin, "router", text);
		if (origin.part)
			of_text_put(text, ", route %u", origin.part);
		break;
	case SDN_ORIGIN_HOST:
		of_text_put(text, "a host");
		break;
	case SDN_ORIGIN_LIMIT:
		item_text(intent, origin, "limit", text);
		break;
	case SDN_ORIGIN_WAY:
		of_text_put(text, "the way to ");
		item_text(intent, origin, "switch", text);
		break;
	default:
		of_text_put(text, "not of the intents");
	}
}
