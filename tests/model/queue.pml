/* queue: a model of the contract in scanner/queue/queue.h and output/collector.h, for spin.
 *
 * Two workers claim batches of jobs; a commit writes a result and covers the job in one step (a
 * Redis Function). A collector reads results after the last one it has, makes files and checkpoint
 * safe, then trims. At any moment a worker dies, with its parent burying it at once or long after
 * (it was only slow, and comes back), the answer to a commit is lost and it is sent again, or the
 * collector dies and goes on from its checkpoint. Redis with appendfsync always is one state that
 * survives; what is lost by it is the rebuild's affair (output/recovery.h), a new epoch.
 *
 * Held: a job's record stands at most once in the files as the checkpoint has them (no result
 * twice), and when nothing is left to do each stands there exactly once (none lost).
 *
 * -DTRIM_FIRST, -DNO_OWNER_CHECK, -DNO_COVER_CHECK, -DNO_TRUNCATE and -DACK_AT_CLAIM each break one
 * rule; spin must find an error in each (tests/model/check). */
#define JOBS 3
#define BATCHES 2 /* jobs 0 and 1 are one batch, job 2 another */
#define BATCH_OF(job) ((job) / 2)
#define WORKERS 2
#define RESULTS 5 /* room to see a job twice */
#define DEATHS 2  /* of workers and of the collector, each */
#define NOBODY 255

byte owner[BATCHES] = NOBODY; /* the pending list of the stream: who has claimed it */
bool unclaimed[BATCHES] = true;
bool covered[JOBS];         /* the bitmaps of the batches */
bool buried[WORKERS];       /* names are of one incarnation: a dead one never comes back */

byte stream[RESULTS];       /* results: numbers of jobs, in order */
byte produced, trimmed;     /* its ends */

byte file[RESULTS];         /* what is in the file, safe or not */
byte written;
byte safe_length, safe_after; /* the checkpoint: length of the file, last result in it */

byte worker_deaths, collector_deaths;
bool finished;

inline look_at_files()
{
    /* no result twice */
    i = 0;
    do
    :: i + 1 < safe_length ->
        assert(file[i] != file[safe_length - 1]);
        i++
    :: else -> break
    od
}

#define WHOLE(batch) ((batch == 0 && covered[0] && covered[1]) || (batch == 1 && covered[2]))

/* commit: checks before the first write, all in one step */
inline commit(job, me)
{
    atomic {
        if
#ifdef NO_OWNER_CHECK
        :: true ->
#else
        :: owner[BATCH_OF(job)] == me ->
#endif
            if
#ifndef NO_COVER_CHECK
            :: covered[job] -> skip /* the same commit again */
#endif
            :: else ->
                assert(produced < RESULTS);
                stream[produced] = job;
                produced++;
                covered[job] = true;
                if
                :: WHOLE(BATCH_OF(job)) -> owner[BATCH_OF(job)] = NOBODY
                :: else -> skip
                fi
            fi
#ifndef NO_OWNER_CHECK
        :: else -> skip /* not yours */
#endif
        fi
    }
}

/* What the dead had claimed and not covered goes back; its name is never believed again. */
inline bury(who)
{
    atomic {
        buried[who] = true;
        j = 0;
        do
        :: j < BATCHES ->
            if
            :: owner[j] == who -> owner[j] = NOBODY; unclaimed[j] = true
            :: else -> skip
            fi;
            j++
        :: else -> break
        od
    }
}

inline finish_job()
{
#ifdef ACK_AT_CLAIM
    atomic { /* the entry is gone since the claim: nobody asks whose it is */
        if
        :: buried[me] -> skip
        :: else -> stream[produced] = job; produced++; covered[job] = true
        fi
    }
#else
    commit(job, me);
    if
    :: commit(job, me) /* the answer was lost: sent again */
    :: skip
    fi
#endif
}

/* A worker name; after its burial another process takes the place under another name, which here is
 * the other worker: one is enough to finish. */
proctype worker(byte me)
{
    byte job;

    do
    :: atomic {
           !buried[me] && unclaimed[0] -> unclaimed[0] = false
#ifndef ACK_AT_CLAIM
           ; owner[0] = me
#endif
       };
       /* works; may be declared dead meanwhile without knowing; what an earlier one covered is left */
       job = 0;
       do
       :: job < 2 ->
           if
           :: !covered[job] -> finish_job()
           :: covered[job] -> skip
           fi;
           job++
       :: else -> break
       od
    :: atomic {
           !buried[me] && unclaimed[1] -> unclaimed[1] = false
#ifndef ACK_AT_CLAIM
           ; owner[1] = me
#endif
       };
       job = 2;
       finish_job()
    :: finished || buried[me] -> break
    od
}

/* Declares a worker dead, rightly or because it was slow. The last one is never taken: the run
 * would wait for a new one. */
proctype watcher()
{
    byte j;

    do
    :: worker_deaths < WORKERS - 1 && !finished -> worker_deaths++; bury(0)
    :: finished -> break
    od
}

proctype collector()
{
    byte i, after, length, until;

restart:
    after = safe_after;
#ifndef NO_TRUNCATE
    written = safe_length;
#endif
    length = written;
    do
    :: after < produced ->
        /* append: not safe yet */
        atomic {
            assert(after >= trimmed); /* none lost: what it has not, the queue still has */
            file[length] = stream[after];
            length++;
            after++;
            written = length
        };
        if
        :: collector_deaths < DEATHS -> collector_deaths++; goto restart
        :: skip
        fi
    :: after > safe_after ->
#ifdef TRIM_FIRST
        trimmed = after;
        if
        :: collector_deaths < DEATHS -> collector_deaths++; goto restart
        :: skip
        fi;
#endif
        /* fsync, then the checkpoint by rename: one step to whoever looks */
        atomic { safe_length = length; safe_after = after; look_at_files() };
        if
        :: collector_deaths < DEATHS -> collector_deaths++; goto restart
        :: skip
        fi;
#ifndef TRIM_FIRST
        trimmed = safe_after
#endif
    :: atomic {
           !unclaimed[0] && !unclaimed[1] && owner[0] == NOBODY && owner[1] == NOBODY &&
           after == produced && safe_after == after ->
           assert(safe_length == JOBS); /* none lost; none is twice, as was looked at each time */
           finished = true;
           break
       }
    od
}

init
{
    atomic {
        run worker(0);
        run worker(1);
        run watcher();
        run collector()
    }
}
