// message_json: a DNS message as one JSON object, the output of `wadi-dns answer`. The manual of
// the command documents the members.
#ifndef APPS_DNS_MESSAGE_JSON_H
#define APPS_DNS_MESSAGE_JSON_H

#include "core/host/json.h"
#include "proto/dns/rdata/dns_message.h"

// Working memory, reused from one message to the next.
struct message_json {
	struct dns_message reader;
	char text[5 * UINT16_MAX]; // of a record; each byte takes at most four characters
};

// Converts a message to an object, which the caller owns: {"rcode", "flags", "question",
// "answer", "authority", "additional"} and, when there is an OPT record, "edns". For a
// malformed message it holds what could be parsed, and "malformed": true. NULL when there is
// no memory.
json_t *message_json(struct message_json *json, const uint8_t *msg, size_t len) MUST_CHECK;

// Converts a question to the form that it has in that object: "example.org. IN A".
json_t *message_json_question(const struct dns_question *question) MUST_CHECK;

#endif
