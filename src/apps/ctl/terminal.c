// terminal: see the header. It is opened once more by its name, so that what is set on the
// descriptor (O_NONBLOCK) does not change the shell's. Signals come by a descriptor: no handler can
// leave the terminal half restored.
#include "apps/ctl/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define DRAW_MS  1000 // how long a terminal may take no bytes
#define FD_FIRST 3

// The alternate screen without a cursor, where long lines are cut; and back.
static const char enter_text[] = "\033[?1049h\033[?25l\033[?7l\033[m\033[2J";
static const char leave_text[] = "\033[m\033[?7h\033[?25h\033[?1049l";

static void signals_fill(sigset_t *set)
{
	static const int all[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		sigaddset(set, all[i]);
}

static int open_tty(void)
{
	const char *name = ttyname(STDOUT_FILENO);
	int fd = name ? open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) : -1, high;

	if (fd < 0)
		fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fd >= FD_FIRST)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST); // a standard one was closed
	close(fd);
	return high;
}

static bool watch(const struct terminal *terminal, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(terminal->events, EPOLL_CTL_ADD, fd, &event) == 0;
}

// The event of a wait that began before poll; -1 for the time that is over.
static int put_wait(const struct terminal *terminal)
{
	struct pollfd fds[2] = {{.fd = terminal->fd, .events = POLLOUT},
	                        {.fd = terminal->signals, .events = POLLIN}};

	if (poll(fds, 2, DRAW_MS) <= 0 || (fds[1].revents & POLLIN))
		return -1;
	return 0;
}

// False when the terminal takes not all of it.
static bool put(const struct terminal *terminal, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(terminal->fd, text, len);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (n < 0 && put_wait(terminal))
			return false;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

// No echo, no lines, no signals by keys, no flow control: all keys come as bytes.
static void enter(struct terminal *terminal)
{
	struct termios raw = terminal->before;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(terminal->fd, TCSANOW, &raw);
	put(terminal, enter_text, strlen(enter_text));
	terminal->entered = true;
	screen_fini(&terminal->drawn);
}

static void leave(struct terminal *terminal)
{
	if (!terminal->entered)
		return;
	terminal->entered = false;
	put(terminal, leave_text, strlen(leave_text));
	tcsetattr(terminal->fd, TCSANOW, &terminal->before);
}

int terminal_open(struct terminal *terminal, bool colour, struct why *why)
{
	sigset_t set;
	int err;

	*terminal = (struct terminal){.fd = -1, .signals = -1, .events = -1, .colour = colour};
	signals_fill(&set);
	sigprocmask(SIG_BLOCK, &set, &terminal->mask_before);
	terminal->open = true;
	terminal->fd = open_tty();
	terminal->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	terminal->events = epoll_create1(EPOLL_CLOEXEC);
	if (terminal->fd >= 0 && terminal->signals >= 0 && terminal->events >= 0 &&
	    tcgetattr(terminal->fd, &terminal->before) == 0 && watch(terminal, terminal->fd) &&
	    watch(terminal, terminal->signals))
		return 0;
	err = -errno;
	terminal_close(terminal);
	return why_fail(why, err, "the terminal cannot be opened: %s", strerror(-err));
}

void terminal_close(struct terminal *terminal)
{
	if (!terminal->open)
		return;
	leave(terminal);
	screen_fini(&terminal->drawn);
	if (terminal->fd >= 0)
		close(terminal->fd);
	if (terminal->signals >= 0)
		close(terminal->signals);
	if (terminal->events >= 0)
		close(terminal->events);
	sigprocmask(SIG_SETMASK, &terminal->mask_before, NULL);
	*terminal = (struct terminal){.open = false};
}

void terminal_size(const struct terminal *terminal, unsigned *rows, unsigned *columns)
{
	struct winsize size = {.ws_row = 0};

	ioctl(terminal->fd, TIOCGWINSZ, &size);
	*rows = size.ws_row ? size.ws_row : 24;
	*columns = size.ws_col ? size.ws_col : 80;
}

static bool same_row(const struct screen *a, const struct screen *b, unsigned row)
{
	size_t len = b->columns * sizeof(*b->cell);

	return a->cell && a->rows == b->rows && a->columns == b->columns &&
	       memcmp(a->cell + (size_t)row * a->columns, b->cell + (size_t)row * b->columns,
	              len) == 0;
}

static void keep(struct terminal *terminal, const struct screen *screen)
{
	struct screen *drawn = &terminal->drawn;

	if (!drawn->cell || drawn->rows != screen->rows || drawn->columns != screen->columns) {
		screen_fini(drawn);
		if (screen_init(drawn, screen->rows, screen->columns))
			return;
	}
	memcpy(drawn->cell, screen->cell,
	       (size_t)screen->rows * screen->columns * sizeof(*screen->cell));
}

void terminal_draw(struct terminal *terminal, const struct screen *screen)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	if (!terminal->entered)
		enter(terminal);
	for (unsigned row = 0; row < screen->rows; row++) {
		if (same_row(&terminal->drawn, screen, row))
			continue;
		fprintf(out, "\033[%u;1H", row + 1);
		screen_print_row(screen, row, terminal->colour, out);
		fputs("\033[K", out);
	}
	if (fclose(out) == 0 && put(terminal, text, len))
		keep(terminal, screen);
	else
		screen_fini(&terminal->drawn); // what it shows is not known
	free(text);
}

// As a shell's job is suspended, with the terminal as the shell knows it.
static enum terminal_event suspend(struct terminal *terminal)
{
	leave(terminal);
	raise(SIGSTOP);
	enter(terminal);
	return TERMINAL_RESIZED;
}

static enum terminal_event take_signal(struct terminal *terminal)
{
	struct signalfd_siginfo info;

	if (read(terminal->signals, &info, sizeof(info)) != sizeof(info))
		return TERMINAL_NOTHING;
	switch (info.ssi_signo) {
	case SIGTSTP:
		return suspend(terminal);
	case SIGCONT: // another program may have used the terminal meanwhile
		if (terminal->entered)
			enter(terminal);
		return TERMINAL_RESIZED;
	case SIGWINCH:
		screen_fini(&terminal->drawn);
		return TERMINAL_RESIZED;
	default:
		terminal->signal = (int)info.ssi_signo;
		return TERMINAL_INTERRUPT;
	}
}

static enum terminal_event take_key(struct terminal *terminal, char *key)
{
	ssize_t n = read(terminal->fd, key, 1);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return TERMINAL_NOTHING;
	if (n <= 0)
		return TERMINAL_GONE;
	switch (*key) {
	case CTRL('C'):
	case CTRL('\\'):
		return TERMINAL_INTERRUPT;
	case CTRL('Z'):
		return suspend(terminal);
	case CTRL('L'):
		screen_fini(&terminal->drawn);
		return TERMINAL_RESIZED;
	default:
		return TERMINAL_KEY;
	}
}

enum terminal_event terminal_wait(struct terminal *terminal, int wait_ms, char *key)
{
	struct epoll_event event;
	int n = epoll_wait(terminal->events, &event, 1, wait_ms);

	if (n <= 0)
		return TERMINAL_NOTHING;
	return event.data.fd == terminal->signals ? take_signal(terminal) : take_key(terminal, key);
}

bool terminal_has_event(const struct terminal *terminal)
{
	struct pollfd fd = {.fd = terminal->events, .events = POLLIN};

	return poll(&fd, 1, 0) > 0;
}
