// conf: configuration from JSON through declared tables. A table gives the type,
// default, limits and help of each key; from it the file is parsed and validated, and
// --help-config and the man page are printed. conf_place.c finds the line of a key.
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
	const char *standard;       // the default as --set spells it; NULL: required
	uint64_t min, max;          // value, bytes of a string or items of a list; max 0: none
	const char *const *choices; // of an enum, closed by NULL
	conf_check_fn *check;       // of strings; NULL: any. Not called for an empty default
	const struct conf_section *section;
	const char *help; // a sentence or two
};

struct conf_section {
	size_t size; // of the C struct
	const struct conf_key *keys;
};

struct conf {
	struct arena arena; // owns everything that values points to
	void *values;       // the root section's struct
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

// Reads and validates everything. 0, or negative errno with one sentence in
// why, which names file, line and key path, or the option.
int conf_open(struct conf *conf, const struct conf_section *root, const struct conf_source *source,
              struct why *why) MUST_CHECK;

// As conf_open, but from text in memory, which source->file names.
int conf_open_text(struct conf *conf, const struct conf_section *root,
                   const struct conf_source *source, const char *text, size_t len,
                   struct why *why) MUST_CHECK;

// Frees all values.
void conf_close(struct conf *conf);

// Prints every key with type, default, limits and help: aligned text, or the
// list items of a man page.
void conf_help(const struct conf_section *root, FILE *out);
void conf_man(const struct conf_section *root, FILE *out);

// Prints text in lines of at most 80 columns, all indented.
void conf_wrap(FILE *out, int indent, const char *text);

// Prints text as a man page's running lines; each line becomes a paragraph.
void conf_roff(FILE *out, const char *text);

#endif
