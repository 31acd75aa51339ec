// sdn_list: doubly linked lists of the entries of a table by their numbers, so that a table of
// fixed size is ordered by time without memory of its own per entry. The links of a list lie in an
// array beside the table, one for each entry, which is in the list at most once.
#ifndef SDN_SDN_LIST_H
#define SDN_SDN_LIST_H

#include "core/base.h"

#define SDN_LIST_NONE UINT32_MAX

struct sdn_list_link {
	uint32_t prev, next; // SDN_LIST_NONE at the ends
};

struct sdn_list {
	struct sdn_list_link *link;
	uint32_t head, tail;
};

static inline void sdn_list_init(struct sdn_list *list, struct sdn_list_link *link)
{
	*list = (struct sdn_list){link, SDN_LIST_NONE, SDN_LIST_NONE};
}

// Adds the entry, which is in no list of these links, behind `prev`; SDN_LIST_NONE: at the head.
static inline void sdn_list_insert(struct sdn_list *list, uint32_t prev, uint32_t entry)
{
	uint32_t next = prev == SDN_LIST_NONE ? list->head : list->link[prev].next;

	list->link[entry] = (struct sdn_list_link){prev, next};
	*(prev == SDN_LIST_NONE ? &list->head : &list->link[prev].next) = entry;
	*(next == SDN_LIST_NONE ? &list->tail : &list->link[next].prev) = entry;
}

static inline void sdn_list_append(struct sdn_list *list, uint32_t entry)
{
	sdn_list_insert(list, list->tail, entry);
}

// Removes an entry that is in the list.
static inline void sdn_list_remove(struct sdn_list *list, uint32_t entry)
{
	struct sdn_list_link link = list->link[entry];

	*(link.prev == SDN_LIST_NONE ? &list->head : &list->link[link.prev].next) = link.next;
	*(link.next == SDN_LIST_NONE ? &list->tail : &list->link[link.next].prev) = link.prev;
}

// A number for an entry that is new: of the list of those that are free, or else the first of a
// table of `max` that was never used, *used; SDN_LIST_NONE when the table is full. So what was
// never used is not touched.
static inline uint32_t sdn_list_take(struct sdn_list *unused, uint32_t *used, uint32_t max)
{
	uint32_t entry = unused->head;

	if (entry != SDN_LIST_NONE)
		sdn_list_remove(unused, entry);
	else if (*used < max)
		entry = (*used)++;
	return entry;
}

#endif
