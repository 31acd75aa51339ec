// zone_read: see the header. One thread reads a zone, and shares the work on a large zone with
// threads that have no zone left to read. Reports of a zone are kept until those of the zones
// before it have been passed on, so that their order does not depend on the threads.
#include "apps/dns/zone_read.h"

#include "apps/boot/boot.h"
#include "core/host/log.h"
#include "core/host/thread_pool.h"
#include "proto/dns/load/zone_reporter.h"
#include "proto/dns/zone/zone_content.h"
#include "proto/dns/zone/zone_stored.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_ZONES 64 // zones that a thread takes at a time

// Thresholds of malloc while zones are read. With the defaults, malloc would map and unmap the
// working memory of each small zone.
#define MAPPED_BYTES (1 << 20)
#define KEPT_BYTES   (16 << 20)

// Number of kept reports, over all zones, at which threads that read ahead wait. Each thread
// may add the reports of the zone that it is reading, one or two thousand.
#define KEPT_REPORTS 16384

// How often and how long to wait for a process that is writing a zone's file.
#define WRITER_WAITS   10
#define WRITER_WAIT_NS 100000000

struct kept_report {
	struct kept_report *next;
	struct zone_report report; // its file and text are in bytes
	char bytes[];
};

// A zone to read, and the reports that wait to be passed on.
struct job {
	struct dns_zone *zone;
	const struct dns_zone *before; // the zone in the table before; NULL: the zone is new
	struct kept_report *reports, **last;
	_Atomic size_t *kept; // number of reports of all jobs
	unsigned errors, warnings;
	int err;
	bool being_written; // another process is writing a file of the zone
	bool done;          // under the lock
};

// One call of zone_read_table.
struct reading {
	struct dns_loading *loading;
	struct zone_options options;
	bool all; // read zones whose files have not changed, too
	struct job *jobs;
	size_t len, batch; // number of jobs, and of those that a thread takes at a time
	_Atomic size_t next;
	_Atomic size_t kept; // reports that have not been passed on
	pthread_mutex_t lock;
	pthread_cond_t done;     // a job is done
	pthread_cond_t reported; // the reports of a job were passed on
	size_t reporting;        // the job whose reports come next; under the lock
	struct thread_pool pool;
	struct zone_pool zone_pool; // the same, as the engine sees it
};

static void keep_report(void *ctx, const struct zone_report *report)
{
	size_t file_size = report->file ? strlen(report->file) + 1 : 0, text_size;
	struct job *job = ctx;
	struct kept_report *kept;
	struct why text;

	why_set(&text, "%s", report->text);
	sandbox_remedy(report->check == ZONE_CHECK_UNREAD ? report->file : NULL, &text);
	text_size = strlen(text.text) + 1;
	kept = malloc(sizeof(*kept) + file_size + text_size);
	if (report->warning)
		job->warnings++;
	else
		job->errors++;
	job->being_written |= report->check == ZONE_CHECK_BEING_WRITTEN;
	job->zone->stale |= report->check == ZONE_CHECK_IMAGE_STALE;
	if (!kept) {
		job->err = -ENOMEM;
		return;
	}
	(*job->kept)++;
	kept->next = NULL;
	kept->report = *report;
	kept->report.text = memcpy(kept->bytes, text.text, text_size);
	if (file_size)
		kept->report.file = memcpy(kept->bytes + text_size, report->file, file_size);
	*job->last = kept;
	job->last = &kept->next;
}

static void zone_read_keep_before(struct dns_zone *zone, const struct dns_zone *before)
{
	if (!before || !before->zone)
		return;
	zone->zone = zone_get(before->zone);
	zone->loaded = before->loaded;
	zone->expiry_s = before->expiry_s;
	zone->stale = before->stale;
}

static bool zone_read_has_changed(const struct dns_zone *zone, const struct dns_zone *before)
{
	return !before || !before->zone || before->error || before->image != zone->image ||
	       strcmp(before->file, zone->file) != 0 || zone_outdated(before->zone);
}

// The first error as text, owned by the caller; NULL when there is no memory.
static char *job_error(const struct job *job)
{
	const struct kept_report *kept = job->reports;
	char text[1024] = "";

	while (kept && kept->report.warning)
		kept = kept->next;
	if (kept)
		zone_report_text(&kept->report, text, sizeof(text));
	return strdup(text);
}

static bool zone_read_is_stopped(const struct reading *reading)
{
	return reading->options.stopped && reading->options.stopped();
}

static void reports_free(struct job *job)
{
	struct kept_report *next;

	for (struct kept_report *kept = job->reports; kept; kept = next) {
		next = kept->next;
		free(kept);
		(*job->kept)--;
	}
	job->reports = NULL;
	job->last = &job->reports;
	job->errors = job->warnings = 0;
}

// Compares the zone with the version before it. False when a check that counts as an error
// found something.
static bool job_check_serial(struct job *job, const struct zone_policy *policy)
{
	const struct zone *was = job->before ? job->before->zone : NULL;
	struct zone_reporter reporter = {
	        .policy = policy, .on_report = keep_report, .ctx = job, .file = job->zone->file};
	uint32_t old, new;

	if (!was)
		return true;
	old = zone_serial(was);
	new = zone_serial(job->zone->zone);
	if (old == new)
		job->zone->same = zone_content_same(was, job->zone->zone);
	if (old == new && !job->zone->same)
		zone_reporter_add(&reporter, NULL, ZONE_CHECK_SERIAL_SAME,
		                  "the records have changed and the serial is still %u: secondary "
		                  "servers would not notice; increase it",
		                  new);
	else if ((int32_t)(new - old) < 0) // RFC 1982 section 3.2
		zone_reporter_add(
		        &reporter, NULL, ZONE_CHECK_SERIAL_LOWER,
		        "the serial went back from %u to %u: secondary servers would keep "
		        "the old version",
		        old, new);
	return reporter.errors == 0;
}

static struct zone *job_open_zone(struct job *job, const struct zone_options *options)
{
	const struct dns_zone *zone = job->zone;

	if (zone->image)
		return zone_stored_open(zone->file, zone->origin, &options->policy,
		                        options->stopped, keep_report, job);
	return zone_load(zone->file, zone->origin, options, keep_report, job);
}

// Waits for a writer, but not for long: other zones wait, too.
static struct zone *job_open_settled(struct job *job, const struct reading *reading)
{
	struct zone *zone;

	for (unsigned i = 0;; i++) {
		job->being_written = false;
		zone = job_open_zone(job, &reading->options);
		if (zone || !job->being_written || i == WRITER_WAITS ||
		    zone_read_is_stopped(reading))
			return zone;
		reports_free(job);
		nanosleep(&(struct timespec){.tv_nsec = WRITER_WAIT_NS}, NULL);
	}
}

// From any thread.
static void job_log(const struct dns_zone *zone, const char *what)
{
	char text[DNS_NAME_TEXT_BYTES];

	if (log_get_level() == LOG_DEBUG)
		log_each(LOG_DEBUG, "%s %s, for zone %s", zone->file, what,
		         dns_name_text(zone->origin, text));
}

static void job_read_zone(struct job *job, const struct reading *reading)
{
	const struct zone_options *options = &reading->options;
	const struct dns_zone *before = job->before;
	struct dns_zone *zone = job->zone;

	zone->read = true;
	if (before)
		zone->number = before->number;
	if (!reading->all && !zone_read_has_changed(zone, before)) {
		zone_read_keep_before(zone, before);
		job_log(zone, "has not changed");
		return;
	}
	job_log(zone, "is read");
	zone->zone = job_open_settled(job, reading);
	if (zone_read_is_stopped(reading)) // the error, if any, is not one of the zone
		return;
	if (zone->zone && job_check_serial(job, &options->policy)) {
		zone->loaded = time(NULL);
		zone->expiry_s = zone_content_expiry(zone->zone, zone->loaded);
		return;
	}
	zone_put(zone->zone);
	zone->zone = NULL;
	zone->error = job_error(job);
	if (!zone->error)
		job->err = -ENOMEM;
	zone_read_keep_before(zone, before);
}

static void job_run(struct job *job, const struct reading *reading)
{
	job->last = &job->reports;
	if (!zone_read_is_stopped(reading))
		job_read_zone(job, reading);
	if (!zone_read_is_stopped(reading))
		return;
	reports_free(job);
	job->err = -ECANCELED;
}

// Passes on the reports of a zone. Returns the error of the job.
static int job_report(struct job *job, struct dns_loading *loading)
{
	for (const struct kept_report *kept = job->reports; kept; kept = kept->next)
		if (loading->on_report)
			loading->on_report(loading->ctx, &kept->report);
	loading->errors += job->errors;
	loading->warnings += job->warnings;
	reports_free(job);
	return job->err;
}

static void jobs_done(struct reading *reading, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		reading->jobs[i].done = true;
	pthread_cond_signal(&reading->done);
}

// Waits before a job while too many reports are kept. The jobs that this thread has completed
// are marked as done, so that their reports can be passed on. The job whose reports come next
// does not wait.
static void job_wait_to_start(struct reading *reading, size_t from, size_t job)
{
	pthread_mutex_lock(&reading->lock);
	jobs_done(reading, from, job);
	while (reading->kept > KEPT_REPORTS && reading->reporting != job)
		pthread_cond_wait(&reading->reported, &reading->lock);
	pthread_mutex_unlock(&reading->lock);
}

static void zone_read_batches(void *ctx)
{
	struct reading *reading = ctx;
	size_t from;

	while ((from = reading->next) < reading->len) {
		size_t to = size_min(from + reading->batch, reading->len);

		if (!atomic_compare_exchange_strong(&reading->next, &from, to))
			continue;
		for (size_t i = from; i < to; i++) {
			if (reading->kept > KEPT_REPORTS)
				job_wait_to_start(reading, from, i);
			job_run(&reading->jobs[i], reading);
		}
		pthread_mutex_lock(&reading->lock);
		jobs_done(reading, from, to);
		pthread_mutex_unlock(&reading->lock);
	}
}

// Waits until the job is done. The reports of all jobs before it have been passed on.
static void job_wait(struct reading *reading, const struct job *job)
{
	pthread_mutex_lock(&reading->lock);
	reading->reporting = (size_t)(job - reading->jobs);
	pthread_cond_broadcast(&reading->reported);
	while (!job->done)
		pthread_cond_wait(&reading->done, &reading->lock);
	pthread_mutex_unlock(&reading->lock);
}

// Reads with up to `threads` threads, or with as many as can be started. The calling thread
// reads when there is one zone or no thread. With low priority it does so only when no thread
// can be started, since a thread cannot raise its own priority again.
static int zone_read_all(struct reading *reading, unsigned threads)
{
	unsigned readers = (unsigned)size_min(threads, reading->len);
	bool yields = reading->loading->yields && readers > 0;
	bool alone = readers <= 1 && !yields;
	int err = 0;

	pthread_mutex_init(&reading->lock, NULL);
	pthread_cond_init(&reading->done, NULL);
	pthread_cond_init(&reading->reported, NULL);
	thread_pool_open(&reading->pool, alone ? threads - 1 : threads, zone_read_batches, reading);
	reading->pool.yields = yields;
	reading->zone_pool = (struct zone_pool){thread_pool_run, &reading->pool, reading->pool.max};
	if (threads > 1)
		reading->options.pool = &reading->zone_pool;
	if (!alone)
		alone = thread_pool_start(&reading->pool, readers) == 0;
	if (alone)
		reading->next = reading->len;
	for (size_t i = 0; i < reading->len; i++) {
		struct job *job = &reading->jobs[i];
		int reported;

		if (alone && !err)
			job_run(job, reading);
		else if (!alone)
			job_wait(reading, job);
		if (err == -ECANCELED)
			reports_free(job);
		reported = job_report(job, reading->loading);
		err = err ? err : reported;
	}
	thread_pool_close(&reading->pool);
	pthread_cond_destroy(&reading->reported);
	pthread_cond_destroy(&reading->done);
	pthread_mutex_destroy(&reading->lock);
	return err;
}

static struct job *jobs_new(struct reading *reading, const struct zone_table *zones,
                            const struct zone_table *before)
{
	struct job *jobs = calloc(zones->len + 1, sizeof(*jobs));
	size_t at = 0; // in `before`, which has the same order

	for (size_t i = 0; jobs && i < zones->len; i++) {
		struct dns_zone *zone = zones->items[i];
		int order = 1;

		if (zone->read)
			continue;
		while (at < before->len &&
		       (order = dns_name_cmp(before->items[at]->origin, zone->origin)) < 0)
			at++;
		jobs[reading->len++] = (struct job){
		        .zone = zone,
		        .before = order == 0 ? before->items[at] : NULL,
		        .kept = &reading->kept,
		};
	}
	return jobs;
}

unsigned zone_read_threads(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

int zone_read_table(struct zone_table *zones, const struct zone_table *before, bool all,
                    struct dns_loading *loading)
{
	struct reading reading = {.loading = loading, .options = loading->options, .all = all};
	int err = -ENOMEM;

	reading.jobs = jobs_new(&reading, zones, before);
	mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	// Each thread takes several batches, so that all threads end at about the same time.
	reading.batch = size_min(reading.len / (8 * (size_t)loading->threads) + 1, BATCH_ZONES);
	if (reading.jobs)
		err = zone_read_all(&reading, loading->threads);
	free(reading.jobs);
	malloc_trim(0);
	return err;
}
