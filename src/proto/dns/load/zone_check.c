// zone_check: see the header. Checks that look at one name at a time run in parallel, each thread
// taking the next range of names.
#include "proto/dns/load/zone_check.h"

#include "proto/dns/load/zone_canonical.h"
#include "proto/dns/load/zone_check_denial.h"
#include "proto/dns/load/zone_check_hosts.h"
#include "proto/dns/load/zone_check_keys.h"
#include "proto/dns/load/zone_check_names.h"
#include "proto/dns/load/zone_check_sigs.h"
#include "proto/dns/load/zone_check_zonemd.h"
#include "proto/dns/load/zone_cuts.h"

#include <errno.h>
#include <stdlib.h>

#define RANGE_NAMES 16384 // number of names in a range

// A check of the names in [from, to), each independent of the others. It may run twice on the same
// range. Returns 0 or -ENOMEM.
typedef int range_fn(struct zone_records *records, struct zone_reporter *reporter, uint32_t from,
                     uint32_t to);

struct ranges {
	struct zone_records *records;
	const struct zone_reporter *reporter;
	zone_stopped_fn *stopped;
	range_fn *fn;
	bool found[]; // whether the range has a finding
};

static uint32_t range_end(const struct zone_records *records, uint32_t from)
{
	return (uint32_t)size_min((size_t)from + RANGE_NAMES, records->names_len);
}

// Runs the check quietly and records only whether it found something: ranges_work then repeats such
// ranges one by one, so that reports come in order of names.
static void range_work(void *work, size_t i)
{
	struct ranges *ranges = work;
	uint32_t from = 1 + (uint32_t)i * RANGE_NAMES;
	struct zone_reporter quiet = *ranges->reporter;
	int err;

	if (zone_stop_now(ranges->stopped))
		return;
	quiet.quiet = true;
	quiet.found = false;
	err = ranges->fn(ranges->records, &quiet, from, range_end(ranges->records, from));
	ranges->found[i] = quiet.found || err;
}

// The arguments of zone_check.
struct checker {
	struct zone_records *records;
	struct zone_reporter *reporter;
	const struct zone_pool *pool;
	zone_stopped_fn *stopped;
};

static int ranges_work(const struct checker *checker, range_fn *fn)
{
	struct zone_records *records = checker->records;
	size_t len = ((size_t)records->names_len + RANGE_NAMES - 2) / RANGE_NAMES;
	struct ranges *ranges = NULL;
	int err = 0;

	if (checker->pool && len > 1)
		ranges = calloc(1, sizeof(*ranges) + len * sizeof(ranges->found[0]));
	if (ranges) {
		ranges->records = records;
		ranges->reporter = checker->reporter;
		ranges->stopped = checker->stopped;
		ranges->fn = fn;
		zone_pool_run(checker->pool, range_work, ranges, len);
	}
	for (size_t i = 0; i < len && !err && !zone_stop_now(checker->stopped); i++) {
		uint32_t from = 1 + (uint32_t)i * RANGE_NAMES;

		if (!ranges || ranges->found[i])
			err = fn(records, checker->reporter, from, range_end(records, from));
	}
	free(ranges);
	return err;
}

static int range_prepare(struct zone_records *records, struct zone_reporter *reporter,
                         uint32_t from, uint32_t to)
{
	int err = zone_canonical_records(records, reporter, from, to);

	if (!err)
		zone_cuts_mark(records, from, to);
	return err;
}

static int range_names(struct zone_records *records, struct zone_reporter *reporter, uint32_t from,
                       uint32_t to)
{
	zone_check_names(records, reporter, from, to);
	return 0;
}

static int range_hosts(struct zone_records *records, struct zone_reporter *reporter, uint32_t from,
                       uint32_t to)
{
	zone_check_hosts(records, reporter, from, to);
	return 0;
}

int zone_check(struct zone_records *records, struct zone_reporter *reporter, int64_t now_s,
               const struct zone_pool *pool, zone_stopped_fn *stopped)
{
	const struct checker checker = {records, reporter, pool, stopped};
	int err = ranges_work(&checker, range_prepare);

	if (err || zone_stop_now(stopped))
		return err;
	zone_cuts_find(records, stopped);
	zone_check_names_apex(records, reporter);
	err = ranges_work(&checker, range_names);
	err = err ? err : ranges_work(&checker, range_hosts);
	zone_check_keys(records, reporter);
	zone_check_sigs(records, reporter, now_s, stopped);
	err = err ? err : zone_check_denial(records, reporter, stopped);
	err = err ? err : zone_check_zonemd(records, reporter, stopped);
	zone_cuts_occlude(records, reporter, stopped);
	return err;
}
