// tls_watch: see the header.
#include "proto/tls/tls_watch.h"

#define CHANGE_CIPHER_SPEC 20
#define HANDSHAKE          22

// Bytes of handshake records; a message may begin in one and end in another.
static bool messages_take(struct tls_watch *watch, const uint8_t *bytes, size_t len, uint32_t max)
{
	while (len > 0) {
		size_t n = 1;

		if (watch->message_left > 0) {
			n = size_min(len, watch->message_left);
			watch->message_left -= (uint32_t)n;
		} else {
			watch->message[watch->message_len++] = *bytes;
		}
		if (watch->message_len == sizeof(watch->message)) {
			watch->message_len = 0;
			watch->message_left = (uint32_t)watch->message[1] << 16 |
			                      (uint32_t)watch->message[2] << 8 | watch->message[3];
			if (watch->message_left > max)
				return false;
		}
		bytes += n;
		len -= n;
	}
	return true;
}

static void head_take(struct tls_watch *watch, uint8_t byte)
{
	watch->head[watch->head_len++] = byte;
	if (watch->head_len < sizeof(watch->head))
		return;
	watch->body_left = (uint16_t)(watch->head[3] << 8 | watch->head[4]);
	if (watch->body_left == 0)
		watch->head_len = 0;
}

bool tls_watch_take(struct tls_watch *watch, const uint8_t *bytes, size_t len, bool tls12,
                    uint32_t max)
{
	while (len > 0 && !watch->off) {
		size_t n = 1;

		if (watch->head_len < sizeof(watch->head)) {
			head_take(watch, *bytes);
		} else {
			n = size_min(len, watch->body_left);
			if (watch->head[0] == HANDSHAKE && !messages_take(watch, bytes, n, max))
				return false;
			watch->off = watch->head[0] == CHANGE_CIPHER_SPEC && tls12;
			watch->body_left = (uint16_t)(watch->body_left - n);
			if (watch->body_left == 0)
				watch->head_len = 0;
		}
		bytes += n;
		len -= n;
	}
	return true;
}
