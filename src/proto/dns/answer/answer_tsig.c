// answer_tsig: see the header.
#include "proto/dns/answer/answer_tsig.h"

#define TSIG_BADKEY 17

void answer_tsig_build(struct dns_reply_tsig *tsig, const struct dns_query *query, be16_t id)
{
	struct fill to = fill_of(tsig->bytes, sizeof(tsig->bytes));
	size_t owner_len = dns_name_len(query->tsig);
	size_t algorithm_len = dns_name_len(query->tsig + owner_len + sizeof(struct dns_rr_hdr));

	fill_bytes(&to, query->tsig, owner_len);
	fill_u16(&to, DNS_TYPE_TSIG);
	fill_u16(&to, DNS_CLASS_ANY);
	fill_u32(&to, 0);
	fill_u16(&to, (uint16_t)(algorithm_len + DNS_TSIG_TIMES_BYTES + 8));
	fill_bytes(&to, query->tsig + owner_len + sizeof(struct dns_rr_hdr),
	           algorithm_len + DNS_TSIG_TIMES_BYTES);
	fill_u16(&to, 0); // MAC size
	fill_u16(&to, be16_get(id));
	fill_u16(&to, TSIG_BADKEY);
	fill_u16(&to, 0); // length of other data
	assert(!to.bad);
	tsig->len = (uint16_t)fill_len(&to);
}

void answer_tsig_write(struct dns_reply *reply, const struct dns_reply_tsig *tsig)
{
	memcpy(reply->msg + reply->len, tsig->bytes, tsig->len);
	reply->len = (uint16_t)(reply->len + tsig->len);
	reply->count[DNS_ADDITIONAL]++;
}
