// Files of queries, captures and text: what is taken from them is whole, and an answer to it of
// any bytes is judged without reading past its end.
#include "proto/bench/query_pcap.h"
#include "proto/bench/query_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct query_set *set, const uint8_t *data, size_t size)
{
	for (uint32_t i = 0; i < set->len; i++) {
		const struct query *query = query_set_get(set, i);
		uint8_t *msg = malloc(query->len);
		uint8_t *answer = malloc(size);

		if (DNS_HDR_BYTES + (size_t)query->question_len > query->len)
			abort();
		if (cksum_fold((cksum_t){query_write(query, 7, 8, msg)}).be !=
		    cksum_fold(cksum_add((cksum_t){0}, msg, query->len)).be)
			abort();
		((struct dns_hdr *)msg)->flags = be16(DNS_FLAG_QR);
		if (query_judge(query, 8, msg, query->len) == QUERY_OTHER)
			abort();
		memcpy(answer, data, size);
		(void)query_judge(query, 8, answer, size);
		free(msg);
		free(answer);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct query_form form = {.udp_bytes = 1232, .random_label = size % 2};
	struct query_pcap_counts counts;
	struct query_set set = {NULL};
	struct why why;
	int err;

	if (capture_is(data, size))
		err = query_pcap_add(&set, data, size, &counts, &why);
	else
		err = query_text_add(&set, &form, (const char *)data, size, &why);
	if (err && *why.text == '\0')
		abort();
	check(&set, data, size);
	query_set_close(&set);
	return 0;
}
