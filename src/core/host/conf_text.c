// conf_text: see the header.
#include "core/host/conf_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIPE_BYTES ((size_t)64 << 10) // the first room for what has no size

// Of the text with `room` bytes: as much as read gives.
static ssize_t read_all(int fd, char *text, size_t room)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, room - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		len += (size_t)n;
	} while (n != 0 && len < room);
	return (ssize_t)len;
}

// Reads what has a size of its own, or else grows the room until the end is there.
static char *read_open(struct arena *arena, int fd, size_t size, size_t max, size_t *len)
{
	char *text = NULL;
	size_t have = 0;

	for (size_t room = size ? size + 1 : PIPE_BYTES;; room *= 2) {
		char *larger = arena_alloc(arena, room + 1);
		ssize_t n;

		if (have)
			memcpy(larger, text, have);
		text = larger;
		n = read_all(fd, text + have, room - have);
		if (n < 0)
			return NULL;
		have += (size_t)n;
		errno = EFBIG;
		if (have > max)
			return NULL;
		if (have < room)
			break;
	}
	*len = have;
	return text;
}

char *conf_text_read(struct arena *arena, const char *file, size_t max, bool regular, size_t *len)
{
	// Without O_NONBLOCK a pipe that is included would wait for its writer.
	int fd = open(file, O_RDONLY | O_CLOEXEC | (regular ? O_NONBLOCK : 0));
	struct stat stat = {0};
	char *text = NULL;
	bool known;
	int err;

	*len = 0;
	if (fd < 0)
		return NULL;
	known = fstat(fd, &stat) == 0;
	if (known && S_ISDIR(stat.st_mode))
		err = EISDIR;
	else if (known && regular && !S_ISREG(stat.st_mode))
		err = EINVAL;
	else if (stat.st_size > (off_t)max)
		err = EFBIG;
	else if (!known || !(text = read_open(arena, fd, (size_t)stat.st_size, max, len)))
		err = errno;
	else
		err = 0;
	close(fd);
	errno = err;
	return text;
}

// What files that are no UTF-8 text begin with. UTF-32 comes first, for its
// mark begins with that of UTF-16.
static const struct {
	const char *begin;
	size_t len;
	const char *sentence;
} foreign[] = {
        {"\xff\xfe\0\0", 4, "this is UTF-32 text; save it as UTF-8"},
        {"\0\0\xfe\xff", 4, "this is UTF-32 text; save it as UTF-8"},
        {"\xff\xfe", 2, "this is UTF-16 text; save it as UTF-8"},
        {"\xfe\xff", 2, "this is UTF-16 text; save it as UTF-8"},
        {"{\0\0\0", 4, "this is UTF-32 text; save it as UTF-8"},
        {"{\0", 2, "this is UTF-16 text; save it as UTF-8"},
        {"\0{", 2, "this is UTF-16 text; save it as UTF-8"},
        {"\x1f\x8b", 2, "this file is compressed by gzip; unpack it first"},
        {"\xfd"
         "7zXZ",
         5, "this file is compressed by xz; unpack it first"},
        {"BZh", 3, "this file is compressed by bzip2; unpack it first"},
        {"\x28\xb5\x2f\xfd", 4, "this file is compressed by zstd; unpack it first"},
        {"PK\x03\x04", 4, "this file is a zip archive; unpack it first"},
        {"\x7f"
         "ELF",
         4, "this file is a program"},
};

#define MARK "\xef\xbb\xbf" // UTF-8 with a byte order mark, which RFC 8259 section 8.1 lets pass

static const char *foreign_find(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
		if (len >= foreign[i].len && memcmp(text, foreign[i].begin, foreign[i].len) == 0)
			return foreign[i].sentence;
	return NULL;
}

static void blank(char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != '\n' && *from != '\r')
			*from = ' ';
}

// The end of the comment that begins at p, or NULL when it has none.
static char *comment_end(char *p, char *end)
{
	bool line = p[1] == '/';

	for (p += 2; p < end; p++) {
		if (line && (*p == '\n' || *p == '\r'))
			return p;
		if (!line && *p == '*' && p + 1 < end && p[1] == '/')
			return p + 2;
	}
	return line ? end : NULL;
}

// The end of the string whose opening quote is at p.
static char *string_end(char *p, char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : end;
}

static unsigned lines_between(const char *from, const char *to)
{
	unsigned n = 0;

	while ((from = memchr(from, '\n', (size_t)(to - from))) != NULL) {
		from++;
		n++;
	}
	return n;
}

unsigned conf_text_clean(char *text, size_t len, struct why *why)
{
	const char *sentence = foreign_find(text, len);
	char *p = text, *end = text + len, *zero, *after;

	if (sentence) {
		why_set(why, "%s", sentence);
		return 1;
	}
	zero = memchr(text, '\0', len);
	if (zero) {
		why_set(why, "there is a zero byte here: this is not a text file");
		return 1 + lines_between(text, zero);
	}
	if (len >= strlen(MARK) && memcmp(text, MARK, strlen(MARK)) == 0)
		blank(text, text + strlen(MARK));
	while (p < end) {
		if (*p == '"') {
			p = string_end(p, end);
		} else if (*p == '/' && p + 1 < end && (p[1] == '/' || p[1] == '*')) {
			after = comment_end(p, end);
			if (!after) {
				why_set(why, "the comment that begins here has no */");
				return 1 + lines_between(text, p);
			}
			blank(p, after);
			p = after;
		} else {
			p++;
		}
	}
	return 0;
}
