// share_store: the store of a cluster, for tests on virtual time: the record and rows, changed by
// requests that are carried out as a whole or not, as etcd's transactions.
#ifndef SDN_SHARE_STORE_H
#define SDN_SHARE_STORE_H

#include "harness.h"

#include "proto/cluster/cluster_member.h"

#define ROWS_MAX   48
#define TEXT_BYTES 2048

struct row {
	char name[CLUSTER_ROW_NAME_BYTES + 1];
	bool is_net;
	uint64_t revision;
	size_t len;
	uint8_t text[TEXT_BYTES];
};

struct store {
	struct cluster_record record;
	uint64_t revision;
	unsigned rows_len;
	struct row row[ROWS_MAX];
};

// A request on its way, with its own copy of the rows that it writes; or its answer.
struct mail {
	struct cluster_request request;
	struct cluster_answer answer;
	unsigned rows_len;
	struct row row[ROWS_MAX];
};

static inline struct row *row_find(struct store *store, const char *name)
{
	for (unsigned i = 0; i < store->rows_len; i++)
		if (strcmp(store->row[i].name, name) == 0)
			return &store->row[i];
	return NULL;
}

static inline void row_write(struct store *store, const struct row *from)
{
	struct row *row = row_find(store, from->name);

	assert_true(row || store->rows_len < ROWS_MAX);
	if (!row)
		row = &store->row[store->rows_len++];
	*row = *from;
	row->revision = store->revision;
}

static inline bool store_compares(struct store *store, const struct cluster_request *request)
{
	const struct row *share = row_find(store, "share");

	if (request->ask.put && request->ask.record.revision != store->record.revision)
		return false;
	return request->fence == 0 || (share && share->revision == request->fence);
}

static inline void store_do(struct store *store, struct mail *mail)
{
	const struct cluster_request *request = &mail->request;
	bool done = store_compares(store, request);

	if (done && (request->ask.put || mail->rows_len > 0))
		store->revision++;
	if (done && request->ask.put) {
		store->record = request->ask.record;
		store->record.revision = store->revision;
	}
	for (unsigned i = 0; i < mail->rows_len && done; i++)
		row_write(store, &mail->row[i]);
	mail->answer = (struct cluster_answer){.written = request->ask.put && done,
	                                       .refused = !done,
	                                       .found = store->record,
	                                       .revision = store->revision};
	mail->rows_len = 0;
	for (unsigned i = 0; i < store->rows_len; i++)
		if (store->row[i].revision >=
		    (store->row[i].is_net ? request->net_since : request->since))
			mail->row[mail->rows_len++] = store->row[i];
}

// As etcd sorts them.
static inline int by_name(const void *a, const void *b)
{
	const struct row *one = a, *other = b;

	return one->is_net != other->is_net ? (one->is_net ? 1 : -1)
	                                    : strcmp(one->name, other->name);
}

#endif
