// answer against the model: random zones, rich in wildcards, delegations,
// CNAMEs and empty names, and questions around every name in them.
#include "model.h"
#include "stored.h"

#include "core/rand.h"

#define SETS      400
#define QUESTIONS 250

static struct model model;
static struct message reply;
static struct rand rnd;
static bool stored; // every zone is written out and read again

static unsigned below(unsigned n)
{
	return (unsigned)rand_below(&rnd, n);
}

// A name of up to `depth` labels out of few, so that names meet.
static size_t put_name(char *to, unsigned depth, const char *origin)
{
	static const char *const labels[] = {"a", "b", "c", "*", "d"};
	unsigned count = below(depth + 1);
	size_t len = 0;

	for (unsigned i = 0; i < count; i++)
		len += (size_t)sprintf(to + len, "%s.", labels[below(ARRAY_LEN(labels))]);
	if (strcmp(origin, ".") != 0 || count == 0)
		len += (size_t)sprintf(to + len, "%s", origin);
	return len;
}

static const char *const origins[][MODEL_ZONES_MAX] = {
        {"t."},      {"t.", "a.t."}, {"t.", "a.t.", "u."}, {"t.", "b.a.t.", "a.t.", "u."},
        {".", "t."}, {"."},
};

static const uint16_t types[] = {
        DNS_TYPE_A,   DNS_TYPE_NS, DNS_TYPE_CNAME, DNS_TYPE_MX,  DNS_TYPE_TXT, DNS_TYPE_AAAA,
        DNS_TYPE_SRV, DNS_TYPE_DS, DNS_TYPE_HTTPS, DNS_TYPE_SOA, DNS_TYPE_ANY,
};

// A record's data; targets lie in any of the zones or in none.
static size_t put_rdata(char *to, uint16_t type, const char *const *zones, unsigned zones_len)
{
	char target[128];
	unsigned zone = below(zones_len + 1);

	put_name(target, 3, zone < zones_len ? zones[zone] : "else.");
	switch (type) {
	case DNS_TYPE_A:
		return (size_t)sprintf(to, "A 192.0.2.%u", below(4));
	case DNS_TYPE_AAAA:
		return (size_t)sprintf(to, "AAAA 2001:db8::%u", below(3));
	case DNS_TYPE_NS:
		return (size_t)sprintf(to, "NS %s", target);
	case DNS_TYPE_CNAME:
		return (size_t)sprintf(to, "CNAME %s", target);
	case DNS_TYPE_MX:
		return (size_t)sprintf(to, "MX %u %s", below(3), target);
	case DNS_TYPE_SRV:
		return (size_t)sprintf(to, "SRV 0 0 %u %s", below(3), target);
	case DNS_TYPE_HTTPS:
		return (size_t)sprintf(to, "HTTPS %u %s", below(3), below(2) ? "." : target);
	case DNS_TYPE_DS:
		return (size_t)sprintf(to, "DS 1 8 9 00%02x", below(3));
	default:
		return (size_t)sprintf(to, "TXT \"%u\"", below(3));
	}
}

// CNAME stands alone; the origin has its SOA.
static bool may_add(const struct model_zone *zone, const struct dns_name *owner, uint16_t type)
{
	bool cname = model_has(zone, owner->wire, DNS_TYPE_CNAME);
	bool any = model_any(zone, owner->wire) != 0;

	return type == DNS_TYPE_CNAME ? !any : !cname;
}

static void unexpected_report(void *ctx, const struct zone_report *report)
{
	fail_msg("%s", report->text);
}

static struct zone *random_zone(struct model_zone *zone, const char *const *zones,
                                unsigned zones_len, unsigned index)
{
	static char text[1 << 16];
	size_t len = (size_t)sprintf(text,
	                             "$TTL %u\n$ORIGIN %s\n@ SOA ns.%s x. %u 2 3 4 50\n"
	                             "@ NS b.t.\n",
	                             30 + below(40), zones[index], index ? "u." : "t.", index);
	unsigned records = 3 + below(40);

	zone->len = 0;
	zone->origin = message_name(zones[index]);
	assert_int_equal(zonefile_read_text("z", text, len, zone->origin.wire, model_on_record,
	                                    unexpected_report, zone),
	                 0);
	for (unsigned i = 0; i < records; i++) {
		uint16_t type = types[below(9)];
		char owner[128], line[512];
		struct dns_name name;
		size_t line_len;

		put_name(owner, 4, zones[index]);
		name = message_name(owner);
		if (!may_add(zone, &name, type))
			continue;
		line_len = (size_t)sprintf(line, "%s %u ", owner, 50 + below(9) / 8);
		line_len += put_rdata(line + line_len, type, zones, zones_len);
		assert_int_equal(zonefile_read_text("z", line, line_len, zone->origin.wire,
		                                    model_on_record, unexpected_report, zone),
		                 0);
		len += (size_t)sprintf(text + len, "%s\n", line);
	}
	return zones_load_sound(zones[index], text);
}

// Hidden records are not the model's to serve either.
static void model_hide(struct model_zone *zone)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < zone->len; i++) {
		struct model_record *r = &zone->records[i];
		const uint8_t *cut = model_cut(zone, r->owner.wire);
		bool at_cut = cut && dns_name_eq(cut, r->owner.wire);
		bool address = r->type == DNS_TYPE_A || r->type == DNS_TYPE_AAAA;

		if (cut && !address &&
		    !(at_cut && (r->type == DNS_TYPE_NS || r->type == DNS_TYPE_DS)))
			r->type = 0xff00; // keeps the name, answers nothing
		zone->records[kept++] = *r;
	}
	zone->len = kept;
}

// A zone as it is served.
static struct zone *served(struct zone *zone, const char *origin)
{
	return stored ? stored_again(zone, origin) : zone;
}

static struct zone_set *random_set(const char *const *zones)
{
	struct zone *loaded[MODEL_ZONES_MAX];
	struct zone_set *set;

	model.len = 0;
	while (model.len < MODEL_ZONES_MAX && zones[model.len])
		model.len++;
	for (unsigned i = 0; i < model.len; i++) {
		loaded[i] = served(random_zone(&model.zones[i], zones, model.len, i), zones[i]);
		model_hide(&model.zones[i]);
	}
	set = zones_set_new(loaded, model.len);
	for (unsigned i = 0; i < model.len; i++)
		zone_put(loaded[i]);
	return set;
}

static char *lower(char *text)
{
	for (char *p = text; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return text;
}

static void print_zones(void)
{
	char line[1024];

	for (unsigned i = 0; i < model.len; i++) {
		for (unsigned j = 0; j < model.zones[i].len; j++) {
			const struct model_record *r = &model.zones[i].records[j];

			message_line(line, sizeof(line), r->owner.wire, r->ttl, r->type, r->rdata,
			             r->rdata_len);
			print_message("zone %u: %s\n", i, line);
		}
	}
}

static void compare(const struct zone_set *set, char *name, uint16_t qtype)
{
	struct message_query query = {.name = name, .qtype = qtype};
	struct dns_name qname = message_name(name);
	char *expected = model_ask(&model, qname.wire, qtype), *got;

	for (char *p = name; *p; p++)
		*p = (char)(below(2) ? toupper((unsigned char)*p) : *p);
	zones_ask(set, &reply, &query, DNS_TCP);
	got = lower(message_text(&reply));
	if (strcmp(got, expected) != 0) {
		print_zones();
		fail_msg("%s type %u: got\n%sexpected\n%s", name, qtype, got, expected);
	}
}

// Any zone that can be served, whatever it is like.
static void test_random_zones(void **state)
{
	static const enum zone_check_code checks[] = {
	        ZONE_CHECK_APEX_ADDRESS, ZONE_CHECK_APEX_CNAME, ZONE_CHECK_BELOW_DNAME};

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		zones_options.policy.as[checks[i]] = ZONE_WARNING;
	for (unsigned seed = 0; seed < SETS; seed++) {
		const char *const *zones = origins[seed % ARRAY_LEN(origins)];
		struct zone_set *set;

		rand_init(&rnd, seed);
		set = random_set(zones);
		for (unsigned i = 0; i < QUESTIONS; i++) {
			char name[128];

			put_name(name, 5, below(20) ? zones[below(model.len)] : "else.");
			compare(set, name, types[below(ARRAY_LEN(types))]);
		}
		zone_set_free(set);
	}
}

static void test_random_images(void **state)
{
	stored = true;
	test_random_zones(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {POOL_TEST(test_random_zones),
	                                   POOL_TEST(test_random_images)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
