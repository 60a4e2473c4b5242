// Sending the answer of a call to a client that can receive it.
//
// Two things must be true of a client: its reply reader is matched, and it has been in touch with our writer, else it may not know that yet (whorl__hearing_t). Before that, what it gets is what the
// history keeps for it.
#ifndef WHORL_NODE_ANSWER_H
#define WHORL_NODE_ANSWER_H

#include "node/reach.h"
#include "node/service_call.h"

enum {
  WHORL__CLIENT_UNHEARD = WHORL__CLIENT_READY + 1
}; // one more state: matched, but not in touch; or others' answers to it wait (`in_order`)

// The client whose requests come from this writer, as of `seen` changes; its reply reader where it is matched. Pinned. Asks the transport only after something has changed, and while the client is unheard.
int whorl__answer_reach(whorl__service_t *service, const uint8_t request_writer[16], bool in_order, uint64_t seen, uint8_t ret_reader[16]);
// Writes it; counted when `counts`. Pinned, and ends the pin; suspends or blocks while throttled.
int whorl__answer_write(whorl__service_t *service, whorl__service_call_t *call, bool counts);
// What has become of a message that was written to a client that was not in touch. Numbers are the writer's.
typedef enum whorl__answer_fate { WHORL__ANSWER_OPEN, WHORL__ANSWER_ARRIVED, WHORL__ANSWER_DOUBTFUL } whorl__answer_fate_t;
// Doubtful: the client is in touch now, but the history may have been too short to keep the message so long. Pinned.
whorl__answer_fate_t whorl__answer_fate(whorl__service_t *service, const uint8_t reader[16], uint64_t number);
uint64_t whorl__answer_number(whorl__service_t *service,
                              const uint8_t reader[16]); // of the message that was written last, or of a later one. Pinned

// Sends without waiting, where a handler returns; where it cannot, the call waits in the service's backlog, for which it takes a reference of its own.
int whorl__answer_send_or_queue(whorl__service_t *service, whorl__service_call_t *call);
// In a task, or on a plain thread that blocks: waits until the answer has gone out to a client that hears it, or that has had its time.
int whorl__answer_send(whorl__service_call_t *call);
int whorl__answer_send_now(whorl__service_call_t *call); // without waiting; COMING or UNHEARD: it would have to. No pin

#endif
