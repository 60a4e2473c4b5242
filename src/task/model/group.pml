/* Groups (docs/tasks.md R9-R11, R16, R18-R23). See README.md for which lines of the code each part stands for.
 *
 * One home thread with its scheduler and three tasks: O opens a scope and a group inside it, and closes them; C1 and C2 are children of the group, C2
 * spawned by O or by C1; C1 may wait inside a shield. A foreign thread sets the event that all wait for, or asks for cancels, or does neither.
 * An atomic block is one hold of the core's lock, or what a task of the home does to what only the home touches.
 * run: -DSTEPS=2
 * long: -DSTEPS=4 */

#ifndef STEPS
#define STEPS 2 /* of the foreign thread */
#endif

#define O 0
#define C1 1
#define C2 2
#define TASKS 3
#define HOME 3

#define OUTER 0
#define GROUP 1
#define TASK_1 2
#define TASK_2 3
#define SCOPES 4

mtype = { UNBORN, NEW, RUNNING, ARMED, SUSPENDED, READY, DONE }
mtype = { OK, CANCELED, ERROR_BODY, ERROR_1, ERROR_2 }
mtype = { PLACE_RUNNING, PLACE_IDLE, PLACE_WOKEN }

/* The core */
mtype place = PLACE_RUNNING
chan inbox = [TASKS] of { byte }
chan mail = [SCOPES] of { byte }
bool requested[SCOPES]
byte on = HOME /* who has the home thread */

/* Tasks and scopes */
mtype state[TASKS], wait_status[TASKS], status[TASKS]
bool drain, cause[SCOPES], group_open, shield_open

/* The group */
byte live
bool draining, child_canceled
mtype first_status

/* The event */
bool event_set, event_lock, listed[TASKS]

/* What nobody in the code sees: for the properties. The first real error and whether somebody's CANCELED was silent, as R20 and R21 define them. */
mtype first_real
bool somebody_canceled
byte released[TASKS], refused

#define VISIBLE_OUTER (cause[OUTER])
#define VISIBLE_GROUP (cause[GROUP] || cause[OUTER])
#define VISIBLE_TASK(c) (cause[c + TASK_1 - C1] || VISIBLE_GROUP)
#define VISIBLE(t) ((t == O && VISIBLE_GROUP) || (t == C1 && !shield_open && VISIBLE_TASK(C1)) || (t == C2 && VISIBLE_TASK(C2)))
#define READY_LOCKED (len(inbox) > 0 || len(mail) > 0)

inline settle() {
  if
  :: place == PLACE_IDLE && READY_LOCKED -> place = PLACE_WOKEN
  :: else
  fi
}

/* whorl__task_commit */
inline commit(t, with) {
  if
  :: state[t] == ARMED || state[t] == SUSPENDED -> wait_status[t] = with; state[t] = READY; inbox!t
  :: else
  fi
}

/* whorl__scope_commit_waits, for one task whose current scope it has come to */
inline commit_wait_of(t) {
  if
#ifdef BREAK_DRAIN_CAN_BE_CANCELED
  :: state[t] == SUSPENDED -> commit(t, CANCELED)
#else
  :: state[t] == SUSPENDED && !(t == O && drain) -> commit(t, CANCELED)
#endif
  :: else
  fi
}

inline walk_child(c) {
  if
#ifdef BREAK_CANCEL_GOES_THROUGH_SHIELDS
  :: !cause[c + TASK_1 - C1] -> commit_wait_of(c)
#else
  :: !cause[c + TASK_1 - C1] && !(c == C1 && shield_open) -> commit_wait_of(c)
#endif
  :: else
  fi
}

/* The group's own opener first, then the children in order of opening */
inline walk_group() {
  commit_wait_of(O);
  walk_child(C1);
#ifndef BREAK_CANCEL_STOPS_AT_THE_FIRST_CHILD
  walk_child(C2)
#endif
}

/* whorl__scope_cancel_for */
inline cancel_for(s) {
  if
  :: cause[s] || (s == GROUP && !group_open)
  :: else ->
    cause[s] = true;
    if
    :: s == OUTER -> if :: group_open && !cause[GROUP] -> walk_group() :: else fi
    :: s == GROUP -> walk_group()
    :: s == TASK_1 -> if :: !shield_open -> commit_wait_of(C1) :: else fi
    :: s == TASK_2 -> commit_wait_of(C2)
    fi
  fi
}

/* whorl__scope_add_error */
inline add_error(with) {
  if
  :: first_status == 0 ->
    first_status = with;
#ifndef BREAK_ERROR_DOES_NOT_CANCEL
    cancel_for(GROUP)
#endif
  :: first_status != 0 ->
#ifdef BREAK_LAST_ERROR_WINS
    first_status = with
#endif
    skip
  fi
}

/* end_outside and whorl__task_finish: nothing of the home comes between the two */
inline finish(t) {
  state[t] = DONE;
  released[t]++;
  if
#ifdef BREAK_EVERY_CANCELED_IS_SILENT
  :: status[t] == CANCELED -> child_canceled = true
#else
  :: status[t] == CANCELED && VISIBLE_TASK(t) -> child_canceled = true
#endif
  :: status[t] == OK
  :: else -> add_error(status[t])
  fi;
  /* whorl__scope_task_gone */
  live--;
  if
  :: live == 0 && draining -> draining = false; commit(O, OK)
  :: else
  fi
}

inline note_end(with, visible) {
  if
  :: with == OK
  :: with == CANCELED && visible -> somebody_canceled = true
  :: with != OK && !(with == CANCELED && visible) -> if :: first_real == 0 -> first_real = with :: else fi
  fi
}

/* The section after a run */
inline publish(t) {
  if
#ifdef BREAK_DRAIN_WAKES_FOR_A_CANCEL
  :: state[t] == ARMED -> if :: VISIBLE(t) -> commit(t, CANCELED) :: else -> state[t] = SUSPENDED fi
#else
  :: state[t] == ARMED -> if :: VISIBLE(t) && !(t == O && drain) -> commit(t, CANCELED) :: else -> state[t] = SUSPENDED fi
#endif
  :: state[t] == RUNNING && t != O -> note_end(status[t], VISIBLE_TASK(t)); finish(t) /* its function has returned */
  :: state[t] == READY || state[t] == DONE
  fi
}

proctype home() {
  byte t = HOME, s, left;
turn:
  atomic { /* begin_turn, read_mail, epoch++, pick */
    place = PLACE_RUNNING;
    do
    :: mail?s -> requested[s] = false; cancel_for(s); s = 0
    :: empty(mail) -> break
    od;
    left = len(inbox)
  }
  do
  :: atomic {
      if :: t != HOME -> publish(t); t = HOME :: else fi;
pick:
      if
      :: left > 0 ->
        inbox?t; left--;
        if
        :: state[t] == NEW && t != O && VISIBLE_TASK(t) -> /* R9: whorl__task_never_ran */
          status[t] = CANCELED; somebody_canceled = true;
#ifdef BREAK_NEVER_RAN_IS_NOT_COUNTED
          state[t] = DONE; released[t]++;
#else
          finish(t);
#endif
          t = HOME; goto pick
        :: else ->
#ifdef BREAK_COUNTED_WHEN_IT_STARTS
          if :: state[t] == NEW && t != O -> live++ :: else fi;
#endif
          state[t] = RUNNING
        fi
      :: else -> break
      fi;
      on = t
    };
    on == HOME
  od;
  atomic { /* rest */
    if
    :: READY_LOCKED -> goto turn
    :: else -> place = PLACE_IDLE
    fi
  };
  place == PLACE_WOKEN; /* park.pml */
  goto turn
}

/* whorl_event_wait; `ret` is the caller's own */
inline wait(me, ret) {
  atomic {
    if
    :: VISIBLE(me) -> ret = CANCELED
    :: !VISIBLE(me) -> ret = 0
    fi
  };
  if
  :: ret == 0 ->
    atomic {
      !event_lock;
      if
      :: event_set -> ret = OK
      :: !event_set -> state[me] = ARMED; listed[me] = true
      fi
    };
    if
    :: state[me] == ARMED || state[me] == READY ->
      on = HOME;
      atomic {
        on == me;
        ret = wait_status[me];
        !event_lock;
        listed[me] = false
      }
    :: else
    fi
  :: ret != 0
  fi;
  assert(ret != CANCELED || VISIBLE(me))
}

/* whorl_task_group_spawn */
inline spawn(c) {
  atomic {
    if
    :: state[c] == UNBORN && !VISIBLE_GROUP ->
#ifndef BREAK_COUNTED_WHEN_IT_STARTS
      live++;
#endif
      state[c] = NEW; inbox!c
    :: state[c] == UNBORN && VISIBLE_GROUP -> state[c] = DONE; released[c]++; refused++ /* whorl__task_refuse */
    :: state[c] != UNBORN
    fi
  }
}

/* add_body: R20, R21, R23 */
inline add_body() {
  atomic {
    if
    :: status[O] == OK
    :: status[O] == CANCELED && VISIBLE_GROUP -> body_canceled = true
    :: else -> add_error(status[O])
    fi
  }
}

/* whorl_task_group_close */
inline close_group() {
  atomic { note_end(status[O], VISIBLE_GROUP) };
#ifndef BREAK_BODY_IS_ADDED_LAST
  add_body();
#endif
  do /* whorl__scope_wait_drained */
  :: atomic {
      if
      :: live == 0 -> break
      :: live > 0 -> state[O] = ARMED; draining = true; drain = true
      fi
    };
    on = HOME;
    atomic {
      on == O;
      drain = false;
#ifdef BREAK_DRAIN_CAN_BE_CANCELED
      if :: wait_status[O] == CANCELED -> break :: else fi
#endif
    }
  od;
#ifdef BREAK_BODY_IS_ADDED_LAST
  add_body();
#endif
  atomic { /* result: R22 */
    if
    :: first_status != 0 -> closed_with = first_status
#ifdef BREAK_CLOSE_INVENTS_CANCELED
    :: first_status == 0 && VISIBLE_OUTER -> closed_with = CANCELED
    :: first_status == 0 && !VISIBLE_OUTER -> closed_with = OK
#else
    :: first_status == 0 && (body_canceled || child_canceled) && VISIBLE_OUTER -> closed_with = CANCELED
    :: first_status == 0 && !((body_canceled || child_canceled) && VISIBLE_OUTER) -> closed_with = OK
#endif
    fi;
    group_open = false; cause[GROUP] = false
  }
}

proctype opener() {
  mtype closed_with;
  bool body_canceled;
  on == O;
  atomic { group_open = true };
  spawn(C1);
  if :: spawn(C2) :: skip fi;
  if
  :: status[O] = OK
  :: status[O] = ERROR_BODY
  :: status[O] = CANCELED /* perhaps a stray one */
  :: skip; atomic { cancel_for(GROUP) }; status[O] = OK /* whorl_task_group_cancel */
  :: skip; wait(O, status[O])
  fi;
  close_group();
  atomic {
    /* Every task has ended, each was released once, and the result is what R20-R22 say. */
    assert(live == 0 && !draining);
    assert(state[C1] == DONE && released[C1] == 1);
    assert(state[C2] == UNBORN || (state[C2] == DONE && released[C2] == 1));
    if
    :: first_real != 0 -> assert(closed_with == first_real)
    :: first_real == 0 && somebody_canceled && VISIBLE_OUTER -> assert(closed_with == CANCELED)
    :: else -> assert(closed_with == OK)
    fi;
    state[O] = DONE; on = HOME
  }
}

/* How a child ends after its wait: as the wait did, or with an error of its own in its place */
inline end_as(c, own_error) {
  if
  :: skip
  :: status[c] == CANCELED -> status[c] = own_error
  fi
}

proctype child_1() {
  mtype inside;
  on == C1;
  if :: spawn(C2) :: skip fi;
  if
  :: status[C1] = OK
  :: status[C1] = ERROR_1
  :: status[C1] = CANCELED
  :: skip; wait(C1, status[C1]); end_as(C1, ERROR_1)
  :: skip; atomic { cancel_for(GROUP) }; wait(C1, status[C1]); assert(status[C1] == CANCELED) /* S8 */
  :: atomic { shield_open = true };
    wait(C1, inside);
    assert(inside == OK); /* R16, R2: no cancellation of the outside is heard in it */
    atomic { shield_open = false; inside = 0 };
    wait(C1, status[C1])
  fi;
  on = HOME
}

proctype child_2() {
  on == C2;
  if
  :: status[C2] = OK
  :: status[C2] = ERROR_2
  :: status[C2] = CANCELED
  :: skip; wait(C2, status[C2]); end_as(C2, ERROR_2)
  :: skip; atomic { cancel_for(TASK_1) }; status[C2] = OK /* whorl_task_cancel of the other one */
  fi;
  on = HOME
}

inline request(s) {
  atomic {
    if :: !requested[s] && !cause[s] && (s != GROUP || group_open) -> mail!s; requested[s] = true :: else fi;
    settle()
  }
}

/* whorl_event_set: the event's lock is held around the sections of the commits */
inline set_event() {
  atomic { event_set = true; event_lock = true };
  do
  :: atomic { listed[O] -> listed[O] = false; commit(O, OK); settle() }
  :: atomic { listed[C1] -> listed[C1] = false; commit(C1, OK); settle() }
  :: atomic { listed[C2] -> listed[C2] = false; commit(C2, OK); settle() }
  :: atomic { !listed[O] && !listed[C1] && !listed[C2] -> event_lock = false; break }
  od
}

proctype foreign() {
  byte steps;
  do
  :: atomic { steps == STEPS -> steps = 0; break }
  :: atomic { steps < STEPS -> steps++ };
    if
    :: atomic { !event_set -> skip }; set_event()
    :: skip; request(OUTER)
    :: skip; request(GROUP)
    :: skip; request(TASK_1)
    :: skip
    fi
  od
}

/* When nothing can move any more: nobody sits in a wait that something has ended. */
proctype watch() {
  timeout;
  assert(empty(mail) && empty(inbox));
  assert(on == HOME && place == PLACE_IDLE && !event_lock);
  assert(state[O] == DONE || state[O] == SUSPENDED);
  assert(!(state[O] == SUSPENDED && drain && state[C1] == DONE && state[C2] != SUSPENDED));
  assert(!(state[O] == SUSPENDED && !drain && (VISIBLE_GROUP || event_set)));
  assert(state[C1] == DONE || (state[C1] == SUSPENDED && !VISIBLE(C1) && !event_set));
  assert(state[C2] == DONE || state[C2] == UNBORN || (state[C2] == SUSPENDED && !VISIBLE(C2) && !event_set));
  assert(!(first_real != 0 && group_open && (state[C2] == SUSPENDED || (state[C1] == SUSPENDED && !shield_open)))) /* R20: the rest is cancelled */
}

init {
  atomic {
    state[O] = NEW; state[C1] = UNBORN; state[C2] = UNBORN;
    inbox!O;
    run home(); run opener(); run child_1(); run child_2(); run foreign(); run watch()
  }
}
