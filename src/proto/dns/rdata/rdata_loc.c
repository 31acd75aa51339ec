// rdata_loc: the kind of field of LOC records: a geographical position (RFC 1876), written as
// degrees, minutes and seconds, with an altitude in metres and sizes of one digit and a power of
// ten.
#include "proto/dns/rdata/rdata_internal.h"

#include <inttypes.h>
#include <stdio.h>

#define LOC_BYTES 16
#define EQUATOR   UINT32_C(0x80000000) // also the prime meridian; in thousandths of a second
#define ALTITUDE  10000000             // of the reference spheroid, in centimetres

#define DEGREE_MS 3600000
#define MINUTE_MS 60000
#define SECOND_MS 1000

// Sizes go from 0 to 90,000 km, in centimetres.
#define SIZE_MAX_CM 9000000000

static bool size_check(uint8_t size)
{
	return size >> 4 <= 9 && (size & 15) <= 9;
}

static bool angle_check(uint32_t angle, unsigned degrees)
{
	return angle >= EQUATOR - degrees * DEGREE_MS && angle <= EQUATOR + degrees * DEGREE_MS;
}

// Whether a size is the same after writing it as text: 0 with a power of ten would lose the power.
static bool size_written(uint8_t size)
{
	return size >> 4 || !(size & 15);
}

// The data of versions other than 0 is opaque.
static struct span loc_take(struct span *rdata)
{
	bool known = span_left(rdata) && rdata->p[0] == 0;
	struct span field = span_sub(rdata, known ? LOC_BYTES : span_left(rdata)), s = field;
	uint32_t latitude, longitude;

	if (!known)
		return span_left(&field) ? field : rdata_kind_refuse(rdata);
	span_u8(&s);
	for (int i = 0; i < 3 && !s.bad; i++)
		if (!size_check(span_u8(&s)))
			return rdata_kind_refuse(rdata);
	latitude = span_u32(&s);
	longitude = span_u32(&s);
	return angle_check(latitude, 90) && angle_check(longitude, 180) ? field
	                                                                : rdata_kind_refuse(rdata);
}

// Parses a decimal fraction with up to `places` places, as a number of tenths, hundredths or
// thousandths.
static bool fraction_parse(const char *text, size_t len, unsigned places, int64_t min, int64_t max,
                           int64_t *value)
{
	bool minus = len && text[0] == '-', point = false;
	unsigned digits = 0;

	*value = 0;
	for (size_t i = len && (minus || text[0] == '+'); i < len; i++) {
		if (text[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9' || (point && places-- == 0))
			return false;
		digits++;
		*value = *value * 10 + (text[i] - '0');
		if (*value > INT64_MAX / 10000)
			return false;
	}
	while (places--)
		*value *= 10;
	*value = minus ? -*value : *value;
	return digits && *value >= min && *value <= max;
}

// Parses a word such as "-24.50m" as centimetres; the unit is optional.
static bool metres_parse(struct rdata_parser *p, int64_t min, int64_t max, int64_t *cm)
{
	size_t len = p->token.len;

	if (p->token.kind != LEX_WORD || !len)
		return false;
	if (p->token.text[len - 1] == 'm')
		len--;
	return fraction_parse(p->token.text, len, 2, min, max, cm);
}

// Parses degrees, minutes and seconds, of which the last ones may be missing, and one of two
// letters.
static bool angle_parse(struct rdata_parser *p, unsigned degrees, const char *plus,
                        const char *minus, const char *help)
{
	static const unsigned unit_ms[] = {DEGREE_MS, MINUTE_MS, SECOND_MS};
	int64_t sum = 0, part;
	bool negative;

	for (unsigned i = 0; !token_is(&p->token, plus) && !token_is(&p->token, minus); i++) {
		int64_t max = i == 0 ? degrees : i == 1 ? 59 : 59999;

		if (i == 3 || p->token.kind != LEX_WORD ||
		    !fraction_parse(p->token.text, p->token.len, i == 2 ? 3 : 0, 0, max, &part))
			return rdata_parse_refuse(p, help, NULL);
		sum += i == 2 ? part : part * unit_ms[i];
		if (sum > (int64_t)degrees * DEGREE_MS)
			return rdata_parse_refuse(p, help, NULL);
		if (!rdata_parse_next(p))
			return false;
	}
	negative = token_is(&p->token, minus);
	fill_u32(p->to, (uint32_t)(EQUATOR + (negative ? -sum : sum)));
	return rdata_parse_next(p);
}

// Encodes a size as its first digit and a power of ten, rounding down.
static uint8_t size_of_cm(int64_t cm)
{
	uint8_t power = 0;

	for (; cm >= 10; cm /= 10)
		power++;
	return (uint8_t)(cm << 4 | power);
}

// Parses diameter, horizontal and vertical precision; missing ones are 1 m, 10 km and 10 m.
static bool sizes_parse(struct rdata_parser *p, uint8_t sizes[3])
{
	sizes[0] = 0x12;
	sizes[1] = 0x16;
	sizes[2] = 0x13;
	for (int i = 0; i < 3 && !lex_token_ends(&p->token); i++) {
		int64_t cm;

		if (!metres_parse(p, 0, SIZE_MAX_CM, &cm))
			return rdata_parse_refuse(p, "a size from 0 to 90000000m", NULL);
		sizes[i] = size_of_cm(cm);
		if (!rdata_parse_next(p))
			return false;
	}
	return true;
}

static bool loc_parse(struct rdata_parser *p)
{
	uint8_t *head = fill_take(p->to, 4);
	int64_t altitude;

	if (!angle_parse(p, 90, "N", "S", p->kind->help) ||
	    !angle_parse(p, 180, "E", "W", "a longitude such as 71 6 18.000 W"))
		return false;
	if (!metres_parse(p, -ALTITUDE, (int64_t)UINT32_MAX - ALTITUDE, &altitude))
		return rdata_parse_refuse(p, "an altitude such as -24.50m", NULL);
	fill_u32(p->to, (uint32_t)(altitude + ALTITUDE));
	if (!rdata_parse_next(p))
		return false;
	head[0] = 0;
	return sizes_parse(p, head + 1);
}

static void angle_text(struct rdata_text *out, uint32_t angle, char plus, char minus)
{
	uint32_t ms = angle >= EQUATOR ? angle - EQUATOR : EQUATOR - angle;
	char text[64];

	snprintf(text, sizeof(text), "%u %u %u.%03u %c ", ms / DEGREE_MS,
	         ms % DEGREE_MS / MINUTE_MS, ms % MINUTE_MS / SECOND_MS, ms % SECOND_MS,
	         angle >= EQUATOR ? plus : minus);
	rdata_text_put(out, text, strlen(text));
}

static void size_text(struct rdata_text *out, uint8_t size)
{
	uint64_t cm = size >> 4;
	char text[64];

	for (int power = size & 15; power; power--)
		cm *= 10;
	if ((size & 15) >= 2)
		snprintf(text, sizeof(text), " %" PRIu64 "m", cm / 100);
	else
		snprintf(text, sizeof(text), " %" PRIu64 ".%02um", cm / 100, (unsigned)(cm % 100));
	rdata_text_put(out, text, strlen(text));
}

static void loc_text(struct rdata_text *out, struct span field)
{
	const uint8_t *head = span_take(&field, 4);
	char text[64];
	int64_t altitude;

	if (!head || head[0] != 0 || !size_written(head[1]) || !size_written(head[2]) ||
	    !size_written(head[3])) {
		out->refused = true;
		return;
	}
	angle_text(out, span_u32(&field), 'N', 'S');
	angle_text(out, span_u32(&field), 'E', 'W');
	altitude = (int64_t)span_u32(&field) - ALTITUDE;
	snprintf(text, sizeof(text), "%s%" PRId64 ".%02dm", altitude < 0 ? "-" : "",
	         (altitude < 0 ? -altitude : altitude) / 100,
	         (int)((altitude < 0 ? -altitude : altitude) % 100));
	rdata_text_put(out, text, strlen(text));
	for (int i = 1; i < 4; i++)
		size_text(out, head[i]);
}

const struct rdata_kind rdata_kind_loc = {
        .help = "a latitude such as 42 21 54.000 N",
        .take = loc_take,
        .parse = loc_parse,
        .text = loc_text,
};
