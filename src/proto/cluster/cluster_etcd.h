// cluster_etcd: the requests of cluster_member.h to etcd 3.4 and later, by the JSON form of its
// API over HTTP: bodies of POST /v3/kv/txn, and of the responses with status 200. Each is one
// transaction, which etcd carries out only with a majority of its members. The record stands at the
// key, rows below it: KEY/NAME, and those of the network KEY.net/NAME.
#ifndef CLUSTER_CLUSTER_ETCD_H
#define CLUSTER_CLUSTER_ETCD_H

#include "proto/cluster/cluster_member.h"

#define CLUSTER_ETCD_TARGET    "/v3/kv/txn"
#define CLUSTER_ETCD_KEY_BYTES 128

// Of a request and a response, for n switches; net: with rows of the network.
size_t cluster_etcd_body_bytes(uint32_t n, bool net) PURE;
size_t cluster_etcd_reply_bytes(uint32_t n, bool net) PURE;

// Writes the body; the key has 1 to CLUSTER_ETCD_KEY_BYTES bytes.
void cluster_etcd_ask(struct fill *out, const char *key, const struct cluster_request *request);

// A row of the response; the name of one of the network begins with "net/".
typedef void cluster_etcd_row_fn(void *ctx, struct span name, uint64_t revision, struct span text,
                                 mono_t now);

// Where texts are decoded, and who gets rows; row NULL: they are passed over.
struct cluster_etcd_reader {
	struct fill room;
	cluster_etcd_row_fn *row;
	void *ctx;
	mono_t now;
};

// False: the response is none to the request, or the record is none of ours. Rows that are
// malformed are passed over.
bool cluster_etcd_answer(struct span body, const char *key, const struct cluster_request *request,
                         const struct cluster_etcd_reader *reader,
                         struct cluster_answer *answer) MUST_CHECK;

// The record's value: "wadi-3 OWNER GENERATION DIGEST SHARES NAME", numbers in 16 hexadecimal
// digits, SHARES 0 or 1.
#define CLUSTER_ETCD_VALUE_BYTES (7 + 17 + 17 + 17 + 2 + CLUSTER_NAME_BYTES)

#endif
