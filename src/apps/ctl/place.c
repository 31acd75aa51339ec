// place: see the header.
#include "apps/ctl/place.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PLACES_MAX 16

bool place_is_named(const char *word)
{
	static const char suffix[] = ".sock";
	size_t len = strlen(word);
	struct stat of;

	if (strchr(word, '/') || strncmp(word, "xen:", 4) == 0)
		return true;
	if (len >= strlen(suffix) && strcmp(word + len - strlen(suffix), suffix) == 0)
		return true;
	return stat(word, &of) == 0 && (S_ISSOCK(of.st_mode) || S_ISCHR(of.st_mode));
}

// Whether a process listens there; one that may not be reached counts, as it runs.
static bool place_is_served(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool served;

	if (fd < 0 || strlen(path) >= sizeof(addr.sun_path)) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	strcpy(addr.sun_path, path);
	served = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 || errno != ECONNREFUSED;
	close(fd);
	return served;
}

// The sockets of a folder.
struct places {
	char path[PLACES_MAX][PLACE_BYTES];
	unsigned len, dead;
	char dead_path[PLACE_BYTES]; // of one that a process has left
};

static void places_add(struct places *places, const char *folder, const char *name)
{
	char path[PLACE_BYTES];
	struct stat of;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path) ||
	    lstat(path, &of) != 0 || !S_ISSOCK(of.st_mode))
		return;
	if (!place_is_served(path)) {
		places->dead++;
		strcpy(places->dead_path, path);
	} else if (places->len < PLACES_MAX) {
		strcpy(places->path[places->len++], path);
	}
}

static int places_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int fail_none(const struct places *places, const char *folder, struct why *why)
{
	struct why left = {""};

	if (places->dead)
		why_set(&left, "; %s is of one that no longer runs", places->dead_path);
	return why_fail(why, -ENOENT,
	                "no appliance has its control socket in %s%s: start one, such as wadi-dns "
	                "-c FILE, or give the path under control.socket of its configuration: "
	                "wadi-ctl SOCKET status",
	                folder, left.text);
}

static int fail_several(const struct places *places, const char *command, struct why *why)
{
	char list[WHY_BYTES] = "";
	size_t len = 0;

	for (unsigned i = 0; i < places->len && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "\n  wadi-ctl %s %s",
		                        places->path[i], command);
	return why_fail(why, -EEXIST, "%u appliances run; say which one:%s", places->len, list);
}

// False when the folder is there and cannot be read.
static bool places_read(struct places *places, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	*places = (struct places){.len = 0};
	if (!dir)
		return errno == ENOENT;
	while ((entry = readdir(dir)) != NULL)
		places_add(places, folder, entry->d_name);
	closedir(dir);
	qsort(places->path, places->len, sizeof(places->path[0]), places_compare);
	return true;
}

int place_find_in(const char *folder, char place[PLACE_BYTES], const char *command, struct why *why)
{
	struct places places;

	if (!places_read(&places, folder))
		return why_fail(why, -errno,
		                "%s cannot be read: %s: run wadi-ctl as root, or name "
		                "the socket: wadi-ctl SOCKET %s",
		                folder, strerror(errno), command);
	if (places.len == 0)
		return fail_none(&places, folder, why);
	if (places.len > 1)
		return fail_several(&places, command, why);
	strcpy(place, places.path[0]);
	return 0;
}

int place_find(char place[PLACE_BYTES], const char *command, struct why *why)
{
	const char *given = getenv("WADI_CTL");
	struct stat of;

	if (!given || *given == '\0')
		given = PLACE_FOLDER;
	else if (stat(given, &of) != 0 || !S_ISDIR(of.st_mode)) {
		if (snprintf(place, PLACE_BYTES, "%s", given) >= PLACE_BYTES)
			return why_fail(why, -ENAMETOOLONG, "WADI_CTL is longer than %d bytes",
			                PLACE_BYTES - 1);
		return 0;
	}
	return place_find_in(given, place, command, why);
}

void place_each(void (*fn)(void *ctx, const char *place), void *ctx)
{
	const char *given = getenv("WADI_CTL");
	struct places places;
	struct stat of;

	if (!given || *given == '\0')
		given = PLACE_FOLDER;
	else if (stat(given, &of) != 0 || !S_ISDIR(of.st_mode)) {
		fn(ctx, given);
		return;
	}
	if (!places_read(&places, given))
		return;
	for (unsigned i = 0; i < places.len; i++)
		fn(ctx, places.path[i]);
}
