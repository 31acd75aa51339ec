// site_internal: what site.c and site_read.c share.
#ifndef APPS_WEB_SITE_INTERNAL_H
#define APPS_WEB_SITE_INTERNAL_H

#include "apps/web/site.h"

// The order of paths: as memcmp, a shorter one first.
int site_path_order(const void *a, size_t a_len, const void *b, size_t b_len) PURE;

// The site has the form no more. NULL is allowed.
void site_form_put(struct site_form *form);

#endif
