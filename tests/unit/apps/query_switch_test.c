// query_switch: the query log is switched while workers, threads of their own, log.
#include "harness.h"

#include "apps/dns/query_log_switch.h"
#include "apps/dns/serve.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKERS 2

static char file[] = "/tmp/wadi-query-switch-XXXXXX";
static struct query_log_conf conf = {
        .file = file, .socket = "", .enabled = false, .sample = 1, .queue = 16};
static struct query_log_writer *writer;
static struct query_log_switch all;
static struct pipeline pipelines[WORKERS];
static struct worker_metric metrics[WORKERS];
static struct dns_worker *workers;
static pthread_t threads[WORKERS];

static void *run(void *pipeline)
{
	pipeline_run(pipeline);
	return NULL;
}

static int begin(void **state)
{
	struct why why;
	int fd = mkstemp(file);

	workers = aligned_alloc(CACHE_LINE_BYTES, WORKERS * sizeof(*workers));
	if (fd < 0 || !workers || query_log_writer_open(&writer, &conf, WORKERS, &why) ||
	    query_log_switch_open(&all, writer, &conf, WORKERS, &why) ||
	    query_log_writer_start(writer, &why))
		return -1;
	close(fd);
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i] = (struct dns_worker){.number = i};
		if (pipeline_init(&pipelines[i], i, IDLE_ADAPTIVE, NULL, 0, &metrics[i]))
			return -1;
		query_log_switch_attach(&all, &workers[i], &pipelines[i]);
		pthread_create(&threads[i], NULL, run, &pipelines[i]);
	}
	return 0;
}

static int end(void **state)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		pipeline_stop(&pipelines[i]);
		pthread_join(threads[i], NULL);
		pipeline_fini(&pipelines[i]);
	}
	query_log_switch_close(&all);
	query_log_writer_close(writer);
	free(workers);
	return unlink(file);
}

// Whether all workers are as they are to be; none of them runs a function at this time.
static void expect(bool on, uint64_t sample)
{
	assert_int_equal(all.set.on, on);
	assert_int_equal(all.set.sample, sample);
	for (unsigned i = 0; i < WORKERS; i++) {
		struct query_log_worker *log = query_log_writer_worker(writer, i);

		assert_true(task_wait(&all.job[i].task, MONO_NEVER));
		assert_ptr_equal(workers[i].watching.log, on ? log : NULL);
		assert_ptr_equal(workers[i].watch, on ? &workers[i].watching : NULL);
		assert_int_equal(log->queue.sample, sample);
	}
}

static void set(bool on, uint64_t sample)
{
	struct why why;

	assert_int_equal(query_log_switch_set(&all, (struct query_log_setting){on, sample}, &why),
	                 0);
	expect(on, sample);
}

static void test_workers_do_as_set(void **state)
{
	expect(false, 1);
	set(true, 1);
	set(true, 100);
	set(false, 100);
	set(false, 7);
	set(true, 1);
	set(false, 1);
}

// What was set stays until the configuration has another value.
static void test_reloads(void **state)
{
	struct query_log_conf again = conf;

	set(true, 5);
	query_log_switch_reload(&all, &again);
	expect(true, 5);
	again.sample = 9;
	query_log_switch_reload(&all, &again);
	expect(true, 9);
	again.enabled = true;
	query_log_switch_reload(&all, &again);
	expect(true, 9);
	set(false, 9);
	query_log_switch_reload(&all, &again);
	expect(false, 9);
	again.enabled = false;
	query_log_switch_reload(&all, &again);
	again.enabled = true;
	again.sample = 1;
	query_log_switch_reload(&all, &again);
	expect(true, 1);
}

// A smaller sample does not wait for the end of the larger one's distance.
static void test_a_new_sample_begins_at_once(void **state)
{
	struct query_log_worker *log = query_log_writer_worker(writer, 0);

	log->queue.until = 1000000;
	set(true, 1000001);
	assert_int_equal(log->queue.until, 0);
	log->queue.until = 1000000;
	set(false, 1000001);
	set(true, 1000001);
	assert_int_equal(log->queue.until, 1000000);
	set(true, 1);
	assert_int_equal(log->queue.until, 0);
}

static void test_arguments(void **state)
{
	static const struct {
		const char *args[3];
		bool valid, on;
		uint64_t sample;
	} cases[] = {
	        {{NULL}, true, true, 5},
	        {{"off"}, true, false, 5},
	        {{"on", "sample", "1"}, true, true, 1},
	        {{"sample", "4294967295", "off"}, true, false, UINT32_MAX},
	        {{"sample"}, .valid = false},
	        {{"sample", "0"}, .valid = false},
	        {{"sample", "-1"}, .valid = false},
	        {{"sample", "4294967296"}, .valid = false},
	        {{"sample", "99999999999999999999"}, .valid = false},
	        {{"sample", "1x"}, .valid = false},
	        {{"5"}, .valid = false},
	        {{"On"}, .valid = false},
	        {{""}, .valid = false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct query_log_setting setting = {true, 5};
		struct why why = {""};
		unsigned len = 0;

		while (len < 3 && cases[i].args[len])
			len++;
		assert_int_equal(query_log_switch_parse(&setting, cases[i].args, len, &why),
		                 cases[i].valid);
		assert_int_equal(*why.text == '\0', cases[i].valid);
		if (!cases[i].valid)
			continue;
		assert_int_equal(setting.on, cases[i].on);
		assert_int_equal(setting.sample, cases[i].sample);
	}
}

static void test_without_a_log(void **state)
{
	struct query_log_switch none = {.len = 0};
	struct why why;

	assert_int_equal(query_log_switch_open(&none, NULL, &conf, WORKERS, &why), 0);
	query_log_switch_attach(&none, &workers[0], &pipelines[0]);
	query_log_switch_reload(&none, &conf);
	assert_int_equal(query_log_switch_set(&none, (struct query_log_setting){true, 1}, &why),
	                 -ENOENT);
	assert_non_null(strstr(why.text, "set dns.query_log.file"));
	query_log_switch_close(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_workers_do_as_set),
	        cmocka_unit_test(test_reloads),
	        cmocka_unit_test(test_a_new_sample_begins_at_once),
	        cmocka_unit_test(test_arguments),
	        cmocka_unit_test(test_without_a_log),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
