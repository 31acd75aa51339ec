// zone_state: see the header. A line of the file is "file ORIGIN PATH", "image ORIGIN PATH" or
// "removed ORIGIN".
#include "apps/dns/zone_state.h"

#include "core/host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char head[] = "# Zones of zone-add and zone-remove. wadi-dns replaces this file.\n";

static void state_path(const struct zone_state *state, const char *suffix, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s%s", state->directory, ZONE_STATE_FILE, suffix);
}

// Parses "file ORIGIN PATH" and adds the zone. 0, -EINVAL for a malformed line, or another
// negative errno.
static int state_read_line(struct zone_state *state, struct zone_table *added, char *line)
{
	static const uint8_t root[] = {0};
	char *save, *kind = strtok_r(line, " ", &save), *origin = strtok_r(NULL, " ", &save);
	const char *path = strtok_r(NULL, "", &save), *sentence;
	struct dns_zone_source source = {path, .runtime = true};
	struct dns_name name;

	if (!kind || !origin || !dns_name_parse(&name, origin, strlen(origin), root, &sentence))
		return -EINVAL;
	if (strcmp(kind, "removed") == 0 && !path)
		return zone_table_add(&state->removed, name.wire, &(struct dns_zone_source){""},
		                      NULL);
	source.image = strcmp(kind, "image") == 0;
	if ((!source.image && strcmp(kind, "file") != 0) || !path || path[0] != '/')
		return -EINVAL;
	return zone_table_add(added, name.wire, &source, NULL);
}

static int state_read_lines(struct zone_state *state, struct zone_table *added, FILE *in,
                            const char *path, struct why *why)
{
	unsigned number = 0;
	char *line = NULL;
	size_t size = 0;
	int err = 0;
	ssize_t len;

	while (!err && (errno = 0, len = getline(&line, &size, in)) >= 0) {
		number++;
		if (len && line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		err = state_read_line(state, added, line);
		if (err != -EINVAL)
			continue;
		log_each(LOG_ERROR, "%s:%u: not a zone of zone-add or zone-remove; skipped", path,
		         number);
		err = 0;
	}
	if (!err && ferror(in))
		err = errno ? -errno : -EIO;
	free(line);
	return err ? why_fail(why, err, "%s cannot be read: %s", path, strerror(-err)) : 0;
}

int zone_state_read(struct zone_state *state, struct zone_table *added, struct why *why)
{
	char path[PATH_MAX];
	FILE *in;
	int err;

	if (!state->directory)
		return 0;
	if (access(state->directory, W_OK | X_OK) != 0 && errno != ENOENT)
		return why_fail(why, -errno, "dns.state_directory: %s cannot be written to: %s",
		                state->directory, strerror(errno));
	state_path(state, "", path);
	in = fopen(path, "re");
	if (!in && errno == ENOENT)
		return 0;
	if (!in)
		return why_fail(why, -errno, "dns.state_directory: %s cannot be read: %s", path,
		                strerror(errno));
	err = state_read_lines(state, added, in, path, why);
	fclose(in);
	zone_table_sort(&state->removed);
	zone_table_unique(&state->removed);
	log_each(LOG_DEBUG, "%s: %zu zones of zone-add, %zu of zone-remove", path, added->len,
	         state->removed.len);
	return err;
}

static void state_write(FILE *out, const struct zone_table *zones, const struct zone_table *removed)
{
	char text[DNS_NAME_TEXT_BYTES];

	fputs(head, out);
	for (size_t i = 0; i < zones->len; i++) {
		const struct dns_zone *zone = zones->items[i];

		if (zone->runtime && !zone->temporary)
			fprintf(out, "%s %s %s\n", zone->image ? "image" : "file",
			        dns_name_text(zone->origin, text), zone->file);
	}
	for (size_t i = 0; i < removed->len; i++)
		fprintf(out, "removed %s\n", dns_name_text(removed->items[i]->origin, text));
}

// Writes out and closes the file, down to the disk.
static int state_finish(FILE *out)
{
	int err = 0;

	if (fflush(out) != 0 || fsync(fileno(out)) < 0)
		err = -errno;
	if (fclose(out) != 0 && !err)
		err = -errno;
	return err;
}

int zone_state_prepare(const struct zone_state *state, const struct zone_table *zones,
                       const struct zone_table *removed, struct why *why)
{
	char path[PATH_MAX];
	FILE *out;
	int err;

	if (!state->directory)
		return 0;
	state_path(state, ".new", path);
	out = fopen(path, "we");
	err = out ? 0 : -errno;
	if (!err) {
		state_write(out, zones, removed);
		err = state_finish(out);
	}
	if (!err)
		return 0;
	unlink(path);
	return why_fail(why, err,
	                "dns.state_directory: %s cannot be written: %s; nothing has changed", path,
	                strerror(-err));
}

// A rename is on the disk when its directory is.
static int state_sync_directory(const struct zone_state *state)
{
	int fd = open(state->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

int zone_state_commit(const struct zone_state *state, struct why *why)
{
	char path[PATH_MAX], new[PATH_MAX];
	int err;

	if (!state->directory)
		return 0;
	state_path(state, "", path);
	state_path(state, ".new", new);
	err = rename(new, path) < 0 ? -errno : state_sync_directory(state);
	if (!err)
		return 0;
	return why_fail(why, err,
	                "the change is in use, but %s cannot be replaced: %s; it will not outlast "
	                "the server",
	                path, strerror(-err));
}

void zone_state_abandon(const struct zone_state *state)
{
	char path[PATH_MAX];

	if (!state->directory)
		return;
	state_path(state, ".new", path);
	unlink(path);
}

void zone_state_apply(const struct zone_state *state, struct zone_table *zones)
{
	char text[DNS_NAME_TEXT_BYTES];

	for (size_t i = 0; i < state->removed.len; i++) {
		const uint8_t *origin = state->removed.items[i]->origin;

		if (!zone_table_find(zones, origin))
			continue;
		log_each(
		        LOG_WARNING,
		        "zone %s: named by the configuration, not served since zone-remove removed "
		        "it; zone-add adds it again",
		        dns_name_text(origin, text));
		zone_table_del(zones, origin);
	}
}
