// Test support: a chaos makes and ends services and clients, calls, and answers early, late, twice and never.
#ifndef WHORL_SIMULATION_CHAOS_SERVICES_H
#define WHORL_SIMULATION_CHAOS_SERVICES_H

#include "simulation/chaos_entities.h"

static const char *draw_service(chaos_t *chaos)
{
  static const char *const names[] = {"sum", "total"};
  return names[draw(chaos, 2)];
}

static void keep(chaos_t *chaos, whorl_service_call_t call)
{
  expect(chaos, "keep call", whorl_service_call_keep(call), &GONE);
  chaos->kept[draw(chaos, KEPT)] = call; // who was there stays kept until its service ends
}

// Once, whoever does it: its client may be on its way, so with a limit.
static void answer(chaos_t *chaos, whorl_service_call_t call)
{
  static const allowed_t outcomes = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_TIMED_OUT, WHORL_CANCELED}};
  whorl_timeout_t timeout;
  if (chance(chaos, 5)) {
    expect(chaos, "drop call", whorl_service_call_drop(call), &GONE);
    return;
  }
  whorl_timeout_open(&timeout, some_time(chaos, 2000));
  expect(chaos, "answer call", whorl_timeout_close(&timeout, whorl_service_call_answer(call)), &outcomes);
}

static int on_request(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const example_interfaces__srv__AddTwoInts_Request *numbers = request;
  served_t *served = arg;
  chaos_t *chaos = served->chaos;
  served->handled++;
  chaos->callbacks++;
  ((example_interfaces__srv__AddTwoInts_Response *)response)->sum = numbers->a + numbers->b;
  write_down(chaos, 3, (int)numbers->a);
  if (chaos->calm) return WHORL_OK;
  if (chance(chaos, 4)) keep(chaos, call);
  if (chance(chaos, 60)) expect(chaos, "end own service", whorl_service_destroy(served->service), &GONE);
  if (chance(chaos, 8)) answer(chaos, call);
  return act(chaos);
}

static void check_served(const served_t *served, bool nothing_left)
{
  whorl_service_counts_t counts;
  if (whorl_service_read_counts(served->service, &counts) < 0) return;
  assert_true(counts.taken == served->handled || (served->chaos->scarce && counts.taken > served->handled));
  assert_true(counts.malformed == 0);
  assert_true(counts.received >= counts.taken + counts.dropped);
  assert_true(counts.answers + counts.unreachable + counts.kept <= counts.taken); // the rest: dropped, in a handler, or in a sender's hand
  if (nothing_left) assert_true(counts.received == counts.taken + counts.dropped);
}

static void change_service(chaos_t *chaos, bool create)
{
  static const uint32_t in_flight[] = {0, 1, 2, WHORL_UNLIMITED};
  served_t *fresh = NULL;
  if (create) {
    const whorl_service_options_t options = {.max_in_flight = in_flight[draw(chaos, 4)]};
    fresh = &chaos->served[chaos->served_count++];
    *fresh = (served_t){.chaos = chaos};
    int status = whorl_service_create(draw_node(chaos), ADD, draw_service(chaos), on_request, fresh, &options, &fresh->service);
    if (expect(chaos, "make service", status, &GONE_OR_SHUT) < 0) return;
  }
  served_t **place = &chaos->services[draw(chaos, SERVICES)], *old = *place;
  *place = fresh;
  if (old == NULL) return;
  check_served(old, false);
  expect(chaos, "end service", whorl_service_destroy(old->service), &GONE);
}

static void check_called(whorl_client_t client, bool nothing_open)
{
  whorl_client_counts_t counts;
  if (whorl_client_read_counts(client, &counts) < 0) return;
  assert_true(counts.malformed == 0);
  assert_true(counts.answers + counts.open <= counts.requests);
  if (nothing_open) assert_true(counts.open == 0);
}

static void change_client(chaos_t *chaos, bool create)
{
  whorl_client_t *place = &chaos->clients[draw(chaos, CLIENTS)], fresh = {0};
  if (create) {
    int status = whorl_client_create(draw_node(chaos), ADD, draw_service(chaos), NULL, &fresh);
    if (expect(chaos, "make client", status, &GONE_OR_SHUT) < 0) return;
  }
  whorl_client_t old = *place;
  if (create) *place = fresh;
  check_called(old, false);
  expect(chaos, "end client", whorl_client_destroy(old), &GONE);
}

static void call_a_service(chaos_t *chaos)
{
  static const allowed_t outcomes = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_TIMED_OUT, WHORL_CANCELED, WHORL_WOULD_DEADLOCK}};
  const example_interfaces__srv__AddTwoInts_Request request = {.a = draw(chaos, 1000), .b = draw(chaos, 1000)};
  example_interfaces__srv__AddTwoInts_Response response = {.sum = -1};
  whorl_client_t client = chaos->clients[draw(chaos, CLIENTS)];
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, some_time(chaos, chance(chaos, 10) ? 20000 : 1500));
  int status = whorl_timeout_close(&timeout, whorl_client_call(client, &request, &response));
  assert_true(response.sum == (status == WHORL_OK ? request.a + request.b : -1));
  chaos->answers += status == WHORL_OK;
  expect(chaos, "call", status, &outcomes);
}

static void use_services(chaos_t *chaos)
{
  unsigned what = draw(chaos, 100);
  if (what < 60)
    call_a_service(chaos);
  else if (what < 75)
    answer(chaos, chaos->kept[draw(chaos, KEPT)]);
  else if (what < 85)
    change_service(chaos, what < 82);
  else
    change_client(chaos, what < 96);
}

#endif
