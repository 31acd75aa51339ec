// intents_conf: a configuration with intents out of a text, as the appliance reads it.
#ifndef UNIT_INTENTS_CONF_H
#define UNIT_INTENTS_CONF_H

#include "harness.h"

#include "apps/sdn/intent_conf.h"

struct intents_sdn {
	struct intent_conf *intents;
};
struct intents_root {
	struct intents_sdn *sdn;
};

static const struct conf_key intents_sdn_keys[] = {
        {"intents", CONF_SECTION, offsetof(struct intents_sdn, intents),
         .section = &intent_conf_section, .help = "Intents."},
        {0},
};
static const struct conf_section intents_sdn_section = {sizeof(struct intents_sdn),
                                                        intents_sdn_keys};
static const struct conf_key intents_root_keys[] = {
        {"sdn", CONF_SECTION, offsetof(struct intents_root, sdn), .section = &intents_sdn_section,
         .help = "The section."},
        {0},
};
static const struct conf_section intents_root_section = {sizeof(struct intents_root),
                                                         intents_root_keys};

// Reads {"sdn": {"intents": TEXT}} and checks it; conf_close is due.
static inline const struct intent_conf *intents_read(struct conf *conf, const char *text)
{
	static const struct conf_source source = {.file = "t.json"};
	static char whole[65536];
	const struct intents_root *root;
	int len = snprintf(whole, sizeof(whole), "{\"sdn\": {\"intents\": %s}}", text);

	assert_in_range(len, 1, sizeof(whole) - 1);
	conf_read_text(conf, &intents_root_section, &source, whole, (size_t)len);
	root = conf->values;
	assert_non_null(root);
	intent_conf_check(root->sdn->intents, "sdn.intents", conf);
	return root->sdn->intents;
}

#define INTENTS_OFFICE                                                                             \
	"{ \"networks\": [\n"                                                                      \
	"    { \"name\": \"office\", \"vlan\": 10, \"gateways\": [\"10.0.10.1/24\"] },\n"          \
	"    { \"name\": \"guests\", \"vlan\": 20, \"gateways\": [\"10.0.20.1/24\"],\n"            \
	"      \"acl\": \"guests\" } ],\n"                                                         \
	"  \"limits\": [ { \"name\": \"slow\", \"rate_kbps\": 1000 } ],\n"                         \
	"  \"acls\": [ { \"name\": \"guests\", \"otherwise\": \"allow\", \"rules\": [\n"           \
	"      { \"action\": \"deny\", \"protocol\": \"tcp\", \"to\": \"10.0.10.0/24\",\n"         \
	"        \"to_ports\": \"22\" } ] } ],\n"                                                  \
	"  \"switches\": [\n"                                                                      \
	"    { \"name\": \"s1\", \"datapath\": \"0x1\", \"ports\": [\n"                            \
	"      { \"number\": 1, \"untagged\": \"office\" },\n"                                     \
	"      { \"number\": 2, \"untagged\": \"guests\", \"limit\": \"slow\" },\n"                \
	"      { \"number\": 3, \"tagged\": [\"office\", \"guests\"], \"peer\": \"s2:1\" } ] },\n" \
	"    { \"name\": \"s2\", \"datapath\": \"0x2\", \"ports\": [\n"                            \
	"      { \"number\": 1, \"tagged\": [\"office\", \"guests\"], \"peer\": \"s1:3\" },\n"     \
	"      { \"number\": 2, \"untagged\": \"office\" } ] } ],\n"                               \
	"  \"routers\": [ { \"name\": \"r1\", \"mac\": \"0e:00:00:00:00:01\",\n"                   \
	"      \"networks\": [\"office\", \"guests\"] } ],\n"                                      \
	"  \"hosts\": [\n"                                                                         \
	"    { \"name\": \"printer\", \"mac\": \"02:00:00:00:00:01\", \"network\": \"office\",\n"  \
	"      \"addresses\": \"10.0.10.5\", \"at\": \"s2:2\" },\n"                                \
	"    { \"name\": \"desk\", \"mac\": \"02:00:00:00:00:02\", \"network\": \"office\",\n"     \
	"      \"addresses\": \"10.0.10.6\", \"at\": \"s1:1\" },\n"                                \
	"    { \"name\": \"visitor\", \"mac\": \"02:00:00:00:00:03\", \"network\": \"guests\",\n"  \
	"      \"addresses\": \"10.0.20.7\", \"at\": \"s1:2\" } ] }"

#endif
