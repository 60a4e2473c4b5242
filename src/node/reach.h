// Who of a service's other side can be reached: a service has two topics, and nothing is lost only where both are matched. Asks the transport; no lock held.
#ifndef WHORL_NODE_REACH_H
#define WHORL_NODE_REACH_H

#include "transport/transport.h"

// For a client: is there a server whose request reader and reply writer are both matched? Where no reader says whose it is, any two will do. 1, 0, or a failure.
int whorl__reach_server(whorl__writer_t *requests, whorl__reader_t *replies);

// For a client: is this request reader the only one that is matched? 1, 0, or a failure.
int whorl__reach_only(whorl__writer_t *requests, const uint8_t request_reader[16]);

typedef enum whorl__client_state {
  WHORL__CLIENT_GONE,   // its request writer is
  WHORL__CLIENT_COMING, // its reply reader has not been matched yet
  WHORL__CLIENT_READY,  // it is matched; also when it does not say who it is
} whorl__client_state_t;

// For a server: the client whose request came from this writer. A failure, or one of those. `ret_reader`, set when READY: its reply reader; zeroes when it does not say who it is.
int whorl__reach_client(whorl__reader_t *requests, whorl__writer_t *replies, const uint8_t request_writer[16], uint8_t ret_reader[16]);

#endif
