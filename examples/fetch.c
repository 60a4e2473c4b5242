// A service whose handler waits for the web while other handlers run: libcurl's transfers live on the node's own loop, no second thread. Until Ctrl-C. usage: fetch <URL>
//
// libcurl says which sockets and which deadline it waits for; handles of libuv do that waiting, on the libuv loop below Whorl's. A transfer that ends completes its handler's future.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <rosidl_runtime_c/string_functions.h>
#include <std_srvs/srv/trigger.h>
#include <whorl/uv.h>
#include <whorl/whorl.h>

typedef struct http {
  CURLM *transfers;
  uv_loop_t *uv;
  uv_timer_t timer;
} http_t;

// --- libcurl on libuv

static void tell_ended_ones(http_t *http)
{
  CURLMsg *message;
  whorl_future_t *ended;
  for (int left; (message = curl_multi_info_read(http->transfers, &left)) != NULL;) {
    if (message->msg != CURLMSG_DONE) continue;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&ended);
    (void)whorl_future_complete(*ended, message->data.result == CURLE_OK ? WHORL_OK : WHORL_IO_ERROR, NULL);
  }
}

static void go_on(http_t *http, curl_socket_t fd, int events)
{
  int running;
  curl_multi_socket_action(http->transfers, fd, events, &running);
  tell_ended_ones(http);
}

static void on_time(uv_timer_t *timer) { go_on(timer->data, CURL_SOCKET_TIMEOUT, 0); }

static int on_deadline(CURLM *transfers, long timeout_ms, void *arg)
{
  http_t *http = arg;
  (void)transfers;
  return timeout_ms < 0 ? uv_timer_stop(&http->timer) : uv_timer_start(&http->timer, on_time, (uint64_t)timeout_ms, 0);
}

typedef struct watch {
  uv_poll_t poll;
  http_t *http;
  curl_socket_t fd;
} watch_t;

static void on_ready(uv_poll_t *poll, int error, int events)
{
  const watch_t *watch = poll->data;
  int ready = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0) |
              (error < 0 ? CURL_CSELECT_ERR : 0);
  go_on(watch->http, watch->fd, ready);
}

static void on_watch_closed(uv_handle_t *poll) { free(poll->data); }

static int begin_watch(http_t *http, curl_socket_t fd, watch_t **ret_watch)
{
  watch_t *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return -1;
  if (uv_poll_init_socket(http->uv, &watch->poll, fd) != 0) {
    free(watch);
    return -1;
  }
  watch->poll.data = watch;
  watch->http = http;
  watch->fd = fd;
  curl_multi_assign(http->transfers, fd, watch);
  *ret_watch = watch;
  return 0;
}

static int on_socket(CURL *transfer, curl_socket_t fd, int what, void *http, void *watch_of_it)
{
  watch_t *watch = watch_of_it;
  (void)transfer;
  if (what == CURL_POLL_REMOVE) {
    if (watch != NULL) uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
    return 0;
  }
  if (watch == NULL && begin_watch(http, fd, &watch) < 0) return -1; // libcurl gives the transfer up
  return uv_poll_start(&watch->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0), on_ready);
}

static int http_open(http_t *http, uv_loop_t *uv)
{
  http->uv = uv;
  http->transfers = curl_multi_init();
  if (http->transfers == NULL) return WHORL_NO_MEMORY;
  uv_timer_init(uv, &http->timer);
  http->timer.data = http;
  curl_multi_setopt(http->transfers, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(http->transfers, CURLMOPT_SOCKETDATA, http);
  curl_multi_setopt(http->transfers, CURLMOPT_TIMERFUNCTION, on_deadline);
  curl_multi_setopt(http->transfers, CURLMOPT_TIMERDATA, http);
  return WHORL_OK;
}

static void http_close(http_t *http) // what libuv still has to let go of, whorl_loop_destroy waits for
{
  if (http->transfers == NULL) return;
  curl_multi_cleanup(http->transfers);
  uv_close((uv_handle_t *)&http->timer, NULL);
}

// --- One transfer, by the task that wants it

static size_t on_body(char *bytes, size_t size, size_t count, void *text)
{
  rosidl_runtime_c__String *body = text;
  size_t length = body->size;
  char *all = malloc(length + size * count + 1);
  if (all == NULL) return 0; // libcurl gives the transfer up
  memcpy(all, body->data, length);
  memcpy(all + length, bytes, size * count);
  bool assigned = rosidl_runtime_c__String__assignn(body, all, length + size * count);
  free(all);
  return assigned ? size * count : 0;
}

static int http_get(http_t *http, const char *url, rosidl_runtime_c__String *body)
{
  whorl_future_t ended;
  WHORL_TRY(whorl_future_create(NULL, &ended));
  CURL *transfer = curl_easy_init();
  int status = transfer == NULL ? WHORL_NO_MEMORY : WHORL_OK;
  if (status == WHORL_OK) {
    curl_easy_setopt(transfer, CURLOPT_URL, url);
    curl_easy_setopt(transfer, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(transfer, CURLOPT_WRITEDATA, body);
    curl_easy_setopt(transfer, CURLOPT_PRIVATE, &ended);
    curl_multi_add_handle(http->transfers, transfer);
    status = whorl_future_wait(ended, NULL);             // this handler waits, others run
    curl_multi_remove_handle(http->transfers, transfer); // also when it was cancelled
    curl_easy_cleanup(transfer);
  }
  (void)whorl_future_destroy(ended);
  return status;
}

// --- The node

typedef struct program {
  const char *url;
  whorl_context_t context;
  whorl_loop_t loop;
  http_t http;
} program_t;

static int on_fetch(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  program_t *program = arg;
  std_srvs__srv__Trigger_Response *answer = response;
  (void)request, (void)call;
  int status = http_get(&program->http, program->url, &answer->message);
  if (status == WHORL_CANCELED) return status;
  answer->success = status == WHORL_OK;
  return WHORL_OK; // an error here would end the node
}

static int serve(void *arg)
{
  program_t *program = arg;
  whorl_node_t node;
  uv_loop_t *uv;
  WHORL_TRY(whorl_loop_uv(program->loop, &uv));
  WHORL_TRY(http_open(&program->http, uv));
  WHORL_TRY(whorl_node_create(program->context, "fetch", NULL, &node));
  WHORL_TRY(whorl_service_create(node, WHORL_SERVICE(std_srvs, srv, Trigger), "fetch", on_fetch, program,
                                 &(whorl_service_options_t){.max_in_flight = 16}, NULL));
  return whorl_node_run(node);
}

static int run(int argc, char **argv, program_t *program)
{
  WHORL_TRY(whorl_context_create(argc, argv, &(whorl_context_options_t){.handle_signals = true}, &program->context));
  WHORL_TRY(whorl_loop_create(&(whorl_loop_options_t){.stack_size = 256 * 1024}, &program->loop)); // libcurl needs more than a handler
  int status = whorl_loop_run(program->loop, serve, program);
  http_close(&program->http);
  WHORL_TRY(whorl_loop_destroy(program->loop));
  return whorl_context_destroy(program->context, status);
}

int main(int argc, char **argv)
{
  if (argc < 2) {
    fprintf(stderr, "usage: %s <URL>\n", argv[0]);
    return 2;
  }
  program_t program = {.url = argv[1]};
  curl_global_init(CURL_GLOBAL_DEFAULT);
  int status = run(argc, argv, &program);
  if (status < 0) fprintf(stderr, "%s: %s\n", whorl_status_name(status), whorl_detail());
  curl_global_cleanup();
  return status < 0 ? 1 : 0;
}
