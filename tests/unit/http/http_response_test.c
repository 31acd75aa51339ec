// Responses as bytes, and what comes of them: a row for each clause, first of all for what a client
// and a server, or a proxy between, could understand in different ways. Each is given whole, cut in
// two at every byte, and byte by byte; nothing of that may make a difference.
#include "http_client_lab.h"

#define OK "HTTP/1.1 200 OK\r\n"

// RFC 9112 if the clause has only a section. Requests: see client_lab_ask. "$" at the end of the
// bytes: the server ends the connection.
struct row {
	const char *clause, *requests, *bytes, *result;
};

static const struct row rows[] = {
        // The status line.
        {"4: version, status, phrase", "G", OK "Content-Length: 0\r\n\r\n", "200|"},
        {"4: an empty phrase", "G", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200|"},
        {"4: no space before an empty phrase", "G", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
         "status_line"},
        {"4: a phrase of any words", "G",
         "HTTP/1.1 200 Fine by \xc3\xa4\r\nContent-Length: 0\r\n\r\n", "200|"},
        {"4: a control character in the phrase", "G", "HTTP/1.1 200 O\001K\r\n\r\n", "status_line"},
        {"4: two spaces", "G", "HTTP/1.1  200 OK\r\n\r\n", "status_line"},
        {"4: two digits", "G", "HTTP/1.1 20 OK\r\n\r\n", "status_line"},
        {"4: four digits", "G", "HTTP/1.1 2000 OK\r\n\r\n", "status_line"},
        {"4: a sign", "G", "HTTP/1.1 +20 OK\r\n\r\n", "status_line"},
        {"RFC 9110 15: below 100", "G", "HTTP/1.1 099 OK\r\n\r\n", "status_line"},
        {"RFC 9110 15: above 599", "G", "HTTP/1.1 600 OK\r\n\r\n", "status_line"},
        {"RFC 9110 15: one that is unknown", "G", "HTTP/1.1 299 ?\r\nContent-Length: 0\r\n\r\n",
         "299|"},
        {"2.3: another protocol", "G", "ICY 200 OK\r\n\r\n", "status_line"},
        {"2.3: in lower case", "G", "http/1.1 200 OK\r\n\r\n", "status_line"},
        {"2.3: version 2", "G", "HTTP/2.0 200 OK\r\n\r\n", "version"},
        {"2.3: no head, as in HTTP/0.9", "G", "<p>\r\n\r\n", "status_line"},
        {"2.2: a blank line before the response", "G", "\r\n" OK "\r\n", "status_line"},
        {"2.2: LF alone ends no line", "G", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "line_end"},
        {"2.2: nor the head", "G", OK "Content-Length: 0\r\n\n", "line_end"},
        {"2.2: a bare CR in the status line", "G", "HTTP/1.1 200 O\rK\r\n\r\n", "status_line"},

        // Fields.
        {"5.1: white space before the colon", "G", OK "Content-Length : 0\r\n\r\n", "field_name"},
        {"5: no colon", "G", OK "Accept\r\n\r\n", "field_name"},
        {"5: a name that is not a token", "G", OK "A(b): c\r\n\r\n", "field_name"},
        {"5.2: a folded line", "G", OK "A: b\r\n c\r\nContent-Length: 0\r\n\r\n", "fold"},
        {"5.2: before the first field", "G", OK " A: b\r\nContent-Length: 0\r\n\r\n", "fold"},
        {"5: a control character in a value", "G", OK "A: b\001\r\n\r\n", "field_value"},
        {"2.2: a bare CR in a value", "G", OK "A: b\rc\r\n\r\n", "field_value"},
        {"2.2: that would hide a field", "G", OK "A: b\rContent-Length: 5\r\n\r\n", "field_value"},

        // Where content ends: RFC 9112 section 6.3, in its order.
        {"6.3 1: HEAD, with a length", "H", OK "Content-Length: 5\r\n\r\n", "200|"},
        {"6.3 1: HEAD, with chunks", "H", OK "Transfer-Encoding: chunked\r\n\r\n", "200|"},
        {"6.3 1: HEAD, with a length above body_bytes", "H",
         OK "Content-Length: 9999999999\r\n\r\n", "200|"},
        {"6.3 1: HEAD, without either", "HG", OK "\r\n" OK "Content-Length: 0\r\n\r\n", "200|200|"},
        {"6.3 1: 304, with a length", "GG",
         "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n" OK "Content-Length: 1\r\n\r\na",
         "304|200 1=a|"},
        {"6.3 1: 204", "GG", "HTTP/1.1 204 No Content\r\n\r\n" OK "Content-Length: 1\r\n\r\na",
         "204|200 1=a|"},
        {"6.3 1: 204 with a length of 0, which is wrong and harmless", "GG",
         "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n" OK "Content-Length: 0\r\n\r\n",
         "204|200|"},
        {"6.3 1: 204 with content, which would be the next response", "GG",
         "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", "204|close"},
        {"6.3 1: 204 with chunks", "GG",
         "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "204|close"},
        {"6.3 2: CONNECT leaves HTTP", "C", OK "\r\nHTTP", "200 switched"},
        {"6.3 2: whatever the length", "C", OK "Content-Length: 5\r\n\r\nhello", "200 switched"},
        {"6.3 2: not when it is refused", "C", "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno",
         "407 2=no|"},
        {"6.3 3: both a length and chunks", "G",
         OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "length_coded"},
        {"6.3 4: chunked is not the last coding", "G",
         OK "Transfer-Encoding: chunked, gzip\r\n\r\n", "coding_last"},
        {"6.3 4: another coding", "G", OK "Transfer-Encoding: gzip\r\n\r\n", "coding"},
        {"6.3 4: chunked twice", "G", OK "Transfer-Encoding: chunked, chunked\r\n\r\n",
         "coding_last"},
        {"6.3 4: chunked by a field of another case", "G",
         OK "transfer-ENCODING: Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "200 1=a|"},
        {"6.1: of HTTP/1.0", "G", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         "coding_old"},
        {"6.3 5: two lengths", "G", OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
         "length_twice"},
        {"6.3 5: two equal lengths", "G", OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
         "length_twice"},
        {"6.3 5: a list of equal lengths", "G", OK "Content-Length: 5, 5\r\n\r\nhello", "length"},
        {"6.3 5: a sign", "G", OK "Content-Length: +5\r\n\r\nhello", "length"},
        {"6.3 5: in hex", "G", OK "Content-Length: 0x5\r\n\r\nhello", "length"},
        {"6.3 5: empty", "G", OK "Content-Length:\r\n\r\n", "length"},
        {"6.3 5: beyond 64 bits", "G", OK "Content-Length: 18446744073709551617\r\n\r\n",
         "body_long"},
        {"6.3 5: beyond body_bytes", "G", OK "Content-Length: 1048577\r\n\r\n", "body_long"},
        {"6.3 6: a length", "G", OK "Content-Length: 5\r\n\r\nhello", "200 5=hello|"},
        {"6.3 6: zeros before it", "G", OK "Content-Length: 005\r\n\r\nhello", "200 5=hello|"},
        {"6.3 8: until the end", "G", OK "\r\nhello$", "200 5=hello|close"},
        {"6.3 8: nothing until the end", "G", OK "\r\n$", "200|close"},
        {"6.3 8: with keep-alive, which cannot be", "G",
         "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello$", "200 5=hello|close"},
        {"6.3 8: the end of an error", "G", "HTTP/1.1 500 No\r\n\r\nhello$", "500 5=hello|close"},

        // The end where none is due (RFC 9112 section 8).
        {"8: before the head ends", "G", OK "Content-$", "cut"},
        {"8: within a length", "G", OK "Content-Length: 5\r\n\r\nhell$", "200cut"},
        {"8: within chunks", "G", OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n$", "200cut"},
        {"8: without the last line of the trailer", "G",
         OK "Transfer-Encoding: chunked\r\n\r\n0\r\n$", "200cut"},
        {"9.5: before a response", "G", "$", "close"},
        {"9.5: between responses", "GG", OK "Content-Length: 0\r\n\r\n$", "200|close"},

        // Chunks; http_chunk_test.c has the rows of what is refused.
        {"7.1: chunks", "GG",
         OK "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;a=\"b\"\r\nlo\r\n0\r\nX: y\r\n\r\n" OK
            "Content-Length: 0\r\n\r\n",
         "200 5=hello|200|"},
        {"7.1: a size that is none", "G", OK "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n",
         "200chunk"},
        {"7.1: data beyond the size", "G", OK "Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n",
         "200chunk_end"},
        {"7.1: beyond body_bytes", "G", OK "Transfer-Encoding: chunked\r\n\r\n100001\r\n",
         "200body_long"},

        // 1xx.
        {"RFC 9110 15.2: a response may have several of them before it", "G",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" OK
         "Content-Length: 1\r\n\r\na",
         "(100)(103)200 1=a|"},
        {"6.3 1: they have no content", "G",
         "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n" OK "Content-Length: 0\r\n\r\n",
         "(100)200|"},
        {"RFC 9110 15.2.2: a change that was not requested", "G",
         "HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\n\r\n", "switched"},
        {"RFC 9110 7.8: one that was", "U",
         "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: upgrade\r\n\r\n\1\2",
         "101 switched"},
        {"RFC 9110 7.8: 100 comes before it", "U",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n",
         "(100)101 switched"},
        {"RFC 9110 7.8: a server may ignore it", "U", OK "Content-Length: 0\r\n\r\n", "200|"},

        // Whether the connection goes on.
        {"9.3: close", "GG", OK "Content-Length: 1\r\nConnection: close\r\n\r\nabc",
         "200 1=a|close"},
        {"9.3: close among other options", "GG",
         OK "Content-Length: 0\r\nConnection: a, CLOSE\r\n\r\n", "200|close"},
        {"9.3: close in a second field", "GG",
         OK "Content-Length: 0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
         "200|close"},
        {"9.3: HTTP/1.0", "GG", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "200|close"},
        {"9.3: HTTP/1.0 with keep-alive", "GG",
         "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n" OK
         "Content-Length: 0\r\n\r\n",
         "200|200|"},
        {"9.6: the client's own close", "L", OK "Content-Length: 0\r\n\r\n", "200|close"},
        {"9.2: more than was requested", "G", OK "Content-Length: 0\r\n\r\nHTTP", "200|unasked"},
        {"9.2: without a request", "", OK "Content-Length: 0\r\n\r\n", "unasked"},
        {"9.3.2: responses in the order of requests", "GHG",
         OK "Content-Length: 1\r\n\r\na" OK "Content-Length: 7\r\n\r\n" OK
            "Content-Length: 1\r\n\r\nb",
         "200 1=a|200|200 1=b|"},
};

static struct client_lab lab;

static void check(const struct row *row, size_t len, bool ends)
{
	if (ends)
		client_lab_end(&lab);
	if (strcmp(lab.log, row->result) != 0)
		print_error("%s: %zu of the bytes\n", row->clause, len);
	assert_string_equal(lab.log, row->result);
}

// In two parts, the first one of `cut` bytes.
static void give_cut(const struct row *row, size_t len, size_t cut, bool ends)
{
	client_lab_open(&lab);
	client_lab_ask(&lab, row->requests);
	if (cut)
		client_lab_give(&lab, row->bytes, cut);
	if (!lab.over && cut < len)
		client_lab_give(&lab, row->bytes + cut, len - cut);
	check(row, cut, ends);
}

static void give_bytes(const struct row *row, size_t len, bool ends)
{
	client_lab_open(&lab);
	client_lab_ask(&lab, row->requests);
	for (size_t i = 0; i < len && !lab.over; i++)
		client_lab_give(&lab, row->bytes + i, 1);
	check(row, 1, ends);
}

static void test_rows(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].bytes);
		bool ends = len > 0 && rows[i].bytes[len - 1] == '$';

		len -= ends;
		for (size_t cut = 0; cut <= len; cut++)
			give_cut(&rows[i], len, cut, ends);
		give_bytes(&rows[i], len, ends);
	}
	client_lab_close(&lab);
}

// Bytes behind a response that leaves HTTP are not taken.
static void test_switched_rest(void **state)
{
	(void)state;
	client_lab_open(&lab);
	client_lab_ask(&lab, "U");
	assert_int_equal(client_lab_text(&lab, "HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x00"),
	                 1);
	assert_int_equal(http_client_outstanding(&lab.client), 0);
	assert_int_equal(http_client_ended(&lab.client), HTTP_CLIENT_CLOSE);
	client_lab_close(&lab);
}

// A response of each limit, and of one more.
static void test_limits(void **state)
{
	static const struct {
		const char *ok, *refused, *fault;
	} limits[] = {
	        {OK "Content-Length: 2\r\n\r\nab", OK "Content-Length: 3\r\n\r\n", "body_long"},
	        {OK "\r\nab", OK "\r\nabc", "200body_long"},
	        {OK "A: 345678901234567890\r\n\r\n", OK "A: 3456789012345678901\r\n\r\n",
	         "field_long"},
	        {OK "A: b\r\nB: c\r\n\r\n", OK "A: b\r\nB: c\r\nC: d\r\n\r\n", "fields_many"},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(limits); i++)
		for (unsigned refused = 0; refused < 2; refused++) {
			client_lab_open(&lab);
			lab.limits.body_bytes = 2;
			lab.limits.line_bytes = 23;
			lab.limits.fields_max = 2;
			client_lab_ask(&lab, "G");
			client_lab_text(&lab, refused ? limits[i].refused : limits[i].ok);
			if (refused)
				assert_string_equal(lab.log, limits[i].fault);
			else
				assert_false(lab.over);
		}
	client_lab_close(&lab);
}

static void test_interim_many(void **state)
{
	(void)state;
	client_lab_open(&lab);
	client_lab_ask(&lab, "G");
	for (unsigned i = 0; i < HTTP_INTERIM_MAX; i++)
		client_lab_text(&lab, "HTTP/1.1 102 Processing\r\n\r\n");
	assert_false(lab.over);
	client_lab_text(&lab, "HTTP/1.1 102 Processing\r\n\r\n");
	assert_int_equal(lab.client.fault, HTTP_FAULT_INTERIM_MANY);
	client_lab_close(&lab);
}

static void test_parts(void **state)
{
	struct span value;

	(void)state;
	client_lab_open(&lab);
	client_lab_ask(&lab, "G");
	client_lab_text(&lab,
	                "HTTP/1.0 404 Not Found\r\nContent-Type: a/b \r\nA: b\r\nA: c\r\n\r\n");
	assert_int_equal(lab.response.status, 404);
	assert_int_equal(lab.response.minor, 0);
	assert_int_equal(lab.response.framing, HTTP_UNTIL_END);
	assert_int_equal(lab.response.fields_len, 3);
	assert_true(http_response_only(&lab.response, HTTP_FIELD_CONTENT_TYPE, &value));
	assert_int_equal(span_left(&value), 3);
	assert_false(http_response_only(&lab.response, HTTP_FIELD_HOST, &value));
	client_lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rows),   cmocka_unit_test(test_switched_rest),
	        cmocka_unit_test(test_limits), cmocka_unit_test(test_interim_many),
	        cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
