// Any bytes as a message: the reader stays within them, and what it reads as
// whole and writes anew without compression it reads as the same again.
#include "proto/dns/rdata/dns_message.h"

#include <stdlib.h>

// Names grow when they are expanded: a pointer of two bytes becomes 255.
#define INPUT_MAX_BYTES 4096
#define AGAIN_BYTES     (128 * INPUT_MAX_BYTES)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dns_message reader;

static void question_write(struct fill *to, const struct dns_question *question)
{
	if (dns_name_check(question->name.wire, question->name.len) != question->name.len)
		abort();
	fill_bytes(to, question->name.wire, question->name.len);
	fill_u16(to, question->qtype);
	fill_u16(to, question->qclass);
}

static void record_write(struct fill *to, const struct dns_message_record *record)
{
	if (dns_name_check(record->owner.wire, record->owner.len) != record->owner.len)
		abort();
	fill_bytes(to, record->owner.wire, record->owner.len);
	fill_u16(to, record->type);
	fill_u16(to, record->rr_class);
	fill_u32(to, record->ttl);
	fill_u16(to, record->rdata_len);
	fill_bytes(to, record->rdata, record->rdata_len);
}

// The message written anew, as far as it was read. True: the whole of it.
static bool rewrite(const uint8_t *msg, size_t size, struct fill *to)
{
	struct dns_message_record record;
	struct dns_question question;

	dns_message_init(&reader, msg, size);
	if (size >= DNS_HDR_BYTES)
		fill_bytes(to, msg, DNS_HDR_BYTES);
	while (dns_message_question(&reader, &question))
		question_write(to, &question);
	while (dns_message_record(&reader, &record))
		record_write(to, &record);
	if (to->bad)
		abort();
	return dns_message_whole(&reader);
}

static void options_read(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size), value;
	uint16_t code;
	size_t len = 0;

	while (dns_message_option(&rest, &code, &value))
		len += 4 + span_left(&value);
	if (!rest.bad && len != size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t once[AGAIN_BYTES], twice[AGAIN_BYTES];
	struct fill to = fill_of(once, sizeof(once)), again = fill_of(twice, sizeof(twice));

	if (size > INPUT_MAX_BYTES)
		return 0;
	options_read(data, size);
	if (!rewrite(data, size, &to))
		return 0;
	if (!rewrite(once, fill_len(&to), &again) || fill_len(&again) != fill_len(&to) ||
	    memcmp(once, twice, fill_len(&to)) != 0)
		abort();
	return 0;
}
