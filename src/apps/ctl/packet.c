// packet: see the header.
#include "apps/ctl/packet.h"

#include "core/base64.h"
#include "core/drop.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static bool number_of(const json_t *row, const char *key, uint64_t most, uint64_t *number)
{
	const json_t *value = json_object_get(row, key);
	json_int_t got = json_integer_value(value);

	*number = (uint64_t)got;
	return json_is_integer(value) && got >= 0 && (uint64_t)got <= most;
}

static bool bytes_read(struct packet *packet, const char *base64)
{
	struct fill to = fill_of(packet->buffer, sizeof(packet->buffer));

	if (!base64 || !base64_decode(BASE64, span_of(base64, strcspn(base64, "=")), &to))
		return false;
	packet->bytes = span_of(packet->buffer, fill_len(&to));
	return true;
}

bool packet_read(struct packet *packet, const json_t *row)
{
	const char *direction = text_of(row, "direction");
	uint64_t worker, cycles, frame_len;

	packet->port = text_of(row, "port");
	packet->verdict = text_of(row, "verdict");
	packet->reason = text_of(row, "reason");
	packet->stages = json_object_get(row, "stages");
	packet->checksum_by_device = json_is_true(json_object_get(row, "checksum_by_device"));
	if (!packet->port || !packet->verdict || !direction ||
	    !number_of(row, "at_us", INT64_MAX, &packet->at_us) ||
	    !number_of(row, "worker", UINT16_MAX, &worker) ||
	    !number_of(row, "cycles", UINT32_MAX, &cycles) ||
	    !number_of(row, "length", UINT32_MAX, &frame_len) ||
	    !bytes_read(packet, text_of(row, "bytes")))
		return false;
	packet->out = strcmp(direction, "out") == 0;
	packet->worker = (unsigned)worker;
	packet->cycles = (uint32_t)cycles;
	packet->frame_len = (uint32_t)frame_len;
	return frame_len >= span_left(&packet->bytes);
}

// NULL: the reason is a service's own.
static const char *reason_help(const char *reason)
{
	for (unsigned i = DROP_NONE + 1; i < DROP_COUNT; i++)
		if (strcmp(drop_name((enum drop)i), reason) == 0)
			return drop_help((enum drop)i);
	return NULL;
}

static void print_stages(const struct packet *packet, FILE *out)
{
	const json_t *stage;
	size_t i;

	json_array_foreach (packet->stages, i, stage)
		if (json_is_string(stage))
			fprintf(out, "%s%s", i ? " " : "; ", json_string_value(stage));
}

char *packet_fate(const struct packet *packet, char text[PACKET_FATE_BYTES])
{
	const char *help = packet->reason ? reason_help(packet->reason) : NULL;
	FILE *out = fmemopen(text, PACKET_FATE_BYTES, "w");

	text[0] = '\0';
	if (!out)
		return text;
	fprintf(out, "%s", packet->verdict);
	if (packet->reason)
		fprintf(out, ": %s", packet->reason);
	if (help)
		fprintf(out, ", %s", help);
	print_stages(packet, out);
	if (packet->cycles)
		fprintf(out, "; %u cycles", packet->cycles);
	if (packet->checksum_by_device)
		fprintf(out, "; checksum left to the device");
	fprintf(out, "; worker %u", packet->worker);
	fclose(out);
	text[PACKET_FATE_BYTES - 1] = '\0';
	return text;
}
