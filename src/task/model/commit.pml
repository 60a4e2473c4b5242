/* Waits, commits and cancellations (docs/tasks.md R1-R9, R12). See README.md for which lines of the code each part stands for.
 *
 * One home thread with its scheduler and two tasks, A and B; a foreign thread; a clock that reaches one instant. A has a scope inside its task's own: a
 * timeout or a shield, both with a deadline. Both tasks live in a group. A channel of one item, whose lock is a lock of its own.
 * An atomic block is one hold of the core's lock; what is not in one interleaves with the foreign thread and the clock.
 * run: -DSTEPS=1
 * long: -DSTEPS=2 */

#define A 0
#define B 1
#define HOME 2
#define TASKS 2

#ifndef STEPS
#define STEPS 2 /* of B and of the foreign thread */
#endif

#define GROUP 0
#define TASK_A 1
#define INNER 2
#define TASK_B 3
#define SCOPES 4

mtype = { NEW, RUNNING, ARMED, SUSPENDED, READY, YIELDING, DONE }
mtype = { OK, CANCELED, TIMED_OUT, CLOSED, WAITS }
mtype = { PLACE_RUNNING, PLACE_IDLE, PLACE_WOKEN }

/* The core */
mtype place = PLACE_RUNNING
bool parked_until_deadline
chan inbox = [TASKS] of { byte }
chan mail = [SCOPES] of { byte }
bool requested[SCOPES] /* is the scope's request in the mail? */
bool inner_armed, sleep_armed[TASKS]
bool now /* the one instant has come */

/* Tasks and scopes */
mtype state[TASKS], wait_status[TASKS], result[TASKS]
bool cause[SCOPES]
bool inner_by_deadline, inner_open, inner_is_shield
byte on = HOME /* who has the home thread */

bool sleeping[TASKS] /* the wait has a deadline of its own: wait_until */

/* The channel */
bool channel_lock, closed, listed[TASKS]
chan receivers = [TASKS] of { byte }
byte count

/* What nobody in the code sees: for the properties */
short handed /* items that senders gave away and receivers did not yet return with */
byte commits[TASKS]
bool was_visible_a, was_visible_b, goto_next[TASKS]

#define VISIBLE_TASK_A (cause[TASK_A] || cause[GROUP])
#define VISIBLE_TASK_B (cause[TASK_B] || cause[GROUP])
#define VISIBLE_INNER (cause[INNER] || (!inner_is_shield && VISIBLE_TASK_A))
#define VISIBLE(t) ((t == A && inner_open && VISIBLE_INNER) || (t == A && !inner_open && VISIBLE_TASK_A) || (t == B && VISIBLE_TASK_B))
#define READY_LOCKED (len(inbox) > 0 || len(mail) > 0)

/* whorl__core_unlock: settle. The last thing in every section. */
inline settle() {
#ifdef BREAK_NO_SETTLE
  skip
#else
  if
  :: place == PLACE_IDLE && (READY_LOCKED || ((inner_armed || sleep_armed[A]) && !parked_until_deadline)) -> place = PLACE_WOKEN
  :: else
  fi
#endif
}

/* whorl__task_commit */
inline commit(t, with, ret_won) {
  ret_won = false;
  if
#ifdef BREAK_COMMIT_UNCHECKED
  :: state[t] == ARMED || state[t] == SUSPENDED || state[t] == READY ->
    wait_status[t] = with; ret_won = true; commits[t]++;
    if :: state[t] != READY -> inbox!t :: else fi;
    state[t] = READY
#else
#ifdef BREAK_ARMED_CANNOT_BE_COMMITTED
  :: state[t] == SUSPENDED ->
#else
  :: state[t] == ARMED || state[t] == SUSPENDED ->
#endif
#ifndef BREAK_PASSED_DEADLINE_STAYS
    sleep_armed[t] = false;
#endif
    wait_status[t] = with; state[t] = READY; ret_won = true; commits[t]++;
    inbox!t
#endif
  :: else
  fi
}

/* whorl__scope_commit_waits, for one task whose current scope it has come to */
inline commit_wait_of(t) {
  if
  :: state[t] == SUSPENDED -> commit(t, CANCELED, won)
  :: else
  fi
}

inline walk_inner() {
  if
#ifdef BREAK_CANCEL_GOES_THROUGH_SHIELDS
  :: inner_open && !cause[INNER] -> commit_wait_of(A)
#else
  :: inner_open && !cause[INNER] && !inner_is_shield -> commit_wait_of(A)
#endif
  :: else
  fi
}

/* whorl__scope_cancel_for */
inline cancel_for(s) {
  if
  :: cause[s]
  :: else ->
#ifndef BREAK_CANCEL_WITHOUT_MARK
    cause[s] = true;
#endif
    if
    :: s == INNER -> if :: inner_open -> commit_wait_of(A) :: else fi
    :: s == TASK_A -> if :: !inner_open -> commit_wait_of(A) :: else fi; walk_inner()
    :: s == TASK_B -> commit_wait_of(B)
    :: s == GROUP ->
      if
      :: !cause[TASK_A] -> if :: !inner_open -> commit_wait_of(A) :: else fi; walk_inner()
      :: else
      fi;
      if :: !cause[TASK_B] -> commit_wait_of(B) :: else fi
    fi
  fi
}

/* begin_turn: release_due (scopes first), then read_mail. Part of a section. */
inline release_sleeps() {
  if
#ifdef BREAK_PASSED_DEADLINE_STAYS
  :: now && sleep_armed[A] -> commit(A, TIMED_OUT, won)
#else
  :: now && sleep_armed[A] -> sleep_armed[A] = false; commit(A, TIMED_OUT, won)
#endif
  :: else
  fi
}

inline release_due() {
#ifdef BREAK_SLEEPS_BEFORE_SCOPES
  release_sleeps();
#endif
  if
  :: now && inner_armed ->
    inner_armed = false;
    if :: !cause[INNER] -> inner_by_deadline = true; cancel_for(INNER) :: else fi
  :: else
  fi;
  release_sleeps()
}

inline read_mail() {
  do
  :: mail?s -> requested[s] = false; cancel_for(s)
  :: empty(mail) -> break
  od
}

/* publish: the section after a run */
inline publish(t) {
  if
  :: state[t] == ARMED ->
    if
    :: VISIBLE(t) -> commit(t, CANCELED, won)
    :: else -> state[t] = SUSPENDED; sleep_armed[t] = sleeping[t]
    fi
  :: state[t] == YIELDING -> state[t] = READY; inbox!t
  :: state[t] == READY || state[t] == DONE
  fi
}

proctype home() {
  byte t = HOME, s, left;
  bool won;
turn:
  atomic { /* begin_turn, read_mail, epoch++, pick */
    place = PLACE_RUNNING;
    release_due();
    read_mail();
    left = len(inbox)
  }
  do
  :: atomic {
      if :: t != HOME -> publish(t); t = HOME :: else fi;
pick:
      if
      :: left > 0 ->
        inbox?t; won = false; left--;
        if
        :: state[t] == NEW && VISIBLE(t) -> state[t] = DONE; result[t] = CANCELED; t = HOME; goto pick /* R9 */
        :: else -> state[t] = RUNNING
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
    :: else -> place = PLACE_IDLE; parked_until_deadline = inner_armed || sleep_armed[A]
    fi
  };
end_parked: /* the token between here and the kernel: park.pml */
  if
  :: place == PLACE_WOKEN
  :: parked_until_deadline && now
  fi;
  goto turn
}

/* --- The channel. Its lock excludes whoever else holds it; where no core section lies inside, a hold is one atomic block. */

inline pop_receiver() { receivers?r; listed[r] = false }

/* whorl_channel_try_send: send_now, give_to_receiver, put */
inline try_send() {
  atomic {
    !channel_lock;
    if
    :: closed -> r = HOME
    :: !closed && nempty(receivers) -> channel_lock = true; pop_receiver()
    :: !closed && empty(receivers) -> r = HOME; put()
    fi
  };
  do
  :: atomic { r == HOME -> r = 0; break }
  :: atomic {
      r != HOME ->
      commit(r, OK, won); /* a section of its own, inside the channel's */
      settle();
#ifdef BREAK_GIVING_TO_A_LOSER
      won = true;
#endif
      if
      :: won -> handed++; r = HOME; channel_lock = false
      :: !won && nempty(receivers) -> pop_receiver()
      :: !won && empty(receivers) -> r = HOME; put(); channel_lock = false
      fi;
      won = false
    }
  od
}

inline put() { if :: count == 0 -> count = 1; handed++ :: count > 0 fi }

/* whorl_channel_close */
inline close_channel() {
  atomic {
    !channel_lock;
    closed = true;
    if
    :: nempty(receivers) -> channel_lock = true; pop_receiver()
    :: empty(receivers) -> r = HOME
    fi
  };
  do
  :: atomic { r == HOME -> r = 0; break }
  :: atomic {
      r != HOME ->
      commit(r, CLOSED, won);
      settle();
      if
      :: nempty(receivers) -> pop_receiver()
      :: empty(receivers) -> r = HOME; channel_lock = false
      fi;
      won = false
    }
  od
}

/* whorl__fiber_suspend, and what the wait ended with */
inline suspend(me) {
  on = HOME;
  atomic {
    on == me;
    result[me] = wait_status[me];
    assert(commits[me] == 1); /* one outcome, the first */
    commits[me] = 0
  }
}

/* whorl_channel_receive */
inline receive(me) {
  atomic {
    if
#ifndef BREAK_NO_ENTRY_CHECK
    :: VISIBLE(me) -> result[me] = CANCELED; goto_next[me] = true
    :: !VISIBLE(me) -> goto_next[me] = false
#else
    :: goto_next[me] = false
#endif
    fi
  };
  if
  :: goto_next[me]
  :: !goto_next[me] ->
    atomic {
      !channel_lock;
      if
      :: count > 0 -> count = 0; handed--; result[me] = OK
      :: count == 0 && closed -> result[me] = CLOSED
      :: count == 0 && !closed ->
        sleeping[me] = false; result[me] = WAITS;
        receivers!me; listed[me] = true;
#ifndef BREAK_ARMED_TOO_LATE
        state[me] = ARMED
#endif
      fi
    };
    if
    :: result[me] == WAITS ->
#ifdef BREAK_ARMED_TOO_LATE
      state[me] = ARMED;
#endif
      suspend(me);
      if
      :: result[me] == OK -> handed--
      :: result[me] != OK ->
        atomic {
          !channel_lock;
#ifndef BREAK_LOSER_STAYS_LISTED
          if :: listed[me] -> receivers??eval(me); listed[me] = false :: !listed[me] fi
#endif
        }
      fi
    :: result[me] != WAITS
    fi
  fi;
  atomic {
    assert(!listed[me]); /* R4 */
    assert(result[me] == OK || result[me] == CANCELED || result[me] == CLOSED); /* R7: nobody inside hears of a time */
    assert(result[me] != CLOSED || closed); /* R8 */
    assert(result[me] != CANCELED || VISIBLE(me)) /* R2: nobody makes a CANCELED up */
  }
}

/* whorl_sleep, until the clock's one instant */
inline sleep(me) {
  atomic {
    if
    :: VISIBLE(me) -> result[me] = CANCELED
    :: !VISIBLE(me) && now -> result[me] = OK
    :: !VISIBLE(me) && !now -> result[me] = WAITS; sleeping[me] = true; state[me] = ARMED
    fi
  };
  if
  :: result[me] == WAITS ->
    suspend(me);
    assert(!(result[me] == TIMED_OUT && inner_by_deadline && inner_open)) /* R6: at one instant cancelled comes before timed out */
  :: result[me] != WAITS
  fi;
  assert(result[me] != CANCELED || VISIBLE(me))
}

/* A cancel by a task of the home: whorl__scope_cancel_or_request */
inline cancel_here(s) { atomic { cancel_for(s); settle() } }

/* The level: what was visible in a task's own scope stays so, and makes the call say CANCELED, but under a shield. */
#define LEVEL_A (!was_visible_a || (VISIBLE_TASK_A && (result[A] == CANCELED || (inner_open && inner_is_shield))))
#define LEVEL_B (!was_visible_b || (VISIBLE_TASK_B && result[B] == CANCELED))

/* whorl_timeout_open, whorl_shield_open: two sections, join and then set_limit */
inline open_inner() {
  atomic { if :: inner_is_shield = true :: inner_is_shield = false fi; inner_open = true };
  atomic {
    if
    :: now -> cause[INNER] = true; inner_by_deadline = true
    :: !now -> inner_armed = true; settle()
    fi
  }
}

inline close_inner() {
  atomic { inner_open = false; inner_armed = false; cause[INNER] = false; inner_by_deadline = false; inner_is_shield = false }
}

inline call_a() {
  was_visible_a = was_visible_a || VISIBLE_TASK_A;
  if :: skip; receive(A) :: skip; sleep(A) fi;
  atomic { assert(LEVEL_A); result[A] = 0 }
}

proctype task_a() {
  on == A;
  if :: open_inner() :: skip fi;
  call_a();
  if :: inner_open -> close_inner() :: skip fi;
  call_a();
  if :: inner_open -> close_inner() :: !inner_open fi;
  atomic { state[A] = DONE; on = HOME }
}

proctype task_b() {
  byte r, steps;
  bool won;
  on == B;
  do
  :: atomic { steps == STEPS -> state[B] = DONE; on = HOME; break }
  :: atomic { steps < STEPS -> steps++ };
    if
    :: skip; try_send()
    :: skip; cancel_here(TASK_A)
    :: skip; cancel_here(GROUP)
    :: skip; if :: inner_open -> cancel_here(INNER) :: !inner_open fi
    :: was_visible_b = was_visible_b || VISIBLE_TASK_B; receive(B); atomic { assert(LEVEL_B); result[B] = 0 }
    :: atomic { state[B] = YIELDING; on = HOME }; on == B
    fi
  od
}

/* R12: a cancel from another thread is a request in the mail */
inline request(s) {
  atomic {
    if :: !requested[s] && !cause[s] -> mail!s; requested[s] = true :: requested[s] || cause[s] fi;
    settle()
  }
}

proctype foreign() {
  byte r, steps;
  bool won;
  do
  :: atomic { steps == STEPS -> steps = 0; break }
  :: atomic { steps < STEPS -> steps++ };
    if
    :: skip; try_send()
    :: skip; request(GROUP)
    :: skip; request(TASK_A)
    :: skip; close_channel()
    :: skip
    fi
  od
}

proctype clock() { now = true }

/* When nothing can move any more: whoever is still suspended has nothing to wake for, and nothing was taken, given or lost by halves. */
proctype watch() {
  timeout;
  assert(empty(mail) && empty(inbox));
  assert(on == HOME && place == PLACE_IDLE && !channel_lock);
  assert(state[A] == DONE || (state[A] == SUSPENDED && listed[A]));
  assert(state[B] == DONE || (state[B] == SUSPENDED && listed[B]));
  assert(!(state[A] == SUSPENDED && VISIBLE(A)));
  assert(!(state[B] == SUSPENDED && VISIBLE(B)));
  assert(!((listed[A] || listed[B]) && (count > 0 || closed)));
  assert(handed == count)
}

init {
  atomic {
    state[A] = NEW; state[B] = NEW;
    inbox!A; inbox!B;
    run home(); run task_a(); run task_b(); run foreign(); run clock(); run watch()
  }
}
