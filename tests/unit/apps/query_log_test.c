// query_log: which queries workers copy, what happens when the ring is full, and the bytes that
// files and collectors receive. The test itself acts as the collector.
#include "harness.h"

#include "apps/dns/dnstap.h"
#include "apps/dns/query_log_writer.h"
#include "apps/log/log_out.h"
#include "core/host/clock.h"
#include "core/host/feature.h"
#include "core/host/log.h"
#include "core/host/metric_report.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/wadi-query-log-XXXXXX", file[64], aside[80], sock[64];

// example.org A, RD, EDNS with DO.
static const uint8_t query[] = "\x12\x34\x01\0\0\1\0\0\0\0\0\1\7example\3org\0\0\1\0\1"
                               "\0\0\x29\x04\xd0\0\0\x80\0\0\0";
#define QUERY_LEN (sizeof(query) - 1)

// Bytes and their number.
#define Q(bytes) bytes, sizeof(bytes) - 1

static struct addr addr_of(const char *text)
{
	struct addr addr;

	assert_true(addr_parse(text, &addr));
	return addr;
}

// A burst of n queries, each in a page of its own; the answer is the query with QR set.
static void burst(struct query_log_worker *worker, unsigned n, uint16_t first_port, mono_t now)
{
	static uint8_t pages[PIPELINE_BURST][512];
	struct udp_dgram dgrams[PIPELINE_BURST];
	struct dns_request requests[PIPELINE_BURST];

	for (unsigned i = 0; i < n; i++) {
		memcpy(pages[i], query, QUERY_LEN);
		dgrams[i] = (struct udp_dgram){.src = addr_of("192.0.2.1"),
		                               .dst = addr_of("10.53.0.2"),
		                               .src_port = (uint16_t)(first_port + i),
		                               .dst_port = 53,
		                               .len = QUERY_LEN,
		                               .payload = pages[i]};
	}
	query_log_worker_queries(worker, dgrams, n, now);
	for (unsigned i = 0; i < n; i++) {
		pages[i][2] |= 0x80;
		requests[i] = (struct dns_request){.msg = pages[i],
		                                   .reply_len = QUERY_LEN,
		                                   .transport = DNS_UDP,
		                                   .outcome = {.rcode = 3, .cookie = COOKIE_GOOD}};
	}
	query_log_worker_replies(worker, requests);
}

// Frees the oldest entry. Returns the port of its client, or 0 when there is no entry.
static unsigned taken(struct query_log_worker *worker, struct query_log_entry *copy)
{
	void *item;

	if (ring_dequeue(&worker->queue.full, &item, 1) == 0)
		return 0;
	memcpy(copy, item, QUERY_LOG_ENTRY_BYTES);
	assert_int_equal(ring_enqueue(&worker->queue.spare, &item, 1), 1);
	return copy->client_port;
}

static void test_every_nth_query_is_taken(void **state)
{
	static const unsigned samples[] = {1, 2, 3, 16, 31, 32, 33, 100};
	struct query_log_entry *copy = malloc(QUERY_LOG_ENTRY_BYTES);

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		struct query_log_conf conf = {.sample = samples[i], .responses = true, .queue = 64};
		struct query_log_worker worker;
		unsigned port = 1, next = 1;
		uint64_t seed = 7;

		assert_int_equal(query_log_worker_open(&worker, &conf, 3), 0);
		while (port < 2000) {
			unsigned n;

			seed = seed * 6364136223846793005u + 1442695040888963407u;
			n = (unsigned)(seed >> 33) % PIPELINE_BURST + 1;
			burst(&worker, n, (uint16_t)port, (mono_t){port});
			port += n;
			for (unsigned at; (at = taken(&worker, copy)) != 0; next += samples[i])
				assert_int_equal(at, next);
		}
		assert_true(next >= port && next < port + samples[i]);
		assert_int_equal(counter_get(&worker.queue.metric.taken), (next - 1) / samples[i]);
		assert_int_equal(counter_get(&worker.queue.metric.lost), 0);
		query_log_worker_close(&worker);
	}
	query_log_worker_queries(NULL, NULL, 5, (mono_t){0});
	query_log_worker_replies(NULL, NULL);
	free(copy);
}

static void test_query_and_response_are_kept(void **state)
{
	struct query_log_conf conf = {.sample = 1, .responses = true, .queue = 16};
	struct query_log_entry *copy = malloc(QUERY_LOG_ENTRY_BYTES);
	struct query_log_worker worker;

	for (int responses = 0; responses < 2; responses++) {
		conf.responses = responses;
		assert_int_equal(query_log_worker_open(&worker, &conf, 3), 0);
		burst(&worker, 1, 4711, (mono_t){77});
		assert_int_equal(taken(&worker, copy), 4711);
		assert_int_equal(copy->time.us, 77);
		assert_true(addr_eq(copy->client, addr_of("192.0.2.1")));
		assert_true(addr_eq(copy->server, addr_of("10.53.0.2")));
		assert_int_equal(copy->server_port, 53);
		assert_int_equal(copy->query_len, QUERY_LEN);
		assert_memory_equal(copy->bytes, query, QUERY_LEN);
		assert_int_equal(copy->reply_len, QUERY_LEN);
		assert_int_equal(copy->rcode, 3);
		assert_int_equal(copy->cookie, COOKIE_GOOD);
		assert_int_equal(copy->reply_flags, 0x8100);
		assert_int_equal(copy->worker, 3);
		assert_int_equal(copy->kept_len, responses ? QUERY_LEN : 0);
		if (responses)
			assert_int_equal(copy->bytes[QUERY_LEN + 2], 0x81);
		query_log_worker_close(&worker);
	}
	free(copy);
}

// A message that does not fit into a block is left out completely; the other fields are kept.
static void test_long_messages_are_left_out(void **state)
{
	static uint8_t page[2 * QUERY_LOG_ENTRY_BYTES];
	struct query_log_conf conf = {.sample = 1, .responses = true, .queue = 16};
	struct query_log_entry *copy = malloc(QUERY_LOG_ENTRY_BYTES);
	struct query_log_worker worker;
	struct udp_dgram dgram = {.src_port = 9, .payload = page};
	struct dns_request request = {.msg = page, .drop = DROP_NONE};
	static const struct {
		size_t query, reply, query_kept, reply_kept;
	} cases[] = {
	        {QUERY_LOG_ROOM, 0, QUERY_LOG_ROOM, 0},
	        {QUERY_LOG_ROOM + 1, 100, 0, 100},
	        {100, QUERY_LOG_ROOM - 100, 100, QUERY_LOG_ROOM - 100},
	        {100, QUERY_LOG_ROOM - 99, 100, 0},
	        {QUERY_LOG_ROOM + 1, QUERY_LOG_ROOM, 0, QUERY_LOG_ROOM},
	};

	assert_int_equal(query_log_worker_open(&worker, &conf, 3), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		dgram.len = (uint16_t)cases[i].query;
		request.reply_len = (uint16_t)cases[i].reply;
		query_log_worker_queries(&worker, &dgram, 1, (mono_t){0});
		query_log_worker_replies(&worker, &request);
		assert_int_equal(taken(&worker, copy), 9);
		assert_int_equal(copy->query_len, cases[i].query_kept);
		assert_int_equal(copy->kept_len, cases[i].reply_kept);
		assert_int_equal(copy->reply_len, cases[i].reply);
	}
	query_log_worker_close(&worker);
	free(copy);
}

static void test_a_full_queue_counts_and_never_waits(void **state)
{
	struct query_log_conf conf = {.sample = 1, .responses = true, .queue = 16};
	struct query_log_entry *copy = malloc(QUERY_LOG_ENTRY_BYTES);
	struct query_log_worker worker;

	assert_int_equal(query_log_worker_open(&worker, &conf, 3), 0);
	burst(&worker, 10, 1, (mono_t){0});
	burst(&worker, 10, 11, (mono_t){0});
	burst(&worker, 10, 21, (mono_t){0});
	assert_int_equal(counter_get(&worker.queue.metric.taken), 16);
	assert_int_equal(counter_get(&worker.queue.metric.lost), 14);
	for (unsigned port = 1; port <= 16; port++)
		assert_int_equal(taken(&worker, copy), port);
	assert_int_equal(taken(&worker, copy), 0);
	burst(&worker, 2, 31, (mono_t){0});
	assert_int_equal(taken(&worker, copy), 31);
	query_log_worker_close(&worker);
	free(copy);
}

// The content of the file.
static const char *content(const char *path)
{
	static char text[1 << 16];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return "";
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static bool has(const char *path, const char *what)
{
	return strstr(content(path), what) != NULL;
}

#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		for (int tries = 0; !(condition) && tries < 10000; tries++)                        \
			usleep(1000);                                                              \
		assert_true(condition);                                                            \
	} while (0)

static struct query_log_writer *started(const struct query_log_conf *conf, unsigned workers)
{
	struct query_log_writer *log;
	struct why why = {""};

	if (query_log_writer_open(&log, conf, workers, &why) || query_log_writer_start(log, &why))
		fail_msg("%s", why.text);
	assert_non_null(log);
	return log;
}

static json_int_t counted(const struct query_log_writer *log, const char *key)
{
	json_t *reply = json_object();
	struct metric_source source;
	json_int_t n;

	assert_true(query_log_writer_metrics(log, &source));
	metric_report_json(&source, reply);
	n = json_integer_value(
	        json_object_get(json_array_get(json_object_get(reply, "query_log"), 0), key));
	json_decref(reply);
	return n;
}

static void test_text_in_a_file_that_is_moved(void **state)
{
	struct query_log_conf conf = {
	        .file = file, .socket = "", .responses = true, .sample = 1, .queue = 20};
	struct query_log_writer *log = started(&conf, 2);

	burst(query_log_writer_worker(log, 0), 1, 1001, clock_kernel());
	burst(query_log_writer_worker(log, 1), 1, 1002, clock_kernel());
	UNTIL(has(file, "#1001 example.org IN A +E(0)D NXDOMAIN 40 - 10.53.0.2#53 w0 good -\n") &&
	      has(file, "#1002 "));
	assert_int_equal(rename(file, aside), 0);
	burst(query_log_writer_worker(log, 0), 1, 1003, clock_kernel());
	UNTIL(has(aside, "#1003 "));
	query_log_writer_reopen(log);
	UNTIL(access(file, F_OK) == 0);
	burst(query_log_writer_worker(log, 0), 1, 1004, clock_kernel());
	UNTIL(has(file, "#1004 "));
	assert_false(has(aside, "#1004 "));
	UNTIL(counted(log, "query_log_written") == 4);
	assert_int_equal(counted(log, "query_log_taken"), 4);
	assert_int_equal(counted(log, "query_log_lost"), 0);
	// Closing writes the entries that wait.
	burst(query_log_writer_worker(log, 1), 20, 2001, clock_kernel());
	query_log_writer_close(log);
	assert_true(has(file, "#2001 ") && has(file, "#2020 "));
	// Starting again appends.
	log = started(&conf, 1);
	burst(query_log_writer_worker(log, 0), 1, 3001, clock_kernel());
	query_log_writer_close(log);
	assert_true(has(file, "#1004 ") && has(file, "#3001 "));
	unlink(file);
	unlink(aside);
}

// Times are logged in real time, although workers have a monotonic clock.
static void test_the_time_of_a_query(void **state)
{
	struct query_log_conf conf = {.file = file, .socket = "", .sample = 1, .queue = 16};
	struct query_log_writer *log = started(&conf, 1);
	time_t hour_ago = time(NULL) - 3600;
	char wanted[2][32];
	struct tm tm;

	burst(query_log_writer_worker(log, 0), 1, 1, (mono_t){clock_kernel().us - 3600 * SEC_US});
	query_log_writer_close(log);
	for (int i = 0; i < 2; i++) {
		time_t at = hour_ago + i * 2;

		gmtime_r(&at, &tm);
		strftime(wanted[i], sizeof(wanted[i]), "%Y-%m-%dT%H:%M:%S", &tm);
	}
	assert_true(strncmp(content(file), wanted[0], 19) >= 0);
	assert_true(strncmp(content(file), wanted[1], 19) <= 0);
	unlink(file);
}

static void test_a_full_disk_is_survived(void **state)
{
	struct query_log_conf conf = {.file = "/dev/full", .socket = "", .sample = 1, .queue = 16};
	struct query_log_writer *log = started(&conf, 1);

	burst(query_log_writer_worker(log, 0), 10, 1, clock_kernel());
	UNTIL(counted(log, "query_log_lost") == 10);
	burst(query_log_writer_worker(log, 0), 32, 1, clock_kernel());
	assert_int_equal(counted(log, "query_log_written"), 0);
	query_log_writer_close(log);
}

static char logged[4096];

static void on_log(void *ctx, enum log_level level, const char *line, size_t len)
{
	size_t used = strlen(logged);

	snprintf(logged + used, sizeof(logged) - used, "%.*s", (int)len, line);
}

static unsigned times_in(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

// The size that files may have; beyond it they are written in part, and then not at all, as on a
// disk that is full.
static void file_size_max(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

// A full disk leaves whole lines, is logged once, as is its end, which only a write shows.
static void test_a_disk_that_was_full(void **state)
{
	struct query_log_conf conf = {.file = file, .socket = "", .sample = 1, .queue = 64};
	struct query_log_writer *log;

	signal(SIGXFSZ, SIG_IGN);
	logged[0] = 0;
	log_set_sink(on_log, NULL);
	log = started(&conf, 1);
	burst(query_log_writer_worker(log, 0), 2, 1001, clock_kernel());
	UNTIL(counted(log, "query_log_written") == 2);
	file_size_max(strlen(content(file)) + 100);
	// Two rounds: the file is opened again in between.
	for (int round = 1; round <= 2; round++) {
		burst(query_log_writer_worker(log, 0), PIPELINE_BURST, 2001, clock_kernel());
		UNTIL(counted(log, "query_log_lost") == round * PIPELINE_BURST);
	}
	assert_int_equal(times_in(content(file), "\n"), 2);
	assert_int_equal(content(file)[strlen(content(file)) - 1], '\n');
	assert_int_equal(times_in(logged, "cannot be written to"), 1);
	assert_int_equal(times_in(logged, "again"), 0);
	file_size_max(RLIM_INFINITY);
	burst(query_log_writer_worker(log, 0), 3, 3001, clock_kernel());
	UNTIL(counted(log, "query_log_written") == 5);
	query_log_writer_close(log);
	assert_int_equal(times_in(content(file), "\n"), 5);
	assert_int_equal(times_in(content(file), " IN A "), 5);
	assert_int_equal(times_in(logged, "is written to"), 1);
	log_set_sink(NULL, NULL);
	unlink(file);
}

// A line that was cut off when the machine stopped is not continued by the next one.
static void test_a_last_line_that_was_cut(void **state)
{
	struct query_log_conf conf = {.file = file, .socket = "", .sample = 1, .queue = 16};
	struct query_log_writer *log;
	FILE *before = fopen(file, "w");

	assert_non_null(before);
	fputs("whole\nhal", before);
	fclose(before);
	for (unsigned start = 1; start <= 2; start++) {
		log = started(&conf, 1);
		burst(query_log_writer_worker(log, 0), 1, 1001, clock_kernel());
		query_log_writer_close(log);
		assert_memory_equal(content(file), "whole\nhal\n", 10);
		assert_int_equal(times_in(content(file), "\n"), 2 + start);
	}
	unlink(file);
}

static void test_an_output_that_cannot_be_opened_is_an_error(void **state)
{
	static const struct {
		struct query_log_conf conf;
		const char *why;
	} cases[] = {
	        {{.file = "/nowhere/log", .socket = "", .sample = 1, .queue = 16},
	         "dns.query_log.file: /nowhere/log cannot be written to: No such file or "
	         "directory"},
	        {{.file = "/tmp", .socket = "", .sample = 1, .queue = 16},
	         "dns.query_log.file: /tmp cannot be written to: Is a directory"},
	        {{.file = "a", .socket = "b", .sample = 1, .queue = 16, .format = QUERY_LOG_DNSTAP},
	         "dns.query_log: give either file or socket, not both"},
	        {{.file = "", .socket = "b", .sample = 1, .queue = 16},
	         "dns.query_log.socket: a collector needs the format dnstap"},
	};
	struct why why;
	struct query_log_writer *log;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int err = query_log_writer_open(&log, &cases[i].conf, 1, &why);

		if (!err)
			err = query_log_writer_start(log, &why);
		assert_true(err < 0);
		assert_string_equal(why.text, cases[i].why);
		query_log_writer_close(log);
	}
	assert_int_equal(query_log_writer_open(
	                         &log, &(struct query_log_conf){.file = "", .socket = ""}, 1, &why),
	                 0);
	assert_null(log);
	assert_int_equal(query_log_writer_start(log, &why), 0);
	assert_null(query_log_writer_worker(log, 0));
	query_log_writer_reopen(log);
	query_log_writer_close(log);
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(addr.sun_path, path);
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void test_output_to_a_socket(void **state)
{
	static uint8_t bytes[200000], got[200000];
	struct log_out *out = malloc(sizeof(*out));
	int listener = listen_at(sock), fd, err = 0;
	size_t written = 0;

	log_out_init(out);
	assert_int_equal(log_out_open_socket(out, "/nowhere"), -ENOENT);
	assert_int_equal(log_out_open_socket(out, sock), 0);
	fd = accept(listener, NULL, NULL);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	assert_int_equal(log_out_write(out, bytes, 100000), 0);
	assert_int_equal(log_out_flush(out), 0);
	for (size_t len = 0; len < 100000;) {
		ssize_t n = read(fd, got + len, sizeof(got) - len);

		assert_true(n > 0);
		len += (size_t)n;
	}
	assert_memory_equal(bytes, got, 100000);
	assert_int_equal(write(fd, "hello", 5), 5);
	assert_int_equal(log_out_read(out, got, 5), 0);
	assert_memory_equal(got, "hello", 5);
	// The other end neither answers nor reads: both calls time out.
	assert_int_equal(log_out_read(out, got, 1), -EAGAIN);
	while (!err && written < ((size_t)1 << 30)) {
		err = log_out_write(out, bytes, sizeof(bytes));
		written += sizeof(bytes);
	}
	assert_int_equal(err, -EAGAIN);
	close(fd);
	assert_int_equal(log_out_write(out, bytes, 1), 0);
	assert_int_equal(log_out_flush(out), -EPIPE);
	assert_int_equal(log_out_read(out, got, 1), -ECONNRESET);
	log_out_close(out);
	log_out_close(out);
	close(listener);
	assert_int_equal(log_out_open_socket(out, sock), -ECONNREFUSED);
	unlink(sock);
	free(out);
}

// Whether the file starts as a dnstap stream does, and contains the query n times.
static unsigned frames(const char *path)
{
	static const uint8_t start[] = {0, 0, 0, 0, 0, 0, 0, 34, 0, 0,
	                                0, 2, 0, 0, 0, 1, 0, 0,  0, 22};
	struct stat status;
	unsigned n = 0;
	const char *at, *end;

	if (stat(path, &status) || status.st_size == 0)
		return 0;
	at = content(path);
	end = at + status.st_size;
	assert_memory_equal(at, start, sizeof(start));
	assert_memory_equal(at + sizeof(start), "protobuf:dnstap.Dnstap", 22);
	while ((at = memmem(at, (size_t)(end - at), query + 3, QUERY_LEN - 3)) != NULL) {
		n++;
		at++;
	}
	return n;
}

static void test_dnstap_in_a_file(void **state)
{
	struct query_log_conf conf = {.format = QUERY_LOG_DNSTAP,
	                              .file = file,
	                              .socket = "",
	                              .responses = true,
	                              .sample = 1,
	                              .queue = 64};
	struct query_log_writer *log;

	if (!FEATURE_DNSTAP)
		skip();
	log = started(&conf, 1);
	burst(query_log_writer_worker(log, 0), 5, 1, clock_kernel());
	UNTIL(frames(file) == 10);
	// A reload continues a file that has not been moved away,
	query_log_writer_reopen(log);
	burst(query_log_writer_worker(log, 0), 1, 1, clock_kernel());
	UNTIL(frames(file) == 12);
	assert_int_not_equal(access(aside, F_OK), 0);
	// opens a new file if it has been,
	rename(file, aside);
	query_log_writer_reopen(log);
	UNTIL(access(file, F_OK) == 0);
	burst(query_log_writer_worker(log, 0), 1, 1, clock_kernel());
	query_log_writer_close(log);
	assert_int_equal(frames(file), 2);
	assert_int_equal(frames(aside), 12);
	// and a new process renames the file that an earlier one left.
	conf.responses = false;
	log = started(&conf, 1);
	burst(query_log_writer_worker(log, 0), 3, 1, clock_kernel());
	query_log_writer_close(log);
	assert_int_equal(frames(file), 3);
	assert_int_equal(frames(aside), 2);
	unlink(file);
	unlink(aside);
}

static void test_a_dnstap_file_that_broke_off_is_left_alone(void **state)
{
	struct query_log_conf conf = {.format = QUERY_LOG_DNSTAP,
	                              .file = "/dev/full",
	                              .socket = "",
	                              .sample = 1,
	                              .queue = 16};
	struct query_log_writer *log;

	if (!FEATURE_DNSTAP)
		skip();
	log = started(&conf, 1);
	burst(query_log_writer_worker(log, 0), 3, 1, clock_kernel());
	UNTIL(counted(log, "query_log_lost") == 3);
	burst(query_log_writer_worker(log, 0), 20, 1, clock_kernel());
	usleep(1200000);
	assert_int_equal(counted(log, "query_log_lost"), 3 + 4);
	query_log_writer_reopen(log);
	UNTIL(counted(log, "query_log_lost") == 3 + 20);
	query_log_writer_close(log);
}

struct nonsense {
	const char *bytes;
	size_t len;
	int listener;
};

// Completes two handshakes.
static void *talk(void *arg)
{
	const struct nonsense *nonsense = arg;

	for (int i = 0; i < 2; i++) {
		int fd = accept(nonsense->listener, NULL, NULL);

		if (write(fd, nonsense->bytes, nonsense->len) < 0)
			abort();
		close(fd);
	}
	close(nonsense->listener);
	return NULL;
}

// Collectors that answer the handshake with other bytes, or close the connection.
static void test_collectors_that_do_not_speak_dnstap(void **state)
{
	static const struct nonsense cases[] = {
	        {Q("HTTP/1.1 400 Bad Request\r\n\r\n")},
	        {Q("\0\0\0\0\xff\xff\xff\xff")},
	        {Q("\0\0\0\0\0\0\0\4\0\0\0\3")},
	        {Q("\0\0\0\0\0\0\0\x10\0\0\0\1\0\0\0\1\0\0\0\4text")},
	        {Q("")},
	};
	struct query_log_conf conf = {
	        .format = QUERY_LOG_DNSTAP, .file = "", .socket = sock, .sample = 1, .queue = 16};

	if (!FEATURE_DNSTAP)
		skip();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct nonsense nonsense = cases[i];
		struct query_log_writer *log;
		pthread_t thread;

		nonsense.listener = listen_at(sock);
		assert_int_equal(pthread_create(&thread, NULL, talk, &nonsense), 0);
		log = started(&conf, 1);
		burst(query_log_writer_worker(log, 0), 20, 1, clock_kernel());
		pthread_join(thread, NULL);
		assert_int_equal(counted(log, "query_log_lost"), 4);
		assert_int_equal(counted(log, "query_log_written"), 0);
		query_log_writer_close(log);
	}
	unlink(sock);
}

static int group_setup(void **state)
{
	signal(SIGPIPE, SIG_IGN); // as boot does
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/log", folder);
	snprintf(aside, sizeof(aside), "%s/log.1", folder);
	snprintf(sock, sizeof(sock), "%s/sock", folder);
	return 0;
}

static int group_teardown(void **state)
{
	unlink(file);
	unlink(aside);
	rmdir(folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_nth_query_is_taken),
	        cmocka_unit_test(test_query_and_response_are_kept),
	        cmocka_unit_test(test_long_messages_are_left_out),
	        cmocka_unit_test(test_a_full_queue_counts_and_never_waits),
	        cmocka_unit_test(test_text_in_a_file_that_is_moved),
	        cmocka_unit_test(test_the_time_of_a_query),
	        cmocka_unit_test(test_a_full_disk_is_survived),
	        cmocka_unit_test(test_a_disk_that_was_full),
	        cmocka_unit_test(test_a_last_line_that_was_cut),
	        cmocka_unit_test(test_an_output_that_cannot_be_opened_is_an_error),
	        cmocka_unit_test(test_output_to_a_socket),
	        cmocka_unit_test(test_dnstap_in_a_file),
	        cmocka_unit_test(test_a_dnstap_file_that_broke_off_is_left_alone),
	        cmocka_unit_test(test_collectors_that_do_not_speak_dnstap),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
