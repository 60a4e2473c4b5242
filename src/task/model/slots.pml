/* What several threads run together (docs/dispatch.md 2.1, 2.2, 2.4-2.8). See README.md for which lines of the code each part stands for.
 *
 * Slots of one core; a ring with two producers; its record and a guard condition's in one exclusive mailbox; a timer in a mailbox of its own. Somebody takes
 * from the ring by hand (-DBY_HAND), triggers the guard condition (-DGUARDED), sets an event (-DEVENT), destroys what the ring belongs to (-DDESTROY). The
 * subscription's callback returns, suspends until the event, or keeps its thread until the timer has been served: so whoever is idle meanwhile must see to that. An atomic block is one hold of the core's lock or of
 * the ring's. Which of several runnables is picked, and which idle slot is woken, is any: the order is no question here.
 * quick: -DSTORES=1 -DLAST=1 -DBY_HAND
 * quick: -DSTORES=1 -DLAST=1 -DEVENT
 * quick: -DSTORES=1 -DLAST=1 -DDESTROY
 * run: -DSTORES=2 -DBY_HAND
 * run: -DSTORES=1 -DGUARDED
 * run: -DSTORES=1 -DEVENT -DDESTROY
 * long: -DSTORES=2 -DBY_HAND
 * long: -DSTORES=1 -DGUARDED -DEVENT
 * long: -DSTORES=1 -DEVENT -DDESTROY */

#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef STORES
#define STORES 2 /* of all producers */
#endif
#define NOBODY SLOTS
#define FOREVER 3
#ifndef LAST
#define LAST 2 /* the clock's last instant: the timer is due at 1, and again at 2 */
#endif

mtype = { RUNNING, IDLE, WOKEN }
mtype = { NOTHING, MESSAGE, GUARD, TIMER, RESUME }
mtype place[SLOTS] = RUNNING
bool token[SLOTS], inbox[SLOTS]
byte parked_until[SLOTS + 1] = FOREVER /* the last one is nobody's */
byte keeper = NOBODY, waking = NOBODY

byte count; bool armed                       /* the ring */
byte storing                                 /* producers between ring and section: what closing a reader waits for */
byte to_store = STORES, taken, by_hand, discarded
bool queued, again, closing, freed           /* the subscription's record */
byte in_flight
bool guard_queued, guard_again; byte guard_in_flight
byte busy                                    /* the mailbox of both */
bool timer_queued, timer_in_flight, timer_again
byte now, deadline = 1
bool event_set
byte suspended_on = NOBODY
#ifdef DESTROY
bool to_destroy = true
#else
#define to_destroy false
#endif

#define MAY_RUN (busy == 0 && (queued || guard_queued))
#define TIMER_MAY_RUN (timer_queued && !timer_in_flight)
#define RUNNABLE (MAY_RUN || TIMER_MAY_RUN)
#if SLOTS > 2
#define ANY_IDLE (place[0] == IDLE || place[1] == IDLE || place[2] == IDLE)
#else
#define ANY_IDLE (place[0] == IDLE || place[1] == IDLE)
#endif
#define OTHER(slot) (place[slot] == IDLE && keeper != slot)
#define KEPT (keeper != NOBODY && parked_until[keeper] <= deadline)

/* whorl__slot_call */
inline call(slot) {
  if :: keeper == slot -> keeper = NOBODY :: else fi;
  place[slot] = WOKEN;
  token[slot] = true
}

/* settle */
inline settle() {
  if
  :: waking != NOBODY || !ANY_IDLE
  :: waking == NOBODY && ANY_IDLE && RUNNABLE ->
    if
    :: OTHER(0) -> waking = 0
    :: OTHER(1) -> waking = 1
#if SLOTS > 2
    :: OTHER(2) -> waking = 2
#endif
    :: else -> waking = keeper
    fi;
    call(waking)
#ifndef BREAK_NO_HAND_OVER_OF_THE_KEEPER
  :: waking == NOBODY && ANY_IDLE && !RUNNABLE && deadline != FOREVER && !KEPT -> /* late_keeper */
    if
    :: place[0] == IDLE && parked_until[0] <= deadline -> keeper = 0
    :: place[1] == IDLE && parked_until[1] <= deadline -> keeper = 1
#if SLOTS > 2
    :: place[2] == IDLE && parked_until[2] <= deadline -> keeper = 2
#endif
    :: else ->
      if
      :: keeper != NOBODY -> waking = keeper
      :: OTHER(0) && keeper == NOBODY -> waking = 0
      :: OTHER(1) && keeper == NOBODY -> waking = 1
#if SLOTS > 2
      :: OTHER(2) && keeper == NOBODY -> waking = 2
#endif
      fi;
      call(waking)
    fi
#endif
  :: else
  fi
}

#define ARRIVE if :: waking == me -> waking = NOBODY :: else fi
#define PROMISE if :: waking == NOBODY -> waking = me :: else fi

/* whorl__record_mark_locked */
inline mark() {
  if
#ifdef BREAK_NO_LOOK_AT_CLOSING
  :: queued
#else
  :: queued || closing
#endif
  :: else ->
    if
    :: in_flight > 0 ->
#ifndef BREAK_NO_AGAIN
      again = true
#else
      skip
#endif
    :: else -> queued = true
    fi
  fi
}

/* whorl__task_push: the inbox is of the slot where the task began */
inline resume(slot) {
  inbox[slot] = true;
#ifdef BREAK_RESUME_WAKES_ANYBODY
  if
  :: place[0] == IDLE -> call(0)
  :: place[1] == IDLE -> call(1)
  :: else
  fi
#else
  if :: place[slot] == IDLE -> call(slot) :: else fi
#endif
}

/* release_due */
inline release_due() {
  if
  :: deadline <= now -> deadline = FOREVER; if :: timer_in_flight -> timer_again = true :: else -> timer_queued = true fi
  :: else
  fi
}

/* pick, in a section that has begun otherwise */
inline pick() {
  ARRIVE;
  if
  :: inbox[me] -> inbox[me] = false; what = RESUME
  :: busy == 0 && queued -> assert(!closing && in_flight == 0); queued = false; in_flight++; busy++; what = MESSAGE
  :: busy == 0 && guard_queued -> guard_queued = false; guard_in_flight++; busy++; what = GUARD
  :: TIMER_MAY_RUN -> timer_queued = false; timer_in_flight = true; what = TIMER; if :: now < LAST -> deadline = LAST :: else fi
  :: else -> what = NOTHING; PROMISE /* to begin the next turn, or to rest */
  fi;
  assert(busy <= 1)
}

/* finish_here */
inline finish() {
  if
  :: what == TIMER -> timer_in_flight = false; if :: timer_again -> timer_again = false; timer_queued = true :: else fi
  :: what == GUARD -> guard_in_flight--; busy--; if :: guard_again -> guard_again = false; guard_queued = true :: else fi
  :: else ->
    in_flight--;
    busy--;
    if :: !closing && !queued && (again || more) -> again = false; queued = true :: else fi;
    more = false
  fi;
  what = NOTHING
}

proctype slot(byte me) {
  mtype what = NOTHING;
  bool more; /* of the record; one callback of it at a time */
turn:
  atomic { /* begin_turn and the first pick */
    if :: place[me] == IDLE && keeper == me -> keeper = NOBODY :: else fi;
    place[me] = RUNNING;
    release_due();
    pick();
#ifndef BREAK_NO_SETTLE_AT_THE_PICK
    settle()
#endif
  };
doing:
  if
  :: what == NOTHING -> goto rest
  :: what == TIMER || what == GUARD
  :: what == RESUME -> what = MESSAGE
  :: what == MESSAGE ->
    assert(!freed);
    atomic { /* take one, under the ring's lock */
      if
      :: count > 0 -> count--; taken++; more = count > 0; armed = more
      :: else -> armed = false
      fi
    };
    if
    :: skip
    :: skip -> (deadline == FOREVER && !timer_queued && !timer_in_flight) /* its thread is held until the timer has been served, and it is in no haste */
#ifdef EVENT
    :: skip -> atomic { /* it suspends: publish, and the scheduler's stack picks */
        if
        :: event_set || closing -> inbox[me] = true /* committed before it had left its fiber */
        :: else -> suspended_on = me
        fi;
        what = NOTHING;
        PROMISE;
        settle()
      };
      atomic { pick(); settle() };
      goto doing
#endif
    fi
  fi;
  atomic { /* one section ends the last callback and picks the next */
    finish();
    pick();
#ifndef BREAK_NO_SETTLE_AT_THE_PICK
    settle()
#endif
  };
  goto doing;
rest:
  atomic {
    ARRIVE;
    if
    :: RUNNABLE || inbox[me] -> PROMISE; settle(); goto turn
    :: else ->
      place[me] = IDLE;
      parked_until[me] = FOREVER;
      if :: deadline != FOREVER && !KEPT -> keeper = me; parked_until[me] = deadline :: else fi;
      settle()
    fi
  };
  atomic { (token[me] || parked_until[me] <= now) -> token[me] = false }; /* park.pml asks about the token itself */
  goto turn
}

proctype producer() {
  bool was;
  do
  :: atomic { to_store > 0 && !closing ->
      to_store--;
      storing++;
      count++;
      was = armed;
      armed = true
    };
    if
    :: was
    :: else -> atomic { mark(); settle() }
    fi;
    atomic { storing--; was = false }
  :: atomic { to_store == 0 || closing -> break }
  od
}

proctype hand() { /* takes a message that is there, or not */
  atomic {
    if
    :: count > 0 ->
      count--;
      by_hand++;
      armed = count > 0
    :: skip
    fi
  }
}

proctype trigger() {
  atomic {
    if :: guard_in_flight > 0 -> guard_again = true :: else -> guard_queued = true fi;
    settle()
  }
}

proctype setter() {
  atomic {
    event_set = true;
    if :: suspended_on != NOBODY -> resume(suspended_on); suspended_on = NOBODY :: else fi;
    settle()
  }
}

proctype clock() { do :: now < LAST -> now++ :: now == LAST -> break od }

#ifdef DESTROY
proctype destroyer() {
  atomic { /* whorl__record_close, and its callbacks' scopes are cancelled */
    closing = true;
    queued = false;
    again = false;
    if :: suspended_on != NOBODY -> resume(suspended_on); suspended_on = NOBODY :: else fi;
    settle()
  };
#ifndef BREAK_NO_GATE
  in_flight == 0;
#endif
  storing == 0; /* the transport's reader is closed */
  atomic { assert(in_flight == 0); discarded = count; count = 0; freed = true; to_destroy = false }
}
#endif

/* Nobody is idle while there is something to do; nothing is lost, and nothing counted twice. */
proctype watch() {
  timeout;
  assert(place[0] == IDLE && place[1] == IDLE);
  assert(count == 0 && !queued && !again && !guard_queued && !timer_queued);
  assert(in_flight == 0 && guard_in_flight == 0 && busy == 0 && !timer_in_flight);
  assert(!inbox[0] && !inbox[1] && suspended_on == NOBODY);
  assert(deadline == FOREVER && waking == NOBODY && !to_destroy);
  assert(STORES == to_store + taken + by_hand + discarded)
}

init {
  atomic {
    run slot(0);
    run slot(1);
#if SLOTS > 2
    run slot(2);
#endif
    run producer(); run producer(); run clock();
#ifdef BY_HAND
    run hand();
#endif
#ifdef GUARDED
    run trigger();
#endif
#ifdef EVENT
    run setter();
#endif
#ifdef DESTROY
    run destroyer();
#endif
    run watch()
  }
}
