// answer_chaos: four names.
#include "proto/dns/answer_chaos.h"

const char *chaos_text(const struct dns_policy *policy, const uint8_t *name, uint16_t qtype)
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

void reply_chaos(struct dns_reply *reply, const char *text)
{
	uint8_t *to = reply->msg + reply->len;
	size_t text_len = strlen(text), data = 1 + text_len;
	size_t len = sizeof(be16_t) + sizeof(struct dns_rr_hdr) + data;

	if (len > (size_t)(reply->limit - reply->len)) {
		reply->flags |= DNS_FLAG_TC;
		return;
	}
	*(be16_t *)to = be16(DNS_PTR | DNS_HDR_BYTES);
	to += sizeof(be16_t);
	*(struct dns_rr_hdr *)to = (struct dns_rr_hdr){.type = be16(DNS_TYPE_TXT),
	                                               .rr_class = be16(DNS_CLASS_CH),
	                                               .rdlen = be16((uint16_t)data)};
	to += sizeof(struct dns_rr_hdr);
	*to = (uint8_t)text_len;
	memcpy(to + 1, text, text_len);
	reply->len = (uint16_t)(reply->len + len);
	reply->count[DNS_ANSWER]++;
}
