// A client whose reply reader is discovered later than its request writer, in the server's own context: endpoints without a client behind them.
#ifndef WHORL_NODE_BARE_CLIENT_H
#define WHORL_NODE_BARE_CLIENT_H

#include "node/context.h"
#include "node/service_endpoint.h"
#include "node/service_fixture.h"

typedef struct bare_client {
  whorl__participant_t *participant;
  whorl__writer_t *writer;
  whorl__reader_t *reader;
  whorl__endpoint_options_t options;
} bare_client_t;

static inline void bare_open_writer(bare_client_t *bare, whorl_context_t handle)
{
  const whorl__type_t *request, *response;
  assert_int_equal(whorl__service_type_get(ADD, &request, &response), WHORL_OK);
  whorl__context_t *context;
  assert_int_equal(whorl__context_pin(handle, &context), WHORL_OK);
  bare->participant = context->participant; // lives as long as the context
  whorl__context_unpin(context);
  bare->options = (whorl__endpoint_options_t){.type = request, .kind = WHORL__DDS_REQUEST, .topic = "/add", .user_data = "clientid=bare;"};
  assert_int_equal(whorl__qos_resolve(&WHORL_QOS_SERVICES, &bare->options.qos), WHORL_OK);
  assert_int_equal(bare->participant->ops->writer_open(bare->participant, &bare->options, &bare->writer), WHORL_OK);
  bare->options.type = response;
  bare->options.kind = WHORL__DDS_REPLY;
  bare->options.least_depth = 1024;
}

static inline void bare_open_reader(bare_client_t *bare)
{
  assert_int_equal(bare->participant->ops->reader_open(bare->participant, &bare->options, &bare->reader), WHORL_OK);
}

static inline void bare_ask(bare_client_t *bare, int64_t number)
{
  whorl__message_t *message = whorl__message_new_default(bare->writer->type);
  ((add_request_t *)(void *)message->native)->a = 42;
  const whorl__service_header_t header = {.client = 7, .number = number};
  assert_int_equal(whorl__service_write(bare->writer, &header, message), WHORL_OK);
  whorl__message_unref(message);
}

static inline void bare_request(bare_client_t *bare) { bare_ask(bare, 9); }

// What is still open of it.
static inline void bare_close(bare_client_t *bare)
{
  if (bare->writer != NULL) bare->participant->ops->writer_close(bare->writer);
  if (bare->reader != NULL) bare->participant->ops->reader_close(bare->reader);
  bare->writer = NULL;
  bare->reader = NULL;
}

// The number of its next answer; 0: there is none.
static inline int64_t bare_take(bare_client_t *bare)
{
  whorl__sample_t *sample;
  whorl__message_t *message;
  bool more, own = false;
  int64_t number = 0;
  while (!own && whorl__reader_take(bare->reader, &sample, &message, &more) == WHORL_OK) {
    own = sample->header.client == 7; // all clients get all answers
    number = own ? sample->header.number : 0;
    whorl__sample_unref(sample);
  }
  return number;
}

#endif
