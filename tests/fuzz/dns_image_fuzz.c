// A compiled zone that somebody changed, its checksum made right again: what is taken
// can be asked everything. The input is the number of the zone, then changes of six
// bytes: where (u16), how many (u8), and up to three that are put there.
#include "proto/dns/answer/answer.h"
#include "proto/dns/load/zone_load.h"
#include "proto/dns/zone/zone_stored.h"

#include <stdlib.h>
#include <string.h>

#define CHANGE_BYTES 6
#define ROOM         4096

#define SIG(type) " RRSIG " type " 8 1 60 20300101000000 20200101000000 1 t. AAAA\n"

static const char plain[] = "$TTL 60\n"
                            "@ SOA ns.t. x.ns.t. 1 2 3 4 5\n@ NS ns\n@ NS b.s\n"
                            "ns A 192.0.2.1\na CNAME b.c\nb.c CNAME x.else.\nc CNAME c.c\n"
                            "@ MX 1 q.mx\n@ MX 2 r.q.mx\n*.w CNAME y.w\n*.b MX 1 ns\n"
                            "s NS b.s\nb.s A 192.0.2.3\nd DNAME a\na.b.c.d.e TXT x y\n"
                            "k CNAME k.l\nk.l CNAME l\nl CNAME ns\n";

// clang-format off
static const char nsec[] =
        "$TTL 60\n@ SOA t. t. 1 2 3 4 5\n@" SIG("SOA") "@ NS ns.else.\n"
        "@ NSEC a NS SOA NSEC RRSIG\n@" SIG("NSEC") "a A 192.0.2.1\na" SIG("A")
        "a NSEC s A NSEC RRSIG\n*.w CNAME a\n*.w" SIG("CNAME")
        "*.w NSEC @ CNAME NSEC RRSIG\ns NS ns.else.\ns DS 1 8 9 00\ns" SIG("DS")
        "s NSEC *.w NS DS NSEC RRSIG\n";

#define HASH(digit) digit digit digit digit digit digit digit digit
#define NAME(digit) HASH(digit) HASH(digit) HASH(digit) HASH(digit)
static const char nsec3[] =
        "$TTL 60\n@ SOA t. t. 1 2 3 4 5\n@ NS ns.else.\n@ NSEC3PARAM 1 0 1 AB\n"
        "a.b A 192.0.2.1\n*.w TXT x\ns NS ns.s\nns.s A 192.0.2.9\n"
        NAME("0") " NSEC3 1 1 1 AB " NAME("h") " SOA NS RRSIG\n" NAME("0") SIG("NSEC3")
        NAME("h") " NSEC3 1 1 1 AB " NAME("0") " A RRSIG\n";
// clang-format on

struct file {
	uint8_t *bytes;
	size_t len;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_report(void *ctx, const struct zone_report *report)
{
}

static struct file file_of(const char *text)
{
	struct zone *zone = zone_load_text("t", text, strlen(text), (const uint8_t *)"\1t",
	                                   &(struct zone_options){1}, no_report, NULL);
	struct zone_stored stored;
	struct file file;

	if (!zone || zone_stored_init(&stored, zone))
		abort();
	file.len = sizeof(stored.hdr) + stored.image_bytes;
	file.bytes = aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(file.len, CACHE_LINE_BYTES));
	if (!file.bytes)
		abort();
	memcpy(file.bytes, &stored.hdr, sizeof(stored.hdr));
	memcpy(file.bytes + sizeof(stored.hdr), stored.image, stored.image_bytes);
	zone_stored_fini(&stored);
	zone_put(zone);
	return file;
}

static void seal(const struct file *file)
{
	struct zone_stored_hdr *hdr = (struct zone_stored_hdr *)file->bytes;
	size_t from = offsetof(struct zone_stored_hdr, bytes);
	struct zone_sum sum = {{0}};

	zone_sum_add(&sum, file->bytes + from, file->len - from);
	memcpy(hdr->checksum, sum.crc, sizeof(hdr->checksum));
}

static void ask(const struct zone_set *set, const char *name, uint8_t qtype, enum dns_any any)
{
	static const uint8_t opt[] = {0, 0, DNS_TYPE_OPT, 4, 0xd0, 0, 0, 0x80, 0, 0, 0};
	struct dns_policy policy = {.udp_size = ROOM, .any = any};
	uint8_t *msg = calloc(1, ROOM);
	size_t len = dns_name_len((const uint8_t *)name);
	struct dns_request request = {.msg = msg,
	                              .room = ROOM,
	                              .transport = DNS_TCP,
	                              .len = (uint16_t)(16 + len + sizeof(opt))};

	msg[5] = msg[11] = 1;
	memcpy(msg + 12, name, len);
	msg[12 + len + 1] = qtype;
	msg[12 + len + 3] = DNS_CLASS_IN;
	memcpy(msg + 16 + len, opt, sizeof(opt));
	answer_queries(&(struct dns_server){.zones = set, .policy = &policy}, &request, 1);
	if (request.drop != DROP_NONE || request.reply_len > ROOM)
		abort();
	free(msg);
}

static void ask_all(struct zone *zone)
{
	static const char *const names[] = {
	        "\1t",       "\1a\1t",    "\1b\1c\1t",       "\1c\1t",    "\1c\1c\1t",
	        "\1q\1w\1t", "\1*\1w\1t", "\1q\1q\1b\1t",    "\1s\1t",    "\1q\1s\1t",
	        "\1b\1s\1t", "\1q\1d\1t", "\1q\1c\1d\1e\1t", "\1q\1q\1t", "\1a\1b\1t",
	        "\1q\1b\1t", "\2ns\1t",   "\1k\1t",
	};
	static const uint8_t qtypes[] = {DNS_TYPE_A,  DNS_TYPE_NS,    DNS_TYPE_MX,
	                                 DNS_TYPE_DS, DNS_TYPE_RRSIG, DNS_TYPE_CNAME};
	struct zone_set *set = zone_set_new(&(struct zone_served){zone, 0}, 1, 1);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		for (size_t j = 0; j < ARRAY_LEN(qtypes); j++)
			ask(set, names[i], qtypes[j], DNS_ANY_ONE);
		ask(set, names[i], DNS_TYPE_ANY, DNS_ANY_ALL);
	}
	zone_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct file files[3];
	struct file *file, changed;
	struct zone *zone;

	if (size == 0)
		return 0;
	if (!files[0].bytes) {
		files[0] = file_of(plain);
		files[1] = file_of(nsec);
		files[2] = file_of(nsec3);
	}
	file = &files[data[0] % ARRAY_LEN(files)];
	changed.len = file->len;
	changed.bytes = aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(file->len, CACHE_LINE_BYTES));
	memcpy(changed.bytes, file->bytes, file->len);
	for (data++, size--; size >= CHANGE_BYTES; data += CHANGE_BYTES, size -= CHANGE_BYTES) {
		static const size_t lens[] = {1, 2, 3, 1};
		size_t len = lens[data[2] % ARRAY_LEN(lens)];
		size_t at = (size_t)(data[0] | data[1] << 8) % (file->len - len);

		memcpy(changed.bytes + at, data + 3, len);
	}
	seal(&changed);
	zone = zone_stored_copy("t", changed.bytes, changed.len, (const uint8_t *)"\1t", no_report,
	                        NULL);
	free(changed.bytes);
	if (zone)
		ask_all(zone);
	zone_put(zone);
	return 0;
}
