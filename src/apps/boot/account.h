// account: users and groups by name and by number, from /etc/passwd and /etc/group alone:
// what they do not list, such as accounts of a directory, has to be given by number. The
// C library's look-ups would load code and open sockets in the running appliance.
#ifndef BOOT_ACCOUNT_H
#define BOOT_ACCOUNT_H

#include "core/base.h"

#include <stdio.h>
#include <sys/types.h>

// A number, or a name of the file. False when it is neither.
bool account_find_user(const char *text, uid_t *uid) MUST_CHECK;
bool account_find_group(const char *text, gid_t *gid) MUST_CHECK;

// The file of users, which can be read on where it may not be opened any more, as in the
// sandbox; NULL when it cannot be opened. The caller closes it.
FILE *account_users(void);

// The user's name in that file; "?" when it does not list it, and without a file.
void account_user_name(FILE *users, uid_t uid, char *name, size_t size);

#endif
