// dns_message: a reader of messages from the wire, whoever sent them: section by
// section, one record at a time, names expanded. It is what looks at a reply;
// the server's own check of a query is dns_wire.
#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include "proto/dns/rdata/dns_rdata.h"
#include "proto/dns/wire/dns_wire.h"

struct dns_question {
	struct dns_name name;
	uint16_t qtype, qclass;
};

struct dns_message_record {
	enum dns_section section;
	uint16_t type, rr_class;
	uint32_t ttl;
	struct dns_name owner;
	// Names in it are expanded where the table of types knows them. Borrowed
	// from the reader until its next record.
	const uint8_t *rdata;
	uint16_t rdata_len;
};

// One reading of a message. Once something is malformed, nothing more is read.
struct dns_message {
	const uint8_t *msg;      // borrowed
	struct span rest;        // from the next question or record on
	uint16_t flags;          // DNS_FLAG_
	uint16_t questions_left; // to be read
	uint16_t records_left[DNS_SECTIONS];
	uint8_t rdata[UINT16_MAX]; // of the last record that had a name in it
};

// Begins with the header.
void dns_message_init(struct dns_message *message, const uint8_t *msg, size_t len);

// The next question; false when there is none left or it is malformed.
bool dns_message_question(struct dns_message *message, struct dns_question *question) MUST_CHECK;

// The next record of any section, once there is no question left; false when
// there is none or it is malformed. Of rdata only the names and what stands
// before them must be sound; dns_rdata_check tells whether all of it is.
bool dns_message_record(struct dns_message *message, struct dns_message_record *record) MUST_CHECK;

// Whether everything was read, nothing was malformed, and nothing is left over.
bool dns_message_whole(const struct dns_message *message) MUST_CHECK;

// The next option of an OPT record's rdata (RFC 6891 section 6.1.2); false at
// the end, or when it is cut short, then the span is bad.
bool dns_message_option(struct span *options, uint16_t *code, struct span *value) MUST_CHECK;

#endif
