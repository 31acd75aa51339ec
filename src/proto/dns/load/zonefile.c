// zonefile: see the header. A record is an owner (or a blank, for the owner of the record before),
// a TTL and a class in either order, a type, and the data, which rdata_parse.h reads. No memory is
// allocated for a record.
#include "proto/dns/load/zonefile_internal.h"
#include "proto/dns/rdata/rdata_parse.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static void place_report(struct zonefile *r, unsigned line, unsigned column,
                         enum zone_check_code check, const char *text)
{
	struct zone_report report = {r->source->name, line,
	                             column,          zone_checks[check].fallback == ZONE_WARNING,
	                             check,           text};

	r->sink->on_report(r->sink->ctx, &report);
}

// Reports r->error, and the limit on errors when that is reached.
static void error_report(struct zonefile *r)
{
	place_report(r, r->error.line, r->error.column, r->check ? r->check : ZONE_CHECK_SYNTAX,
	             r->error.text);
	if (r->check == ZONE_CHECK_TOO_LARGE) {
		r->errors = ZONEFILE_ERRORS_MAX;
		return;
	}
	r->check = 0;
	if (++r->errors == ZONEFILE_ERRORS_MAX)
		place_report(r, 0, 0, ZONE_CHECK_TOO_MANY,
		             "too many errors, the rest of the zone was not read");
}

static bool errors_exceeded(const struct zonefile *r)
{
	return r->errors >= ZONEFILE_ERRORS_MAX;
}

bool zonefile_read_line_end(struct zonefile *r)
{
	struct lex_token token = lex_next(&r->source->lex);

	return lex_token_ends(&token) ||
	       token_refuse(&r->error, &token, "the end of the line", NULL);
}

static bool ttl_parse(struct zonefile *r, const struct lex_token *token, uint32_t *ttl)
{
	if (!token_time(token, ttl))
		return token_refuse(&r->error, token, "a TTL such as 3600 or 1h30m", NULL);
	if (*ttl > TTL_MAX)
		return token_refuse(&r->error, token, "a TTL of at most 2147483647 seconds", NULL);
	return true;
}

static bool directive_origin(struct zonefile *r)
{
	struct lex_token token = lex_next(&r->source->lex);
	struct dns_name origin;

	if (!token_name(&token, r->source->origin.wire, &origin, &r->error) ||
	    !zonefile_read_line_end(r))
		return false;
	r->source->origin = origin;
	return true;
}

// RFC 2308 section 4.
static bool directive_ttl(struct zonefile *r)
{
	struct lex_token token = lex_next(&r->source->lex);
	uint32_t ttl;

	if (!ttl_parse(r, &token, &ttl) || !zonefile_read_line_end(r))
		return false;
	r->ttl = ttl;
	r->has_ttl = r->has_ttl_default = true;
	return true;
}

// Resolves a path relative to the directory of the including file.
static bool include_path(const struct source *from, const struct lex_token *token,
                         char path[PATH_MAX])
{
	struct fill to = fill_of(path, PATH_MAX);
	const char *slash = strrchr(from->name, '/');
	size_t folder = slash ? (size_t)(slash + 1 - from->name) : 0;

	fill_bytes(&to, from->name, folder);
	if (!token_string(token, &to))
		return false;
	fill_u8(&to, 0);
	if (to.bad || strlen(path) + 1 != fill_len(&to) || !path[folder])
		return false;
	if (path[folder] == '/')
		memmove(path, path + folder, fill_len(&to) - folder);
	return true;
}

// Whether the file is one of those that are being read, so that including it would not end.
static bool is_open(const struct source *source, const struct zonefile_text *text)
{
	for (; source; source = source->includer)
		if (source->text.bytes && source->text.stamp.dev == text->stamp.dev &&
		    source->text.stamp.ino == text->stamp.ino)
			return true;
	return false;
}

// Makes a source that is read before the rest of the one that includes it; NULL when there is
// not enough memory.
static struct source *source_open(struct zonefile *r, const char *name, size_t path_size)
{
	struct source *source = malloc(sizeof(*source) + path_size);

	if (!source)
		return NULL;
	memset(source, 0, sizeof(*source));
	source->includer = r->source;
	source->name = path_size ? memcpy(source->path, name, path_size) : name;
	r->source = source;
	r->depth++;
	return source;
}

static void source_close(struct zonefile *r)
{
	struct source *source = r->source;

	r->source = source->includer;
	r->depth--;
	zonefile_text_free(&source->text);
	free(source);
}

static bool include_read(struct zonefile *r, const struct lex_token *token,
                         const struct dns_name *origin)
{
	struct zonefile_text text;
	struct source *source;
	char path[PATH_MAX];
	const char *why;
	int err;

	if (!r->source->text.bytes)
		return token_refuse(&r->error, token, "no $INCLUDE in this text", NULL);
	if (r->depth == ZONEFILE_DEPTH_MAX)
		return token_refuse(&r->error, token, "$INCLUDE at most 16 files deep", NULL);
	if (!include_path(r->source, token, path))
		return token_refuse(&r->error, token, "the path of a file", NULL);
	if (r->left.includes == 0)
		return zonefile_limits_exceed(r, token->line, token->column, "more $INCLUDE",
		                              "includes");
	r->left.includes--;
	if (!r->left.include_outside && !zonefile_limits_inside(r, path))
		return token_refuse(&r->error, token, "a file in the folder of the zone file",
		                    "dns.zone_limits.include_outside allows others");
	err = zonefile_text_read(&text, path, r->left.bytes, r->sink->stopped, &why);
	if (err) {
		if (err == -EFBIG)
			return zonefile_limits_exceed(r, token->line, token->column,
			                              "more bytes of text", "bytes");
		r->check = err == -EBUSY ? ZONE_CHECK_BEING_WRITTEN : 0;
		return token_refuse(&r->error, token, "a file that can be read", why);
	}
	if (is_open(r->source, &text)) {
		zonefile_text_free(&text);
		return token_refuse(&r->error, token, "a file that is not being read",
		                    "it includes itself");
	}
	source = source_open(r, path, strlen(path) + 1);
	if (!source) {
		zonefile_text_free(&text);
		return token_refuse(&r->error, token, "a file that can be read", strerror(ENOMEM));
	}
	source->text = text;
	r->left.bytes -= text.len;
	source->origin = *origin;
	// The last stated owner goes in (RFC 1035 section 5.1); the includer's is kept beside it.
	source->owner = source->includer->owner;
	source->owner_bad = source->includer->owner_bad;
	lex_init(&source->lex, text.bytes, text.len);
	return true;
}

static bool directive_include(struct zonefile *r)
{
	struct lex_token file = lex_next(&r->source->lex);
	struct dns_name origin = r->source->origin;
	struct lex_token token;

	if (file.kind != LEX_WORD && file.kind != LEX_QUOTED)
		return token_refuse(&r->error, &file, "the path of a file", NULL);
	token = lex_next(&r->source->lex);
	if (lex_token_ends(&token))
		return include_read(r, &file, &origin);
	return token_name(&token, r->source->origin.wire, &origin, &r->error) &&
	       zonefile_read_line_end(r) && include_read(r, &file, &origin);
}

static bool directive_read(struct zonefile *r, const struct lex_token *token)
{
	if (token_is(token, "$ORIGIN"))
		return directive_origin(r);
	if (token_is(token, "$TTL"))
		return directive_ttl(r);
	if (token_is(token, "$INCLUDE"))
		return directive_include(r);
	if (token_is(token, "$GENERATE"))
		return zonefile_generate_begin(r);
	return token_refuse(&r->error, token, "one of $ORIGIN, $TTL, $INCLUDE and $GENERATE", NULL);
}

// A class by its mnemonic or as CLASSnnn (RFC 3597 section 5).
static bool class_parse(const struct lex_token *token, uint32_t *rr_class)
{
	static const struct {
		const char *mnemonic;
		uint16_t value;
	} classes[] = {{"IN", DNS_CLASS_IN}, {"CS", 2}, {"CH", DNS_CLASS_CH}, {"HS", 4}};
	struct lex_token number = *token;

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (!token_is(token, classes[i].mnemonic))
			continue;
		*rr_class = classes[i].value;
		return true;
	}
	if (token->kind != LEX_WORD || token->len <= 5)
		return false;
	number.text += 5;
	number.len -= 5;
	return strncasecmp(token->text, "CLASS", 5) == 0 &&
	       token_number(&number, UINT16_MAX, rr_class);
}

static bool head_class(struct zonefile *r, struct record_head *head, const struct lex_token *token,
                       uint32_t rr_class)
{
	if (head->has_class)
		return token_refuse(&r->error, token, "a type", "the class is given twice");
	if (rr_class != DNS_CLASS_IN)
		return token_refuse(&r->error, token, "class IN", "no other is served");
	head->has_class = true;
	return true;
}

static bool head_ttl(struct zonefile *r, struct record_head *head, const struct lex_token *token)
{
	if (head->has_ttl)
		return token_refuse(&r->error, token, "a type", "the TTL is given twice");
	head->has_ttl = true;
	return ttl_parse(r, token, &head->ttl);
}

static bool head_type(struct zonefile *r, struct record_head *head, const struct lex_token *token)
{
	if (token->kind != LEX_WORD || !dns_type_parse(token->text, token->len, &head->type))
		return token_refuse(&r->error, token, "a TTL, a class or a type",
		                    "write a type without a known mnemonic as TYPE65280");
	if (dns_type_is_meta(head->type))
		return token_refuse(&r->error, token, "a type of data",
		                    "this one exists in messages only");
	return true;
}

// TTL and class in either order, then the type. No type begins with a digit.
bool zonefile_read_head(struct zonefile *r, struct record_head *head, struct lex_token token)
{
	for (;; token = lex_next(&r->source->lex)) {
		uint32_t rr_class;

		if (token.kind == LEX_WORD && (uint8_t)(token.text[0] - '0') < 10) {
			if (!head_ttl(r, head, &token))
				return false;
		} else if (class_parse(&token, &rr_class)) {
			if (!head_class(r, head, &token, rr_class))
				return false;
		} else {
			return head_type(r, head, &token);
		}
	}
}

// Sets the TTL of a record that has none: that of $TTL, else the last one given (RFC 1035 section
// 5.1), else, for the SOA, its minimum.
static bool ttl_complete(struct zonefile *r, struct record_head *head, const struct span *rdata)
{
	struct span minimum = span_of(rdata->end - 4, 4);

	if (head->has_ttl) {
		if (!r->has_ttl_default)
			r->ttl = head->ttl;
	} else if (r->has_ttl) {
		head->ttl = r->ttl;
	} else if (head->type == DNS_TYPE_SOA) {
		head->ttl = (uint32_t)u64_min(span_u32(&minimum), TTL_MAX);
		r->ttl = head->ttl;
		place_report(
		        r, head->line, head->column, ZONE_CHECK_TTL_MISSING,
		        "no TTL is given: the SOA's minimum is used for this and later records");
	} else {
		r->error.line = head->line;
		r->error.column = head->column;
		snprintf(r->error.text, sizeof(r->error.text),
		         "no TTL is given: write one here or a $TTL line above");
		return false;
	}
	r->has_ttl = true;
	return true;
}

bool zonefile_pass_record(struct zonefile *r, struct record_head *head,
                          const struct dns_name *owner, const struct span *rdata)
{
	struct zone_record record = {
	        .owner = owner ? owner->wire : NULL,
	        .rdata = rdata->p,
	        .rdata_len = (uint16_t)span_left(rdata),
	        .type = head->type,
	        .rr_class = DNS_CLASS_IN,
	        .file = r->source->name,
	        .line = head->line,
	        .column = head->column,
	};

	if (unlikely(r->left.records == 0))
		return zonefile_limits_exceed(r, head->line, head->column, "more records",
		                              "records");
	r->left.records--;
	if (!ttl_complete(r, head, rdata))
		return false;
	record.ttl = head->ttl;
	if (owner)
		r->sink->on_record(r->sink->ctx, &record);
	return true;
}

static bool owner_parse(struct zonefile *r, const struct lex_token *token)
{
	r->source->owner_bad =
	        !token_name(token, r->source->origin.wire, &r->source->owner, &r->error);
	return !r->source->owner_bad;
}

// Reads a record that starts with the given token.
static bool record_read(struct zonefile *r, struct lex_token token, bool has_owner)
{
	struct source *source = r->source;
	struct record_head head = {.line = token.line, .column = token.column};
	struct fill to = fill_of(r->rdata, sizeof(r->rdata));
	struct span rdata;

	if (has_owner) {
		if (!owner_parse(r, &token))
			return false;
		token = lex_next(&source->lex);
	} else if (source->owner.len == 0 && !source->owner_bad) {
		return token_refuse(&r->error, &token, "the owner of the first record",
		                    "the line begins with a blank");
	}
	if (!zonefile_read_head(r, &head, token) ||
	    !rdata_parse(&source->lex, head.type, source->origin.wire, &to, &r->error))
		return false;
	rdata = span_of(r->rdata, fill_len(&to));
	return zonefile_pass_record(r, &head, source->owner_bad ? NULL : &source->owner, &rdata);
}

// Reads one line, which is empty, a directive or a record; or makes the next record of a $GENERATE.
// Returns false at the end of the file.
static bool entry_read(struct zonefile *r)
{
	struct lex *lex = &r->source->lex;
	bool has_owner = !lex_at_blank(lex), good;
	struct lex_token token;

	r->error.type = 0;
	if (r->generate.on) {
		good = zonefile_generate_next(r);
	} else {
		token = lex_next(lex);
		if (lex_token_ends(&token))
			return token.kind != LEX_FILE_END;
		if (has_owner && token.kind == LEX_WORD && token.text[0] == '$')
			good = directive_read(r, &token);
		else
			good = record_read(r, token, has_owner);
	}
	if (!good) {
		error_report(r);
		lex_skip_record(lex);
	}
	return true;
}

bool zonefile_next(struct zonefile *r, const struct zonefile_sink *sink)
{
	struct source *source = r->source;

	r->sink = sink;
	if (!source || errors_exceeded(r))
		return false;
	if (!source->begun && source->text.bytes && sink->on_file)
		sink->on_file(sink->ctx, source->name, &source->text.stamp);
	source->begun = true;
	if (!entry_read(r))
		source_close(r);
	return r->source && !errors_exceeded(r);
}

// Reports that the zone file cannot be read; returns NULL.
static struct zonefile *unread_report(const char *file, const struct zonefile_sink *sink, long err,
                                      const char *why)
{
	char text[160];
	struct zone_report unread = {.file = file,
	                             .check = err == -EBUSY   ? ZONE_CHECK_BEING_WRITTEN
	                                      : err == -EFBIG ? ZONE_CHECK_TOO_LARGE
	                                                      : ZONE_CHECK_UNREAD,
	                             .text = text};

	snprintf(text, sizeof(text), "the zone file cannot be read: %s", why);
	sink->on_report(sink->ctx, &unread);
	return NULL;
}

// Makes a reader with its first source; NULL when there is not enough memory.
static struct zonefile *reader_open(const char *name, const uint8_t *origin,
                                    const struct zone_limits *limits)
{
	static const struct zone_limits unlimited = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
	                                             true};
	struct zonefile *r = malloc(sizeof(*r));
	struct source *source;

	if (!r)
		return NULL;
	memset(r, 0, offsetof(struct zonefile, rdata));
	r->left = limits ? *limits : unlimited;
	source = source_open(r, name, 0);
	if (!source) {
		free(r);
		return NULL;
	}
	source->origin.len = (uint8_t)dns_name_len(origin);
	memcpy(source->origin.wire, origin, source->origin.len);
	return r;
}

struct zonefile *zonefile_open_text(const char *name, const char *text, size_t len,
                                    const uint8_t *origin, const struct zonefile_sink *sink,
                                    long *err)
{
	struct zonefile *r = reader_open(name, origin, sink->limits);

	*err = r ? 0 : -ENOMEM;
	if (!r)
		return unread_report(name, sink, *err, "not enough memory for it");
	lex_init(&r->source->lex, text, len);
	return r;
}

struct zonefile *zonefile_open(const char *file, const uint8_t *origin,
                               const struct zonefile_sink *sink, long *err)
{
	struct zonefile_text text;
	struct zonefile *r;
	const char *why;

	*err = zonefile_text_read(&text, file, sink->limits ? sink->limits->bytes : UINT64_MAX,
	                          sink->stopped, &why);
	if (*err < 0)
		return unread_report(file, sink, *err, why);
	r = zonefile_open_text(file, text.bytes, text.len, origin, sink, err);
	if (r) {
		r->left.bytes -= text.len;
		r->source->text = text;
	} else {
		zonefile_text_free(&text);
	}
	return r;
}

long zonefile_close(struct zonefile *r)
{
	long errors = r->errors;

	while (r->source)
		source_close(r);
	free(r);
	return errors;
}

struct zonefile_progress zonefile_progress(const struct zonefile *r)
{
	struct zonefile_progress progress = {0, 0};

	for (const struct source *source = r->source; source; source = source->includer) {
		progress.done += (size_t)(source->lex.p - source->lex.start);
		progress.left += (size_t)(source->lex.end - source->lex.p);
	}
	return progress;
}

static long read_all(struct zonefile *r, const struct zonefile_sink *sink, long err)
{
	if (!r)
		return err;
	while (zonefile_next(r, sink))
		;
	return zonefile_close(r);
}

long zonefile_read(const char *file, const uint8_t *origin, zone_record_fn *on_record,
                   zone_report_fn *on_report, zone_file_fn *on_file, void *ctx)
{
	struct zonefile_sink sink = {on_record, on_report, on_file, ctx};
	long err;
	struct zonefile *r = zonefile_open(file, origin, &sink, &err);

	return read_all(r, &sink, err);
}

long zonefile_read_text(const char *name, const char *text, size_t len, const uint8_t *origin,
                        zone_record_fn *on_record, zone_report_fn *on_report, void *ctx)
{
	struct zonefile_sink sink = {on_record, on_report, NULL, ctx};
	long err;
	struct zonefile *r = zonefile_open_text(name, text, len, origin, &sink, &err);

	return read_all(r, &sink, err);
}
