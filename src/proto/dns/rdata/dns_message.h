// dns_message: reads an untrusted DNS message section by section, one record at a time, and
// expands compressed names. It is used to read responses; the server checks queries with
// dns_wire.
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
	// Compressed names are expanded if the type is in the table of dns_rdata. Valid
	// until the reader's next record.
	const uint8_t *rdata;
	uint16_t rdata_len;
};

// The state of the reader. After the first malformed item it reads nothing more.
struct dns_message {
	const uint8_t *msg;      // borrowed
	struct span rest;        // from the next question or record on
	uint16_t flags;          // DNS_FLAG_
	uint16_t questions_left; // to be read
	uint16_t records_left[DNS_SECTIONS];
	uint8_t rdata[UINT16_MAX]; // of the last record that had a name in it
};

// Reads the header. The message is borrowed.
void dns_message_init(struct dns_message *message, const uint8_t *msg, size_t len);

// Reads the next question; false when none is left or it is malformed.
bool dns_message_question(struct dns_message *message, struct dns_question *question) MUST_CHECK;

// Reads the next record of any section, after all questions were read; false when none is
// left or it is malformed. Only the names in its data and the fields that precede them are
// checked; dns_rdata_check checks all of the data.
bool dns_message_record(struct dns_message *message, struct dns_message_record *record) MUST_CHECK;

// Whether the whole message was read, nothing was malformed and no bytes are left over.
bool dns_message_whole(const struct dns_message *message) MUST_CHECK;

// Takes the next option off the data of an OPT record (RFC 6891 section 6.1.2); false at the
// end, or, with options->bad set, when an option is truncated.
bool dns_message_option(struct span *options, uint16_t *code, struct span *value) MUST_CHECK;

#endif
