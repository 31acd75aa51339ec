// manage_page: the files of the live page, which the executable has in it.
#ifndef APPS_MANAGE_MANAGE_PAGE_H
#define APPS_MANAGE_MANAGE_PAGE_H

#include <stddef.h>
#include <stdint.h>

struct manage_page {
	const char *path, *type; // "/page.js", "text/javascript"; NULL ends the list
	const uint8_t *bytes;
	size_t len;
};

extern const struct manage_page manage_pages[];

#endif
