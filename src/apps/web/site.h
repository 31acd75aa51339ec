// site: a directory of files as it is served: every file in memory, with its type, validators and
// stored forms, found by the path of a request. It does not change; the control thread reads
// another one (site_read.c) and replaces it. Files that have not changed are shared by both.
#ifndef APPS_WEB_SITE_H
#define APPS_WEB_SITE_H

#include "core/span.h"
#include "core/why.h"
#include "proto/http/http_coding.h"
#include "proto/http/http_date.h"

#define SITE_PATH_MAX_BYTES 1024
#define SITE_ETAG_BYTES     48
#define SITE_DEPTH_MAX      32 // of directories in each other

// What a file was when it was read; another stamp: it has changed.
struct site_stamp {
	uint64_t inode, bytes;
	int64_t changed_ns, modified_ns; // since 1970
};

// The bytes of one file. Counted by the sites that have it; control thread only.
struct site_form {
	uint8_t *bytes;
	uint64_t len;
	struct site_stamp stamp;
	uint32_t refs;
	char etag[SITE_ETAG_BYTES]; // with its quotes
};

// A file with the forms that are stored beside it.
struct site_file {
	struct site_form *form[HTTP_CODINGS]; // NULL: not stored; HTTP_CODING_IDENTITY is there
	unsigned stored;                      // 1 << coding of each
	const char *type;                     // of its content
	char modified[HTTP_DATE_BYTES];       // Last-Modified
	uint64_t modified_s;                  // since 1970
};

// A path that is answered: a file, or a directory without its slash, which has an index.
struct site_entry {
	char *path; // of path_len bytes, decoded
	uint32_t path_len;
	bool is_directory;
	bool is_alias; // an index by its directory's path: the file is another entry's
	struct site_file *file;
};

struct site {
	struct site_entry *entries; // sorted by path
	size_t entries_len, entries_size;
	char **directories; // of the file system, to be watched for changes
	size_t directories_len, directories_size;
	uint64_t files, bytes;           // of all forms
	const struct site_file *missing; // "/404.html"; NULL: there is none
};

struct site_limits {
	uint64_t files, bytes;
};

// Reads the directory and all below it, but names that begin with a dot and symbolic links. Files
// that are the same in `before`, which may be NULL, are taken from there. NULL with a sentence in
// why that names the file.
struct site *site_read(const char *directory, const struct site *before,
                       const struct site_limits *limits, struct why *why) MUST_CHECK;
// NULL is allowed.
void site_free(struct site *site);

// The entry of a decoded path; NULL: there is none.
const struct site_entry *site_find(const struct site *site, struct span path) PURE;

// The type of a file's content, by the end of its name.
const char *site_type(const char *name) PURE;

#endif
