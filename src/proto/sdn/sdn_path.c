// sdn_path: see the header. A destination is computed by breadth-first search from it, against its
// former row: the next hops of a switch follow from distances and arcs, so that both sets can be
// compared although none is stored.
#include "proto/sdn/sdn_path.h"

#include "core/line.h"

#include <errno.h>

int sdn_path_open(struct sdn_path *path, uint32_t switches_max, uint32_t arcs_max)
{
	int err;

	*path = (struct sdn_path){.done = SDN_LIST_NONE};
	err = sdn_graph_open(&path->graph[0], switches_max, arcs_max);
	if (!err)
		err = sdn_graph_open(&path->graph[1], switches_max, arcs_max);
	if (err)
		goto failed;
	path->distance = line_alloc((size_t)switches_max * switches_max, sizeof(*path->distance));
	path->row = line_alloc(switches_max, sizeof(*path->row));
	path->queue = line_alloc(switches_max, sizeof(*path->queue));
	path->touched = line_alloc(switches_max, sizeof(*path->touched));
	err = -ENOMEM;
	if (!path->distance || !path->row || !path->queue || !path->touched)
		goto failed;
	memset(path->distance, 0xff, (size_t)switches_max * switches_max * sizeof(*path->distance));
	return 0;

failed:
	sdn_path_close(path);
	return err;
}

void sdn_path_close(struct sdn_path *path)
{
	sdn_graph_close(&path->graph[0]);
	sdn_graph_close(&path->graph[1]);
	free(path->distance);
	free(path->row);
	free(path->queue);
	free(path->touched);
	*path = (struct sdn_path){.done = SDN_LIST_NONE};
}

static uint16_t *row_of(const struct sdn_path *path, uint32_t to)
{
	return path->distance + (size_t)to * path->graph[0].switches_max;
}

static const struct sdn_graph *former(const struct sdn_path *path)
{
	return &path->graph[path->current];
}

static const struct sdn_graph *next(const struct sdn_path *path)
{
	return &path->graph[!path->current];
}

// The arcs of a switch; none of a number beyond the graph.
struct arcs {
	const struct sdn_arc *arc, *end;
};

static struct arcs arcs_of(const struct sdn_graph *graph, uint32_t at)
{
	if (at >= graph->switches)
		return (struct arcs){0};
	return (struct arcs){sdn_graph_begin(graph, at), sdn_graph_end(graph, at)};
}

static uint64_t datapath_id_of(const struct sdn_graph *graph, uint32_t at)
{
	return at < graph->switches ? graph->datapath_id[at] : 0;
}

// A pair of arcs of one switch, with the same port before and after; NULL: it has none there.
struct arc_pair {
	const struct sdn_arc *before, *after;
};

static bool pair_next(struct arcs *before, struct arcs *after, struct arc_pair *pair)
{
	bool has_before = before->arc < before->end, has_after = after->arc < after->end;

	*pair = (struct arc_pair){0};
	if (has_before && (!has_after || before->arc->port_number <= after->arc->port_number))
		pair->before = before->arc;
	if (has_after && (!has_before || after->arc->port_number <= before->arc->port_number))
		pair->after = after->arc;
	before->arc += pair->before != NULL;
	after->arc += pair->after != NULL;
	return pair->before || pair->after;
}

static bool arc_eq(const struct sdn_arc *a, const struct sdn_arc *b)
{
	return a && b && a->to == b->to && a->port == b->port && a->peer == b->peer;
}

static void change_add(struct sdn_path *path, uint32_t from, const struct sdn_arc *arc, bool added)
{
	if (!arc)
		return;
	if (path->changes < SDN_PATH_CHANGES_MAX)
		path->change[path->changes] =
		        (struct sdn_path_change){(uint16_t)from, arc->to, added};
	path->changes++;
}

static uint32_t switches_both(const struct sdn_path *path)
{
	return former(path)->switches > next(path)->switches ? former(path)->switches
	                                                     : next(path)->switches;
}

void sdn_path_begin(struct sdn_path *path, const struct sdn_graph *graph)
{
	assert(!sdn_path_busy(path));
	sdn_graph_copy(&path->graph[!path->current], graph);
	path->changes = 0;
	path->done = 0;
	for (uint32_t at = 0; at < switches_both(path); at++) {
		struct arcs before = arcs_of(former(path), at), after = arcs_of(next(path), at);
		struct arc_pair pair;

		while (pair_next(&before, &after, &pair)) {
			if (arc_eq(pair.before, pair.after))
				continue;
			change_add(path, at, pair.before, false);
			change_add(path, at, pair.after, true);
		}
	}
}

// A link concerns the paths to a destination when its ends are not equally far from it. If none of
// those that changed does, distances and next hops are as before.
static bool is_concerned(const struct sdn_path *path, uint32_t to)
{
	const uint16_t *row = row_of(path, to);

	if (path->changes > SDN_PATH_CHANGES_MAX ||
	    datapath_id_of(former(path), to) != datapath_id_of(next(path), to))
		return true;
	for (uint32_t i = 0; i < path->changes; i++) {
		if (row[path->change[i].from] != row[path->change[i].to])
			return true;
	}
	return false;
}

static bool is_next(const uint16_t *row, uint32_t at, const struct sdn_arc *arc)
{
	return arc && row[at] != SDN_PATH_FAR && row[arc->to] + 1 == row[at];
}

static bool has_next(const struct sdn_path *path, const uint16_t *row, uint32_t at)
{
	struct arcs arcs = arcs_of(next(path), at);

	for (; arcs.arc < arcs.end; arcs.arc++) {
		if (is_next(row, at, arcs.arc))
			return true;
	}
	return false;
}

// Whether all distances stay as they are: each switch that has lost a next hop has another, and no
// new link joins switches whose distances differ by more than one.
static bool row_holds(const struct sdn_path *path, uint32_t to)
{
	const uint16_t *row = row_of(path, to);

	if (path->changes > SDN_PATH_CHANGES_MAX ||
	    datapath_id_of(former(path), to) != datapath_id_of(next(path), to))
		return false;
	for (uint32_t i = 0; i < path->changes; i++) {
		struct sdn_path_change change = path->change[i];
		int longer = row[change.from] - row[change.to];

		if (change.added ? longer > 1 || longer < -1
		                 : longer == 1 && !has_next(path, row, change.from))
			return false;
	}
	return true;
}

static void row_compute(struct sdn_path *path, uint32_t to, uint32_t switches)
{
	const struct sdn_graph *graph = next(path);
	uint16_t *row = path->row;
	uint32_t len = 0;

	memset(row, 0xff, switches * sizeof(*row));
	if (datapath_id_of(graph, to)) {
		row[to] = 0;
		path->queue[len++] = to;
	}
	for (uint32_t i = 0; i < len; i++) {
		uint32_t at = path->queue[i];
		struct arcs arcs = arcs_of(graph, at);

		for (; arcs.arc < arcs.end; arcs.arc++) {
			if (row[arcs.arc->to] != SDN_PATH_FAR)
				continue;
			row[arcs.arc->to] = row[at] + 1;
			path->queue[len++] = arcs.arc->to;
		}
	}
	path->rows++;
}

static bool next_differs(const struct sdn_path *path, uint32_t to, uint32_t at)
{
	struct arcs before = arcs_of(former(path), at), after = arcs_of(next(path), at);
	const uint16_t *row = row_of(path, to);
	struct arc_pair pair;

	while (pair_next(&before, &after, &pair)) {
		bool was = is_next(row, at, pair.before), is = is_next(path->row, at, pair.after);

		if (was != is || (was && !arc_eq(pair.before, pair.after)))
			return true;
	}
	return false;
}

// A link that is there no more, or is new, concerns its ends.
static void changes_touch(struct sdn_path *path)
{
	for (uint32_t i = 0; i < size_min(path->changes, SDN_PATH_CHANGES_MAX); i++)
		path->touched[path->change[i].from] = true;
}

// The next hops of a switch depend on its distance, on those of its neighbours, and on its arcs.
static void row_touch(struct sdn_path *path, uint32_t to, uint32_t switches)
{
	const uint16_t *row = row_of(path, to);

	for (uint32_t at = 0; at < switches; at++) {
		const struct sdn_graph *graphs[] = {former(path), next(path)};

		if (path->changes > SDN_PATH_CHANGES_MAX)
			path->touched[at] = true;
		if (row[at] == path->row[at])
			continue;
		path->touched[at] = true;
		for (unsigned i = 0; i < ARRAY_LEN(graphs); i++) {
			struct arcs arcs = arcs_of(graphs[i], at);

			for (; arcs.arc < arcs.end; arcs.arc++)
				path->touched[arcs.arc->to] = true;
		}
	}
}

// Next hops are compared before the row is replaced, but the callback sees the new ones: what
// differs is kept in the queue, which the search has left.
static void row_replace(struct sdn_path *path, uint32_t to, uint32_t switches, sdn_path_fn *fn,
                        void *ctx)
{
	uint32_t len = 0;

	for (uint32_t at = 0; at < switches; at++) {
		if (path->touched[at] && next_differs(path, to, at))
			path->queue[len++] = at;
		path->touched[at] = false;
	}
	memcpy(row_of(path, to), path->row, switches * sizeof(*path->row));
	path->done = to + 1;
	for (uint32_t i = 0; i < len; i++)
		fn(ctx, path->queue[i], to);
}

bool sdn_path_step(struct sdn_path *path, uint32_t max, sdn_path_fn *fn, void *ctx)
{
	uint32_t switches = switches_both(path);

	if (!sdn_path_busy(path))
		return false;
	while (path->done < switches && max > 0) {
		uint32_t to = path->done;

		if (is_concerned(path, to)) {
			changes_touch(path);
			if (row_holds(path, to)) {
				memcpy(path->row, row_of(path, to), switches * sizeof(*path->row));
			} else {
				row_compute(path, to, switches);
				row_touch(path, to, switches);
				max--;
			}
			row_replace(path, to, switches, fn, ctx);
		}
		path->done = to + 1;
	}
	if (path->done < switches)
		return true;
	path->current = !path->current;
	path->done = SDN_LIST_NONE;
	return false;
}

uint16_t sdn_path_distance(const struct sdn_path *path, uint32_t from, uint32_t to)
{
	return row_of(path, to)[from];
}

uint32_t sdn_path_next(const struct sdn_path *path, uint32_t from, uint32_t to, uint32_t *port,
                       uint32_t max)
{
	bool is_done = sdn_path_busy(path) && to < path->done;
	struct arcs arcs = arcs_of(is_done ? next(path) : former(path), from);
	const uint16_t *row = row_of(path, to);
	uint32_t len = 0;

	for (; arcs.arc < arcs.end; arcs.arc++) {
		if (!is_next(row, from, arcs.arc))
			continue;
		if (len < max)
			port[len] = arcs.arc->port;
		len++;
	}
	return len;
}
