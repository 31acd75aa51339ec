// account: users and groups by name and by number, from /etc/passwd and /etc/group alone:
// what they do not list, such as accounts of a directory, has to be given by number. The
// C library's look-ups would load code and open sockets in the running appliance.
#ifndef BOOT_ACCOUNT_H
#define BOOT_ACCOUNT_H

#include "core/base.h"

#include <sys/types.h>

// A number, or a name of the file. False when it is neither.
bool account_find_user(const char *text, uid_t *uid) MUST_CHECK;
bool account_find_group(const char *text, gid_t *gid) MUST_CHECK;

// The user's name; "?" when the file does not list it or cannot be read.
void account_user_name(uid_t uid, char *name, size_t size);

#endif
