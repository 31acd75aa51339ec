// history_file: see the header. Lines are appended as they are typed, so that sessions beside each
// other lose none, and a session that is killed has lost nothing.
#include "apps/ctl/history_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool history_file_path(char path[HISTORY_FILE_PATH_BYTES])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int len = 0;

	if (state && *state == '/')
		len = snprintf(path, HISTORY_FILE_PATH_BYTES, "%s/wadi/ctl_history", state);
	else if (home && *home == '/')
		len = snprintf(path, HISTORY_FILE_PATH_BYTES, "%s/.local/state/wadi/ctl_history",
		               home);
	return len > 0 && len < HISTORY_FILE_PATH_BYTES;
}

// Makes the folders above the file.
static void make_folders(const char *path)
{
	char folder[HISTORY_FILE_PATH_BYTES];

	snprintf(folder, sizeof(folder), "%s", path);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, 0700);
		*slash = '/';
	}
}

static FILE *open_file(const char *path, int flags, const char *mode)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	struct stat of;
	FILE *file;

	if (fd < 0)
		return NULL;
	file = fstat(fd, &of) == 0 && S_ISREG(of.st_mode) ? fdopen(fd, mode) : NULL;
	if (!file)
		close(fd);
	return file;
}

// Writes the newest lines of the file into another one, which takes its place.
static void cut(const char *path, FILE *file, size_t skip)
{
	char other[HISTORY_FILE_PATH_BYTES + 8], *line = NULL;
	size_t size = 0;
	FILE *to;
	bool good;

	snprintf(other, sizeof(other), "%s.new", path);
	to = open_file(other, O_WRONLY | O_CREAT | O_TRUNC, "w");
	if (!to)
		return;
	rewind(file);
	for (size_t i = 0; getline(&line, &size, file) > 0; i++)
		if (i >= skip)
			fputs(line, to);
	free(line);
	good = !ferror(file) && !ferror(to);
	if (fclose(to) != 0 || !good || rename(other, path) != 0)
		unlink(other);
}

void history_file_read(const char *path, void (*fn)(void *ctx, const char *line), void *ctx)
{
	FILE *file = open_file(path, O_RDONLY, "r");
	size_t size = 0, lines = 0, skip;
	char *line = NULL;

	if (!file)
		return;
	while (getline(&line, &size, file) > 0)
		lines++;
	skip = lines > HISTORY_FILE_LINES ? lines - HISTORY_FILE_LINES : 0;
	rewind(file);
	for (size_t i = 0; getline(&line, &size, file) > 0; i++) {
		line[strcspn(line, "\n")] = '\0';
		if (i >= skip && *line)
			fn(ctx, line);
	}
	free(line);
	if (lines > 2 * HISTORY_FILE_LINES)
		cut(path, file, skip);
	fclose(file);
}

void history_file_add(const char *path, const char *line)
{
	const int flags = O_WRONLY | O_CREAT | O_APPEND;
	FILE *file = open_file(path, flags, "a");

	if (!file && errno == ENOENT) {
		make_folders(path);
		file = open_file(path, flags, "a");
	}
	if (!file)
		return;
	fprintf(file, "%s\n", line);
	fclose(file);
}
