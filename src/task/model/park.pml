/* Parking and waking (docs/tasks.md R12, R31). See README.md for which lines of the code each part stands for.
 *
 * A home thread that runs what it finds and parks when there is nothing; two threads that post, or arm an earlier deadline; a clock; and in the end the
 * home's owner, who gives the parker's memory back. An atomic block is one hold of the core's lock, one atomic instruction, or one look of the kernel.
 * With -DUV it is the parker of a libuv loop, whose sleep ends by what can be read from descriptors, else the one on a futex.
 * run: -DPOSTS=2
 * run: -DPOSTS=2 -DUV
 * long: -DPOSTS=3
 * long: -DPOSTS=3 -DUV */

#ifndef POSTS
#define POSTS 2 /* of each thread */
#endif

mtype = { RUNNING, IDLE, WOKEN, CLOSED }
mtype = { EMPTY, NOTIFIED, PARKED }
#define FOREVER 3
#define LAST 2 /* the clock's last instant */

mtype place = RUNNING, token = EMPTY
byte mail, unparking
byte now, deadline = FOREVER, parked_until = FOREVER
bool asleep                         /* the home thread, in the kernel */
byte wake_fd                        /* the count of the eventfd; 0: not readable */
bool timer_fd; byte timer_at = FOREVER /* uv: the timerfd, readable; and what it is armed for */
bool freed                          /* the parker's memory is gone */
byte posters = 2
#ifndef UV
byte interrupts = 1 /* wake-ups for no reason */
#endif

/* whorl__core_unlock */
inline settle(ret_wake) {
  ret_wake = false;
  if
#ifdef BREAK_SETTLE_IGNORES_DEADLINES
  :: place == IDLE && mail > 0 ->
#else
  :: place == IDLE && (mail > 0 || deadline < parked_until) ->
#endif
    place = WOKEN; ret_wake = true;
#ifndef BREAK_DESTROY_DOES_NOT_WAIT
    unparking++
#endif
  :: else
  fi
}

/* unpark: after the unlock */
inline unpark() {
  atomic {
    assert(!freed);
#ifdef BREAK_UNPARK_ONLY_IF_PARKED
    was_parked = token == PARKED
#else
    was_parked = token == PARKED;
    token = NOTIFIED
#endif
  };
#ifdef BREAK_UNPARK_ONLY_IF_PARKED
  if :: was_parked -> token = NOTIFIED :: else fi;
#endif
  if
  :: was_parked ->
    atomic {
      assert(!freed);
#ifdef UV
      wake_fd++
#else
      asleep = false /* FUTEX_WAKE */
#endif
    }
  :: else
  fi;
  atomic {
    was_parked = false;
#ifndef BREAK_DESTROY_DOES_NOT_WAIT
    unparking--
#endif
  }
}

proctype poster() {
  byte count;
  bool wake, was_parked;
  do
  :: count == POSTS -> break
  :: count < POSTS ->
    atomic {
      count++;
      if
      :: mail++
      :: deadline > now + 1 -> deadline = now + 1
      :: skip
      fi;
      if :: count == POSTS -> posters-- :: else fi; /* whoever waits for the end may see it before the unpark below */
      settle(wake)
    };
    if
    :: wake -> unpark(); wake = false
    :: else
    fi
  od
}

proctype clock() {
  do
  :: now < LAST -> atomic { now++; if :: timer_at <= now -> timer_fd = true; timer_at = FOREVER :: else fi }
  :: now == LAST -> break
  od
}

#ifdef UV
/* uv_run: ONCE sleeps until something can be read, NOWAIT does not */
inline uv_run(once) {
  atomic {
    (!once || wake_fd > 0 || timer_fd);
    if :: wake_fd > 0 -> wake_fd = 0 :: else fi; /* on_wake */
    if :: timer_fd -> timer_fd = false; armed = FOREVER :: else fi /* on_timer */
  }
}

inline park() {
  if
  :: parked_until <= now -> uv_run(false)
  :: else ->
#ifdef BREAK_TOKEN_CLEARED_BEFORE
    token = EMPTY;
#endif
    if /* arm */
    :: parked_until != armed -> atomic { armed = parked_until; timer_fd = false; timer_at = parked_until; if :: timer_at <= now -> timer_fd = true; timer_at = FOREVER :: else fi }
    :: else
    fi;
    atomic { slept = token == EMPTY; if :: slept -> token = PARKED :: else fi };
#ifdef BREAK_SLEEP_WITHOUT_ASKING
    slept = true;
#endif
    uv_run(slept);
    token = EMPTY
  fi
}
#else
/* FUTEX_WAIT: the kernel compares and falls asleep in one step */
inline futex_wait() {
#ifdef BREAK_KERNEL_DOES_NOT_COMPARE
  atomic { asleep = true };
#else
  atomic { if :: token == PARKED -> asleep = true :: else fi };
#endif
  if
  :: atomic { !asleep }
  :: atomic { asleep && parked_until <= now -> asleep = false }
  :: atomic { asleep && interrupts > 0 -> asleep = false; interrupts-- } /* a signal, or no reason */
  fi
}

inline park() {
  if
  :: parked_until <= now
  :: else ->
#ifdef BREAK_TOKEN_CLEARED_BEFORE
    token = EMPTY;
#endif
    atomic { slept = token == EMPTY; if :: slept -> token = PARKED :: else fi };
    if
    :: slept ->
      do
      :: token == PARKED && parked_until > now -> futex_wait()
      :: token != PARKED || parked_until <= now -> break
      od
    :: else
    fi;
    token = EMPTY /* an exchange, whatever it was */
  fi
}
#endif

proctype home() {
  bool slept;
  byte armed = FOREVER;
  do
  :: atomic { /* a turn */
#ifndef BREAK_STAYS_WOKEN
      place = RUNNING;
#endif
      mail = 0;
#ifndef BREAK_PASSED_DEADLINE_STAYS
      if :: deadline <= now -> deadline = FOREVER :: else fi
#endif
    };
    if
    :: posters == 0 && mail == 0 && deadline == FOREVER -> break /* done(): whoever asked for the end was among those who posted */
    :: else
    fi;
#ifdef BREAK_LOOKS_BEFORE_THE_SECTION
    if :: mail > 0 -> goto again :: else fi;
    atomic { place = IDLE; parked_until = deadline };
#else
    atomic { /* rest */
      if
      :: mail > 0 -> goto again
#ifdef BREAK_STAYS_WOKEN
      :: mail == 0 && place == WOKEN -> parked_until = deadline
#endif
      :: else -> place = IDLE; parked_until = deadline
      fi
    };
#endif
    park();
again:
    skip
  od;
  atomic { place = CLOSED }; /* unbind */
#ifndef BREAK_DESTROY_DOES_NOT_WAIT
  unparking == 0; /* whorl__core_destroy, whorl__uv_parker_close */
#endif
  freed = true
}

/* Nobody sleeps while there is something to do, and the last post is no exception. */
proctype watch() {
  timeout;
  assert(mail == 0);
  assert(deadline == FOREVER || deadline > now);
  assert(!(place == WOKEN));
  assert(freed || (place == IDLE && token == PARKED))
}

init { atomic { run home(); run poster(); run poster(); run clock(); run watch() } }
