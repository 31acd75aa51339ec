// log_lost: what a sink of the log does about lines that it has no room for: they are counted, and
// the line after them is one that says how many.
#ifndef LOG_LOST_H
#define LOG_LOST_H

#include "core/host/log.h"

#include <stdint.h>

// Takes a line. False: there is no room for it.
typedef bool log_put_fn(void *sink, enum log_level level, const char *line, size_t len);

// Gives put the line; *lost, the sink's, counts those that were not taken. what follows the count
// in the line about them, such as "messages were not sent".
void log_lost_put(log_put_fn *put, void *sink, uint64_t *lost, const char *what,
                  enum log_level level, const char *line, size_t len);

#endif
