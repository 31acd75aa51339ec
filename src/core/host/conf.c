// conf: reads a configuration: file, syntax, options of --set, then sections
// and lists by their tables. Single values are conf_value.c's.
#include "core/host/conf_internal.h"
#include "core/host/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES ((off_t)64 << 20)

static int fill_section(struct conf_read *read, const struct conf_section *section, json_t *object,
                        void *to);

// Writes which option of --set gave the current key; the last one wins. False when
// none did.
static bool put_option_place(const struct conf_read *read)
{
	for (size_t i = read->source->sets_len; i-- > 0;) {
		const char *option = read->source->sets[i];
		size_t len = strcspn(option, "=");

		if (len && strncmp(read->path, option, len) == 0 && strchr(".[", read->path[len])) {
			conf_option_place(read, i);
			return true;
		}
	}
	return false;
}

void conf_option_place(const struct conf_read *read, size_t number)
{
	const struct conf_source *source = read->source;

	if (source->set_places && source->set_places[number])
		why_set(read->why, "%s: ", source->set_places[number]);
	else
		why_set(read->why, "--set %s: ", source->sets[number]);
}

int conf_fail(struct conf_read *read, const char *format, ...)
{
	char *to = read->why->text;
	size_t size = sizeof(read->why->text), len;
	va_list args;

	if (put_option_place(read))
		;
	else if (read->source->file)
		snprintf(to, size, "%s:%u: ", conf_file_place(read->source),
		         conf_place_line(read->text, read->len, read->path));
	else
		snprintf(to, size, "configuration: ");
	len = strlen(to);
	if (*read->path)
		snprintf(to + len, size - len, "%s: ", read->path);
	len = strlen(to);
	va_start(args, format);
	vsnprintf(to + len, size - len, format, args);
	va_end(args);
	return -EINVAL;
}

size_t conf_path_add(struct conf_read *read, const char *name, size_t index)
{
	size_t len = strlen(read->path);

	if (name)
		snprintf(read->path + len, sizeof(read->path) - len, "%s%s", len ? "." : "", name);
	else
		snprintf(read->path + len, sizeof(read->path) - len, "[%zu]", index);
	return len;
}

void conf_path_cut(struct conf_read *read, size_t len)
{
	read->path[len] = '\0';
}

const struct conf_key *conf_key_find(const struct conf_section *section, const char *name,
                                     size_t len)
{
	for (const struct conf_key *key = section->keys; key->name; key++)
		if (strlen(key->name) == len && memcmp(key->name, name, len) == 0)
			return key;
	return NULL;
}

int conf_fail_unknown(struct conf_read *read, const struct conf_section *section, const char *name)
{
	struct nearest nearest = nearest_to(name);
	char known[WHY_BYTES] = "";
	size_t len = 0;

	for (const struct conf_key *key = section->keys; key->name; key++) {
		nearest_try(&nearest, key->name);
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", len ? ", " : "",
		                        key->name);
		len = size_min(len, sizeof(known) - 1);
	}
	if (nearest.name)
		return conf_fail(read, "is not a known key; did you mean \"%s\"?", nearest.name);
	return conf_fail(read, "is not a known key; known here: %s", known);
}

static int fill_sections(struct conf_read *read, const struct conf_key *key, json_t *list,
                         struct conf_list *to)
{
	size_t len = json_array_size(list), size = key->section->size;
	int err = 0;

	if (!json_is_array(list))
		return conf_fail(read, "must be a list [...] of sections, not %s",
		                 conf_value_kind(list));
	if (len < key->min || (key->max && len > key->max))
		return conf_fail(read, "must hold %ju to %ju sections, not %zu",
		                 (uintmax_t)key->min, (uintmax_t)key->max, len);
	*to = (struct conf_list){arena_array(&read->conf->arena, len, size), len};
	for (size_t i = 0; i < len && !err; i++) {
		size_t cut = conf_path_add(read, NULL, i);

		err = fill_section(read, key->section, json_array_get(list, i),
		                   (char *)to->items + i * size);
		if (!err)
			conf_path_cut(read, cut);
	}
	return err;
}

// The value of an absent key; a new reference, NULL when the key is required.
static json_t *standard_of(const struct conf_key *key)
{
	if (key->type == CONF_SECTION)
		return json_object();
	if (!key->standard)
		return NULL;
	if (key->type == CONF_SECTIONS)
		return json_array();
	return conf_value_of_text(key, key->standard);
}

static int fill_key(struct conf_read *read, const struct conf_key *key, json_t *object, void *to)
{
	json_t *given = json_object_get(object, key->name);
	json_t *value = given ? json_incref(given) : standard_of(key);
	size_t cut = conf_path_add(read, key->name, 0);
	void *at = (char *)to + key->offset, *inner;
	int err;

	if (!value) {
		err = conf_fail(read, "this key is required: %s", key->help);
	} else if (key->type == CONF_SECTION) {
		inner = arena_alloc(&read->conf->arena, key->section->size);
		*(void **)at = inner;
		err = fill_section(read, key->section, value, inner);
	} else if (key->type == CONF_SECTIONS) {
		err = fill_sections(read, key, value, at);
	} else {
		err = conf_value_store(read, key, value, at);
	}
	json_decref(value);
	if (!err)
		conf_path_cut(read, cut);
	return err;
}

static int fill_section(struct conf_read *read, const struct conf_section *section, json_t *object,
                        void *to)
{
	const char *name;
	json_t *value;
	int err = 0;

	if (!json_is_object(object))
		return conf_fail(read, "must be a section {...}, not %s", conf_value_kind(object));
	json_object_foreach (object, name, value) {
		if (!conf_key_find(section, name, strlen(name))) {
			conf_path_add(read, name, 0);
			return conf_fail_unknown(read, section, name);
		}
	}
	for (const struct conf_key *key = section->keys; key->name && !err; key++)
		err = fill_key(read, key, object, to);
	return err;
}

static int fail_syntax(struct conf_read *read, const json_error_t *error)
{
	if (json_error_code(error) == json_error_duplicate_key) {
		conf_place_path(read->text, read->len, (size_t)error->position, read->path);
		why_set(read->why, "%s:%d: %s: this key stands here a second time",
		        conf_file_place(read->source), error->line, read->path);
	} else {
		why_set(read->why, "%s:%d: this is not JSON: %s", conf_file_place(read->source),
		        error->line, error->text);
	}
	return -EINVAL;
}

// The sentence may quote any bytes of the file or of an option, and may be cut within a
// character; but it must be UTF-8 for replies of the control socket.
static void make_printable(char *text)
{
	json_t *utf8 = json_string(text);

	for (; *text; text++)
		if (iscntrl((unsigned char)*text) || (!utf8 && (unsigned char)*text >= 0x80))
			*text = '?';
	json_decref(utf8);
}

int conf_open_text(struct conf *conf, const struct conf_section *root,
                   const struct conf_source *source, const char *text, size_t len, struct why *why)
{
	struct conf_read read = {
	        .conf = conf, .root = root, .source = source, .text = text, .len = len, .why = why};
	json_error_t error;
	json_t *tree;
	int err;

	*conf = (struct conf){0};
	tree = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (tree) {
		conf->values = arena_alloc(&conf->arena, root->size);
		err = conf_set_all(&read, tree);
		if (!err)
			err = fill_section(&read, root, tree, conf->values);
		json_decref(tree);
	} else {
		err = fail_syntax(&read, &error);
	}
	if (err) {
		make_printable(why->text);
		conf_close(conf);
	}
	return err;
}

// The whole file; NULL with errno set.
static char *read_file(const char *file, size_t *len)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat stat = {0};
	char *text = NULL;
	ssize_t n = -1;

	if (fd < 0 || fstat(fd, &stat) < 0)
		goto out;
	errno = EFBIG;
	if (stat.st_size > FILE_MAX_BYTES)
		goto out;
	text = malloc((size_t)stat.st_size + 1);
	if (text)
		n = read(fd, text, (size_t)stat.st_size);
out:
	if (n < 0) {
		free(text);
		text = NULL;
	}
	*len = n < 0 ? 0 : (size_t)n;
	if (fd >= 0)
		close(fd);
	return text;
}

int conf_open(struct conf *conf, const struct conf_section *root, const struct conf_source *source,
              struct why *why)
{
	size_t len;
	char *text;
	int err;

	*conf = (struct conf){0};
	if (!source->file)
		return conf_open_text(conf, root, source, "{}", 2, why);
	text = read_file(source->file, &len);
	if (!text) {
		err = -errno;
		why_set(why, "%s: the configuration cannot be read: %s", conf_file_place(source),
		        strerror(-err));
		return err;
	}
	err = conf_open_text(conf, root, source, text, len, why);
	free(text);
	return err;
}

void conf_close(struct conf *conf)
{
	arena_fini(&conf->arena);
	conf->values = NULL;
}
