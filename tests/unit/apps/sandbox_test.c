// sandbox: which folders stay open for a path that is named to it, seen by what a process
// that entered its Landlock can open; and whose fault it is when it cannot begin.
#include "harness.h"

#include "apps/boot/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// root/a/file, root/a/b/inner, root/c/target, and root/a/link to it.
static char root[] = "/tmp/wadi-sandbox-XXXXXX";
static const char *const folders[] = {"a", "a/b", "c"};
static const char *const files[] = {"top", "a/file", "a/b/inner", "c/target"};

static const char *in_root(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % ARRAY_LEN(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
	return path;
}

enum {
	CAN_READ = 1,
	CAN_CREATE = 2, // beside the file
};

struct use {
	const char *what, *path;
	int (*name)(struct sandbox *sandbox, const char *path, struct why *why);
	int expected[ARRAY_LEN(files)];
};

static const struct use uses[] = {
        {"a file's folder with what is below it, not its parent",
         "a/file",
         sandbox_read,
         {0, CAN_READ, CAN_READ, 0}},
        {"an inner file's folder alone", "a/b/inner", sandbox_read, {0, 0, CAN_READ, 0}},
        {"a folder is itself", "a/b", sandbox_read, {0, 0, CAN_READ, 0}},
        {"a link's folder and its target's",
         "a/link",
         sandbox_read,
         {0, CAN_READ, CAN_READ, CAN_READ}},
        {"a file that will come", "c/later", sandbox_write, {0, 0, 0, CAN_READ | CAN_CREATE}},
        {"written", "a/b/inner", sandbox_write, {0, 0, CAN_READ | CAN_CREATE, 0}},
        {"a folder that does not exist", "d/later", sandbox_read, {0, 0, 0, 0}},
};

static int can(const char *file)
{
	const char *path = in_root(file);
	int fd = open(path, O_RDONLY | O_CLOEXEC), found = 0;
	char beside[160];

	if (fd >= 0) {
		found |= CAN_READ;
		close(fd);
	}
	snprintf(beside, sizeof(beside), "%s.new", path);
	fd = open(beside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0) {
		found |= CAN_CREATE;
		close(fd);
		unlink(beside);
	}
	return found;
}

// What the process under test exits with: 0, 1 for a failure to enter, or 2 and more for a
// file of which it can do something else than expected.
static int enter_and_try(const struct use *use)
{
	struct sandbox sandbox;
	struct why why;

	sandbox_init(&sandbox);
	if (landlock_open(&sandbox.landlock, &why) ||
	    use->name(&sandbox, in_root(use->path), &why) || use->name(&sandbox, "", &why) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || landlock_enter(&sandbox.landlock))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (can(files[i]) != use->expected[i])
			return 2 + (int)i;
	return 0;
}

static void folders_of_paths_stay_open(void **state)
{
	struct landlock landlock;
	struct why why;

	assert_int_equal(landlock_open(&landlock, &why), 0);
	if (landlock.fd < 0) {
		skip(); // the kernel restricts no files
		return;
	}
	landlock_close(&landlock);
	for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			_exit(enter_and_try(&uses[i]));
		assert_int_equal(waitpid(child, &status, 0), child);
		if (WEXITSTATUS(status) == 1)
			fail_msg("%s: the sandbox was not entered", uses[i].what);
		if (status)
			fail_msg("%s: %s is not as expected", uses[i].what,
			         files[WEXITSTATUS(status) - 2]);
	}
}

static void unknown_user_is_an_error(void **state)
{
	struct sandbox_conf conf = {.enabled = true};
	struct sandbox sandbox;
	struct why why;

	sandbox_init(&sandbox);
	assert_int_equal(sandbox_begin(&sandbox, &conf, "wadi-no-such-user", "", &why), -ENOENT);
	assert_string_equal(why.text, "user: there is no user wadi-no-such-user; make one with: "
	                              "adduser --system --group wadi-no-such-user");
	sandbox_close(&sandbox);
}

static int begin_as_nobody(void)
{
	struct sandbox_conf conf = {.enabled = true};
	struct sandbox sandbox;
	struct why why;

	sandbox_init(&sandbox);
	if (geteuid() == 0 && setuid(65534))
		return 1;
	if (sandbox_begin(&sandbox, &conf, "root", "", &why) != -EPERM)
		return 2;
	return strstr(why.text, "only root can become user root") ? 0 : 3;
}

static void only_root_becomes_another_user(void **state)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(begin_as_nobody());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

// The remedy of a sentence with this errno about a file of root, or about none.
static const char *remedy_of(int err, const char *file)
{
	static struct why why;

	why_set(&why, "/a: %s", strerror(err));
	sandbox_remedy(file ? in_root(file) : NULL, &why);
	return why.text + strlen("/a: ") + strlen(strerror(err));
}

#define OF_USER "give user nobody access to it"
#define OF_SANDBOX                                                                                 \
	"the sandbox allows only what the configuration named at the start, see sandbox.read and " \
	"sandbox.write"

// 0, or the number of the line that was not as expected.
#define EXPECT_REMEDY(expected, err, file)                                                         \
	do {                                                                                       \
		if (strcmp(remedy_of(err, file), expected) != 0)                                   \
			return __LINE__ % 256;                                                     \
	} while (0)

// As nobody, who can read top alone.
static int refuse_and_explain(void)
{
	struct sandbox_conf conf = {.enabled = true};
	struct sandbox sandbox;
	struct why why;

	EXPECT_REMEDY("", EACCES, NULL);
	sandbox_init(&sandbox);
	if (chmod(root, 0755) || chmod(in_root("top"), 0644) ||
	    sandbox_begin(&sandbox, &conf, "nobody", "", &why))
		return 1;
	EXPECT_REMEDY("; " OF_USER, EACCES, NULL);
	EXPECT_REMEDY("; " OF_USER, EACCES, "a/file");
	EXPECT_REMEDY("", EACCES, "top");
	EXPECT_REMEDY("", ENOENT, NULL);
	if (sandbox_end(&sandbox, &conf, &why))
		return 1;
	EXPECT_REMEDY("; " OF_USER "; or " OF_SANDBOX, EACCES, NULL);
	EXPECT_REMEDY("; " OF_USER, EACCES, "a/file");
	EXPECT_REMEDY("; " OF_SANDBOX, EACCES, "top");
	EXPECT_REMEDY("", ENOENT, NULL);
	return 0;
}

static void refused_file_is_explained(void **state)
{
	struct landlock landlock;
	pid_t child;
	struct why why;
	int status;

	assert_int_equal(landlock_open(&landlock, &why), 0);
	if (landlock.fd < 0 || geteuid() != 0) {
		skip(); // the kernel restricts no files, or nobody cannot be become
		return;
	}
	landlock_close(&landlock);
	child = fork();
	if (child == 0)
		_exit(refuse_and_explain());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static int make_tree(void **state)
{
	if (!mkdtemp(root))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (mkdir(in_root(folders[i]), 0700))
			return 1;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		close(open(in_root(files[i]), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	return symlink("../c/target", in_root("a/link"));
}

static int remove_tree(void **state)
{
	unlink(in_root("a/link"));
	for (size_t i = ARRAY_LEN(files); i-- > 0;)
		unlink(in_root(files[i]));
	for (size_t i = ARRAY_LEN(folders); i-- > 0;)
		rmdir(in_root(folders[i]));
	return rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(folders_of_paths_stay_open),
	        cmocka_unit_test(unknown_user_is_an_error),
	        cmocka_unit_test(only_root_becomes_another_user),
	        cmocka_unit_test(refused_file_is_explained),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
