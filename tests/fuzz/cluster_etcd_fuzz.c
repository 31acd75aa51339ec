// What etcd answers is read within its bytes; a record that is believed is written and read as
// itself.
#include "proto/cluster/cluster_etcd.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The record as a request puts it: the request is no response, and is refused.
static void check_record(const struct cluster_record *found)
{
	const struct cluster_ask ask = {.put = true, .record = *found};
	uint8_t body[CLUSTER_ETCD_BODY_BYTES];
	struct fill out = fill_of(body, sizeof(body));
	struct cluster_answer answer;

	if (strlen(found->name) > CLUSTER_NAME_BYTES)
		abort();
	cluster_etcd_ask(&out, "k", &ask);
	if (out.bad || cluster_etcd_answer(span_of(body, fill_len(&out)), &ask, &answer))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cluster_ask put = {
	        .put = true, .record = {.revision = 7, .owner = 1, .name = "left"}};
	static const struct cluster_ask get;
	struct cluster_answer answer;

	if (cluster_etcd_answer(span_of(data, size), &get, &answer)) {
		if (answer.written || (answer.found.revision == 0 && answer.found.owner != 0))
			abort();
		check_record(&answer.found);
	}
	if (cluster_etcd_answer(span_of(data, size), &put, &answer) && answer.written &&
	    (answer.found.owner != 1 || answer.found.revision == 0))
		abort();
	return 0;
}
