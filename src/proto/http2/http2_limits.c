// http2_limits: see the header.
#include "proto/http2/http2_limits.h"

const struct http2_limits http2_limits_default = {
        .streams_max = 100,
        .window_bytes = 65535,
        .memory_bytes = 256 * 1024,
        .continuation_max = 8,
        .credit_max = 2000,
        .credit_per_s = 200,
};
