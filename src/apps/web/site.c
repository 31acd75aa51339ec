// site: what is read of a site, and its end; site_read.c makes it.
#include "apps/web/site.h"

#include "apps/web/site_internal.h"

#include <stdlib.h>

int site_path_order(const void *a, size_t a_len, const void *b, size_t b_len)
{
	int order = memcmp(a, b, size_min(a_len, b_len));

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

const struct site_entry *site_find(const struct site *site, struct span path)
{
	size_t low = 0, high = site->entries_len;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		const struct site_entry *entry = &site->entries[at];
		int order = site_path_order(path.p, span_left(&path), entry->path, entry->path_len);

		if (order == 0)
			return entry;
		if (order < 0)
			high = at;
		else
			low = at + 1;
	}
	return NULL;
}

void site_form_put(struct site_form *form)
{
	if (!form || --form->refs > 0)
		return;
	free(form->bytes);
	free(form);
}

static void file_free(struct site_file *file)
{
	for (unsigned i = 0; file && i < HTTP_CODINGS; i++)
		site_form_put(file->form[i]);
	free(file);
}

void site_free(struct site *site)
{
	if (!site)
		return;
	for (size_t i = 0; i < site->entries_len; i++) {
		if (!site->entries[i].is_alias)
			file_free(site->entries[i].file);
		free(site->entries[i].path);
	}
	for (size_t i = 0; i < site->directories_len; i++)
		free(site->directories[i]);
	free(site->directories);
	free(site->entries);
	free(site);
}
