// zonefile_load: the only I/O of the DNS engine, at load time.
#include "proto/dns/zonefile_load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Up to size bytes; returns how many there were, or -errno.
static ssize_t text_read(int fd, char *text, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

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

static int file_read(int fd, struct zonefile_load *load, const char **why)
{
	struct stat st;
	ssize_t len;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		*why = "it is not a regular file";
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	}
	load->dev = st.st_dev;
	load->ino = st.st_ino;
	load->text = malloc((size_t)st.st_size + 1);
	if (!load->text)
		return -ENOMEM;
	len = text_read(fd, load->text, (size_t)st.st_size);
	if (len < 0) {
		zonefile_unload(load);
		return (int)len;
	}
	load->len = (size_t)len;
	return 0;
}

int zonefile_load(struct zonefile_load *load, const char *path, const char **why)
{
	// Without O_NONBLOCK a FIFO would wait for its writer.
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err;

	*load = (struct zonefile_load){0};
	*why = NULL;
	err = fd < 0 ? -errno : file_read(fd, load, why);
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
