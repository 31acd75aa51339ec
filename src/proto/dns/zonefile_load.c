// zonefile_load: the only I/O of the DNS engine, at load time.
#include "proto/dns/zonefile_load.h"

#include "core/huge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Read at a time, so that it can be stopped in between.
#define PIECE_BYTES ((size_t)4 << 20)

// Up to size bytes; returns how many there were, or -errno.
static ssize_t text_read(int fd, char *text, size_t size, zone_stopped_fn *stopped)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, text + len, size_min(size - len, PIECE_BYTES));

		if (stopped && stopped())
			return -ECANCELED;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

// The kernel's clock of files goes in steps, of 10 ms at most; some file systems keep
// whole seconds, or every other one.
#define YOUNG_NS        20000000L
#define YOUNG_COARSE_NS 2000000000L

static bool is_young(struct timespec changed)
{
	int64_t limit_ns = changed.tv_nsec ? YOUNG_NS : YOUNG_COARSE_NS;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (now.tv_sec - changed.tv_sec) * INT64_C(1000000000) + now.tv_nsec - changed.tv_nsec <
	       limit_ns;
}

struct zonefile_stamp zonefile_stamp_of(const struct stat *st)
{
	return (struct zonefile_stamp){st->st_dev,  st->st_ino,  st->st_size,
	                               st->st_mtim, st->st_ctim, is_young(st->st_ctim)};
}

static int file_read(int fd, struct zonefile_load *load, zone_stopped_fn *stopped, const char **why)
{
	struct stat st;
	ssize_t len;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		*why = "it is not a regular file";
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	}
	load->stamp = zonefile_stamp_of(&st);
	load->text = huge_alloc((size_t)st.st_size + 1);
	if (!load->text)
		return -ENOMEM;
	len = text_read(fd, load->text, (size_t)st.st_size, stopped);
	if (len < 0) {
		zonefile_unload(load);
		return (int)len;
	}
	load->len = (size_t)len;
	return 0;
}

int zonefile_load(struct zonefile_load *load, const char *path, zone_stopped_fn *stopped,
                  const char **why)
{
	// Without O_NONBLOCK a FIFO would wait for its writer.
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err;

	*load = (struct zonefile_load){0};
	*why = NULL;
	err = fd < 0 ? -errno : file_read(fd, load, stopped, why);
	if (err && !*why)
		*why = strerror(-err);
	if (fd >= 0)
		close(fd);
	return err;
}

void zonefile_unload(struct zonefile_load *load)
{
	free(load->text);
	load->text = NULL;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool zonefile_stamp(const char *path, struct zonefile_stamp *stamp)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	*stamp = zonefile_stamp_of(&st);
	return true;
}

bool zonefile_changed(const char *path, const struct zonefile_stamp *stamp)
{
	struct stat st;

	if (stamp->young || stat(path, &st) < 0)
		return true;
	return st.st_dev != stamp->dev || st.st_ino != stamp->ino || st.st_size != stamp->size ||
	       !same_time(st.st_mtim, stamp->modified) || !same_time(st.st_ctim, stamp->changed);
}
