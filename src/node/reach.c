#include "node/reach.h"

#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "node/service_id.h"
#include "whorl/status.h"

typedef struct server_search {
  char (*ids)[WHORL__SERVICE_ID_SIZE]; // of the request readers
  size_t count, capacity;
  bool no_memory;
  bool found;
} server_search_t;

static bool reserve(server_search_t *search)
{
  if (search->count < search->capacity) return true;
  size_t capacity = search->capacity == 0 ? 4 : 2 * search->capacity;
  void *grown = whorl__realloc(search->ids, capacity * sizeof *search->ids);
  if (grown == NULL) {
    search->no_memory = true;
    return false;
  }
  search->ids = grown;
  search->capacity = capacity;
  return true;
}

static void note_server(void *arg, const whorl__remote_endpoint_t *reader)
{
  server_search_t *search = arg;
  char id[WHORL__SERVICE_ID_SIZE];
  if (!whorl__service_id_read(reader->user_data, "serviceid", id) || !reserve(search)) return;
  memcpy(search->ids[search->count++], id, sizeof id);
}

static void match_server(void *arg, const whorl__remote_endpoint_t *writer)
{
  server_search_t *search = arg;
  char id[WHORL__SERVICE_ID_SIZE];
  if (!whorl__service_id_read(writer->user_data, "serviceid", id)) return;
  for (size_t i = 0; i < search->count; i++) search->found |= strcmp(id, search->ids[i]) == 0;
}

static int search_server(whorl__writer_t *requests, whorl__reader_t *replies, server_search_t *search)
{
  const whorl__transport_ops_t *ops = requests->participant->ops;
  WHORL_TRY(ops->writer_visit_matched(requests, note_server, search));
  WHORL_TRY(ops->reader_visit_matched(replies, match_server, search));
  return search->no_memory ? whorl__fail(WHORL_NO_MEMORY, "no memory for the servers of a service") : WHORL_OK;
}

int whorl__reach_server(whorl__writer_t *requests, whorl__reader_t *replies)
{
  const whorl__transport_ops_t *ops = requests->participant->ops;
  if (ops->writer_matched(requests) == 0 || ops->reader_matched(replies) == 0) return 0;
  server_search_t search = {0};
  int status = search_server(requests, replies, &search);
  whorl__free(search.ids);
  WHORL_TRY(status);
  return search.found || search.count == 0;
}

typedef struct only_search {
  const uint8_t *request_reader;
  size_t readers;
  bool found;
} only_search_t;

static void count_reader(void *arg, const whorl__remote_endpoint_t *reader)
{
  only_search_t *search = arg;
  search->readers++;
  search->found |= memcmp(reader->gid, search->request_reader, sizeof reader->gid) == 0;
}

int whorl__reach_only(whorl__writer_t *requests, const uint8_t request_reader[16])
{
  only_search_t search = {.request_reader = request_reader};
  WHORL_TRY(requests->participant->ops->writer_visit_matched(requests, count_reader, &search));
  return search.found && search.readers == 1;
}

typedef struct client_search {
  const uint8_t *request_writer;
  uint8_t *reply_reader;
  char id[WHORL__SERVICE_ID_SIZE];
  bool there, has_id, found;
} client_search_t;

static void find_writer(void *arg, const whorl__remote_endpoint_t *writer)
{
  client_search_t *search = arg;
  if (memcmp(writer->gid, search->request_writer, sizeof writer->gid) != 0) return;
  search->there = true;
  search->has_id = whorl__service_id_read(writer->user_data, "clientid", search->id);
}

static void find_reader(void *arg, const whorl__remote_endpoint_t *reader)
{
  client_search_t *search = arg;
  char id[WHORL__SERVICE_ID_SIZE];
  if (!whorl__service_id_read(reader->user_data, "clientid", id) || strcmp(id, search->id) != 0) return;
  search->found = true;
  memcpy(search->reply_reader, reader->gid, sizeof reader->gid);
}

int whorl__reach_client(whorl__reader_t *requests, whorl__writer_t *replies, const uint8_t request_writer[16], uint8_t ret_reader[16])
{
  const whorl__transport_ops_t *ops = requests->participant->ops;
  client_search_t search = {.request_writer = request_writer, .reply_reader = ret_reader};
  memset(ret_reader, 0, 16);
  WHORL_TRY(ops->reader_visit_matched(requests, find_writer, &search));
  if (!search.there) return WHORL__CLIENT_GONE;
  if (!search.has_id) return WHORL__CLIENT_READY;
  WHORL_TRY(ops->writer_visit_matched(replies, find_reader, &search));
  return search.found ? WHORL__CLIENT_READY : WHORL__CLIENT_COMING;
}
