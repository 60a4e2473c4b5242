/* Ending a spin from other threads (docs/executors.md; D2, D12 of docs/rules.md). See README.md for which lines of the code each part stands for.
 *
 * A thread that spins an executor several times over; two that cancel it; a future that is completed; a callback's error that somebody is told, after which the spin goes on;
 * work that arrives. An atomic block is one hold of the core's lock or one atomic instruction.
 * quick: -DSPINS=2
 * run: -DSPINS=2
 * long: -DSPINS=3 */

#ifndef SPINS
#define SPINS 3
#endif

bool canceled, completed, error /* reasons */
bool halted                     /* the core starts nothing more, and the spin looks for a reason */
bool spinning
bool open                       /* callbacks run, and its future is watched; telling: whoever completes it is about to halt the core */
bool telling
bool work                       /* something is ready */
bool idle, token                /* the spinning thread: nothing found; the parker's */
byte calls, heard               /* of all slots; what the thread has heard of them */
byte spin                       /* the number of the one that runs or ran last */
byte ended                      /* spins that have ended */
byte cancels, by_cancel         /* begun; spins whose reason was one */
byte during[2]                  /* each canceller: in which spin it came; 0: in none */

/* whorl__slot_call */
inline wake() { if :: idle -> idle = false; token = true :: else fi }

/* whorl__core_halt_locked */
inline halt() {
#ifdef BREAK_HALT_WAKES_NOBODY
  halted = true
#else
  if :: !halted -> halted = true; calls++; wake() :: else fi
#endif
}

/* whorl__executor_cancel */
proctype canceller(byte me) {
  atomic { cancels++; if :: spinning -> during[me] = spin :: else fi };
#ifdef BREAK_HALTS_BEFORE_THE_REASON
  atomic { halt() };
  atomic { canceled = true }
#else
  atomic { canceled = true };
  atomic { halt() }
#endif
}

/* future_ended; an error of a callback on another slot; a message */
proctype future() { atomic { open -> completed = true; telling = true }; atomic { halt(); telling = false } }
proctype failure() { atomic { open -> error = true; halt() } }
proctype producer() { atomic { work = true; wake() } }

/* rest (drive.c), and the park after it */
inline rest() {
  atomic {
#ifdef BREAK_REST_DOES_NOT_HEAR
    idle = !work;
#else
    idle = !work && heard == calls;
    heard = calls;
#endif
    slept = idle
  };
  if :: slept -> atomic { token -> token = false } :: else fi
}

/* whorl__core_step until DONE */
inline step() {
  more = true;
  do
  :: halted -> break /* done() */
  :: !halted ->
    if :: !more -> rest() :: else fi;
    atomic { idle = false; work = false; more = false } /* a turn */
  od
}

/* look: `enough` when there is a reason to end */
inline look() {
#ifdef BREAK_LOOKS_BEFORE_IT_LIFTS
  enough = canceled;
  atomic { halted = false; error = false };
#else
  atomic { halted = false }; /* whorl__core_unhalt */
  atomic { error = false };  /* take_errors: told to on_error */
  enough = canceled;
#endif
  if :: enough -> by_cancel++ :: else -> enough = completed fi
}

proctype spinner() {
  bool more, slept, enough;
  do
  :: spin == SPINS -> break
  :: spin < SPINS ->
    atomic { spinning = true; open = true; spin++ }; /* take_spin */
#ifndef BREAK_LEAVE_LIFTS_LAST
    if :: canceled -> atomic { halt() } :: else fi;
#endif
    enough = false;
    do
    :: enough -> break
    :: !enough -> step(); look()
    od;
    assert(by_cancel <= cancels); /* a cancel ends one spin, no more */
    atomic { !telling -> open = false; error = false }; /* whorl__future_unwatch, whorl__executor_drain, the late errors */
    /* whorl__executor_leave */
#ifdef BREAK_LEAVE_LIFTS_LAST
    atomic { canceled = false };
    atomic { completed = false };
    atomic { halted = false };
#else
    atomic { halted = false };
#ifndef BREAK_REASON_STAYS
    atomic { canceled = false };
#endif
    atomic { completed = false };
#endif
    atomic { spinning = false; ended = spin } /* give_spin */
  od
}

/* When nothing moves any more: whoever still spins does so without any reason to end, and no cancel came during that spin. */
proctype watch() {
  timeout;
  assert(!spinning || (!canceled && !completed && !halted && !error && !work));
  assert(!spinning || (during[0] != spin && during[1] != spin));
  assert(spinning || ended == SPINS)
}

init { atomic { run spinner(); run canceller(0); run canceller(1); run future(); run failure(); run producer(); run watch() } }
