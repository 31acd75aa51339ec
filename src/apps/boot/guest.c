// guest: see the header.
#include "apps/boot/guest.h"

#include "apps/boot/guest_pci.h"
#include "apps/boot/vmdata.h"
#include "core/host/feature.h"
#include "core/host/folder.h"
#include "core/host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#define MODULES  "/lib/modules"
#define CONSOLE  "/dev/hvc0"
#define SET_WORD "wadi.set="

static volatile sig_atomic_t restart_wanted;

static const char *name_of(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	return slash ? slash + 1 : argv0;
}

bool guest_is_init(const char *argv0)
{
	return getpid() == 1 && strcmp(name_of(argv0), "init") == 0;
}

int guest_run_link(const char *argv0)
{
	const char *name = name_of(argv0);
	bool off = strcmp(name, "poweroff") == 0 || strcmp(name, "halt") == 0;

	if (!off && strcmp(name, "reboot") != 0)
		return -1;
	if (kill(1, off ? SIGTERM : SIGUSR1) == 0)
		return 0;
	fprintf(stderr, "%s: process 1 cannot be signalled: %s\n", name, strerror(errno));
	return 1;
}

static void mount_all(void)
{
	static const struct {
		const char *type, *at;
	} mounts[] = {
	        {"devtmpfs", "/dev"}, {"proc", "/proc"}, {"sysfs", "/sys"}, {"tmpfs", "/run"}};

	for (size_t i = 0; i < ARRAY_LEN(mounts); i++) {
		mkdir(mounts[i].at, 0755);
		// The kernel may have mounted one already, /dev for instance.
		if (mount(mounts[i].type, mounts[i].at, mounts[i].type, MS_NOSUID, NULL) &&
		    errno != EBUSY)
			log_warning("%s cannot be mounted: %s", mounts[i].at, strerror(errno));
	}
}

// Makes the console's input raw: no echo, no line editing, nothing translated. Output
// keeps its carriage returns, for terminals.
static void console_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return;
	t.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	t.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSANOW, &t);
}

// Opens standard input, output and error where the kernel found no /dev/console. None
// may stay closed, or the next descriptor would get its number, and the log lines.
static void standard_open(void)
{
	static const char *const files[] = {CONSOLE, "/dev/console", "/dev/null"};

	for (int standard = 0; standard < 3; standard++) {
		int fd = fcntl(standard, F_GETFD);

		for (size_t i = 0; fd < 0 && i < ARRAY_LEN(files); i++)
			fd = open(files[i], O_RDWR | O_NOCTTY);
	}
}

// A descriptor for control, which does not block; -1 without a console.
static int console_open(void)
{
	int fd = open(CONSOLE, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		console_raw(fd);
	return fd;
}

static void module_load(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), MODULES "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
		log_warning("%s cannot be loaded: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static bool module_match(const void *ctx, const char *name)
{
	size_t len = strlen(name);

	return len > 3 && strcmp(name + len - 3, ".ko") == 0;
}

// Loads all modules in the image, which holds those that the appliance needs.
static void modules_load(void)
{
	struct folder_list list = {0};
	int err = folder_read(MODULES, module_match, NULL, &list);

	if (err && err != -ENOENT)
		log_warning("%s cannot be read: %s", MODULES, strerror(-err));
	for (size_t i = 0; i < list.len; i++)
		module_load(list.items[i]->name);
	folder_free(&list);
}

static const struct {
	int number;
	const char *text;
} crashes[] = {
        {SIGSEGV, "a bad address"},         {SIGBUS, "memory that is not there"},
        {SIGABRT, "a failed assertion"},    {SIGFPE, "an impossible division"},
        {SIGILL, "an unknown instruction"},
};

static void print_error(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

// When process 1 dies the kernel panics, and the reason would be lost in its output.
// Calls only what a signal handler may.
static void crashed(int number)
{
	const char *text = "";

	for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
		if (crashes[i].number == number)
			text = crashes[i].text;
	print_error("\nwadi: crashed by ");
	print_error(text);
	print_error("; powering off\n");
	tcdrain(STDERR_FILENO);
	reboot(RB_POWER_OFF);
	_exit(128 + number);
}

static void wants_restart(int number)
{
	restart_wanted = 1;
	kill(getpid(), SIGTERM);
}

static void handlers_set(void)
{
	for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
		sigaction(crashes[i].number,
		          &(struct sigaction){.sa_handler = crashed, .sa_flags = SA_RESETHAND},
		          NULL);
	sigaction(SIGUSR1, &(struct sigaction){.sa_handler = wants_restart}, NULL);
	signal(SIGCHLD, SIG_IGN); // the kernel reaps orphans
}

void guest_parse_cmdline(struct guest *guest)
{
	char *save;

	for (char *word = strtok_r(guest->cmdline, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save)) {
		if (strncmp(word, SET_WORD, strlen(SET_WORD)) != 0)
			continue;
		if (guest->sets_len == GUEST_SETS_MAX) {
			log_warning("%s on the kernel's command line exceeds the limit of options",
			            word);
			continue;
		}
		guest->places[guest->sets_len] = word;
		guest->sets[guest->sets_len++] = word + strlen(SET_WORD);
	}
}

static void cmdline_read(struct guest *guest)
{
	FILE *file = fopen("/proc/cmdline", "re");
	size_t len = 0;

	if (file) {
		len = fread(guest->cmdline, 1, sizeof(guest->cmdline) - 1, file);
		fclose(file);
	}
	guest->cmdline[len] = '\0';
	guest_parse_cmdline(guest);
}

static void name_set(void)
{
	char name[64];

	if (!FEATURE_XEN)
		return;
	vmdata_name(name, sizeof(name));
	if (*name && sethostname(name, strlen(name)))
		log_warning("the host name cannot be set: %s", strerror(errno));
}

void guest_open(struct guest *guest, const char *program)
{
	const char *name = strncmp(program, "wadi-", 5) == 0 ? program + 5 : program;

	*guest = (struct guest){.program = program, .console_fd = -1};
	snprintf(guest->file, sizeof(guest->file), "/etc/wadi/%s.json", name);
	umask(022);
	mount_all();
	standard_open();
	guest->console_fd = console_open();
	handlers_set();
	modules_load();
	guest_pci_hand_over(GUEST_PCI_BUS);
	cmdline_read(guest);
	name_set();
}

void guest_end(const struct guest *guest, int status)
{
	printf("%s: %s%s\n", guest->program, restart_wanted ? "restarting" : "powering off",
	       status ? " for the reason above" : "");
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	sync();
	reboot(restart_wanted ? RB_AUTOBOOT : RB_POWER_OFF);
}
