// sdn_packet: the words of `wadi-sdn plan --packet`, and the texts of keys of intents.
#include "apps/sdn/intent_conf.h"
#include "apps/sdn/plan_packet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct addr address = {0, 0x0100000affff0000}; // 10.0.0.1
static const struct sdn_intent_network network = {"a", 10, SDN_NONE, SDN_NONE, 0, NULL};
static const struct sdn_intent_port port = {"", 1, 0, SDN_NONE, SDN_NONE, 0, NULL, SDN_NONE, 0};
static const struct sdn_intent_switch on = {"s", 1, &port, 1};
static const struct sdn_intent_host host = {"h", {2, 0, 0, 0, 0, 1}, 0, 0, 1, &address, 1};
static const struct sdn_intent intent = {.networks = &network,
                                         .switches = &on,
                                         .hosts = &host,
                                         .networks_len = 1,
                                         .switches_len = 1,
                                         .hosts_len = 1};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct plan_packet packet;
	struct why why = {""};
	struct prefix prefix;
	uint16_t first, last;
	uint64_t datapath;

	if (!text)
		abort();
	if (plan_packet_parse(&packet, &intent, text, &why))
		assert(strncmp(why.text, "packet: ", 8) == 0);
	else
		assert(packet.on_switch == 0 && (packet.to == 0 || packet.to == SDN_NONE));
	if (intent_conf_prefix(text, &prefix))
		assert(prefix.len <= 128);
	if (intent_conf_ports(text, &first, &last))
		assert(first <= last);
	if (intent_conf_datapath(text, &datapath))
		assert(datapath);
	free(text);
	return 0;
}
