// query_forms: the forms of the query log that are lines: text and JSON, of the same queries.
#include "harness.h"

#include "apps/dns/query_json.h"
#include "apps/dns/query_text.h"
#include "core/host/json.h"

#include <stdio.h>
#include <stdlib.h>

static struct addr addr_of(const char *text)
{
	struct addr addr;

	assert_true(addr_parse(text, &addr));
	return addr;
}

// Bytes and their number.
#define Q(bytes) bytes, sizeof(bytes) - 1

// A logged query with its line, and its object without the members of every query.
struct form {
	const char *client;
	const char *msg;
	size_t len;
	uint16_t reply_len, rcode, flags;
	enum cookie_verdict cookie;
	enum drop drop;
	enum dns_transport transport;
	const char *query, *response, *rest; // of the line
	const char *object;
};

static const struct form forms[] = {
        {"192.0.2.1",
         Q("\0\0\1\0\0\1\0\0\0\0\0\1\7example\3org\0\0\1\0\1\0\0\x29\4\xd0\0\0\x80\0\0\0"), 120, 0,
         0x8500, COOKIE_NONE, DROP_NONE, DNS_UDP, "udp 192.0.2.1#4711 example.org IN A +E(0)D",
         " NOERROR 120 aa", "none -",
         "'transport':'udp','client':'192.0.2.1','name':'example.org','class':'IN','type':'A','rd':"
         "true,"
         "'cd':false,'edns':0,'do':true,'udp_size':1232,'cookie':'none','rcode':'NOERROR','bytes':"
         "120,"
         "'flags':['aa']"},
        {"2001:db8::1", Q("\0\0\0\x10\0\1\0\0\0\0\0\0\0\0\xff\0\3"), 30, 5, 0x8205, COOKIE_NONE,
         DROP_NONE, DNS_TCP, "tcp 2001:db8::1#4711 . CH ANY -C", " REFUSED 30 tc", "none -",
         "'transport':'tcp','client':'2001:db8::1','name':'.','class':'CH','type':'ANY','rd':false,"
         "'cd':true,'cookie':'none','rcode':'REFUSED','bytes':30,'flags':['tc']"},
        // Every flag; each state of a cookie.
        {"192.0.2.7", Q("\0\0\0\0\0\1\0\0\0\0\0\0\0\0\6\0\1"), 30, 0, 0xffff, COOKIE_MALFORMED,
         DROP_NONE, DNS_TLS, "tls 192.0.2.7#4711 . IN SOA -", " NOERROR 30 aa,tc,ra,ad",
         "malformed -",
         "'transport':'tls','client':'192.0.2.7','name':'.','class':'IN','type':'SOA','rd':false,"
         "'cd':false,'cookie':'malformed','rcode':'NOERROR','bytes':30,'flags':['aa','tc','ra','ad'"
         "]"},
        {"192.0.2.7", Q("\0\0\0\0\0\1\0\0\0\0\0\0\0\0\6\0\1"), 30, 0, 0x8000, COOKIE_CLIENT_ONLY,
         DROP_NONE, DNS_HTTPS, "https 192.0.2.7#4711 . IN SOA -", " NOERROR 30 -", "client -",
         "'transport':'https','client':'192.0.2.7','name':'.','class':'IN','type':'SOA','rd':false,"
         "'cd':false,'cookie':'client','rcode':'NOERROR','bytes':30,'flags':[]"},
        // Client Subnet, sound and not; an unknown EDNS version; a name that needs escapes, in
        // JSON too; a type without a mnemonic.
        {"192.0.2.1",
         Q("\0\0\0\0\0\1\0\0\0\0\0\1\0\0\1\0\1\0\0\x29\2\0\0\0\0\0\0\x0b\0\x08\0\7\0\1\x18\0\xc6"
           "\x33\x64"),
         23, 0, 0x8400, COOKIE_GOOD, DROP_NONE, DNS_UDP, "udp 192.0.2.1#4711 . IN A -E(0)",
         " NOERROR 23 aa", "good 198.51.100.0/24",
         "'transport':'udp','client':'192.0.2.1','name':'.','class':'IN','type':'A','rd':false,"
         "'cd':false,'edns':0,'do':false,'udp_size':512,'cookie':'good','ecs':'198.51.100.0/24',"
         "'rcode':'NOERROR','bytes':23,'flags':['aa']"},
        {"192.0.2.1",
         Q("\0\0\0\0\0\1\0\0\0\0\0\1\3a "
           "b\3\"\\<\0\xff\1\xff\2\0\0\x29\2\0\0\5\0\0\0\x05\0\x08\0\1\0"),
         23, 16, 0x8400, COOKIE_GOOD_RENEW, DROP_NONE, DNS_UDP,
         "udp 192.0.2.1#4711 a\\032b.\\\"\\\\< CLASS65282 TYPE65281 -E(5)", " BADVERS 23 aa",
         "renew malformed",
         "'transport':'udp','client':'192.0.2.1','name':'a\\\\032b.\\\\\\\"\\\\\\\\<','class':'"
         "CLASS65282',"
         "'type':'TYPE65281','rd':false,'cd':false,'edns':5,'do':false,'udp_size':512,"
         "'cookie':'renew','ecs':'malformed','rcode':'BADVERS','bytes':23,'flags':['aa']"},
        // No question, no header, a response, a query that a rate limit drops.
        {"192.0.2.1", Q("\0\0\0\0\0\0\0\0\0\0\0\0"), 12, 1, 0x8001, COOKIE_BAD, DROP_NONE, DNS_UDP,
         "udp 192.0.2.1#4711 - - - -", " FORMERR 12 -", "bad -",
         "'transport':'udp','client':'192.0.2.1','cookie':'bad','rcode':'FORMERR','bytes':12,'"
         "flags':[]"},
        {"192.0.2.1", Q("\0"), 0, 0, 0, COOKIE_NONE, DROP_DNS_SHORT, DNS_UDP,
         "udp 192.0.2.1#4711 - - - -", " dns.short - -", "- -",
         "'transport':'udp','client':'192.0.2.1','drop':'dns.short'"},
        {"192.0.2.1", Q("\0\0\x80\0\0\1\0\0\0\0\0\0\0\0\1\0\1"), 0, 0, 0, COOKIE_NONE,
         DROP_DNS_RESPONSE, DNS_UDP, "udp 192.0.2.1#4711 - - - -", " dns.response - -", "- -",
         "'transport':'udp','client':'192.0.2.1','drop':'dns.response'"},
        {"192.0.2.1", Q("\0\0\0\0\0\1\0\0\0\0\0\0\0\0\1\0\1"), 0, 0, 0, COOKIE_NONE, DROP_DNS_RATE,
         DNS_UDP, "udp 192.0.2.1#4711 . IN A -", " dns.rate - -", "- -",
         "'transport':'udp','client':'192.0.2.1','name':'.','class':'IN','type':'A','rd':false,"
         "'cd':false,'drop':'dns.rate'"},
};

static const struct timespec form_time = {1795556412, 123999999};

static struct query_log_entry *form_entry(const struct form *form)
{
	struct query_log_entry *entry = malloc(QUERY_LOG_ENTRY_BYTES);

	*entry = (struct query_log_entry){.client = addr_of(form->client),
	                                  .client_port = 4711,
	                                  .server = addr_of("10.53.0.2"),
	                                  .server_port = 53,
	                                  .worker = 2,
	                                  .query_len = (uint16_t)form->len,
	                                  .reply_len = form->reply_len,
	                                  .reply_flags = form->flags,
	                                  .rcode = form->rcode,
	                                  .cookie = form->cookie,
	                                  .drop = form->drop,
	                                  .transport = form->transport};
	memcpy(entry->bytes, form->msg, form->len);
	return entry;
}

static void test_lines(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct query_log_entry *entry = form_entry(&forms[i]);
		char text[QUERY_TEXT_BYTES + 1], wanted[QUERY_TEXT_BYTES];

		for (int responses = 0; responses < 2; responses++) {
			snprintf(wanted, sizeof(wanted),
			         "2026-11-24T21:40:12.123Z %s%s 10.53.0.2#53 w2 %s\n",
			         forms[i].query, responses ? forms[i].response : "", forms[i].rest);
			text[query_text(entry, form_time, responses, text)] = '\0';
			assert_string_equal(text, wanted);
		}
		free(entry);
	}
}

// As Jansson reads them.
static void test_objects(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct query_log_entry *entry = form_entry(&forms[i]);
		char text[QUERY_JSON_BYTES + 1], wanted[QUERY_JSON_BYTES];
		json_t *is, *be;
		size_t len;

		snprintf(wanted, sizeof(wanted),
		         "{'time':'2026-11-24T21:40:12.123Z','client_port':4711,'server':'10.53.0."
		         "2',"
		         "'server_port':53,'worker':2,%s}",
		         forms[i].object);
		for (char *c = wanted; *c; c++)
			*c = *c == '\'' ? '"' : *c;
		be = json_loads(wanted, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(be);
		len = query_json(entry, form_time, true, text);
		text[len] = '\0';
		assert_ptr_equal(strchr(text, '\n'), text + len - 1);
		is = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
		if (!json_equal(is, be))
			fail_msg("%s\nand not\n%s", text, wanted);
		json_decref(is);
		len = query_json(entry, form_time, false, text);
		is = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
		for (size_t k = 0; k < 4; k++)
			json_object_del(
			        be, ((const char *const[]){"rcode", "bytes", "flags", "drop"})[k]);
		assert_true(json_equal(is, be));
		json_decref(is);
		json_decref(be);
		free(entry);
	}
}

static void test_the_longest_lines(void **state)
{
	static const uint8_t head[12] = "\0\0\1\x10\0\1\0\0\0\0\0\1";
	static const uint8_t rest[16] = "\0\xff\xfe\xff\xfe\0\0\x29\xff\xff\0\xff\x80\0\0\0";
	struct query_log_entry *entry = malloc(QUERY_LOG_ENTRY_BYTES);
	char text[QUERY_TEXT_BYTES + 1];
	size_t len = 12;

	*entry = (struct query_log_entry){.client =
	                                          addr_of("2001:db8:1111:2222:3333:4444:5555:6666"),
	                                  .client_port = 65535,
	                                  .reply_len = 65535,
	                                  .rcode = 4095,
	                                  .reply_flags = 0xffff,
	                                  .cookie = COOKIE_MALFORMED,
	                                  .server_port = 65535,
	                                  .worker = 65535};
	entry->server = entry->client;
	memcpy(entry->bytes, head, sizeof(head));
	for (unsigned left = 254; left;
	     left -= entry->bytes[len - 1] + 1u, len += entry->bytes[len - 1]) {
		entry->bytes[len] = (uint8_t)(left > 64 ? 63 : left - 1);
		memset(entry->bytes + len + 1, 1, entry->bytes[len]);
		len++;
	}
	memcpy(entry->bytes + len, rest, sizeof(rest));
	entry->query_len = (uint16_t)(len + 16);
	len = query_text(entry, (struct timespec){1795556412, 0}, true, text);
	assert_true(len < QUERY_TEXT_BYTES && text[len - 1] == '\n');
	assert_non_null(memmem(text, len, "\\001. CLASS65534", 5));
	assert_non_null(memmem(text, len, " CLASS65534 TYPE65534 +E(255)DC RCODE4095 65535 ", 47));
	for (unsigned fill = 1; fill < 256; fill += 2) { // of the labels; each is escaped otherwise
		static char object[QUERY_JSON_BYTES];
		json_t *read;

		for (unsigned at = 12; entry->bytes[at]; at += entry->bytes[at] + 1u)
			memset(entry->bytes + at + 1, (int)fill, entry->bytes[at]);
		len = query_text(entry, form_time, true, text);
		assert_true(len < QUERY_TEXT_BYTES && text[len - 1] == '\n');
		len = query_json(entry, form_time, true, object);
		assert_true(len < QUERY_JSON_BYTES);
		read = json_loadb(object, len, JSON_REJECT_DUPLICATES, NULL);
		assert_string_equal(json_string_value(json_object_get(read, "rcode")), "RCODE4095");
		json_decref(read);
	}
	free(entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_lines),
	        cmocka_unit_test(test_objects),
	        cmocka_unit_test(test_the_longest_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
