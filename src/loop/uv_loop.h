// Libuv loops of our own.
#ifndef WHORL_LOOP_UV_LOOP_H
#define WHORL_LOOP_UV_LOOP_H

#include <uv.h>

// As uv_loop_init, which ends the process when the first loop of all finds one or two descriptors left: here that is an IO_ERROR, too. `purpose` ends the sentence: "", or " for ...".
int whorl__uv_loop_open(uv_loop_t *uv, const char *purpose);

#endif
