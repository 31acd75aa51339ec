// account: see the header.
#include "apps/boot/account.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Any number but that which chown(2) takes for none.
static bool account_parse(const char *text, unsigned *id)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	*id = (unsigned)number;
	return isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && number < UINT32_MAX;
}

bool account_find_user(const char *text, uid_t *uid)
{
	const struct passwd *entry = NULL;
	FILE *file;

	if (account_parse(text, uid))
		return true;
	file = account_users();
	if (!file)
		return false;
	while ((entry = fgetpwent(file)) != NULL && strcmp(entry->pw_name, text) != 0)
		;
	if (entry)
		*uid = entry->pw_uid;
	fclose(file);
	return entry != NULL;
}

bool account_find_group(const char *text, gid_t *gid)
{
	const struct group *entry = NULL;
	FILE *file;

	if (account_parse(text, gid))
		return true;
	file = fopen("/etc/group", "re");
	if (!file)
		return false;
	while ((entry = fgetgrent(file)) != NULL && strcmp(entry->gr_name, text) != 0)
		;
	if (entry)
		*gid = entry->gr_gid;
	fclose(file);
	return entry != NULL;
}

FILE *account_users(void)
{
	return fopen("/etc/passwd", "re");
}

void account_user_name(FILE *users, uid_t uid, char *name, size_t size)
{
	const struct passwd *entry = NULL;

	if (users)
		rewind(users);
	while (users && (entry = fgetpwent(users)) != NULL && entry->pw_uid != uid)
		;
	snprintf(name, size, "%s", entry ? entry->pw_name : "?");
}
