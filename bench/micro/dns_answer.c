// dns_answer: what a query costs, from a frame in a page through pipeline, stack and
// wadi-dns to the reply's frame, or the engine alone; by what is asked, by the size of
// the zone, and by how unevenly names are asked for.
#include "beside.h"
#include "lab.h"
#include "measure.h"
#include "zone_text.h"

#include "apps/dns/dns.h"
#include "apps/dns/dns_conf.h"
#include "proto/dns/load/zone_load.h"
#include "proto/dns/wire/dns_wire.h"
#include "proto/dns/zone/zone_stored.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM        1232
#define MSG_MAX     72
#define FRAMES_FEW  (32 * LAB_SLICE)
#define FRAMES_MANY (512 * LAB_SLICE) // whose names do not fit a cache
#define SIGNED_MAX  3000000           // names; loading takes 2 KB for each

static bool engine_only, ipv6, with_other, count_clients, count_names, count_zones;
static bool watch_host, watch_port, watch_name, watch_drop, watch_all;

// What is asked: `before` and `behind` stand around the number in the question's first
// labels. A reply is checked by its kind, its records in the answer, and TC, which only the one
// called so has.
static const struct kind {
	const char *name, *before, *behind;
	enum zone_text_denial zone;
	enum { EACH, SIDE, BIG } many;
	uint16_t qtype;
	uint8_t rcode, answers, authorities;
	bool dnssec_ok;
} kinds[] = {
        {"hit", "h", "", ZONE_TEXT_PLAIN, EACH, DNS_TYPE_A, DNS_NOERROR, 1, 0, false},
        {"nodata", "h", "", ZONE_TEXT_PLAIN, EACH, DNS_TYPE_MX, DNS_NOERROR, 0, 1, false},
        {"nxdomain", "h", "x", ZONE_TEXT_PLAIN, EACH, DNS_TYPE_A, DNS_NXDOMAIN, 0, 1, false},
        {"wildcard", "x", ".w", ZONE_TEXT_PLAIN, EACH, DNS_TYPE_A, DNS_NOERROR, 1, 0, false},
        {"referral", "www.d", "", ZONE_TEXT_PLAIN, SIDE, DNS_TYPE_A, DNS_NOERROR, 0, 2, false},
        {"cname", "c", "", ZONE_TEXT_PLAIN, SIDE, DNS_TYPE_A, DNS_NOERROR, 2, 0, false},
        {"cname-chain", "k", "", ZONE_TEXT_PLAIN, SIDE, DNS_TYPE_A, DNS_NOERROR, 4, 0, false},
        {"truncated", "t", "", ZONE_TEXT_PLAIN, BIG, DNS_TYPE_TXT, DNS_NOERROR, 0, 0, false},
        {"refused", "h", ".else", ZONE_TEXT_PLAIN, EACH, DNS_TYPE_A, DNS_REFUSED, 0, 0, false},
        {"signed-hit", "h", "", ZONE_TEXT_NSEC, EACH, DNS_TYPE_A, DNS_NOERROR, 2, 0, true},
        {"signed-referral", "www.d", "", ZONE_TEXT_NSEC, SIDE, DNS_TYPE_A, DNS_NOERROR, 0, 4, true},
        {"nsec-nodata", "h", "", ZONE_TEXT_NSEC, EACH, DNS_TYPE_MX, DNS_NOERROR, 0, 4, true},
        {"nsec-nxdomain", "h", "x", ZONE_TEXT_NSEC, EACH, DNS_TYPE_A, DNS_NXDOMAIN, 0, 6, true},
        {"nsec3-nodata", "h", "", ZONE_TEXT_NSEC3, EACH, DNS_TYPE_MX, DNS_NOERROR, 0, 4, true},
        {"nsec3-nxdomain", "h", "x", ZONE_TEXT_NSEC3, EACH, DNS_TYPE_A, DNS_NXDOMAIN, 0, 8, true},
};

// The queries of a kind and what answers them.
struct bench {
	struct lab lab;
	struct dns_worker worker;
	struct dns_served served;
	struct swap swap;
	struct lab_frame *frames;
	size_t msg_at; // of the DNS message in a frame
	unsigned frames_len;
	struct bench *other;  // the same once more, at work beside this one; NULL: it is alone
	struct beside beside; // what has the other work
};

static size_t query_build(uint8_t to[MSG_MAX], const struct kind *kind, unsigned number)
{
	struct fill f = fill_of(to, MSG_MAX);
	struct dns_name name;
	char text[48];
	const char *why;

	snprintf(text, sizeof(text), "%s%07u%s.%s", kind->before, number, kind->behind,
	         kind->rcode == DNS_REFUSED ? "" : ZONE_TEXT_ORIGIN);
	if (!dns_name_parse(&name, text, strlen(text), (const uint8_t *)"", &why))
		measure_fail("%s: %s", text, why);
	fill_u16(&f, (uint16_t)number);
	fill_u16(&f, 0);
	fill_u16(&f, 1);
	fill_u32(&f, 0);
	fill_u16(&f, 1);
	fill_bytes(&f, name.wire, name.len);
	fill_u16(&f, kind->qtype);
	fill_u16(&f, DNS_CLASS_IN);
	fill_u8(&f, 0);
	fill_u16(&f, DNS_TYPE_OPT);
	fill_u16(&f, ROOM);
	fill_u32(&f, kind->dnssec_ok ? DNS_OPT_DO : 0);
	fill_u16(&f, 0);
	return fill_len(&f);
}

// Zipf's law with exponent 1 in its continuous form: rank k is as likely as 1/k. Ranks are
// spread over the names, for neighbours in a zone are not alike popular.
static uint64_t zipf_below(struct rand *rand, uint64_t n)
{
	double u = (double)(rand_u64(rand) >> 11) / (double)(UINT64_C(1) << 53);
	uint64_t rank = (uint64_t)exp(u * log((double)n + 1)) - 1;

	return u64_min(rank, n - 1) * UINT64_C(7919) % n;
}

static void frames_build(struct bench *bench, const struct kind *kind, uint64_t names, bool zipf)
{
	uint64_t among = kind->many == EACH   ? names
	                 : kind->many == SIDE ? zone_text_side_names(names)
	                                      : ZONE_TEXT_BIG_NAMES;
	uint8_t msg[MSG_MAX];
	struct rand rand;

	rand_init(&rand, bench->other ? 2 : 1); // each worker with queries of its own
	for (unsigned i = 0; i < bench->frames_len; i++) {
		uint64_t number = zipf ? zipf_below(&rand, among) : rand_below(&rand, among);
		size_t len = query_build(msg, kind, (unsigned)number);

		lab_frame_build(&bench->frames[i], &rand, ipv6, DNS_PORT, msg, len);
		bench->msg_at = bench->frames[i].len - len;
	}
}

static void run(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	lab_run(&bench->lab, bench->frames + slice * LAB_SLICE, LAB_SLICE);
}

static void run_device(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	lab_run_device(&bench->lab, bench->frames + slice * LAB_SLICE, LAB_SLICE);
}

// The requests of a burst of frames, each query copied to where its reply will be.
static void requests_build(struct bench *bench, const struct lab_frame *frames,
                           struct dns_request *requests)
{
	static CACHE_ALIGNED uint8_t room[PIPELINE_BURST][2048];
	static const uint8_t source[16];

	for (unsigned i = 0; i < PIPELINE_BURST; i++) {
		uint16_t len = (uint16_t)(frames[i].len - bench->msg_at);

		memcpy(room[i], frames[i].bytes + bench->msg_at, len);
		requests[i] = (struct dns_request){
		        .msg = room[i], .len = len, .room = ROOM, .source = source};
	}
	__asm__ volatile("" : : "g"(requests) : "memory");
}

static void run_engine(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;
	const struct lab_frame *frames = bench->frames + slice * LAB_SLICE;
	const struct dns_server server = {bench->served.set, &bench->served.settings->policy};
	struct dns_request requests[PIPELINE_BURST];

	for (unsigned i = 0; i < LAB_SLICE; i += PIPELINE_BURST) {
		requests_build(bench, frames + i, requests);
		answer_queries(&server, requests, PIPELINE_BURST);
	}
}

static void run_engine_bare(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;
	const struct lab_frame *frames = bench->frames + slice * LAB_SLICE;
	struct dns_request requests[PIPELINE_BURST];

	for (unsigned i = 0; i < LAB_SLICE; i += PIPELINE_BURST)
		requests_build(bench, frames + i, requests);
}

static void check_reply(struct bench *bench, const struct kind *kind)
{
	size_t len;
	const uint8_t *msg = lab_ask(&bench->lab, &bench->frames[0], &len);
	unsigned tc = kind->many == BIG ? DNS_FLAG_TC >> 8 : 0;

	if (len < 12 || (msg[3] & 15) != kind->rcode || (msg[2] & 2u) != tc ||
	    msg[7] != kind->answers || msg[9] != kind->authorities)
		measure_fail("dns_answer: %s is answered otherwise: flags %02x%02x, %u answers, "
		             "%u in the authority section",
		             kind->name, msg[2], msg[3], msg[7], msg[9]);
}

static void start_other(void *ctx)
{
	struct bench *bench = ctx;

	beside_start(&bench->beside);
}

static void stop_other(void *ctx)
{
	struct bench *bench = ctx;

	beside_stop(&bench->beside);
}

// The same queries with the other worker at rest, and at work.
static void measure_beside(struct measure *measure, const struct measure_case *c,
                           const struct kind *kind)
{
	struct bench *bench = c->ctx, *other = bench->other;
	struct measure_case cases[2] = {*c, *c};

	frames_build(bench, kind, c->names, false);
	frames_build(other, kind, c->names, false);
	check_reply(bench, kind);
	check_reply(other, kind);
	beside_open(&bench->beside, &other->lab, other->frames, other->frames_len);
	cases[0].order = "alone";
	cases[1].order = "beside";
	cases[1].begin = start_other;
	cases[1].end = stop_other;
	measure_compare(measure, cases);
	beside_close(&bench->beside);
}

static void measure_kind(struct measure *measure, struct bench *bench, const struct kind *kind,
                         uint64_t names)
{
	struct measure_case c = {.kind = kind->name,
	                         .names = names,
	                         .slices = bench->frames_len / LAB_SLICE,
	                         .items = LAB_SLICE,
	                         .run = engine_only ? run_engine : run,
	                         .bare = engine_only ? run_engine_bare : run_device,
	                         .ctx = bench};

	if (bench->other) {
		measure_beside(measure, &c, kind);
		return;
	}
	for (unsigned zipf = 0; zipf < 2; zipf++) {
		frames_build(bench, kind, names, zipf);
		check_reply(bench, kind);
		c.order = zipf ? "zipf" : "uniform";
		measure_run(measure, &c);
	}
}

static void on_report(void *ctx, const struct zone_report *report)
{
	fprintf(stderr, "dns_answer: line %u: %s\n", report->line, report->text);
}

static bool mapped; // zones are

static const uint8_t origin[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};

static void image_write(FILE *file, const struct zone *zone)
{
	struct zone_stored stored;

	if (zone_stored_init(&stored, zone))
		measure_fail("dns_answer: memory is too short for an image");
	fwrite(&stored.hdr, sizeof(stored.hdr), 1, file);
	fwrite(stored.image, stored.image_bytes, 1, file);
	fwrite(stored.sources, stored.sources_bytes, 1, file);
	if (fclose(file))
		measure_fail("dns_answer: the image cannot be written; TMPDIR says where to");
	zone_stored_fini(&stored);
}

// The zone as a server maps it, from a file that has no name any more.
static struct zone *map(struct zone *zone)
{
	const char *folder = getenv("TMPDIR");
	char path[4096];
	FILE *file;
	int fd;

	snprintf(path, sizeof(path), "%s/wadi-image-XXXXXX", folder ? folder : "/tmp");
	fd = mkstemp(path);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		measure_fail("dns_answer: %s: no file can be made there", path);
	image_write(file, zone);
	zone_put(zone);
	zone = zone_stored_open(path, origin, NULL, NULL, on_report, NULL);
	unlink(path);
	return zone;
}

static struct zone_set *load(uint64_t names, enum zone_text_denial denial)
{
	static const struct zone_options options = {.hash_key = 1};
	struct zone_set *set;
	struct zone *zone;
	size_t len;
	char *text = zone_text(names, denial, &len);

	zone = zone_load_text("bench", text, len, origin, &options, on_report, NULL);
	free(text);
	if (zone && mapped)
		zone = map(zone);
	if (!zone)
		measure_fail("dns_answer: the zone is not sound (above), or memory is too short");
	set = zone_set_new(&(struct zone_served){.zone = zone}, 1, 1);
	zone_put(zone);
	if (!set)
		measure_fail("dns_answer: memory is too short for the zones");
	return set;
}

static void measure_names(struct measure *measure, struct bench *bench, uint64_t names)
{
	bench->frames_len = names > 100000 && !measure->counting ? FRAMES_MANY : FRAMES_FEW;
	bench->frames = measure_alloc(bench->frames_len * sizeof(*bench->frames));
	if (bench->other) {
		bench->other->frames_len = bench->frames_len;
		bench->other->frames = measure_alloc(bench->frames_len * sizeof(*bench->frames));
	}
	for (unsigned denial = 0; denial < ZONE_TEXT_DENIALS; denial++) {
		bench->served.set = NULL;
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
			if (kinds[i].zone != denial || !measure_wants(measure, kinds[i].name) ||
			    (denial && names > SIGNED_MAX))
				continue;
			if (!bench->served.set)
				bench->served.set = load(names, denial);
			measure_kind(measure, bench, &kinds[i], names);
		}
		zone_set_free(bench->served.set);
	}
	free(bench->frames);
	if (bench->other)
		free(bench->other->frames);
}

// wadi-dns as its configuration makes it, but that rate limits and cookies are off: they
// would answer one prepared burst after the other with less and less.
static void open_server(struct bench *bench)
{
	static struct dns_rate_limit_conf rate_limit;
	static struct dns_cookies_conf cookies;
	static struct dns_tcp_conf tcp = {.enabled = true};
	static struct dns_tls_conf tls;
	static const uint8_t secret[COOKIE_SECRET_BYTES];
	const struct dns_conf conf = {.udp_size = ROOM,
	                              .version = "",
	                              .identity = "",
	                              .nsid = "",
	                              .rate_limit = &rate_limit,
	                              .cookies = &cookies,
	                              .tcp = &tcp,
	                              .tls = &tls};
	struct why why;

	bench->served.settings = dns_settings_new(&conf, 1, secret, &why);
	if (!bench->served.settings)
		measure_fail("dns_answer: %s", why.text);
	swap_init(&bench->swap, &bench->served);
}

static void open_worker(struct bench *bench, struct lab_device *device, unsigned queue,
                        const struct swap *served)
{
	struct udp_listener_conf listener = {
	        .port = DNS_PORT, .fn = dns_serve, .ctx = &bench->worker};

	lab_open(&bench->lab, device, queue);
	bench->worker.served = served;
	bench->worker.stages = &bench->lab.metric;
	if (dns_counts_open(&bench->worker.counts) ||
	    udp_listen(stack_udp(bench->lab.stack), &listener, NULL))
		measure_fail("dns_answer: memory is too short for a server");
}

// As while an operator counts top talkers.
static void open_talkers(struct bench *bench)
{
	static struct talkers talkers;

	if (!count_clients && !count_names && !count_zones)
		return;
	if (talkers_open(&talkers, TALKERS_KEY_BYTES, 1))
		measure_fail("dns_answer: memory is too short for a count");
	bench->worker.watching.talkers = &talkers;
	bench->worker.watching.by = count_zones   ? TALKERS_ZONE
	                            : count_names ? TALKERS_NAME
	                                          : TALKERS_CLIENT;
	bench->worker.watch = &bench->worker.watching;
}

// As a client that captures asks for: an address, a port or a name of which nothing comes, reasons
// for which nothing is dropped, or everything, for which there soon is no room.
static void open_watch(struct lab *lab)
{
	static const uint8_t name[] = "\7nowhere\7example";
	struct pkt_filter filter = {.hosts_len = 0};
	struct prefix prefix = {.len = 32};

	if (!watch_host && !watch_port && !watch_name && !watch_drop && !watch_all)
		return;
	if (!addr_parse("203.0.113.7", &prefix.addr) ||
	    (watch_host && !pkt_filter_add_host(&filter, prefix)))
		measure_fail("dns_answer: no filter by address");
	if (watch_port)
		filter.port[filter.ports_len++] = DNS_PORT + 1;
	if (watch_name && !pkt_filter_add_name(&filter, name, sizeof(name)))
		measure_fail("dns_answer: no filter by name");
	for (unsigned reason = 1; watch_drop && reason < DROP_COUNT; reason++)
		filter.drop[filter.drops_len++] = (uint16_t)reason;
	lab_watch(lab, &filter);
}

static void close_worker(struct bench *bench)
{
	if (bench->worker.watching.talkers)
		talkers_close(bench->worker.watching.talkers);
	dns_counts_close(&bench->worker.counts);
	lab_close(&bench->lab);
}

int main(int argc, char **argv)
{
	static const struct measure_flag flags[] = {
	        {"--image", "zones compiled to a file, below $TMPDIR, and mapped", &mapped},
	        {"--engine", "the engine alone (proto/dns), without pages, pipeline and stack",
	         &engine_only},
	        {"--ipv6", "queries by IPv6", &ipv6},
	        {"--beside", "alone and while a second worker answers on another core, in turn",
	         &with_other},
	        {"--count-clients", "while clients are counted (wadi-ctl top-talkers)",
	         &count_clients},
	        {"--count-names", "while names are counted", &count_names},
	        {"--count-zones", "while zones are counted", &count_zones},
	        {"--watch-host", "while packets of another address are watched", &watch_host},
	        {"--watch-port", "while packets of another port are watched", &watch_port},
	        {"--watch-name", "while packets of another name are watched", &watch_name},
	        {"--watch-drop", "while packets that are dropped are watched", &watch_drop},
	        {"--watch-all", "while all packets are watched, and find no room", &watch_all},
	        {NULL, NULL, NULL},
	};
	static const uint64_t names[] = {100, 10000, 1000000, 0};
	static const struct measure_about about = {
	        .bench = "dns_answer",
	        .text = "Measures a query's way from a frame in a page through pipeline, stack "
	                "and\n"
	                "wadi-dns to the reply's frame, in bursts of 32; the device's part is "
	                "taken\n"
	                "off. Zones have an address a name; names are asked for uniformly and by\n"
	                "Zipf's law. Kinds: hit nodata nxdomain wildcard referral cname "
	                "cname-chain\n"
	                "truncated refused; of signed zones, with DO: signed-hit signed-referral\n"
	                "nsec-nodata nsec-nxdomain nsec3-nodata nsec3-nxdomain. More than "
	                "3,000,000\n"
	                "names are measured without signed kinds: loading takes 2 KB a name, of "
	                "others\n"
	                "400 bytes.\n",
	        .flags = flags,
	        .names = names,
	        .item = "query",
	};
	static struct measure measure;
	static struct lab_device device;
	static struct bench bench, other;

	measure_open(&measure, &about, argv);
	open_server(&bench);
	lab_device_open(&device, with_other ? 2 : 1);
	open_worker(&bench, &device, 0, &bench.swap);
	open_talkers(&bench);
	open_watch(&bench.lab);
	if (with_other) {
		open_worker(&other, &device, 1, &bench.swap);
		bench.other = &other;
	}
	for (unsigned i = 0; measure.names[i]; i++)
		measure_names(&measure, &bench, measure.names[i]);
	close_worker(&bench);
	if (with_other)
		close_worker(&other);
	lab_device_close(&device);
	dns_settings_free(bench.served.settings);
	measure_close(&measure);
	return 0;
}
