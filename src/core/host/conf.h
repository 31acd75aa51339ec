// conf: configuration from JSON through declared tables. A table gives the type,
// default, limits and help of each key; from it the file is parsed and validated, and
// --help-config, the man page and completion are printed. conf_tree.c reads the file and those it
// includes, conf_report.c finds the place of a key.
#ifndef CORE_HOST_CONF_H
#define CORE_HOST_CONF_H

#include "core/host/arena.h"
#include "core/why.h"

#include <stdio.h>

// What a key holds, and what its member of the C struct is.
enum conf_type {
	CONF_BOOL,     // bool
	CONF_UNSIGNED, // uint64_t
	CONF_STRING,   // const char *, never NULL
	CONF_PATH,     // const char *, made relative to the configuration's folder
	CONF_ENUM,     // unsigned, an index of choices
	CONF_STRINGS,  // struct conf_list of const char *; one string is a list of one
	CONF_SECTION,  // a pointer to the section's struct, never NULL
	CONF_SECTIONS, // struct conf_list of the section's structs
};

struct conf_list {
	void *items;
	size_t len;
};

// Whether a string is valid for the key; if not, why holds the end of a sentence that
// begins with the key: "is not an IPv4 address".
typedef bool conf_check_fn(const char *text, struct why *why);

struct conf_section;

struct conf_key {
	const char *name; // NULL closes the table
	enum conf_type type;
	size_t offset;              // of the member in the section's struct
	const char *fallback;       // the default as --set spells it; NULL: required
	uint64_t min, max;          // value, bytes of a string or items of a list; max 0: none
	const char *const *choices; // of an enum, closed by NULL
	conf_check_fn *check;       // of strings; NULL: any. Not called for an empty default
	const struct conf_section *section;
	bool live;        // a reload takes it, with all keys below it; others wait for a restart
	const char *help; // a sentence or two
};

struct conf_section {
	size_t size; // of the C struct
	const struct conf_key *keys;
};

// An error or a warning. `place` is FILE:LINE or the option; `text` begins with the key's
// path.
struct conf_report {
	const struct conf_report *next;
	bool warning;
	const char *place, *text;
};

// What to read: a file and then the options of --set, "key.path=value".
struct conf_source {
	const char *file;        // NULL: an empty configuration
	const char *const *sets; // each overrides the file and those before it
	size_t sets_len;
	// Names of the file and of each option in messages, when they have another origin;
	// NULL: the file's name, and "--set" with the option's text.
	const char *file_place;
	const char *const *set_places;
};

// The name of the source's file in messages; NULL when it has none.
static inline const char *conf_file_place(const struct conf_source *source)
{
	return source->file_place ? source->file_place : source->file;
}

// The name of a file.
struct conf_name {
	const struct conf_name *next;
	const char *name;
};

struct conf_file;

struct conf {
	struct arena arena; // owns everything that values and reports point to
	void *values;       // the root section's struct; NULL when nothing could be read
	const struct conf_section *root;
	struct conf_source source;
	// The reports in order, of which CONF_REPORTS_MAX are kept, and how many errors there
	// are.
	const struct conf_report *reports;
	struct conf_report *reports_last;
	unsigned reports_len, errors;
	int err; // of the first error
	// The files that were read, and the folders of patterns, also those that cannot be
	// read.
	const struct conf_name *names;
	// Until conf_settle, for places.
	struct arena texts;
	struct conf_file *file;
};

#define CONF_REPORTS_MAX 100

// Reads and validates everything, and goes on after an error, so that all are reported. A
// value with an error is replaced by its default or, in a list, by "": more checks may
// follow. Then conf_settle; conf_close in any case. What source points to is borrowed
// until then. The second takes the text of the file, which source->file names, from
// memory.
void conf_read(struct conf *conf, const struct conf_section *root,
               const struct conf_source *source);
void conf_read_text(struct conf *conf, const struct conf_section *root,
                    const struct conf_source *source, const char *text, size_t len);

// Between conf_read and conf_settle: reports what is wrong, or may be a mistake, at the key
// with this path, such as "ports[1].name".
void conf_error(struct conf *conf, const char *path, const char *format, ...) PRINTF(3, 4);
void conf_warning(struct conf *conf, const char *path, const char *format, ...) PRINTF(3, 4);

// Reports, as warnings, each key that differs from the values of the configuration that
// runs, a struct of the same table, and that no reload takes.
void conf_compare(struct conf *conf, const void *running);

// Whether an error was reported at the path or below it, so that the value there says
// nothing.
bool conf_has_error(const struct conf *conf, const char *path) PURE;

// "FILE:LINE" of the key, or the option that gave it, for messages; as long as conf.
const char *conf_place(struct conf *conf, const char *path);

// A path for those, which lives as long as conf.
const char *conf_path(struct conf *conf, const char *format, ...) PRINTF(2, 3);

// Ends the reading and frees what only reports needed. 0, or negative errno with the first
// error in why, and how many more there are; values must not be used then.
int conf_settle(struct conf *conf, struct why *why) MUST_CHECK;

// conf_read and conf_settle in one. After an error there is nothing to close.
int conf_open(struct conf *conf, const struct conf_section *root, const struct conf_source *source,
              struct why *why) MUST_CHECK;
int conf_open_text(struct conf *conf, const struct conf_section *root,
                   const struct conf_source *source, const char *text, size_t len,
                   struct why *why) MUST_CHECK;

// Frees all values and reports.
void conf_close(struct conf *conf);

// Prints every key with type, default, limits and help: aligned text, or the
// list items of a man page.
void conf_help(const struct conf_section *root, FILE *out);
void conf_man(const struct conf_section *root, FILE *out);

// Prints every key that has a value as --set takes it, " ports[0].name=": of a list of sections the
// first.
void conf_keys(const struct conf_section *root, FILE *out);

#define CONF_COLUMNS 80 // of a terminal

// Prints text in lines of at most CONF_COLUMNS, all indented.
void conf_wrap(FILE *out, int indent, const char *text);

// Prints text as a man page's running lines; each line becomes a paragraph.
void conf_roff(FILE *out, const char *text);

#endif
