// Requests as bytes, and what comes of them: a row for each clause, first of all for what two
// servers could understand in different ways. Each is given whole, cut in two at every byte, byte
// by byte, and behind another request in one part; nothing of that may make a difference.
#include "http_lab.h"

#define H "Host: a\r\n"

struct row {
	const char *clause, *bytes, *result; // RFC 9112 if the clause has only a section
};

static const struct row rows[] = {
        // The request line.
        {"3: method, target, version", "GET /a HTTP/1.1\r\n" H "\r\n", "GET /a a|"},
        {"2.2: a blank line before the request is passed over", "\r\nGET / HTTP/1.1\r\n" H "\r\n",
         "GET / a|"},
        {"2.2: not two of them", "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", "400 blank"},
        {"2.2: CR before the request is no blank line", "\rGET / HTTP/1.1\r\n" H "\r\n",
         "400 line_end"},
        {"2.2: LF alone ends no line", "GET / HTTP/1.1\nHost: a\n\n", "400 line_end"},
        {"2.2: nor does it end a field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "400 line_end"},
        {"2.2: nor the head", "GET / HTTP/1.1\r\n" H "\n", "400 line_end"},
        {"2.2: a bare CR in the request line", "GET /\r HTTP/1.1\r\n" H "\r\n", "400 target"},
        {"2.2: a bare CR behind the version", "GET / HTTP/1.1\r\r\n" H "\r\n", "400 request_line"},
        {"2.2: white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
         "400 fold"},
        {"3: two spaces", "GET  / HTTP/1.1\r\n" H "\r\n", "400 request_line"},
        {"3: two spaces before the version", "GET /  HTTP/1.1\r\n" H "\r\n", "400 request_line"},
        {"3: a tab is no space", "GET\t/\tHTTP/1.1\r\n" H "\r\n", "400 request_line"},
        {"3: a space before the method", " GET / HTTP/1.1\r\n" H "\r\n", "400 request_line"},
        {"3: a space behind the version", "GET / HTTP/1.1 \r\n" H "\r\n", "400 request_line"},
        {"3: white space in the target", "GET /a b HTTP/1.1\r\n" H "\r\n", "400 request_line"},
        {"3: no version, as in HTTP/0.9", "GET /\r\n" H "\r\n", "400 request_line"},
        {"3: no target", "GET HTTP/1.1\r\n" H "\r\n", "400 request_line"},
        {"3.1: a method that is not a token", "G(T / HTTP/1.1\r\n" H "\r\n", "400 request_line"},
        {"3.1: an unknown method is the application's", "BREW / HTTP/1.1\r\n" H "\r\n",
         "BREW / a|"},
        {"3.1: case counts", "get / HTTP/1.1\r\n" H "\r\n", "get / a|"},
        {"3: a method longer than any known",
         "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n" H "\r\n", "501 method_long"},
        {"2.3: a version of the name in lower case", "GET / http/1.1\r\n" H "\r\n",
         "400 request_line"},
        {"2.3: two digits", "GET / HTTP/1.10\r\n" H "\r\n", "400 request_line"},
        {"2.3: not a number", "GET / HTTP/1.x\r\n" H "\r\n", "400 request_line"},
        {"RFC 9110 15.6.6: HTTP/2 without its negotiation", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
         "505 version"},
        {"RFC 9110 2.5: a higher minor version is the highest known", "GET / HTTP/1.9\r\n" H "\r\n",
         "GET / a|"},

        // The target.
        {"3.2.1: path and query", "GET /a/b?c=d&e HTTP/1.1\r\n" H "\r\n", "GET /a/b?c=d&e a|"},
        {"3.2.2: the host of an absolute target counts", "GET http://b:80/c HTTP/1.1\r\n" H "\r\n",
         "GET http://b:80/c b:80|"},
        {"3.2.2: a scheme in any case", "GET HTTPS://b HTTP/1.1\r\n" H "\r\n", "GET HTTPS://b b|"},
        {"3.2.2: another scheme", "GET ftp://b/ HTTP/1.1\r\n" H "\r\n", "400 target"},
        {"3.2.2: no host in an absolute target", "GET http:///c HTTP/1.1\r\n" H "\r\n",
         "400 target"},
        {"RFC 9110 4.2.4: user and password", "GET http://u:p@b/ HTTP/1.1\r\n" H "\r\n",
         "400 target"},
        {"3.2.3: the target of CONNECT", "CONNECT b:443 HTTP/1.1\r\n" H "\r\n",
         "CONNECT b:443 b:443|"},
        {"3.2.3: CONNECT without a port", "CONNECT b HTTP/1.1\r\n" H "\r\n", "400 target"},
        {"3.2.3: CONNECT to a path", "CONNECT /b HTTP/1.1\r\n" H "\r\n", "400 target"},
        {"3.2.3: an authority with another method", "GET b:443 HTTP/1.1\r\n" H "\r\n",
         "400 target"},
        {"3.2.4: the server as a whole", "OPTIONS * HTTP/1.1\r\n" H "\r\n", "OPTIONS * a|"},
        {"3.2.4: of OPTIONS alone", "GET * HTTP/1.1\r\n" H "\r\n", "400 target"},
        {"3.2: a fragment is not sent", "GET /a#b HTTP/1.1\r\n" H "\r\n", "400 target"},
        {"RFC 3986 2.1: % is followed by two digits", "GET /%4 HTTP/1.1\r\n" H "\r\n",
         "400 target"},
        {"RFC 3986 2.1: of hex", "GET /?%4g HTTP/1.1\r\n" H "\r\n", "400 target"},
        {"RFC 3986 2.1: which are not looked into", "GET /%00%2f HTTP/1.1\r\n" H "\r\n",
         "GET /%00%2f a|"},
        {"RFC 3986 3.3: octets above 127", "GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n", "400 target"},
        {"RFC 3986 3.3: a backslash is no slash", "GET /a\\b HTTP/1.1\r\n" H "\r\n", "400 target"},
        {"RFC 3986 3.4: what browsers send in a query", "GET /|?a[]={`|^\\} HTTP/1.1\r\n" H "\r\n",
         "GET /|?a[]={`|^\\} a|"},

        // The host.
        {"3.2: no Host", "GET / HTTP/1.1\r\n\r\n", "400 host_missing"},
        {"3.2: no Host, with HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "GET / |"},
        {"3.2: no Host, with an absolute target", "GET http://b/ HTTP/1.1\r\n\r\n",
         "400 host_missing"},
        {"3.2: two Hosts", "GET / HTTP/1.1\r\n" H "Host: b\r\n\r\n", "400 host_twice"},
        {"3.2: two equal Hosts", "GET / HTTP/1.1\r\n" H "hOST: a\r\n\r\n", "400 host_twice"},
        {"3.2: two Hosts, with HTTP/1.0", "GET / HTTP/1.0\r\n" H H "\r\n", "400 host_twice"},
        {"3.2: an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / |"},
        {"3.2: a list of hosts", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400 host"},
        {"3.2: a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400 host"},
        {"3.2: a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "400 host"},
        {"3.2: not valid, though the target's counts",
         "GET http://b/ HTTP/1.1\r\nHost: a@b\r\n\r\n", "400 host"},
        {"RFC 9110 7.2: a port", "GET / HTTP/1.1\r\nHost: a:8080\r\n\r\n", "GET / a:8080|"},
        {"RFC 9110 7.2: an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n", "GET / a:|"},
        {"RFC 9110 7.2: a port that is no number", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
         "400 host"},
        {"RFC 3986 3.2.2: an IPv6 address", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n",
         "GET / [2001:db8::1]:80|"},
        {"RFC 3986 3.2.2: brackets that do not close",
         "GET / HTTP/1.1\r\nHost: [2001:db8::1\r\n\r\n", "400 host"},
        {"RFC 3986 3.2.2: text behind the brackets", "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n",
         "400 host"},

        // Fields.
        {"5.1: white space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
         "400 field_name"},
        {"5.1: the same of a length", "POST / HTTP/1.1\r\n" H "Content-Length : 5\r\n\r\nhello",
         "400 field_name"},
        {"5: no colon", "GET / HTTP/1.1\r\n" H "Accept\r\n\r\n", "400 field_name"},
        {"5: no name", "GET / HTTP/1.1\r\n" H ": b\r\n\r\n", "400 field_name"},
        {"5: a name that is not a token", "GET / HTTP/1.1\r\n" H "A(b): c\r\n\r\n",
         "400 field_name"},
        {"5: octets above 127 in a name", "GET / HTTP/1.1\r\n" H "A\xc3: c\r\n\r\n",
         "400 field_name"},
        {"5.2: a folded line", "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", "400 fold"},
        {"5.2: folded by a tab", "GET / HTTP/1.1\r\n" H "A: b\r\n\tc\r\n\r\n", "400 fold"},
        {"5.2: folded by a line that looks empty", "GET / HTTP/1.1\r\n" H "A: b\r\n \r\n\r\n",
         "400 fold"},
        {"2.2: a bare CR in a value", "GET / HTTP/1.1\r\n" H "A: b\rc\r\n\r\n", "400 field_value"},
        {"2.2: that would hide a field",
         "GET / HTTP/1.1\r\n" H "A: b\rTransfer-Encoding: chunked\r\n\r\n", "400 field_value"},
        {"RFC 9110 5.5: other control characters", "GET / HTTP/1.1\r\n" H "A: \x0b\r\n\r\n",
         "400 field_value"},
        {"RFC 9110 5.5: DEL", "GET / HTTP/1.1\r\n" H "A: \x7f\r\n\r\n", "400 field_value"},
        {"RFC 9110 5.5: octets above 127 in a value", "GET / HTTP/1.1\r\n" H "A: \xff\r\n\r\n",
         "GET / a|"},
        {"RFC 9110 5.5: white space around a value", "GET / HTTP/1.1\r\nHost:\t a \t\r\n\r\n",
         "GET / a|"},
        {"RFC 9110 5.1: names in any case", "GET / HTTP/1.1\r\nhOsT: a\r\n\r\n", "GET / a|"},

        // The length of content.
        {"6.2: a length", "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello",
         "POST / a 5=hello|"},
        {"6.2: of no bytes", "POST / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", "POST / a|"},
        {"6.2: leading zeros", "POST / HTTP/1.1\r\n" H "Content-Length: 005\r\n\r\nhello",
         "POST / a 5=hello|"},
        {"6.3: none of either: no content", "POST / HTTP/1.1\r\n" H "\r\n", "POST / a|"},
        {"6: content of a method that has none by itself",
         "GET / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc", "GET / a 3=abc|"},
        {"6.3: two lengths that differ",
         "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
         "400 length_twice"},
        {"6.3: two equal lengths",
         "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
         "400 length_twice"},
        {"6.3: a list of equal lengths",
         "POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\nhello", "400 length"},
        {"6.2: a sign", "POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\nhello", "400 length"},
        {"6.2: a negative number", "POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n",
         "400 length"},
        {"6.2: hex", "POST / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\nhello", "400 length"},
        {"6.2: nothing", "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", "400 length"},
        {"6.2: white space within", "POST / HTTP/1.1\r\n" H "Content-Length: 5 0\r\n\r\n",
         "400 length"},
        {"6.2: 2^64", "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551616\r\n\r\n",
         "413 body_long"},
        {"6.2: 2^64 + 5, which is 5 to 64 bits",
         "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551621\r\n\r\nhello",
         "413 body_long"},
        {"RFC 9110 15.5.14: more than is taken",
         "POST / HTTP/1.1\r\n" H "Content-Length: 1048577\r\n\r\n", "413 body_long"},

        // Transfer codings.
        {"6.1: chunked", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "POST / a|"},
        {"7: in any case", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
         "POST / a|"},
        {"6.3: with a length",
         "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "400 length_coded"},
        {"6.3: with a length behind it",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
         "400 length_coded"},
        {"6.1: with HTTP/1.0",
         "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400 coding_old"},
        {"6.1: a coding that is not known",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501 coding"},
        {"6.1: identity is none any more",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n", "501 coding"},
        {"6.1: a name that only begins like it",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n", "501 coding"},
        {"6.1: in quotes",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", "501 coding"},
        {"6.1: chunked twice",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
         "400 coding_last"},
        {"6.1: chunked twice, in two fields",
         "POST / HTTP/1.1\r\n" H
         "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "400 coding_last"},
        {"6.1: chunked is not the last",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
         "400 coding_last"},
        {"6.1: not the last of two fields",
         "POST / HTTP/1.1\r\n" H
         "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
         "400 coding_last"},
        {"6.1: an empty element before it",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", "400 coding_last"},
        {"6.1: an empty element behind it",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", "400 coding_last"},
        {"6.1: an empty field behind it",
         "POST / HTTP/1.1\r\n" H
         "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n",
         "400 coding_last"},
        {"7.1: parameters", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked;a=b\r\n\r\n",
         "400 coding_last"},
        {"6.1: no coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n", "400 coding_last"},
        {"2.2: a control character before it",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \x0b"
         "chunked\r\n\r\n0\r\n\r\n",
         "400 field_value"},

        // Expectations.
        {"RFC 9110 10.1.1: 100-continue",
         "POST / HTTP/1.1\r\n" H "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
         "POST / a 1=x|"},
        {"RFC 9110 10.1.1: another", "POST / HTTP/1.1\r\n" H "Expect: 200-ok\r\n\r\n",
         "417 expect"},
};

static void note_pipelined(struct lab *lab, const char *bytes)
{
	static const char first[] = "GET /first HTTP/1.1\r\n" H "\r\n";
	char both[4096];

	snprintf(both, sizeof(both), "%s%s", first, bytes);
	(void)lab_text(lab, both);
}

static void assert_result(struct lab *lab, const struct row *row, const char *how, const char *want)
{
	if (strcmp(lab->log, want) != 0)
		fail_msg("%s, %s: \"%s\", not \"%s\"", row->clause, how, lab->log, want);
	lab_close(lab);
}

static struct lab lab;

static void test_whole(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		lab_open(&lab);
		(void)lab_text(&lab, rows[i].bytes);
		assert_result(&lab, &rows[i], "whole", rows[i].result);
	}
}

// A request that lies whole in a part costs no buffer.
static void test_no_buffer(void **state)
{
	lab_open(&lab);
	(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\nGET /b HTTP/1.1\r\n" H "\r\n");
	assert_string_equal(lab.log, "GET / a|GET /b a|");
	assert_int_equal(lab.buffers, 0);
	lab_close(&lab);
}

static void test_cut_at_every_byte(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].bytes);

		for (size_t cut = 1; cut < len; cut++) {
			char how[32];

			lab_open(&lab);
			(void)lab_give(&lab, rows[i].bytes, cut);
			(void)lab_give(&lab, rows[i].bytes + cut, len - cut);
			snprintf(how, sizeof(how), "cut at %zu", cut);
			assert_result(&lab, &rows[i], how, rows[i].result);
		}
	}
}

static void test_byte_by_byte(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		lab_open(&lab);
		for (const char *p = rows[i].bytes; *p; p++)
			(void)lab_give(&lab, p, 1);
		assert_result(&lab, &rows[i], "byte by byte", rows[i].result);
	}
}

static void test_pipelined(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char want[256];

		lab_open(&lab);
		note_pipelined(&lab, rows[i].bytes);
		snprintf(want, sizeof(want), "GET /first a|%s", rows[i].result);
		assert_result(&lab, &rows[i], "pipelined", want);
	}
}

// What follows a request that was refused is never taken for a request.
static void test_nothing_behind_a_fault(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool refused = rows[i].result[0] >= '4' && rows[i].result[0] <= '5';

		if (!refused)
			continue;
		lab_open(&lab);
		(void)lab_text(&lab, rows[i].bytes);
		(void)lab_text(&lab, "GET /smuggled HTTP/1.1\r\n" H "\r\n");
		assert_result(&lab, &rows[i], "with a request behind", rows[i].result);
		assert_true(lab.closed);
	}
}

// NUL ends a string in C, and nothing in HTTP.
static void test_nul(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *result;
	} cases[] = {
	        {"GET /\0 HTTP/1.1\r\n" H "\r\n", 28, "400 target"},
	        {"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29, "400 field_value"},
	        {"GET / HTTP/1.1\r\nHo\0st: a\r\n\r\n", 28, "400 field_name"},
	        {"\0GET / HTTP/1.1\r\n" H "\r\n", 28, "400 request_line"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		lab_open(&lab);
		(void)lab_give(&lab, cases[i].bytes, cases[i].len);
		assert_string_equal(lab.log, cases[i].result);
		lab_close(&lab);
	}
}

static void test_fields(void **state)
{
	static const char head[] =
	        "GET /p?q HTTP/1.1\r\nHost: a\r\nX-Y:  z z \r\nAccept: b\r\naccept: c\r\n\r\n";
	struct http_request request;
	struct span value;

	assert_int_equal(http_request_parse(&request, (const uint8_t *)head, strlen(head),
	                                    &http_limits_default),
	                 HTTP_FAULT_NONE);
	assert_int_equal(request.method, HTTP_GET);
	assert_true(request.target.has_query);
	assert_true(lab_is(request.target.path, "/p"));
	assert_true(lab_is(request.target.query, "q"));
	assert_int_equal(request.fields_len, 4);
	assert_true(lab_is(http_request_name(&request, 1), "X-Y"));
	assert_true(lab_is(http_request_value(&request, 1), "z z"));
	assert_int_equal(http_request_find(&request, HTTP_FIELD_ACCEPT, 0), 2);
	assert_int_equal(http_request_find(&request, HTTP_FIELD_ACCEPT, 3), 3);
	assert_int_equal(http_request_find(&request, HTTP_FIELD_ACCEPT, 4), 4);
	assert_true(http_request_only(&request, HTTP_FIELD_HOST, &value));
	assert_true(lab_is(value, "a"));
	assert_false(http_request_only(&request, HTTP_FIELD_ACCEPT, &value));
	assert_false(http_request_only(&request, HTTP_FIELD_RANGE, &value));
}

static void test_keep_alive(void **state)
{
	static const struct {
		const char *bytes;
		bool keep;
	} cases[] = {
	        {"GET / HTTP/1.1\r\n" H "\r\n", true},
	        {"GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", false},
	        {"GET / HTTP/1.1\r\n" H "Connection: x, CLOSE ,y\r\n\r\n", false},
	        {"GET / HTTP/1.1\r\n" H "Connection: x\r\nConnection: close\r\n\r\n", false},
	        {"GET / HTTP/1.1\r\n" H "Connection: closed\r\n\r\n", true},
	        {"GET / HTTP/1.0\r\n\r\n", false},
	        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
	        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		lab_open(&lab);
		(void)lab_text(&lab, cases[i].bytes);
		if (lab.closed == cases[i].keep)
			fail_msg("%s", cases[i].bytes);
		lab_close(&lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_whole),
	        cmocka_unit_test(test_no_buffer),
	        cmocka_unit_test(test_cut_at_every_byte),
	        cmocka_unit_test(test_byte_by_byte),
	        cmocka_unit_test(test_pipelined),
	        cmocka_unit_test(test_nothing_behind_a_fault),
	        cmocka_unit_test(test_nul),
	        cmocka_unit_test(test_fields),
	        cmocka_unit_test(test_keep_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
