// answer_chaos: see the header.
#include "proto/dns/answer/answer_chaos.h"

const char *answer_chaos_text(const struct dns_policy *policy, const uint8_t *name, uint16_t qtype)
{
	const struct {
		const char *wire, *text;
	} names[] = {
	        {"\7version\4bind", policy->version},
	        {"\7version\6server", policy->version},
	        {"\10hostname\4bind", policy->identity},
	        {"\2id\6server", policy->identity},
	};

	if (qtype != DNS_TYPE_TXT && qtype != DNS_TYPE_ANY)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (dns_name_eq((const uint8_t *)names[i].wire, name))
			return names[i].text;
	}
	return NULL;
}

void answer_chaos_write(struct dns_reply *reply, const char *text)
{
	struct fill to = fill_of(reply->msg + reply->len, (size_t)(reply->limit - reply->len));
	size_t len = strlen(text);

	fill_u16(&to, DNS_PTR | DNS_HDR_BYTES);
	fill_u16(&to, DNS_TYPE_TXT);
	fill_u16(&to, DNS_CLASS_CH);
	fill_u32(&to, 0);
	fill_u16(&to, (uint16_t)(1 + len));
	fill_u8(&to, (uint8_t)len);
	fill_bytes(&to, text, len);
	if (to.bad) {
		reply->cut = true;
		reply->flags |= DNS_FLAG_TC;
		return;
	}
	reply->len = (uint16_t)(reply->len + fill_len(&to));
	reply->count[DNS_ANSWER]++;
}
