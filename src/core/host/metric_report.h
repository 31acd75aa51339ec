// metric_report: declared metrics (core/metric.h) summed over workers, as JSON, from
// which tables are printed, and as Prometheus's text. From any thread, while workers count.
#ifndef CORE_HOST_METRIC_REPORT_H
#define CORE_HOST_METRIC_REPORT_H

#include "core/host/json.h"
#include "core/metric.h"

#include <stdio.h>

// The sum over the source's structs; a ratio is that of the sums, 0 when it has none.
uint64_t metric_report_sum(const struct metric_source *source, const struct metric_row *row);

// Appends the source's rows to the tables of the reply, arrays of objects; a table that
// is not there yet is made. A row is its label, its columns, and its help if it has a label
// of its own. A ratio without a divisor is null.
void metric_report_json(const struct metric_source *source, json_t *reply);

// Adds the columns of all rows, which have no labels, to one object.
void metric_report_columns(const struct metric_source *source, json_t *object);

// Prints the source as Prometheus reads it (text format 0.0.4). A metric is called
// wadi_TABLE_NAME; counters end in _total, in place of a column "count", and histograms in
// their unit.
void metric_report_prometheus(const struct metric_source *source, FILE *out);

// The same in OpenMetrics 1.0, without the line "# EOF" that ends the whole.
void metric_report_openmetrics(const struct metric_source *source, FILE *out);

#endif
