// A script of hostile text: it is parsed whole, or refused with file and line; every event
// that comes out of it has its line and a kind.
#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_packet(const struct script_packet *packet)
{
	assert(packet->options_len <= SCRIPT_OPTIONS_BYTES && packet->options_len % 4 == 0);
	assert(packet->window >= -1 && packet->window <= UINT16_MAX);
	assert(packet->kind != PACKET_TCP || packet->len <= UINT16_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct why why = {""};
	struct script script;
	int line = 1, err;

	err = script_parse(&script, "f.pkt", (const char *)data, size, NULL, 0, &why);
	assert(err == 0 || strncmp(why.text, "f.pkt:", 6) == 0);
	for (const struct script_event *event = err ? NULL : script.events; event;
	     event = event->next) {
		assert(event->line >= line);
		line = event->line;
		if (event->kind == EVENT_PACKET)
			check_packet(&event->packet);
		else if (event->kind == EVENT_CALL)
			assert(event->call.name && event->call.result);
		else
			assert(event->text);
	}
	script_parse_fini(&script);
	return 0;
}
