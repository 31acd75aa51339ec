// http_limits: see the header.
#include "proto/http/http_limits.h"

const struct http_limits http_limits_default = {
        .line_bytes = 8192,
        .head_bytes = 16384,
        .fields_max = HTTP_FIELDS_MAX,
        .extension_bytes = 4096,
        .body_bytes = UINT64_C(1) << 20,
        .drain_bytes = 65536,
        .requests_max = 10000,
        .idle_us = 60 * SEC_US,
        .head_us = 10 * SEC_US,
        .body_us = 10 * SEC_US,
        .send_us = 30 * SEC_US,
        .progress_bytes = 4096,
};
