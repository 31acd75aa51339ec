// dnstap: see the header. Messages are packed into one buffer; libfstrm does the framing and the
// handshake, over log_out.h, so that its waits are bounded.
#include "apps/dns/dnstap.h"

#include "apps/dns/dnstap.pb-c.h"

#include <errno.h>
#include <fstrm.h>
#include <stdlib.h>
#include <unistd.h>

#define CONTENT_TYPE "protobuf:dnstap.Dnstap"
#define VERSION      "wadi-dns " WADI_VERSION

// A frame holds a query or a response, and a few other fields.
#define FRAME_BYTES (QUERY_LOG_ENTRY_BYTES + 512)

struct dnstap {
	struct fstrm_writer *writer;
	char identity[65];
	uint8_t frame[FRAME_BYTES];
};

static fstrm_res dnstap_on_open(void *out)
{
	return fstrm_res_success;
}

// The owner of the output closes it.
static fstrm_res dnstap_on_close(void *out)
{
	return fstrm_res_success;
}

static fstrm_res dnstap_on_read(void *out, void *bytes, size_t len)
{
	return log_out_read(out, bytes, len) ? fstrm_res_failure : fstrm_res_success;
}

static fstrm_res dnstap_on_write(void *out, const struct iovec *iov, int n)
{
	int err = 0;

	for (int i = 0; i < n && !err; i++)
		err = log_out_write(out, iov[i].iov_base, iov[i].iov_len);
	return err ? fstrm_res_failure : fstrm_res_success;
}

// libfstrm takes a stream without a read function as unidirectional.
static struct fstrm_writer *dnstap_writer_new(struct log_out *out, bool handshake)
{
	struct fstrm_writer_options *options = fstrm_writer_options_init();
	struct fstrm_rdwr *rdwr = fstrm_rdwr_init(out);
	struct fstrm_writer *writer;

	fstrm_writer_options_add_content_type(options, CONTENT_TYPE, sizeof(CONTENT_TYPE) - 1);
	fstrm_rdwr_set_open(rdwr, dnstap_on_open);
	fstrm_rdwr_set_close(rdwr, dnstap_on_close);
	fstrm_rdwr_set_write(rdwr, dnstap_on_write);
	if (handshake)
		fstrm_rdwr_set_read(rdwr, dnstap_on_read);
	writer = fstrm_writer_init(options, &rdwr);
	fstrm_writer_options_destroy(&options);
	return writer;
}

int dnstap_open(struct dnstap **tap, struct log_out *out, bool handshake)
{
	struct dnstap *new = calloc(1, sizeof(*new));

	if (!new)
		return -ENOMEM;
	if (gethostname(new->identity, sizeof(new->identity) - 1))
		new->identity[0] = '\0';
	new->writer = dnstap_writer_new(out, handshake);
	if (!new->writer) {
		free(new);
		return -ENOMEM;
	}
	if (fstrm_writer_open(new->writer) == fstrm_res_success) {
		*tap = new;
		return 0;
	}
	dnstap_close(new);
	return -EPROTO;
}

void dnstap_close(struct dnstap *tap)
{
	if (!tap)
		return;
	fstrm_writer_destroy(&tap->writer);
	free(tap);
}

static ProtobufCBinaryData dnstap_address(struct addr addr, uint8_t bytes[16])
{
	addr_to_bytes(addr, bytes);
	return addr_is_ipv4(addr) ? (ProtobufCBinaryData){4, bytes + 12}
	                          : (ProtobufCBinaryData){16, bytes};
}

static int dnstap_write_frame(struct dnstap *tap, Dnstap__Message *message)
{
	Dnstap__Dnstap frame = DNSTAP__DNSTAP__INIT;
	size_t len;

	frame.type = DNSTAP__DNSTAP__TYPE__MESSAGE;
	frame.has_version = true;
	frame.version = (ProtobufCBinaryData){sizeof(VERSION) - 1, (uint8_t *)VERSION};
	frame.has_identity = tap->identity[0] != '\0';
	frame.identity = (ProtobufCBinaryData){strlen(tap->identity), (uint8_t *)tap->identity};
	frame.message = message;
	assert(dnstap__dnstap__get_packed_size(&frame) <= sizeof(tap->frame));
	len = dnstap__dnstap__pack(&frame, tap->frame);
	return fstrm_writer_write(tap->writer, tap->frame, len) == fstrm_res_success ? 0 : -EIO;
}

int dnstap_write(struct dnstap *tap, const struct query_log_entry *entry, struct timespec time,
                 bool responses)
{
	uint8_t client[16], server[16], *bytes = (uint8_t *)(uintptr_t)entry->bytes;
	Dnstap__Message message = DNSTAP__MESSAGE__INIT;
	int err;

	message.type = DNSTAP__MESSAGE__TYPE__AUTH_QUERY;
	message.has_socket_family = message.has_socket_protocol = true;
	message.socket_family = addr_is_ipv4(entry->client) ? DNSTAP__SOCKET_FAMILY__INET
	                                                    : DNSTAP__SOCKET_FAMILY__INET6;
	message.socket_protocol = entry->transport != DNS_UDP ? DNSTAP__SOCKET_PROTOCOL__TCP
	                                                      : DNSTAP__SOCKET_PROTOCOL__UDP;
	message.has_query_address = message.has_response_address = true;
	message.query_address = dnstap_address(entry->client, client);
	message.response_address = dnstap_address(entry->server, server);
	message.has_query_port = message.has_response_port = true;
	message.query_port = entry->client_port;
	message.response_port = entry->server_port;
	message.has_query_time_sec = message.has_query_time_nsec = true;
	message.query_time_sec = (uint64_t)time.tv_sec;
	message.query_time_nsec = (uint32_t)time.tv_nsec;
	message.has_query_message = entry->query_len != 0;
	message.query_message = (ProtobufCBinaryData){entry->query_len, bytes};
	err = dnstap_write_frame(tap, &message);
	if (err || !responses || entry->reply_len == 0)
		return err;
	message.type = DNSTAP__MESSAGE__TYPE__AUTH_RESPONSE;
	message.has_query_message = false;
	message.has_response_time_sec = message.has_response_time_nsec = true;
	message.response_time_sec = message.query_time_sec;
	message.response_time_nsec = message.query_time_nsec;
	message.has_response_message = entry->kept_len != 0;
	message.response_message = (ProtobufCBinaryData){entry->kept_len, bytes + entry->query_len};
	return dnstap_write_frame(tap, &message);
}
