// message_json: see the header. Each record is one string in presentation format.
#include "apps/dns/message_json.h"

#include "proto/dns/wire/dns_class.h"
#include "proto/dns/wire/dns_rcode.h"

#include <stdio.h>

static json_t *flags_json(uint16_t flags)
{
	static const struct {
		uint16_t flag;
		const char *name;
	} names[] = {
	        {DNS_FLAG_QR, "qr"}, {DNS_FLAG_AA, "aa"}, {DNS_FLAG_TC, "tc"}, {DNS_FLAG_RD, "rd"},
	        {DNS_FLAG_RA, "ra"}, {DNS_FLAG_AD, "ad"}, {DNS_FLAG_CD, "cd"},
	};
	json_t *array = json_array();

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (flags & names[i].flag)
			json_array_append_new(array, json_string_nocheck(names[i].name));
	return array;
}

json_t *message_json_question(const struct dns_question *question)
{
	char name[DNS_NAME_TEXT_BYTES], rr_class[DNS_CLASS_TEXT_BYTES], type[DNS_TYPE_TEXT_BYTES];

	return json_sprintf("%s %s %s", dns_name_text(question->name.wire, name),
	                    dns_class_text(question->qclass, rr_class),
	                    dns_type_text(question->qtype, type));
}

// "name ttl class type rdata". The text is ASCII, since presentation format escapes all other
// bytes.
static json_t *record_json(struct message_json *json, const struct dns_message_record *record)
{
	char name[DNS_NAME_TEXT_BYTES], rr_class[DNS_CLASS_TEXT_BYTES], type[DNS_TYPE_TEXT_BYTES];
	size_t len;

	len = (size_t)snprintf(json->text, sizeof(json->text), "%s %u %s %s ",
	                       dns_name_text(record->owner.wire, name), record->ttl,
	                       dns_class_text(record->rr_class, rr_class),
	                       dns_type_text(record->type, type));
	len += dns_rdata_text(record->type, record->rdata, record->rdata_len, json->text + len,
	                      sizeof(json->text) - len);
	return json_stringn_nocheck(json->text, size_min(len, sizeof(json->text) - 1));
}

static json_t *hex_json(struct message_json *json, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 0;

	for (; bytes.p < bytes.end; bytes.p++) {
		json->text[len++] = digits[*bytes.p >> 4];
		json->text[len++] = digits[*bytes.p & 15];
	}
	return json_stringn_nocheck(json->text, len);
}

// The OPT record (RFC 6891 section 6.1.2): the class field holds the UDP payload size, the TTL
// field the upper bits of the rcode, the version and the flags.
static json_t *edns_json(struct message_json *json, const struct dns_message_record *opt)
{
	json_t *options = json_array(), *flags = json_array();
	struct span rest = span_of(opt->rdata, opt->rdata_len), value;
	uint16_t code;

	if (opt->ttl & DNS_OPT_DO)
		json_array_append_new(flags, json_string_nocheck("do"));
	while (dns_message_option(&rest, &code, &value))
		json_array_append_new(options, json_pack("{s:i, s:o}", "code", code, "data",
		                                         hex_json(json, value)));
	return json_pack("{s:i, s:i, s:o, s:o}", "version", (int)(opt->ttl >> 16 & 0xff), "udp",
	                 opt->rr_class, "flags", flags, "options", options);
}

static json_t *questions_json(struct message_json *json)
{
	struct dns_question question;
	json_t *array = json_array();

	while (dns_message_question(&json->reader, &question))
		json_array_append_new(array, message_json_question(&question));
	return array;
}

json_t *message_json(struct message_json *json, const uint8_t *msg, size_t len)
{
	static const char *const names[] = {"answer", "authority", "additional"};
	json_t *object = json_object(), *sections[DNS_SECTIONS], *edns = NULL;
	struct dns_message_record record;
	char text[DNS_RCODE_TEXT_BYTES];
	uint16_t rcode;

	dns_message_init(&json->reader, msg, len);
	rcode = json->reader.flags & DNS_FLAG_RCODE;
	json_object_set_new(object, "rcode", json_null()); // the first member; set below
	json_object_set_new(object, "flags", flags_json(json->reader.flags));
	json_object_set_new(object, "question", questions_json(json));
	for (unsigned i = 0; i < DNS_SECTIONS; i++) {
		sections[i] = json_array();
		json_object_set_new(object, names[i], sections[i]);
	}
	while (dns_message_record(&json->reader, &record)) {
		if (record.type == DNS_TYPE_OPT && !edns) {
			rcode |= (uint16_t)(record.ttl >> 24 << 4);
			edns = edns_json(json, &record);
		} else {
			json_array_append_new(sections[record.section], record_json(json, &record));
		}
	}
	if (edns)
		json_object_set_new(object, "edns", edns);
	json_object_set_new(object, "rcode", json_string_nocheck(dns_rcode_text(rcode, text)));
	if (!dns_message_whole(&json->reader))
		json_object_set_new(object, "malformed", json_true());
	return object;
}
