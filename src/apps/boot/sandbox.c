// sandbox: see the header.
#include "apps/boot/sandbox.h"

#include "core/host/feature.h"
#include "core/host/log.h"

#include <errno.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USER_INSTALLED "wadi" // made by the installed package

static const struct conf_key keys[] = {
        {"enabled", CONF_BOOL, offsetof(struct sandbox_conf, enabled), "true",
         .help = "Whether the running process is restricted to the files that the configuration "
                 "names and to the system calls of a server. It has no effect in a Xen guest, "
                 "where the appliance is the whole user space."},
        {"read", CONF_STRINGS, offsetof(struct sandbox_conf, read), "", .max = 64,
         .help = "Further files and folders that may be read, such as those that a later "
                 "configuration will name."},
        {"write", CONF_STRINGS, offsetof(struct sandbox_conf, write), "", .max = 64,
         .help = "Further folders in which files may be created, written and removed."},
        {0},
};
const struct conf_section sandbox_section = {sizeof(struct sandbox_conf), keys};

// What libraries read in a process that runs: its threads and memory, the interfaces, the
// time zone, random numbers.
static const char *const system_paths[] = {"/proc",          "/sys/class/net",      "/sys/devices",
                                           "/etc/localtime", "/usr/share/zoneinfo", "/dev/urandom"};

// What can be done about a file that the kernel refused; empty before sandbox_begin. Written
// while only the control thread reads zones, then read by all threads.
static struct {
	char user[128];
	const char *sandbox;
} remedy = {"", ""};

static void remedy_begin(const struct rights_user *user)
{
	const struct passwd *found = user->name ? NULL : getpwuid(geteuid());
	const char *name = user->name ? user->name : found ? found->pw_name : NULL;

	if (name)
		snprintf(remedy.user, sizeof(remedy.user), "; give user %s access to it", name);
	else
		snprintf(remedy.user, sizeof(remedy.user), "; give uid %u access to it",
		         (unsigned)geteuid());
	remedy.sandbox = "";
}

static void remedy_end(void)
{
	remedy.sandbox = "; the sandbox allows only what the configuration named at the start, see "
	                 "sandbox.read and sandbox.write";
}

// Landlock refuses to open a file, but not to ask for its mode.
void sandbox_remedy(const char *path, struct why *why)
{
	if (!strstr(why->text, strerror(EACCES)))
		return;
	if (!path)
		why_set(why, "%s%s%s%s", why->text, remedy.user,
		        *remedy.user && *remedy.sandbox ? "; or " : "",
		        *remedy.sandbox ? remedy.sandbox + strlen("; ") : "");
	else
		why_set(why, "%s%s", why->text,
		        access(path, R_OK) == 0 ? remedy.sandbox : remedy.user);
}

// Whether the executable is where `meson install` puts it.
static bool is_installed(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len < 0)
		return false;
	path[len] = '\0';
	return strcmp(dirname(path), WADI_BINDIR) == 0;
}

static int find_user(const char *name, struct rights_user *user, struct why *why)
{
	struct why none;
	int err;

	*user = (struct rights_user){NULL};
	if (*name) {
		err = rights_find_user(name, user, why);
		return err ? why_fail(why, err, "user: %s", why->text) : 0;
	}
	if (geteuid() == 0 && is_installed())
		(void)!rights_find_user(USER_INSTALLED, user, &none);
	return 0;
}

// Makes the folder of a file, for the user, who could not make it in /run.
static void make_folder(const char *file, const struct rights_user *user)
{
	char path[PATH_MAX], *folder;

	snprintf(path, sizeof(path), "%s", file);
	folder = dirname(path);
	if (*file && user->name && mkdir(folder, 0755) == 0 &&
	    chown(folder, user->uid, user->gid) != 0)
		rmdir(folder); // control_open says what is wrong
}

int sandbox_begin(struct sandbox *sandbox, const struct sandbox_conf *conf, const char *user,
                  const char *socket, struct why *why)
{
	struct rights_user to;
	int err = find_user(user, &to, why);

	if (err)
		return err;
	remedy_begin(&to);
	sandbox->enabled = conf->enabled;
	sandbox->drops = conf->enabled || to.name;
	if (!sandbox->drops)
		return 0;
	make_folder(socket, &to);
	err = rights_become(&to, why);
	return err || !conf->enabled ? err : landlock_open(&sandbox->landlock, why);
}

void sandbox_init(struct sandbox *sandbox)
{
	*sandbox = (struct sandbox){.landlock.fd = -1};
}

int sandbox_raise(const struct sandbox *sandbox, struct why *why)
{
	int err = sandbox->drops ? rights_raise() : 0;

	return err ? why_fail(why, err, "capabilities cannot be used: %s", strerror(-err)) : 0;
}

int sandbox_lower(const struct sandbox *sandbox, struct why *why)
{
	int err = sandbox->drops ? rights_lower() : 0;

	return err ? why_fail(why, err, "capabilities cannot be put aside: %s", strerror(-err)) : 0;
}

// Files are replaced by others of the same name, so that it is their folder that counts.
static void folder_of(const char *path, char folder[PATH_MAX])
{
	char copy[PATH_MAX];
	struct stat st;

	snprintf(copy, sizeof(copy), "%s", path);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		strcpy(folder, copy);
	else
		strcpy(folder, dirname(copy));
}

static int allow(struct sandbox *sandbox, const char *path, enum landlock_use use, struct why *why)
{
	char folder[PATH_MAX];

	if (sandbox->landlock.fd < 0 || *path == '\0')
		return 0;
	folder_of(path, folder);
	if (use == sandbox->use && strcmp(folder, sandbox->last) == 0)
		return 0;
	sandbox->use = use;
	strcpy(sandbox->last, folder);
	return landlock_allow(&sandbox->landlock, folder, use, why);
}

// A symbolic link leads to a file whose folder counts as well.
static int allow_link(struct sandbox *sandbox, const char *path, enum landlock_use use,
                      struct why *why)
{
	char target[PATH_MAX];
	struct stat st;

	if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode) || !realpath(path, target))
		return 0;
	return allow(sandbox, target, use, why);
}

int sandbox_read(struct sandbox *sandbox, const char *path, struct why *why)
{
	int err = allow(sandbox, path, LANDLOCK_READ, why);

	return err ? err : allow_link(sandbox, path, LANDLOCK_READ, why);
}

int sandbox_write(struct sandbox *sandbox, const char *path, struct why *why)
{
	int err = allow(sandbox, path, LANDLOCK_WRITE, why);

	return err ? err : allow_link(sandbox, path, LANDLOCK_WRITE, why);
}

void sandbox_connect(struct sandbox *sandbox)
{
	sandbox->filter.connect = true;
}

// Reports of sanitizers name functions, which they find in the files of the program.
static const char *const sanitizer_paths[] = {"/proc/self/exe", "/lib", "/usr/lib"};

static int allow_sanitizers(struct sandbox *sandbox, struct why *why)
{
	int err = 0;

	log_warning("this program is built with sanitizers: its sandbox lets it start processes "
	            "and use ptrace");
	sandbox->filter.sanitizers = true;
	for (size_t i = 0; i < ARRAY_LEN(sanitizer_paths) && !err; i++)
		err = landlock_allow(&sandbox->landlock, sanitizer_paths[i], LANDLOCK_READ, why);
	return err;
}

static int allow_configured(struct sandbox *sandbox, const struct sandbox_conf *conf,
                            struct why *why)
{
	const char *const *read = conf->read.items, *const *write = conf->write.items;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(system_paths) && !err; i++)
		err = landlock_allow(&sandbox->landlock, system_paths[i], LANDLOCK_READ, why);
	for (size_t i = 0; i < conf->read.len && !err; i++)
		err = sandbox_read(sandbox, read[i], why);
	for (size_t i = 0; i < conf->write.len && !err; i++)
		err = sandbox_write(sandbox, write[i], why);
	if (FEATURE_SANITIZERS && !err)
		err = allow_sanitizers(sandbox, why);
	return err;
}

// A thread of ThreadSanitizer's own blocks all signals, and cannot be made to give up rights.
static void stay_open(struct sandbox *sandbox)
{
	if (sandbox->drops)
		log_warning("this program is built with ThreadSanitizer: it keeps its rights, and "
		            "the sandbox is off");
	sandbox->enabled = sandbox->drops = false;
}

int sandbox_end(struct sandbox *sandbox, const struct sandbox_conf *conf, struct why *why)
{
	int err = 0;

	if (FEATURE_THREAD_SANITIZER)
		stay_open(sandbox);
	if (sandbox->enabled)
		err = allow_configured(sandbox, conf, why);
	if (!err && sandbox->drops)
		err = rights_drop(&sandbox->landlock, sandbox->enabled ? &sandbox->filter : NULL,
		                  why);
	if (!err && sandbox->landlock.fd >= 0)
		remedy_end();
	landlock_close(&sandbox->landlock);
	return err;
}

int sandbox_worker(const struct sandbox *sandbox)
{
	return sandbox->enabled ? syscall_filter_worker() : 0;
}

void sandbox_close(struct sandbox *sandbox)
{
	landlock_close(&sandbox->landlock);
}
