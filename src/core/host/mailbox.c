// mailbox: see the header.
//
// A slot at position p of the endless sequence of posts is free for its writer
// when its `sequence` is p, holds a function for the reader when it is p + 1, and
// is free for the next round when the reader has made it p + MAILBOX_SLOTS. Writers
// reserve positions by moving the tail; the reader stops at a slot that is reserved
// but not yet filled, and its writer then sets `posted` again.
#include "core/host/mailbox.h"

#include <unistd.h>

static struct mailbox_slot *slot_at(struct mailbox *mailbox, uint32_t position)
{
	return &mailbox->slot[position & (MAILBOX_SLOTS - 1)];
}

void mailbox_init(struct mailbox *mailbox, int wake_fd)
{
	*mailbox = (struct mailbox){.wake_fd = wake_fd};
	for (uint32_t i = 0; i < MAILBOX_SLOTS; i++)
		atomic_init(&mailbox->slot[i].sequence, i);
}

// The slot that the caller may fill, and its position; NULL when the box is full.
static struct mailbox_slot *reserve_slot(struct mailbox *mailbox, uint32_t *position)
{
	uint32_t tail = atomic_load_explicit(&mailbox->tail, memory_order_relaxed);

	for (;;) {
		struct mailbox_slot *slot = slot_at(mailbox, tail);
		uint32_t sequence = atomic_load_explicit(&slot->sequence, memory_order_acquire);

		if (sequence == tail) {
			if (!atomic_compare_exchange_weak_explicit(&mailbox->tail, &tail, tail + 1,
			                                           memory_order_relaxed,
			                                           memory_order_relaxed))
				continue;
			*position = tail;
			return slot;
		}
		if ((int32_t)(sequence - tail) < 0)
			return NULL;
		tail = atomic_load_explicit(&mailbox->tail, memory_order_relaxed);
	}
}

bool mailbox_post(struct mailbox *mailbox, mailbox_fn *fn, void *ctx)
{
	uint64_t one = 1;
	uint32_t position;
	struct mailbox_slot *slot = reserve_slot(mailbox, &position);

	if (!slot)
		return false;
	slot->fn = fn;
	slot->ctx = ctx;
	atomic_store_explicit(&slot->sequence, position + 1, memory_order_release);
	// Whoever finds `posted` unset wakes the reader, for those who come after as well.
	if (!atomic_exchange_explicit(&mailbox->posted, true, memory_order_acq_rel))
		(void)!write(mailbox->wake_fd, &one, sizeof(one));
	return true;
}

unsigned mailbox_run(struct mailbox *mailbox, mono_t now)
{
	unsigned ran = 0;
	uint32_t end;

	// Unset before the slots are read: a post that this run misses sets it again.
	if (!atomic_exchange_explicit(&mailbox->posted, false, memory_order_acq_rel))
		return 0;
	end = atomic_load_explicit(&mailbox->tail, memory_order_relaxed);
	while (mailbox->head != end) {
		struct mailbox_slot *slot = slot_at(mailbox, mailbox->head);
		mailbox_fn *fn;
		void *ctx;

		if (atomic_load_explicit(&slot->sequence, memory_order_acquire) !=
		    mailbox->head + 1)
			break;
		fn = slot->fn;
		ctx = slot->ctx;
		atomic_store_explicit(&slot->sequence, mailbox->head + MAILBOX_SLOTS,
		                      memory_order_release);
		mailbox->head++;
		fn(ctx, now);
		ran++;
	}
	return ran;
}
