// thread_pool: each job is done once, by several threads that share at the same time, and
// every thread does the task.
#include "harness.h"

#include "core/host/thread_pool.h"

#include <stdatomic.h>

#define JOBS 1000

static void job_count(void *work, size_t i)
{
	atomic_fetch_add(&((_Atomic unsigned *)work)[i], 1);
}

static void jobs_check(struct thread_pool *pool, size_t len)
{
	_Atomic unsigned done[JOBS] = {0};

	thread_pool_run(pool, job_count, done, len);
	for (size_t i = 0; i < JOBS; i++)
		assert_int_equal(done[i], i < len);
}

static void test_each_job_is_done_once(void **state)
{
	static const unsigned sizes[] = {0, 1, 3, THREAD_POOL_MAX};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct thread_pool pool;

		thread_pool_open(&pool, sizes[i], NULL, NULL);
		jobs_check(&pool, JOBS);
		jobs_check(&pool, 1);
		jobs_check(&pool, 0);
		assert_true(pool.len <= sizes[i]);
		thread_pool_close(&pool);
	}
}

static struct thread_pool *shared;
static _Atomic unsigned tasks;

// Shares jobs of its own while others do.
static void task_run(void *ctx)
{
	assert_ptr_equal(ctx, &tasks);
	atomic_fetch_add(&tasks, 1);
	jobs_check(shared, JOBS);
}

static void test_tasks_share_with_one_another(void **state)
{
	struct thread_pool pool;

	tasks = 0;
	shared = &pool;
	thread_pool_open(&pool, 4, task_run, &tasks);
	assert_int_equal(thread_pool_start(&pool, 2), 2);
	jobs_check(&pool, JOBS);
	thread_pool_close(&pool);
	assert_in_range(tasks, 2, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_each_job_is_done_once),
	        cmocka_unit_test(test_tasks_share_with_one_another),
	};

	return cmocka_run_group_tests_name("thread_pool", tests, NULL, NULL);
}
