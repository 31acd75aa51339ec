// What etcd answers is read within its bytes; a record that is believed is written again and
// refused as a response; what rows say of members and switches stays within bounds, and the shares
// that are made of it fit into their row and are read as they were written.
#include "proto/cluster/cluster_etcd.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SWITCHES 4

static const mono_t now = {1000 * SEC_US};

static void row_take(void *ctx, struct span name, uint64_t revision, struct span text, mono_t at)
{
	if (ctx)
		cluster_share_row(ctx, name, revision, text, at);
}

static bool answer_read(const uint8_t *data, size_t size, const struct cluster_request *request,
                        struct cluster_share *share, struct cluster_answer *answer)
{
	uint8_t room[4096];
	const struct cluster_etcd_reader reader = {
	        .room = fill_of(room, sizeof(room)), .row = row_take, .ctx = share, .now = now};

	return cluster_etcd_answer(span_of(data, size), "k", request, &reader, answer);
}

// The record as a request puts it: the request is no response, and is refused.
static void check_record(const struct cluster_record *found)
{
	const struct cluster_request request = {.ask = {.put = true, .record = *found}};
	uint8_t body[8192];
	struct fill out = fill_of(body, sizeof(body));
	struct cluster_answer answer;

	if (strlen(found->name) > CLUSTER_NAME_BYTES)
		abort();
	cluster_etcd_ask(&out, "k", &request);
	if (out.bad || answer_read(body, fill_len(&out), &request, NULL, &answer))
		abort();
}

static void check_share(struct cluster_share *share)
{
	uint8_t text[CLUSTER_SHARE_BYTES(SWITCHES)];
	struct fill out = fill_of(text, sizeof(text));
	uint32_t switches = 0;

	if (share->len > SWITCHES)
		abort();
	(void)cluster_share_assign(share, now);
	cluster_share_put(share, 77, true, &out);
	if (out.bad)
		abort();
	cluster_share_row(share, span_of("share", 5), 1, span_of(text, fill_len(&out)), now);
	for (unsigned i = 0; i < CLUSTER_MEMBERS_MAX; i++)
		switches += share->peer[i].switches;
	if (share->generation != 77 || switches > share->len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cluster_request put = {
	        .ask = {.put = true, .record = {.revision = 7, .owner = 1, .name = "left"}}};
	static const struct cluster_request get = {.rows = true};
	static const struct cluster_share_conf conf = {
	        .id = 0x11, .silence_us = SEC_US, .switches_max = SWITCHES, .name = "a"};
	struct cluster_share share;
	struct cluster_answer answer;

	if (cluster_share_open(&share, &conf, now))
		abort();
	if (answer_read(data, size, &get, &share, &answer)) {
		if (answer.written || (answer.found.revision == 0 && answer.found.owner != 0))
			abort();
		check_record(&answer.found);
	}
	check_share(&share);
	cluster_share_close(&share);
	if (answer_read(data, size, &put, NULL, &answer) && answer.found.revision == 0 &&
	    answer.found.owner != 0)
		abort();
	return 0;
}
