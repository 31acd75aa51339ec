// query_watch: what looks at the queries of a worker beside the engine that answers them: the query
// log (query_log_worker.h) and the count of top talkers (core/talkers.h). Both are switched on and
// off while the worker runs, by functions that it is posted. Without either a burst of queries
// costs the test of one pointer.
#ifndef APPS_DNS_QUERY_WATCH_H
#define APPS_DNS_QUERY_WATCH_H

#include "apps/boot/boot.h"
#include "apps/dns/query_log_worker.h"
#include "proto/dns/zone/zone_set.h"

struct query_watch {
	struct query_log_worker *log; // NULL: off
	struct talkers *talkers;      // NULL: off
	enum talkers_by by;
};

// What a worker that has this watch looks at for each burst.
static inline struct query_watch *query_watch_if_any(struct query_watch *watch)
{
	return watch->log || watch->talkers ? watch : NULL;
}

// The part of query_watch_queries that counts.
void query_watch_count(struct query_watch *watch, const struct zone_set *zones,
                       const struct udp_dgram *dgrams, unsigned n);

// Called before a burst of up to PIPELINE_BURST queries is answered, from `zones`. NULL: nothing
// looks at them.
static inline void query_watch_queries(struct query_watch *watch, const struct zone_set *zones,
                                       const struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	if (likely(!watch))
		return;
	query_log_worker_queries(watch->log, dgrams, n, now);
	if (watch->talkers)
		query_watch_count(watch, zones, dgrams, n);
}

// Called after the burst has been answered.
static inline void query_watch_replies(struct query_watch *watch,
                                       const struct dns_request *requests)
{
	if (watch)
		query_log_worker_replies(watch->log, requests);
}

// For struct service_talkers: the text of a name, or of a zone's, that was counted.
void query_watch_name_text(const uint8_t *key, uint8_t len, char *text, size_t size);

#endif
