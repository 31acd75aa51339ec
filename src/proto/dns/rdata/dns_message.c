// dns_message: see the header. Checks bounds and compression pointers, and expands names in rdata.
#include "proto/dns/rdata/dns_message.h"

void dns_message_init(struct dns_message *message, const uint8_t *msg, size_t len)
{
	const struct dns_hdr *hdr;

	message->msg = msg;
	message->rest = span_of(msg, len);
	message->flags = message->questions_left = 0;
	memset(message->records_left, 0, sizeof(message->records_left));
	hdr = (const struct dns_hdr *)span_take(&message->rest, sizeof(*hdr));
	if (!hdr)
		return;
	message->flags = be16_get(hdr->flags);
	message->questions_left = be16_get(hdr->qdcount);
	message->records_left[DNS_ANSWER] = be16_get(hdr->ancount);
	message->records_left[DNS_AUTHORITY] = be16_get(hdr->nscount);
	message->records_left[DNS_ADDITIONAL] = be16_get(hdr->arcount);
}

// Follows a compression pointer. It must refer to an offset after the header and before all
// that was read of the name so far: each step goes backwards, so that there is no loop.
static struct span pointer_follow(const uint8_t *msg, const uint8_t *before, unsigned target,
                                  const uint8_t *end)
{
	const uint8_t *p = msg + target;

	if (target < DNS_HDR_BYTES || p >= before)
		return (struct span){.bad = true};
	return span_of(p, (size_t)(end - p));
}

// Takes a name, which may be compressed, off the span and expands it. The span ends at or before
// the end of the message.
static void name_expand(const uint8_t *msg, struct span *s, struct dns_name *name)
{
	struct fill to = fill_of(name->wire, sizeof(name->wire));
	struct span at = *s;
	const uint8_t *run = s->p, *after = NULL, *label;
	uint8_t len;

	do {
		len = span_u8(&at);
		if (len >= DNS_PTR >> 8) {
			unsigned target = (len & DNS_PTR_MAX >> 8) << 8 | span_u8(&at);

			if (!after)
				after = at.p;
			if (!at.bad)
				at = pointer_follow(msg, run, target, at.end);
			run = at.p;
			continue;
		}
		at.bad |= len > DNS_LABEL_MAX_BYTES;
		label = span_take(&at, len);
		fill_u8(&to, len);
		if (label)
			fill_bytes(&to, label, len);
	} while (len && !at.bad && !to.bad);
	s->bad |= at.bad | to.bad;
	s->p = s->bad ? s->p : after ? after : at.p;
	name->len = (uint8_t)fill_len(&to);
}

bool dns_message_question(struct dns_message *message, struct dns_question *question)
{
	if (message->questions_left == 0 || message->rest.bad)
		return false;
	message->questions_left--;
	name_expand(message->msg, &message->rest, &question->name);
	question->qtype = span_u16(&message->rest);
	question->qclass = span_u16(&message->rest);
	return !message->rest.bad;
}

static bool field_is_name(uint8_t field)
{
	return field == DNS_FIELD_NAME || field == DNS_FIELD_NAME_LOWER ||
	       field == DNS_FIELD_NAME_RAW;
}

static bool type_has_names(const struct dns_rdata_type *info)
{
	for (const uint8_t *field = info->fields; *field != DNS_FIELD_END; field++)
		if (field_is_name(*field))
			return true;
	return false;
}

// Copies rdata into `to` with its names expanded. Only types of RFC 1035 may have compressed names
// when sent, but receivers should also expand them in others (RFC 3597 section 4).
static void rdata_expand(const uint8_t *msg, const struct dns_rdata_type *info, struct span *rdata,
                         struct fill *to)
{
	struct dns_name name;

	for (const uint8_t *field = info->fields; *field != DNS_FIELD_END; field++) {
		if (field_is_name(*field)) {
			name_expand(msg, rdata, &name);
			if (!rdata->bad)
				fill_bytes(to, name.wire, name.len);
		} else {
			struct span bytes = dns_rdata_take(*field, rdata);

			if (!rdata->bad)
				fill_bytes(to, bytes.p, span_left(&bytes));
		}
	}
	if (!rdata->bad)
		fill_bytes(to, rdata->p, span_left(rdata));
}

static void rdata_take(struct dns_message *message, struct dns_message_record *record, uint16_t len)
{
	const struct dns_rdata_type *info = dns_rdata_type(record->type);
	struct span rdata = span_sub(&message->rest, len);
	struct fill to = fill_of(message->rdata, sizeof(message->rdata));

	record->rdata = rdata.p;
	record->rdata_len = len;
	// In an update (RFC 2136) a record may consist of only its name and type.
	if (!info || !type_has_names(info) || len == 0 || rdata.bad)
		return;
	rdata_expand(message->msg, info, &rdata, &to);
	message->rest.bad |= rdata.bad | to.bad;
	record->rdata = message->rdata;
	record->rdata_len = (uint16_t)fill_len(&to);
}

bool dns_message_record(struct dns_message *message, struct dns_message_record *record)
{
	const struct dns_rr_hdr *rr;
	unsigned section = DNS_ANSWER;

	while (section < DNS_SECTIONS && message->records_left[section] == 0)
		section++;
	if (message->questions_left || section == DNS_SECTIONS || message->rest.bad)
		return false;
	message->records_left[section]--;
	record->section = (enum dns_section)section;
	name_expand(message->msg, &message->rest, &record->owner);
	rr = (const struct dns_rr_hdr *)span_take(&message->rest, sizeof(*rr));
	if (!rr)
		return false;
	record->type = be16_get(rr->type);
	record->rr_class = be16_get(rr->rr_class);
	record->ttl = be32_get(rr->ttl);
	rdata_take(message, record, be16_get(rr->rdlen));
	return !message->rest.bad;
}

bool dns_message_whole(const struct dns_message *message)
{
	unsigned left = message->questions_left;

	for (unsigned i = 0; i < DNS_SECTIONS; i++)
		left += message->records_left[i];
	return !message->rest.bad && left == 0 && span_left(&message->rest) == 0;
}

bool dns_message_option(struct span *options, uint16_t *code, struct span *value)
{
	if (options->bad || span_left(options) == 0)
		return false;
	*code = span_u16(options);
	*value = span_sub(options, span_u16(options));
	return !options->bad;
}
