// message_json: a reply as one JSON object, for people and programs that try
// zones. What it holds is told in the manual of `wadi-dns answer`.
#ifndef APPS_DNS_MESSAGE_JSON_H
#define APPS_DNS_MESSAGE_JSON_H

#include "core/host/json.h"
#include "proto/dns/rdata/dns_message.h"

// What writing needs room for; kept from one message to the next.
struct message_json {
	struct dns_message reader;
	char text[5 * UINT16_MAX]; // of a record; a byte becomes four characters at most
};

// The message as an object, the caller's: {"rcode", "flags", "question",
// "answer", "authority", "additional"} and, when there is an OPT record, "edns".
// One that is malformed has "malformed": true and what could be read. NULL when
// memory is short.
json_t *message_json(struct message_json *json, const uint8_t *msg, size_t len) MUST_CHECK;

// "example.org. IN A": a question as it stands in that object.
json_t *message_json_question(const struct dns_question *question) MUST_CHECK;

#endif
