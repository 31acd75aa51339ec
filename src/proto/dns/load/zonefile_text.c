// zonefile_text: see the header. With zone_file.c and zone_map.c, the only I/O of the DNS engine.
#include "proto/dns/load/zonefile_text.h"

#include "core/huge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Number of bytes read before `stopped` is polled again.
#define PIECE_BYTES ((size_t)4 << 20)

// Reads up to `size` bytes; returns the number read, or -errno.
static ssize_t text_read(int fd, char *text, size_t size, zone_stopped_fn *stopped)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, text + len, size_min(size - len, PIECE_BYTES));

		if (zone_stop_now(stopped))
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

static int file_check(int fd, struct stat *st, const char **why)
{
	if (fstat(fd, st) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode)) {
		*why = "it is not a regular file";
		return S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
	}
	if (!zone_file_has_writer(fd))
		return 0;
	*why = "another process has it open for writing; wait until it is written, or write a new "
	       "file and rename it";
	return -EBUSY;
}

// What a file is that is no text, or NULL.
static const char *text_foreign(const char *bytes, size_t len)
{
	static const struct {
		const char *bytes, *why;
		size_t len;
	} kinds[] = {
	        {"\xff\xfe", "it is UTF-16 text; save it as UTF-8", 2},
	        {"\xfe\xff", "it is UTF-16 text; save it as UTF-8", 2},
	        {"\x1f\x8b", "it is compressed by gzip; decompress it", 2},
	        {"BZh", "it is compressed by bzip2; decompress it", 3},
	        {"\xfd"
	         "7zXZ",
	         "it is compressed by xz; decompress it", 5},
	        {"\x28\xb5\x2f\xfd", "it is compressed by zstd; decompress it", 4},
	        {"\0\0\0\2\0\0\0",
	         "it is in the raw format of BIND; convert it with "
	         "named-compilezone -f raw -F text",
	         7},
	        {"wadizone", "it is an image of wadi-dns compile; give it as image", 8},
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (len >= kinds[i].len && memcmp(bytes, kinds[i].bytes, kinds[i].len) == 0)
			return kinds[i].why;
	// UTF-16 without a mark: every other byte of the first ASCII characters is zero.
	if (len >= 4 && (!bytes[0] + !bytes[2] == 2 || !bytes[1] + !bytes[3] == 2) &&
	    !bytes[0] != !bytes[1])
		return "it is UTF-16 text; save it as UTF-8";
	return NULL;
}

static int file_read(int fd, struct zonefile_text *text, uint64_t max, zone_stopped_fn *stopped,
                     const char **why)
{
	struct zone_stamp after;
	struct stat st;
	ssize_t len;
	int err = file_check(fd, &st, why);

	if (err)
		return err;
	if ((uint64_t)st.st_size > max) {
		*why = "it has more bytes than dns.zone_limits.bytes allows";
		return -EFBIG;
	}
	text->stamp = zone_file_stamp_of(&st);
	text->bytes = huge_alloc((size_t)st.st_size + 1);
	if (!text->bytes)
		return -ENOMEM;
	len = text_read(fd, text->bytes, (size_t)st.st_size, stopped);
	if (len < 0)
		return (int)len;
	text->len = (size_t)len;
	*why = text_foreign(text->bytes, text->len);
	if (*why)
		return -EINVAL;
	zone_sum_end(&text->stamp.sum, text->bytes, text->len);
	err = file_check(fd, &st, why);
	after = zone_file_stamp_of(&st);
	if (err || zone_file_same(&text->stamp, &after))
		return err;
	*why = "it was changed while it was read";
	return -EBUSY;
}

int zonefile_text_read(struct zonefile_text *text, const char *path, uint64_t max,
                       zone_stopped_fn *stopped, const char **why)
{
	// Without O_NONBLOCK, open would block on a FIFO that has no writer.
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err;

	*text = (struct zonefile_text){0};
	*why = NULL;
	err = fd < 0 ? -errno : file_read(fd, text, max, stopped, why);
	if (err && !*why)
		*why = strerror(-err);
	if (fd >= 0)
		close(fd);
	if (err)
		zonefile_text_free(text);
	return err;
}

void zonefile_text_free(struct zonefile_text *text)
{
	free(text->bytes);
	text->bytes = NULL;
}
