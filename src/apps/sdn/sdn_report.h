// sdn_report: the commands that list switches, their ports, hosts and links: rows of sdn_view.h,
// some at a time between the worker's turns.
#ifndef APPS_SDN_SDN_REPORT_H
#define APPS_SDN_SDN_REPORT_H

#include "apps/sdn/sdn_view.h"
#include "core/host/task.h"

#define SDN_REPORT_MAX      1000 // hosts that are listed, unless a number is given
#define SDN_REPORT_MEASURED 64   // switches that have metrics of their own

// Metrics of one switch, as it was when they were asked for.
struct sdn_report_metric {
	uint64_t packets_in, flows_made, packets_out, errors, packets_in_rate;
	uint64_t echo_us, answer_us, flows, flows_max, ports;
	char name[17]; // its datapath id
};

// The view is the worker's while the task is out.
struct sdn_report {
	struct task task;
	struct sdn_switches *of;
	struct pipeline *pipeline;
	struct sdn_view view;
	struct sdn_report_metric metric[SDN_REPORT_MEASURED]; // the control thread's
	const char *metric_name[SDN_REPORT_MEASURED];
};

// Both are borrowed until sdn_report_fini.
void sdn_report_init(struct sdn_report *report, struct sdn_switches *of, struct pipeline *pipeline);
void sdn_report_fini(struct sdn_report *report);

// Commands, as of struct service_command, but for the state.
int sdn_report_switches(struct sdn_report *report, json_t *reply, struct why *why);
int sdn_report_hosts(struct sdn_report *report, const char *most, json_t *reply, struct why *why);
int sdn_report_links(struct sdn_report *report, json_t *reply, struct why *why);
int sdn_report_cluster(struct sdn_report *report, json_t *reply, struct why *why);
int sdn_report_ports(struct sdn_report *report, const char *datapath, json_t *reply,
                     struct why *why);

// A source of metrics with the label "datapath", of the first SDN_REPORT_MEASURED switches; 0: no
// switch is connected, or the worker takes no turns. Valid until the next call.
unsigned sdn_report_metrics(struct sdn_report *report, struct metric_source *source);

#endif
