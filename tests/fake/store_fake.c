// store_fake: see the header. The tree is a list of paths in order; a transaction
// is a copy of it.
#include "store_fake.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>

#define NODES_MAX   2048
#define CLIENTS_MAX 8
#define WATCHES_MAX 64
#define TXS_MAX     8
#define PATH_BYTES  256
#define VALUE_BYTES 4096

struct node {
	char path[PATH_BYTES];
	char *value;
};

struct tree {
	struct node node[NODES_MAX];
	unsigned len;
};

struct tx {
	uint32_t id;
	uint64_t version; // of the tree when it began
	struct tree tree;
};

struct watch {
	int client;
	char path[PATH_BYTES], given[PATH_BYTES], token[PATH_BYTES];
};

struct client {
	int fd; // -1: free
	unsigned domain;
	size_t len;
	char in[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
};

struct store_fake {
	pthread_mutex_t lock;
	pthread_t thread;
	int wake_fd;
	bool quit;
	enum store_fake_lie lie;
	uint64_t version;
	uint32_t next_tx;
	struct tree tree;
	struct tx *tx[TXS_MAX];
	struct watch watch[WATCHES_MAX];
	unsigned watches;
	struct client client[CLIENTS_MAX];
};

static struct node *tree_find(struct tree *tree, const char *path)
{
	for (unsigned i = 0; i < tree->len; i++)
		if (strcmp(tree->node[i].path, path) == 0)
			return &tree->node[i];
	return NULL;
}

static void tree_set(struct tree *tree, const char *path, const char *value, size_t len)
{
	struct node *node = tree_find(tree, path);
	char parent[PATH_BYTES];
	char *slash;

	if (!node) {
		snprintf(parent, sizeof(parent), "%s", path);
		slash = strrchr(parent, '/');
		if (slash && slash != parent) {
			*slash = '\0';
			if (!tree_find(tree, parent))
				tree_set(tree, parent, "", 0);
		}
		assert(tree->len < NODES_MAX && strlen(path) < PATH_BYTES);
		node = &tree->node[tree->len++];
		*node = (struct node){0};
		snprintf(node->path, sizeof(node->path), "%s", path);
	}
	free(node->value);
	node->value = malloc(len + 1);
	assert(node->value);
	memcpy(node->value, value, len);
	node->value[len] = '\0';
}

// Whether path lies in the subtree of root.
static bool is_below(const char *path, const char *root)
{
	size_t len = strlen(root);

	return strncmp(path, root, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static bool tree_remove(struct tree *tree, const char *path)
{
	bool found = false;

	for (unsigned i = 0; i < tree->len;) {
		if (!is_below(tree->node[i].path, path)) {
			i++;
			continue;
		}
		free(tree->node[i].value);
		tree->node[i] = tree->node[--tree->len];
		found = true;
	}
	return found;
}

static void tree_copy(struct tree *to, const struct tree *from)
{
	for (unsigned i = 0; i < from->len; i++)
		tree_set(to, from->node[i].path, from->node[i].value, strlen(from->node[i].value));
}

static void tree_free(struct tree *tree)
{
	for (unsigned i = 0; i < tree->len; i++)
		free(tree->node[i].value);
	tree->len = 0;
}

static void send_all(struct store_fake *fake, const struct client *client, const void *bytes,
                     size_t len)
{
	const char *p = bytes;
	size_t step = fake->lie == STORE_FAKE_SLOW ? 1 : len;

	for (size_t at = 0; at < len;) {
		ssize_t n =
		        send(client->fd, p + at, len - at < step ? len - at : step, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		at += (size_t)n;
	}
}

static void put(struct store_fake *fake, const struct client *client, struct xsd_sockmsg head,
                const void *body, size_t len)
{
	char out[sizeof(head) + XENSTORE_PAYLOAD_MAX];

	head.len = (uint32_t)len;
	memcpy(out, &head, sizeof(head));
	memcpy(out + sizeof(head), body, len);
	send_all(fake, client, out, sizeof(head) + len);
}

static void fire_one(struct store_fake *fake, const struct watch *watch, const char *path)
{
	const struct client *client = &fake->client[watch->client];
	char body[2 * PATH_BYTES], mine[PATH_BYTES];
	int len;

	// Events of a watch on a relative path have relative paths.
	snprintf(mine, sizeof(mine), "%s", path);
	if (watch->given[0] != '/' && is_below(path, watch->path))
		snprintf(mine, sizeof(mine), "%s%s", watch->given, path + strlen(watch->path));
	len = snprintf(body, sizeof(body), "%s%c%s", mine, 0, watch->token);
	if (client->fd >= 0)
		put(fake, client, (struct xsd_sockmsg){.type = XS_WATCH_EVENT}, body,
		    (size_t)len + 1);
}

// A change at path fires watches on it and above it; a removal also those below it.
static void fire(struct store_fake *fake, const char *path, bool removed)
{
	fake->version++;
	for (unsigned i = 0; i < fake->watches; i++) {
		const struct watch *watch = &fake->watch[i];

		if (is_below(path, watch->path))
			fire_one(fake, watch, path);
		else if (removed && is_below(watch->path, path))
			fire_one(fake, watch, watch->path);
	}
}

static struct tx *tx_find(struct store_fake *fake, uint32_t id)
{
	for (unsigned i = 0; i < TXS_MAX; i++)
		if (fake->tx[i] && fake->tx[i]->id == id)
			return fake->tx[i];
	return NULL;
}

static void tx_free(struct store_fake *fake, struct tx *tx)
{
	for (unsigned i = 0; i < TXS_MAX; i++)
		if (fake->tx[i] == tx)
			fake->tx[i] = NULL;
	tree_free(&tx->tree);
	free(tx);
}

static int tx_begin(struct store_fake *fake, char *reply)
{
	for (unsigned i = 0; i < TXS_MAX; i++) {
		if (fake->tx[i])
			continue;
		fake->tx[i] = calloc(1, sizeof(struct tx));
		assert(fake->tx[i]);
		fake->tx[i]->id = ++fake->next_tx;
		fake->tx[i]->version = fake->version;
		tree_copy(&fake->tx[i]->tree, &fake->tree);
		return sprintf(reply, "%u", fake->next_tx) + 1;
	}
	return -ENOSPC;
}

static int tx_end(struct store_fake *fake, uint32_t id, bool commit)
{
	struct tx *tx = tx_find(fake, id);

	if (!tx)
		return -ENOENT;
	if (commit && (tx->version != fake->version || fake->lie == STORE_FAKE_BUSY)) {
		tx_free(fake, tx);
		return -EAGAIN;
	}
	if (commit) {
		struct tree before = fake->tree;

		fake->tree = tx->tree;
		tx->tree = before;
		for (unsigned i = 0; i < fake->tree.len; i++) {
			const struct node *node = &fake->tree.node[i];
			const struct node *old = tree_find(&tx->tree, node->path);

			if (!old || strcmp(old->value, node->value) != 0)
				fire(fake, node->path, false);
		}
	}
	tx_free(fake, tx);
	return 0;
}

// The children of path, each terminated by a zero byte.
static int list(struct tree *tree, const char *path, char *reply)
{
	size_t len = strlen(path);
	int at = 0;

	if (!tree_find(tree, path))
		return -ENOENT;
	for (unsigned i = 0; i < tree->len; i++) {
		const char *p = tree->node[i].path;

		if (is_below(p, path) && p[len] == '/' && !strchr(p + len + 1, '/'))
			at += sprintf(reply + at, "%s", p + len + 1) + 1;
	}
	return at;
}

static int watch_add(struct store_fake *fake, int client, const char *path, const char *given,
                     const char *token)
{
	struct watch *watch = &fake->watch[fake->watches];

	if (fake->watches == WATCHES_MAX)
		return -ENOSPC;
	*watch = (struct watch){.client = client};
	snprintf(watch->path, sizeof(watch->path), "%s", path);
	snprintf(watch->given, sizeof(watch->given), "%s", given);
	snprintf(watch->token, sizeof(watch->token), "%s", token);
	fake->watches++;
	return 0;
}

static int watch_del(struct store_fake *fake, int client, const char *path, const char *token)
{
	for (unsigned i = 0; i < fake->watches; i++) {
		struct watch *watch = &fake->watch[i];

		if (watch->client == client && strcmp(watch->path, path) == 0 &&
		    strcmp(watch->token, token) == 0) {
			*watch = fake->watch[--fake->watches];
			return 0;
		}
	}
	return -ENOENT;
}

// Executes one request; returns the length of the reply, or a negative errno.
static int serve(struct store_fake *fake, int number, const struct xsd_sockmsg *head, char *body,
                 char *reply)
{
	struct client *client = &fake->client[number];
	struct tx *tx = head->tx_id ? tx_find(fake, head->tx_id) : NULL;
	struct tree *tree = tx ? &tx->tree : &fake->tree;
	char path[PATH_BYTES];
	const char *second = body + strlen(body) + 1;
	const struct node *node;
	int len, err;

	len = snprintf(path, sizeof(path), body[0] == '/' ? "%s" : "/local/domain/%2$u/%1$s", body,
	               client->domain);
	if (len >= PATH_BYTES)
		return -EINVAL;
	if (head->tx_id && !tx)
		return -ENOENT;
	switch (head->type) {
	case XS_READ:
		node = tree_find(tree, path);
		if (!node)
			return -ENOENT;
		memcpy(reply, node->value, strlen(node->value));
		return (int)strlen(node->value);
	case XS_WRITE:
		tree_set(tree, path, second, (size_t)(body + head->len - second));
		if (!tx)
			fire(fake, path, false);
		return sprintf(reply, "OK") + 1;
	case XS_RM:
		if (!tree_remove(tree, path))
			return -ENOENT;
		if (!tx)
			fire(fake, path, true);
		return sprintf(reply, "OK") + 1;
	case XS_DIRECTORY:
		return list(tree, path, reply);
	case XS_TRANSACTION_START:
		return tx_begin(fake, reply);
	case XS_TRANSACTION_END:
		err = tx_end(fake, head->tx_id, body[0] == 'T');
		return err ? err : sprintf(reply, "OK") + 1;
	case XS_WATCH:
		err = watch_add(fake, number, path, body, second);
		return err ? err : sprintf(reply, "OK") + 1;
	case XS_UNWATCH:
		err = watch_del(fake, number, path, second);
		return err ? err : sprintf(reply, "OK") + 1;
	default:
		return -ENOSYS;
	}
}

static const char *error_name(int err)
{
	for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
		if (xsd_errors[i].errnum == err)
			return xsd_errors[i].errstring;
	return "EIO";
}

static void hang_up(struct store_fake *fake, int number)
{
	close(fake->client[number].fd);
	fake->client[number].fd = -1;
	for (unsigned i = 0; i < fake->watches;) {
		if (fake->watch[i].client == number)
			fake->watch[i] = fake->watch[--fake->watches];
		else
			i++;
	}
}

static void reply_to(struct store_fake *fake, int number, struct xsd_sockmsg head, char *body)
{
	char reply[XENSTORE_PAYLOAD_MAX];
	struct client *client = &fake->client[number];
	int len = serve(fake, number, &head, body, reply);
	uint32_t type = head.type;

	if (len < 0) {
		head.type = XS_ERROR;
		len = sprintf(reply, "%s", error_name(-len)) + 1;
	}
	head.req_id += fake->lie == STORE_FAKE_REQ_ID ? 1000 : 0;
	head.type = fake->lie == STORE_FAKE_TYPE ? XS_INTRODUCE : head.type;
	if (fake->lie == STORE_FAKE_SILENT)
		return;
	if (fake->lie == STORE_FAKE_LEN) {
		head.len = XENSTORE_PAYLOAD_MAX + 1;
		send_all(fake, client, &head, sizeof(head));
		return;
	}
	if (fake->lie == STORE_FAKE_CUT) {
		send_all(fake, client, &head, sizeof(head) / 2);
		hang_up(fake, number);
		return;
	}
	put(fake, client, head, reply, (size_t)len);
	if (type == XS_WATCH && head.type == XS_WATCH)
		fire_one(fake, &fake->watch[fake->watches - 1],
		         fake->watch[fake->watches - 1].path);
}

static void client_read(struct store_fake *fake, int number)
{
	struct client *client = &fake->client[number];
	ssize_t n = recv(client->fd, client->in + client->len, sizeof(client->in) - client->len,
	                 MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		hang_up(fake, number);
		return;
	}
	client->len += n > 0 ? (size_t)n : 0;
	for (;;) {
		struct xsd_sockmsg head;
		char body[XENSTORE_PAYLOAD_MAX + 1];

		if (client->len < sizeof(head))
			return;
		memcpy(&head, client->in, sizeof(head));
		assert(head.len <= XENSTORE_PAYLOAD_MAX);
		if (client->len < sizeof(head) + head.len)
			return;
		memcpy(body, client->in + sizeof(head), head.len);
		body[head.len] = '\0';
		client->len -= sizeof(head) + head.len;
		memmove(client->in, client->in + sizeof(head) + head.len, client->len);
		reply_to(fake, number, head, body);
		if (client->fd < 0)
			return;
	}
}

static void *run(void *arg)
{
	struct store_fake *fake = arg;
	struct pollfd fds[CLIENTS_MAX + 1];
	uint64_t count;

	for (;;) {
		pthread_mutex_lock(&fake->lock);
		for (int i = 0; i < CLIENTS_MAX; i++)
			fds[i] = (struct pollfd){.fd = fake->client[i].fd, .events = POLLIN};
		pthread_mutex_unlock(&fake->lock);
		fds[CLIENTS_MAX] = (struct pollfd){.fd = fake->wake_fd, .events = POLLIN};
		poll(fds, CLIENTS_MAX + 1, -1);
		(void)!read(fake->wake_fd, &count, sizeof(count));
		pthread_mutex_lock(&fake->lock);
		if (fake->quit) {
			pthread_mutex_unlock(&fake->lock);
			return NULL;
		}
		for (int i = 0; i < CLIENTS_MAX; i++)
			if (fds[i].revents && fake->client[i].fd == fds[i].fd)
				client_read(fake, i);
		pthread_mutex_unlock(&fake->lock);
	}
}

static void wake(struct store_fake *fake)
{
	uint64_t one = 1;

	(void)!write(fake->wake_fd, &one, sizeof(one));
}

struct store_fake *store_fake_open(void)
{
	struct store_fake *fake = calloc(1, sizeof(*fake));

	assert(fake);
	pthread_mutex_init(&fake->lock, NULL);
	fake->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	for (int i = 0; i < CLIENTS_MAX; i++)
		fake->client[i].fd = -1;
	tree_set(&fake->tree, "/local/domain", "", 0);
	pthread_create(&fake->thread, NULL, run, fake);
	return fake;
}

void store_fake_close(struct store_fake *fake)
{
	pthread_mutex_lock(&fake->lock);
	fake->quit = true;
	pthread_mutex_unlock(&fake->lock);
	wake(fake);
	pthread_join(fake->thread, NULL);
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (fake->client[i].fd >= 0)
			close(fake->client[i].fd);
	for (unsigned i = 0; i < TXS_MAX; i++)
		if (fake->tx[i])
			tx_free(fake, fake->tx[i]);
	tree_free(&fake->tree);
	close(fake->wake_fd);
	free(fake);
}

int store_fake_connect(struct store_fake *fake, unsigned domain)
{
	int fds[2], number = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -errno;
	pthread_mutex_lock(&fake->lock);
	while (fake->client[number].fd >= 0)
		number++;
	assert(number < CLIENTS_MAX);
	fake->client[number] = (struct client){.fd = fds[1], .domain = domain};
	pthread_mutex_unlock(&fake->lock);
	wake(fake);
	return fds[0];
}

bool store_fake_get(struct store_fake *fake, const char *path, char *value, size_t size)
{
	const struct node *node;

	pthread_mutex_lock(&fake->lock);
	node = tree_find(&fake->tree, path);
	if (node)
		snprintf(value, size, "%s", node->value);
	pthread_mutex_unlock(&fake->lock);
	return node != NULL;
}

void store_fake_set(struct store_fake *fake, const char *path, const char *value)
{
	pthread_mutex_lock(&fake->lock);
	tree_set(&fake->tree, path, value, strlen(value));
	fire(fake, path, false);
	pthread_mutex_unlock(&fake->lock);
}

void store_fake_remove(struct store_fake *fake, const char *path)
{
	pthread_mutex_lock(&fake->lock);
	if (tree_remove(&fake->tree, path))
		fire(fake, path, true);
	pthread_mutex_unlock(&fake->lock);
}

void store_fake_lie(struct store_fake *fake, enum store_fake_lie lie)
{
	pthread_mutex_lock(&fake->lock);
	fake->lie = lie;
	pthread_mutex_unlock(&fake->lock);
}
