// rights: what a process that has given up its rights can still do, and what it cannot, in
// the thread that gave them up, in one that was there before, and in a worker. Each case
// runs in a process of its own, since nothing comes back.
#include "harness.h"

#include "core/host/every_thread.h"
#include "core/host/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/wadi-rights-XXXXXX";
static struct landlock landlock;

static int done(long result)
{
	return result < 0 ? errno : 0;
}

static int try_open_inside(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/file-%d", folder, (int)gettid());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	close(fd);
	return done(unlink(path));
}

static int try_open_passwd(void)
{
	return done(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int try_list_root(void)
{
	return done(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int try_socket_inet(void)
{
	return done(socket(AF_INET, SOCK_STREAM, 0));
}

static int try_socket_packet(void)
{
	return done(socket(AF_PACKET, SOCK_RAW, 0));
}

static int try_socket_unix(void)
{
	return done(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int try_connect(void)
{
	struct sockaddr_un addr = {AF_UNIX, "/run/nothing"};

	return done(connect(1, (struct sockaddr *)&addr, sizeof(addr)));
}

static int try_exec(void)
{
	char *argv[] = {(char[]){"true"}, NULL};

	return done(execv("/bin/true", argv));
}

static int try_fork(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return done(child);
}

static int try_ptrace(void)
{
	return done(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int try_kill(void)
{
	return done(kill(getppid(), 0));
}

static int try_mount(void)
{
	return done(syscall(SYS_mount, "none", folder, "tmpfs", 0, NULL));
}

static int try_unshare(void)
{
	return done(unshare(CLONE_NEWUSER));
}

static int try_become_root(void)
{
	return done(syscall(SYS_setresuid, 0, 0, 0));
}

static void *nothing(void *arg)
{
	return arg;
}

static int try_thread(void)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, nothing, NULL);

	if (!err)
		pthread_join(thread, NULL);
	return err;
}

static int try_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? errno : done(munmap(page, 4096));
}

enum place {
	PLACE_CALLER,
	PLACE_THREAD, // was there before the rights were dropped, and dropped none itself
	PLACE_WORKER, // started after, with its own filter
	PLACES,
};

static const struct {
	const char *name;
	int (*fn)(void);
	int expected[PLACES]; // errno
} tries[] = {
        {"file in the allowed folder", try_open_inside, {0, 0, EPERM}},
        {"file outside", try_open_passwd, {EACCES, EACCES, EPERM}},
        {"folder outside", try_list_root, {EACCES, EACCES, EPERM}},
        {"socket of the kernel's network", try_socket_inet, {EPERM, EPERM, EPERM}},
        {"packet socket", try_socket_packet, {EPERM, EPERM, EPERM}},
        {"Unix socket", try_socket_unix, {0, 0, EPERM}},
        {"connect", try_connect, {EPERM, EPERM, EPERM}},
        {"exec", try_exec, {EPERM, EPERM, EPERM}},
        {"fork", try_fork, {EPERM, EPERM, EPERM}},
        {"ptrace", try_ptrace, {EPERM, EPERM, EPERM}},
        {"signal to another process", try_kill, {EPERM, EPERM, EPERM}},
        {"mount", try_mount, {EPERM, EPERM, EPERM}},
        {"unshare", try_unshare, {EPERM, EPERM, EPERM}},
        {"become root", try_become_root, {EPERM, EPERM, EPERM}},
        {"new thread", try_thread, {0, 0, EPERM}},
        {"memory", try_memory, {0, 0, 0}},
};

// What the process under test found, in memory that the test shares with it.
struct results {
	int err[PLACES][ARRAY_LEN(tries)];
	unsigned long capabilities; // of any thread, and of any kind
	int no_new_privs, seccomp;
	uid_t uid;
	char error[256];
};

static struct results *results;

static void try_all(enum place place)
{
	for (size_t i = 0; i < ARRAY_LEN(tries); i++)
		results->err[place][i] = tries[i].fn();
}

// Opened before, since /proc is not in the allowed folder; the kernel writes it when it is
// read. Task 0 is the process's.
static FILE *status_open(pid_t tid)
{
	char path[64];
	FILE *status;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)tid);
	status = fopen(path, "re");
	assert(status != NULL);
	return status;
}

static void status_read(FILE *status)
{
	char line[256];
	unsigned long set;

	while (fgets(line, sizeof(line), status)) {
		if (sscanf(line, "Cap%*3s:\t%lx", &set) == 1)
			results->capabilities |= set;
		if (strncmp(line, "NoNewPrivs:\t1", 13) == 0)
			results->no_new_privs++;
		if (strncmp(line, "Seccomp:\t2", 10) == 0)
			results->seccomp++;
		sscanf(line, "Uid: %u", &results->uid);
	}
	fclose(status);
}

static int drop(struct why *why)
{
	const struct syscall_filter filter = {.connect = false};
	int err = landlock_open(&landlock, why);

	if (!err)
		err = landlock_allow(&landlock, folder, LANDLOCK_WRITE, why);
	return err ? err : rights_drop(&landlock, &filter, why);
}

struct early {
	int go[2];
	pid_t tid;
	sem_t ready;
};

static void *early_run(void *arg)
{
	struct early *early = arg;
	char c;

	early->tid = gettid();
	sem_post(&early->ready);
	assert(read(early->go[0], &c, 1) == 1);
	try_all(PLACE_THREAD);
	return NULL;
}

static void *worker_run(void *arg)
{
	if (syscall_filter_worker() == 0)
		try_all(PLACE_WORKER);
	return NULL;
}

static void report(const struct why *why)
{
	snprintf(results->error, sizeof(results->error), "%.255s", why->text);
	_exit(1);
}

static void process_under_test(const struct rights_user *user)
{
	struct early early;
	pthread_t thread;
	struct why why;
	FILE *status[2];

	close(1); // connect is tried on it
	assert(socket(AF_UNIX, SOCK_STREAM, 0) == 1 && pipe(early.go) == 0);
	if (rights_become(user, &why))
		report(&why);
	sem_init(&early.ready, 0, 0);
	pthread_create(&thread, NULL, early_run, &early);
	sem_wait(&early.ready);
	status[0] = status_open(gettid());
	status[1] = status_open(early.tid);
	if (drop(&why))
		report(&why);
	status_read(status[0]);
	status_read(status[1]);
	assert(write(early.go[1], "", 1) == 1);
	pthread_join(thread, NULL);
	pthread_create(&thread, NULL, worker_run, NULL);
	pthread_join(thread, NULL);
	try_all(PLACE_CALLER);
	_exit(0);
}

// The results of a process that ran as the user, whose own ids the folder gets.
static void run(const struct rights_user *user)
{
	pid_t child;
	int status;

	memset(results, 0xff, sizeof(*results));
	results->error[0] = '\0';
	results->capabilities = 0;
	results->no_new_privs = results->seccomp = 0;
	assert_int_equal(user->name ? chown(folder, user->uid, user->gid) : 0, 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		process_under_test(user);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_string_equal(results->error, "");
	assert_int_equal(status, 0);
}

static void check_results(void)
{
	static const char *const places[] = {"caller", "earlier thread", "worker"};

	for (size_t place = 0; place < PLACES; place++)
		for (size_t i = 0; i < ARRAY_LEN(tries); i++)
			if (results->err[place][i] != tries[i].expected[place])
				fail_msg("%s, %s: %s, expected %s", places[place], tries[i].name,
				         strerror(results->err[place][i]),
				         strerror(tries[i].expected[place]));
	assert_int_equal(results->capabilities, 0);
	assert_int_equal(results->no_new_privs, 2);
	assert_int_equal(results->seccomp, 2);
}

static void nothing_is_left_of_the_same_user(void **state)
{
	run(&(struct rights_user){NULL});
	check_results();
	assert_int_equal(results->uid, geteuid());
}

static void nothing_is_left_of_another_user(void **state)
{
	struct rights_user nobody;
	struct why why;

	if (geteuid() != 0) {
		skip(); // only root can become another user
		return;
	}
	assert_int_equal(rights_find_user("nobody", &nobody, &why), 0);
	run(&nobody);
	check_results();
	assert_int_equal(results->uid, nobody.uid);
}

static void unknown_user_is_an_error(void **state)
{
	struct rights_user user;
	struct why why;

	assert_int_equal(rights_find_user("wadi-no-such-user", &user, &why), -ENOENT);
	assert_string_equal(why.text, "there is no user wadi-no-such-user; make one with: adduser "
	                              "--system --group wadi-no-such-user");
}

static void *block_all(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	sem_post(arg);
	pause();
	return NULL;
}

static int succeed(void *ctx)
{
	return 0;
}

// A thread that cannot be reached would keep its rights: an error, not a silence.
static void thread_that_blocks_signals_is_an_error(void **state)
{
	static sem_t ready;
	pthread_t thread;
	struct why why;

	sem_init(&ready, 0, 0);
	pthread_create(&thread, NULL, block_all, &ready);
	sem_wait(&ready);
	assert_int_equal(every_thread_run(succeed, NULL, &why), -ETIMEDOUT);
	assert_non_null(strstr(why.text, "does not take signals"));
	pthread_cancel(thread);
	pthread_join(thread, NULL);
}

static int open_shared(void **state)
{
	assert_non_null(mkdtemp(folder));
	results = mmap(NULL, sizeof(*results), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	               -1, 0);
	return results == MAP_FAILED;
}

static int close_shared(void **state)
{
	munmap(results, sizeof(*results));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_is_left_of_the_same_user),
	        cmocka_unit_test(nothing_is_left_of_another_user),
	        cmocka_unit_test(unknown_user_is_an_error),
	        cmocka_unit_test(thread_that_blocks_signals_is_an_error),
	};

	return cmocka_run_group_tests(tests, open_shared, close_shared);
}
