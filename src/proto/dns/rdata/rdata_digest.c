// rdata_digest: the kinds of fields that are bytes written as digits: keys, signatures, digests,
// and the salt and hash of NSEC3.
#include "proto/dns/rdata/rdata_code.h"

// Takes all remaining bytes, at least one.
static struct span nonempty_take(struct span *rdata)
{
	return span_left(rdata) ? span_sub(rdata, span_left(rdata)) : rdata_kind_refuse(rdata);
}

static struct span rest_take(struct span *rdata)
{
	return span_sub(rdata, span_left(rdata));
}

static bool nonempty_parse(struct rdata_parser *p, const struct rdata_code *code)
{
	if (lex_token_ends(&p->token))
		return rdata_parse_refuse(p, NULL, NULL);
	return rdata_code_parse_rest(p, code);
}

static bool hex_parse(struct rdata_parser *p)
{
	return nonempty_parse(p, &rdata_code_hex);
}

static void hex_text(struct rdata_text *out, struct span field)
{
	rdata_code_text(out, &rdata_code_hex, field.p, span_left(&field));
}

const struct rdata_kind rdata_kind_hex = {
        .help = "an even number of hexadecimal digits",
        .take = nonempty_take,
        .parse = hex_parse,
        .text = hex_text,
};

static bool base64_parse(struct rdata_parser *p)
{
	return nonempty_parse(p, &rdata_code_base64);
}

static bool base64_maybe_parse(struct rdata_parser *p)
{
	return rdata_code_parse_rest(p, &rdata_code_base64);
}

static void base64_text(struct rdata_text *out, struct span field)
{
	rdata_code_text(out, &rdata_code_base64, field.p, span_left(&field));
}

const struct rdata_kind rdata_kind_base64 = {
        .help = "base64 digits with their padding",
        .take = nonempty_take,
        .parse = base64_parse,
        .text = base64_text,
};

const struct rdata_kind rdata_kind_base64_maybe = {
        .help = "base64 digits with their padding",
        .take = rest_take,
        .parse = base64_maybe_parse,
        .text = base64_text,
};

// draft-durand-doa-over-dns section 3.2: "-" stands for no bytes.
static bool base64_dash_parse(struct rdata_parser *p)
{
	return token_is(&p->token, "-") ? rdata_parse_next(p) : base64_parse(p);
}

static void base64_dash_text(struct rdata_text *out, struct span field)
{
	if (span_left(&field) == 0)
		rdata_text_char(out, '-');
	base64_text(out, field);
}

const struct rdata_kind rdata_kind_base64_dash = {
        .help = "base64 digits with their padding, or - for none",
        .take = rest_take,
        .parse = base64_dash_parse,
        .text = base64_dash_text,
};

// A type of digest with its length in bytes, and a mnemonic that zone files may use for it, or "".
struct digest {
	uint8_t type, len;
	const char *name;
};

struct digests {
	const struct digest *known;
	size_t known_len;
	size_t len_min; // of digests of other types
};

// RFC 4034 appendix A.2, RFC 4509, RFC 5933, RFC 6605.
static const struct digest ds_known[] = {
        {1, 20, "SHA-1"}, {1, 20, "SHA1"},    {2, 32, "SHA-256"}, {2, 32, "SHA256"},
        {3, 32, "GOST"},  {4, 48, "SHA-384"}, {4, 48, "SHA384"},
};
// RFC 4255 section 3.1.2, RFC 6594.
static const struct digest sshfp_known[] = {{1, 20, ""}, {2, 32, ""}};

static const struct digests ds = {ds_known, ARRAY_LEN(ds_known), 1};
static const struct digests sshfp = {sshfp_known, ARRAY_LEN(sshfp_known), 1};
// RFC 8976 section 2.2.4. The length depends also on the scheme: a private one may truncate
// digests, as in appendix A.3. zone_check_zonemd.c checks the length for the scheme SIMPLE.
static const struct digests zonemd = {NULL, 0, 12};

static const struct digest *digest_find(const struct digests *digests, uint8_t type)
{
	for (size_t i = 0; i < digests->known_len; i++)
		if (digests->known[i].type == type)
			return &digests->known[i];
	return NULL;
}

static bool digest_check(const struct digests *digests, uint8_t type, size_t len)
{
	const struct digest *known = digest_find(digests, type);

	return known ? len == known->len : len >= digests->len_min;
}

static struct span digest_take(const struct digests *digests, struct span *rdata)
{
	struct span field = rest_take(rdata);

	return span_left(&field) && digest_check(digests, field.p[0], span_left(&field) - 1)
	               ? field
	               : rdata_kind_refuse(rdata);
}

static bool digest_type_parse(struct rdata_parser *p, const struct digests *digests, uint8_t *type)
{
	uint32_t value;

	if (rdata_parse_number(p, UINT8_MAX, &value)) {
		*type = (uint8_t)value;
		return true;
	}
	for (size_t i = 0; i < digests->known_len; i++) {
		if (digests->known[i].name[0] && token_is(&p->token, digests->known[i].name)) {
			*type = digests->known[i].type;
			return true;
		}
	}
	return rdata_parse_refuse(p, NULL, NULL);
}

static bool digest_parse(struct rdata_parser *p, const struct digests *digests)
{
	struct lex_token first;
	size_t start;
	uint8_t type = 0;

	if (!digest_type_parse(p, digests, &type))
		return false;
	fill_u8(p->to, type);
	start = fill_len(p->to);
	if (!rdata_parse_next(p))
		return false;
	first = p->token;
	if (lex_token_ends(&first))
		return rdata_parse_refuse(p, rdata_code_hex.help, NULL);
	if (!rdata_code_parse_rest(p, &rdata_code_hex))
		return false;
	return digest_check(digests, type, fill_len(p->to) - start) ||
	       token_refuse(p->error, &first, "a digest of the length of its type", NULL);
}

static void digest_text(struct rdata_text *out, struct span field)
{
	rdata_text_number(out, span_u8(&field));
	rdata_text_char(out, ' ');
	hex_text(out, field);
}

static struct span ds_take(struct span *rdata)
{
	return digest_take(&ds, rdata);
}

static bool ds_parse(struct rdata_parser *p)
{
	return digest_parse(p, &ds);
}

const struct rdata_kind rdata_kind_digest_ds = {
        .help = "a digest's type such as 2 or SHA-256",
        .take = ds_take,
        .parse = ds_parse,
        .text = digest_text,
};

static struct span sshfp_take(struct span *rdata)
{
	return digest_take(&sshfp, rdata);
}

static bool sshfp_parse(struct rdata_parser *p)
{
	return digest_parse(p, &sshfp);
}

const struct rdata_kind rdata_kind_digest_sshfp = {
        .help = "a fingerprint's type such as 2",
        .take = sshfp_take,
        .parse = sshfp_parse,
        .text = digest_text,
};

static struct span zonemd_take(struct span *rdata)
{
	return digest_take(&zonemd, rdata);
}

static bool zonemd_parse(struct rdata_parser *p)
{
	return digest_parse(p, &zonemd);
}

const struct rdata_kind rdata_kind_digest_zonemd = {
        .help = "a hash algorithm such as 1",
        .take = zonemd_take,
        .parse = zonemd_parse,
        .text = digest_text,
};

static struct span counted_take(struct span *rdata)
{
	return span_sub(rdata, span_left(rdata) ? 1u + rdata->p[0] : 1);
}

// Parses one word of digits and appends its bytes after a byte with their number.
static bool counted_parse(struct rdata_parser *p, const struct rdata_code *code)
{
	uint8_t *len = fill_take(p->to, 1);
	size_t start = fill_len(p->to);

	if (!rdata_code_parse(p, code))
		return false;
	if (fill_len(p->to) - start > UINT8_MAX)
		return rdata_parse_refuse(p, "at most 255 bytes", NULL);
	if (len)
		*len = (uint8_t)(fill_len(p->to) - start);
	return rdata_parse_next(p);
}

static bool salt_parse(struct rdata_parser *p)
{
	if (!token_is(&p->token, "-"))
		return counted_parse(p, &rdata_code_hex);
	fill_u8(p->to, 0);
	return rdata_parse_next(p);
}

static void salt_text(struct rdata_text *out, struct span field)
{
	if (span_u8(&field) == 0)
		rdata_text_char(out, '-');
	hex_text(out, field);
}

const struct rdata_kind rdata_kind_salt = {
        .help = "hexadecimal digits, or - for none",
        .take = counted_take,
        .parse = salt_parse,
        .text = salt_text,
};

// The fields of NSEC3 before the bitmap (RFC 5155 section 3.2).
#define NSEC3_SHA1       1
#define NSEC3_SHA1_BYTES 20

static bool nsec3_check(uint8_t algorithm, size_t hash_len)
{
	return algorithm == NSEC3_SHA1 ? hash_len == NSEC3_SHA1_BYTES : hash_len > 0;
}

static struct span nsec3_take(struct span *rdata)
{
	struct span field = {.p = rdata->p}, hash;
	uint8_t algorithm = span_u8(rdata);

	span_take(rdata, 3); // flags, iterations
	counted_take(rdata);
	hash = counted_take(rdata);
	if (rdata->bad || !nsec3_check(algorithm, span_left(&hash) - 1))
		return rdata_kind_refuse(rdata);
	field.end = rdata->p;
	return field;
}

static bool nsec3_parse(struct rdata_parser *p)
{
	size_t start = fill_len(p->to), hash_start;
	struct lex_token hash;

	if (!rdata_parse_kind(p, &rdata_kind_u8) || !rdata_parse_kind(p, &rdata_kind_u8) ||
	    !rdata_parse_kind(p, &rdata_kind_u16) || !rdata_parse_kind(p, &rdata_kind_salt))
		return false;
	hash = p->token;
	hash_start = fill_len(p->to);
	if (!counted_parse(p, &rdata_code_base32hex))
		return false;
	return nsec3_check(p->to->start[start], fill_len(p->to) - hash_start - 1) ||
	       token_refuse(p->error, &hash, "a hash of the length of its algorithm", NULL);
}

static void nsec3_text(struct rdata_text *out, struct span field)
{
	struct span salt;

	rdata_text_number(out, span_u8(&field));
	rdata_text_char(out, ' ');
	rdata_text_number(out, span_u8(&field));
	rdata_text_char(out, ' ');
	rdata_text_number(out, span_u16(&field));
	rdata_text_char(out, ' ');
	salt = counted_take(&field);
	salt_text(out, salt);
	rdata_text_char(out, ' ');
	rdata_code_text(out, &rdata_code_base32hex, field.p + 1, span_left(&field) - 1);
}

const struct rdata_kind rdata_kind_nsec3 = {
        .help = "a hash algorithm such as 1",
        .take = nsec3_take,
        .parse = nsec3_parse,
        .text = nsec3_text,
};
