// http_load: the keys of wadi-bench's HTTP section, and the request that they make.
#include "harness.h"

#include "apps/bench/http_load.h"
#include "core/host/feature.h"

struct root {
	struct http_load_conf *http;
};

static const struct conf_key root_keys[] = {
        {"http", CONF_SECTION, offsetof(struct root, http), .section = &http_load_conf_section,
         .help = "It."},
        {0},
};
static const struct conf_section root = {sizeof(struct root), root_keys};

static struct {
	struct conf conf;
	struct http_load load;
	struct why why;
	char text[HTTP_LOAD_HEAD_BYTES + 64];
} lab;

// Reads the section; what is reported of it, or what http_load_init says. "": the load is ready.
static const char *read_section(const char *section)
{
	struct conf_source source = {.file = "c.json"};
	char text[8192];

	snprintf(text, sizeof(text), "{\"http\": {%s}}", section);
	conf_read_text(&lab.conf, &root, &source, text, strlen(text));
	lab.text[0] = '\0';
	if (lab.conf.reports)
		snprintf(lab.text, sizeof(lab.text), "%s", lab.conf.reports->text);
	else if (http_load_init(&lab.load, ((struct root *)lab.conf.values)->http, &lab.why))
		snprintf(lab.text, sizeof(lab.text), "%s", lab.why.text);
	return lab.text;
}

static void end_section(void)
{
	(void)!conf_settle(&lab.conf, &lab.why);
	conf_close(&lab.conf);
}

static const struct {
	const char *section, *request;
} requests[] = {
        {"\"to\": \"192.0.2.80\"", "GET / HTTP/1.1\r\nHost: 192.0.2.80:80\r\n\r\n"},
        {"\"to\": \"[2001:db8::1]:8080\", \"target\": \"/a?b\"",
         "GET /a?b HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n"},
        {"\"to\": \"192.0.2.80\", \"host\": \"a.example\", \"fields\": [\"Accept: text/html\", "
         "\"X:y\"]",
         "GET / HTTP/1.1\r\nHost: a.example\r\nAccept: text/html\r\nX: y\r\n\r\n"},
        {"\"to\": \"192.0.2.80\", \"host\": \"a\", \"mode\": \"each\"",
         "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
};

static void test_requests(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		assert_string_equal(read_section(requests[i].section), "");
		lab.load.request[lab.load.request_len] = '\0';
		assert_string_equal((const char *)lab.load.request, requests[i].request);
		end_section();
	}
}

static const struct {
	const char *section, *why;
} refused[] = {
        {"\"to\": \"192.0.2\"",
         "http.to: \"192.0.2\" is not an address, such as 192.0.2.1:8080 or [2001:db8::1]:80"},
        {"\"to\": \"0.0.0.0\"",
         "http.to: \"0.0.0.0\" is not an address, such as 192.0.2.1:8080 or [2001:db8::1]:80"},
        {"\"to\": \"192.0.2.80\", \"from\": [\"224.0.0.1\"]",
         "http.from[0]: \"224.0.0.1\" is not an IP address"},
        {"\"to\": \"192.0.2.80\", \"target\": \"a b\"",
         "http.target or http.host: a b of 192.0.2.80:80 cannot be requested"},
        {"\"to\": \"192.0.2.80\", \"host\": \"a/b\"",
         "http.target or http.host: / of a/b cannot be requested"},
        {"\"to\": \"192.0.2.80\", \"fields\": [\"no colon\"]",
         "http.fields: \"no colon\" is not NAME: VALUE"},
        {"\"to\": \"192.0.2.80\", \"fields\": [\"Host: b\"]",
         "http.fields: \"Host: b\" cannot be a field here"},
        {"\"to\": \"192.0.2.80\", \"fields\": [\"A: a\\u0001\"]",
         "http.fields: \"A: a\001\" cannot be a field here"},
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		assert_string_equal(read_section(refused[i].section), refused[i].why);
		end_section();
	}
}

static void test_head_that_is_too_long(void **state)
{
	char section[6000] = "\"to\": \"192.0.2.80\", \"fields\": [", field[1001];

	memset(field, 'a', sizeof(field) - 1);
	field[sizeof(field) - 1] = '\0';
	for (unsigned i = 0; i < 5; i++)
		snprintf(section + strlen(section), sizeof(section) - strlen(section),
		         "%s\"A: %s\"", i ? ", " : "", field);
	strcat(section, "]");
	assert_string_equal(read_section(section),
	                    "http.fields: the request is longer than 4096 bytes");
	end_section();
}

// Addresses of the other family than the server's are left out.
static void test_from(void **state)
{
	assert_string_equal(read_section("\"to\": \"192.0.2.80\", \"from\": [\"192.0.2.1\", "
	                                 "\"2001:db8::1\", \"192.0.2.2\"]"),
	                    "");
	assert_int_equal(lab.load.from_len, 2);
	assert_int_equal(lab.load.target.port, 80);
	end_section();
}

static const struct {
	const char *host, *name;
} names[] = {{"", ""},
             {"192.0.2.80", ""},
             {"[2001:db8::1]:443", ""},
             {"www.example", "www.example"},
             {"www.example:8443", "www.example"}};

// Over TLS: another port, and the name of the host, if it is one, chooses the certificate.
static void test_tls(void **state)
{
	char section[128];

	for (size_t i = 0; FEATURE_TLS && i < ARRAY_LEN(names); i++) {
		snprintf(section, sizeof(section),
		         "\"to\": \"192.0.2.80\", \"tls\": \"full\", \"host\": \"%s\"",
		         names[i].host);
		assert_string_equal(read_section(section), "");
		assert_int_equal(lab.load.target.port, 443);
		assert_non_null(lab.load.tls);
		assert_string_equal(lab.load.tls_name, names[i].name);
		http_load_fini(&lab.load);
		end_section();
	}
	assert_string_equal(read_section("\"to\": \"192.0.2.80\", \"tls\": \"some\""),
	                    "http.tls: must be \"off\", \"full\" or \"resumed\", not \"some\"");
	end_section();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_tls),     cmocka_unit_test(test_requests),
	        cmocka_unit_test(test_refused), cmocka_unit_test(test_head_that_is_too_long),
	        cmocka_unit_test(test_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
