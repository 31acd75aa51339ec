// cluster_etcd: the requests of cluster_election.h to etcd 3.4 and later, by the JSON form of its
// API over HTTP: bodies of POST /v3/kv/txn, and of the responses with status 200. Each is one
// transaction, which etcd carries out only with a majority of its members.
#ifndef CLUSTER_CLUSTER_ETCD_H
#define CLUSTER_CLUSTER_ETCD_H

#include "proto/cluster/cluster_election.h"

#define CLUSTER_ETCD_TARGET      "/v3/kv/txn"
#define CLUSTER_ETCD_KEY_BYTES   128
#define CLUSTER_ETCD_BODY_BYTES  1536 // of a request
#define CLUSTER_ETCD_REPLY_BYTES 4096 // of a response

// Writes the body; the key has 1 to CLUSTER_ETCD_KEY_BYTES bytes.
void cluster_etcd_ask(struct fill *out, const char *key, const struct cluster_ask *ask);

// False: the response is none to `ask`, or the record is none of ours.
bool cluster_etcd_answer(struct span body, const struct cluster_ask *ask,
                         struct cluster_answer *answer) MUST_CHECK;

// The record's value: "wadi-2 OWNER GENERATION DIGEST NAME", numbers in 16 hexadecimal digits.
#define CLUSTER_ETCD_VALUE_BYTES (7 + 17 + 17 + 17 + CLUSTER_NAME_BYTES)

#endif
