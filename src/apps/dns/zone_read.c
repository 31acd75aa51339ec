// zone_read: reads the zones of a table, several at a time where there are cores for it.
// A zone is read by one thread, which shares the work on a large one with those that have
// none left; what is reported of it waits until the reports of the zones before it were
// passed on, so that they come in the same order with any number of threads.
#include "apps/dns/zone_read.h"

#include "apps/dns/zone_crew.h"
#include "proto/dns/zone/zone_stored.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TURN_MAX 64 // zones

// What malloc keeps for itself while zones are read: with its defaults each small zone's
// work would be memory mapped and given back.
#define MAPPED_BYTES (1 << 20)
#define KEPT_BYTES   (16 << 20)

// Reports that may wait in all before who reads ahead waits, too. What is in hand comes on
// top: a thousand or two of each thread's zone.
#define KEPT_REPORTS 16384

struct kept_report {
	struct kept_report *next;
	struct zone_report report; // of which file and text lie behind
	char bytes[];
};

// A zone to be read, and what is to be told of it.
struct job {
	struct dns_zone *zone;
	const struct dns_zone *before; // NULL: it is new
	struct kept_report *reports, **last;
	_Atomic size_t *kept; // reports of all jobs
	unsigned errors, warnings;
	int err;
	bool done; // under the lock
};

// All that is to be read.
struct reading {
	struct dns_loading *loading;
	struct zone_options options;
	bool all; // whether changed or not
	struct job *jobs;
	size_t len, turn; // zones in all, and that a thread takes at a time
	_Atomic size_t next;
	_Atomic size_t kept; // reports that are yet to be told
	pthread_mutex_t lock;
	pthread_cond_t done; // a job
	pthread_cond_t told; // what was reported of one
	size_t telling;      // which job's turn that is; under the lock
	struct crew crew;
};

static void keep_report(void *ctx, const struct zone_report *report)
{
	size_t file_size = report->file ? strlen(report->file) + 1 : 0;
	size_t text_size = strlen(report->text) + 1;
	struct kept_report *kept = malloc(sizeof(*kept) + file_size + text_size);
	struct job *job = ctx;

	if (report->warning)
		job->warnings++;
	else
		job->errors++;
	if (!kept) {
		job->err = -ENOMEM;
		return;
	}
	(*job->kept)++;
	kept->next = NULL;
	kept->report = *report;
	kept->report.text = memcpy(kept->bytes, report->text, text_size);
	if (file_size)
		kept->report.file = memcpy(kept->bytes + text_size, report->file, file_size);
	*job->last = kept;
	job->last = &kept->next;
}

static void stay(struct dns_zone *zone, const struct dns_zone *before)
{
	if (!before || !before->zone)
		return;
	zone->zone = zone_get(before->zone);
	zone->loaded = before->loaded;
}

static bool has_changed(const struct dns_zone *zone, const struct dns_zone *before)
{
	return !before || !before->zone || before->error || before->image != zone->image ||
	       strcmp(before->file, zone->file) != 0 || zone_outdated(before->zone);
}

// The first error, as text.
static char *error_of(const struct job *job)
{
	const struct kept_report *kept = job->reports;
	char text[1024] = "";

	while (kept && kept->report.warning)
		kept = kept->next;
	if (kept)
		zone_report_text(&kept->report, text, sizeof(text));
	return strdup(text);
}

static bool is_stopped(const struct reading *reading)
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
	job->errors = job->warnings = 0;
}

static void zone_read(struct job *job, const struct reading *reading)
{
	const struct zone_options *options = &reading->options;
	const struct dns_zone *before = job->before;
	struct dns_zone *zone = job->zone;

	zone->read = true;
	if (before)
		zone->number = before->number;
	if (!reading->all && !has_changed(zone, before)) {
		stay(zone, before);
		return;
	}
	zone->zone = zone->image ? zone_stored_open(zone->file, zone->origin, options->stopped,
	                                            keep_report, job)
	                         : zone_load(zone->file, zone->origin, options, keep_report, job);
	if (zone->zone) {
		zone->loaded = time(NULL);
		return;
	}
	if (is_stopped(reading)) // which says nothing about the zone
		return;
	zone->error = error_of(job);
	if (!zone->error)
		job->err = -ENOMEM;
	stay(zone, before);
}

static void job_run(struct job *job, const struct reading *reading)
{
	job->last = &job->reports;
	if (!is_stopped(reading))
		zone_read(job, reading);
	if (!is_stopped(reading))
		return;
	reports_free(job);
	job->err = -ECANCELED;
}

// Passes on what was reported of a zone; 0, or what went wrong.
static int job_tell(struct job *job, struct dns_loading *loading)
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

// Before a job, while too much is to be told of those before it: all that this thread did
// is said to be done, so that it can be told. The job that is told next never waits.
static void wait_for_telling(struct reading *reading, size_t from, size_t job)
{
	pthread_mutex_lock(&reading->lock);
	jobs_done(reading, from, job);
	while (reading->kept > KEPT_REPORTS && reading->telling != job)
		pthread_cond_wait(&reading->told, &reading->lock);
	pthread_mutex_unlock(&reading->lock);
}

static void read_turns(void *ctx)
{
	struct reading *reading = ctx;
	size_t from;

	while ((from = reading->next) < reading->len) {
		size_t to = size_min(from + reading->turn, reading->len);

		if (!atomic_compare_exchange_strong(&reading->next, &from, to))
			continue;
		for (size_t i = from; i < to; i++) {
			if (reading->kept > KEPT_REPORTS)
				wait_for_telling(reading, from, i);
			job_run(&reading->jobs[i], reading);
		}
		pthread_mutex_lock(&reading->lock);
		jobs_done(reading, from, to);
		pthread_mutex_unlock(&reading->lock);
	}
}

// All before the job were told.
static void job_wait(struct reading *reading, const struct job *job)
{
	pthread_mutex_lock(&reading->lock);
	reading->telling = (size_t)(job - reading->jobs);
	pthread_cond_broadcast(&reading->told);
	while (!job->done)
		pthread_cond_wait(&reading->done, &reading->lock);
	pthread_mutex_unlock(&reading->lock);
}

// With so many threads; fewer, where no more can be had, down to this one, which reads
// itself when there is one zone, unless threads are to give way: this one could not take
// that back.
static int read_all(struct reading *reading, unsigned threads)
{
	unsigned readers = (unsigned)size_min(threads, reading->len);
	bool yields = reading->loading->yields && readers > 0;
	bool alone = readers <= 1 && !yields;
	int err = 0;

	pthread_mutex_init(&reading->lock, NULL);
	pthread_cond_init(&reading->done, NULL);
	pthread_cond_init(&reading->told, NULL);
	crew_open(&reading->crew, alone ? threads - 1 : threads, read_turns, reading);
	reading->crew.yields = yields;
	if (threads > 1)
		reading->options.crew = &reading->crew.zone;
	if (!alone)
		alone = crew_start(&reading->crew, readers) == 0;
	if (alone)
		reading->next = reading->len;
	for (size_t i = 0; i < reading->len; i++) {
		struct job *job = &reading->jobs[i];
		int told;

		if (alone && !err)
			job_run(job, reading);
		else if (!alone)
			job_wait(reading, job);
		if (err == -ECANCELED)
			reports_free(job);
		told = job_tell(job, reading->loading);
		err = err ? err : told;
	}
	crew_close(&reading->crew);
	pthread_cond_destroy(&reading->told);
	pthread_cond_destroy(&reading->done);
	pthread_mutex_destroy(&reading->lock);
	return err;
}

static struct job *jobs_make(struct reading *reading, const struct zone_table *zones,
                             const struct zone_table *before)
{
	struct job *jobs = calloc(zones->len + 1, sizeof(*jobs));
	size_t at = 0; // in `before`, for zones come in the same order there

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

	reading.jobs = jobs_make(&reading, zones, before);
	mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	// A thread has several turns, so that the last ones end together.
	reading.turn = size_min(reading.len / (8 * (size_t)loading->threads) + 1, TURN_MAX);
	if (reading.jobs)
		err = read_all(&reading, loading->threads);
	free(reading.jobs);
	malloc_trim(0);
	return err;
}
