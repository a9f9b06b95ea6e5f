#!lua name=mxcensus_v1

-- The queue of a census as a Redis Function library (Redis 7.0). The contract is queue.h.
--
-- KEYS[1] is always "mxc:{run}:state" and every other key shares its prefix, so that one slot of a
-- Redis Cluster holds the run. ARGV[1] is always the epoch.
--   state            hash: epoch, settings, memory (maxmemory), fed, feed_done, seq, delay (the longest), bytes, results, trimmed,
--                    waiting:STAGE, unclaimed:STAGE, done:KIND
--   jobs:STAGE       stream, group "workers"; an entry is a batch: n jobs, q quarantine, j lines
--   batches:STAGE    hash: entry ID -> number of jobs, bytes, bitmap of the jobs that are covered
--   delayed:STAGE    sorted set: "sequence job" by the millisecond when it is due
--   results          stream: k kind, n records, f frame, b bytes of all frames so far
--   lives            hash: consumer -> beats;  buried: set of consumers declared dead
--   reports          hash: consumer -> what it last told of itself; stays when it dies
--   suspects         hash: SHA-1 of a job -> deaths of consumers that had it in hand
--   seen:WHICH:NNNN  intsets of keyed hashes, by the last four digits
--
-- Lua does not roll back. A call that may enlarge the memory has no allow-oom flag: Redis refuses it
-- whole, before its first line, when the memory limit is reached. Calls that only free memory, or
-- must work to free some, have the flag. All checks stand before the first write.

local GROUP = 'workers'
local STAGES = { 'dns', 'policy', 'starttls' }
local KINDS = { 'domains', 'policies', 'mx', 'certs' }
local KIND_CERTS = 3
local BATCH_MAX = 1024
local CLOCK_SLACK_MS = 1000 -- a clock that is set right by a little is no jump
local JOBS_PART, RESULTS_PART = 8, 4

local OK = { ok = 'OK' }
local FULL = { ok = 'FULL' }
local EMPTY = { ok = 'EMPTY' }
local NOT_YOURS = { ok = 'NOTYOURS' }
local EPOCH = { ok = 'EPOCH' }
local EXISTS = { ok = 'EXISTS' }

local function now_ms()
    local t = redis.call('TIME')
    return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function number(run, field)
    return tonumber(redis.call('HGET', run, field) or 0)
end

-- How much may wait: so many bytes, or that part of Redis's memory. The rest is for seen-sets, and for
-- commits, which must never find the memory full of what only they can free.
local function room(run, most, part)
    local memory = number(run, 'memory')
    return memory > 0 and math.min(tonumber(most), memory / part) or tonumber(most)
end

-- ---- entries of a stage ----

local function batch_pack(count, bytes, covered)
    return struct.pack('>I4I4', count, bytes) .. covered
end

local function batch_unpack(text)
    local count, bytes = struct.unpack('>I4I4', text)
    return count, bytes, text:sub(9)
end

local function all_covered(count)
    local rest = count % 8
    return ('\255'):rep((count - rest) / 8) .. (rest > 0 and string.char(2 ^ rest - 1) or '')
end

local function add_entry(run, prefix, stage, count, jobs, quarantine)
    local id = redis.call('XADD', prefix .. 'jobs:' .. stage, '*', 'n', count, 'q', quarantine, 'j', jobs)
    local none = ('\0'):rep(math.ceil(count / 8))
    redis.call('HSET', prefix .. 'batches:' .. stage, id, batch_pack(count, #jobs, none))
    redis.call('HINCRBY', run, 'unclaimed:' .. stage, 1)
    redis.call('HINCRBY', run, 'bytes', #jobs)
end

-- Lines into entries of at most BATCH_MAX jobs.
local function add_entries(run, prefix, stage, lines)
    for from = 1, #lines, BATCH_MAX do
        local to = math.min(#lines, from + BATCH_MAX - 1)
        local jobs = table.concat(lines, '\n', from, to) .. '\n'
        add_entry(run, prefix, stage, to - from + 1, jobs, 0)
    end
end

local function follow(run, prefix, stage, lines)
    if #lines > 0 then
        add_entries(run, prefix, stage, lines)
        redis.call('HINCRBY', run, 'waiting:' .. stage, #lines)
    end
end

local function drop_entry(run, prefix, stage, id, bytes)
    local stream = prefix .. 'jobs:' .. stage
    redis.call('HDEL', prefix .. 'batches:' .. stage, id)
    redis.call('XACK', stream, GROUP, id)
    redis.call('XDEL', stream, id)
    redis.call('HINCRBY', run, 'bytes', -bytes)
end

-- ---- the run ----

local function create(keys, args)
    local run = keys[1]
    local prefix = run:sub(1, -6)
    if redis.call('HEXISTS', run, 'epoch') == 1 then
        return EXISTS
    end
    for _, stage in ipairs(STAGES) do
        redis.call('XGROUP', 'CREATE', prefix .. 'jobs:' .. stage, GROUP, '0', 'MKSTREAM')
    end
    redis.call('HSET', run, 'epoch', args[1], 'settings', args[2], 'memory', args[3], 'fed', 0, 'seq', 0, 'bytes', 0,
        'results', 0, 'trimmed', 0)
    return OK
end

local function remove(run, prefix)
    for _, stage in ipairs(STAGES) do
        redis.call('UNLINK', prefix .. 'jobs:' .. stage, prefix .. 'batches:' .. stage,
            prefix .. 'delayed:' .. stage)
    end
    for shard = 0, 9999 do
        local digits = ('%04d'):format(shard)
        redis.call('UNLINK', prefix .. 'seen:hosts:' .. digits, prefix .. 'seen:certs:' .. digits)
    end
    redis.call('UNLINK', prefix .. 'results', prefix .. 'lives', prefix .. 'buried',
        prefix .. 'reports', prefix .. 'suspects', run)
    return OK
end

-- args: epoch, n, count, window, bytes that may wait, jobs
local function feed(run, prefix, args)
    local n, count = tonumber(args[2]), tonumber(args[3])
    local fed = number(run, 'fed')
    if n < fed then
        return OK
    end
    if n > fed and count > 0 then
        return redis.error_reply('ERR batch ' .. args[2] .. ' fed before batch ' .. fed)
    end
    if count > 0 and (number(run, 'unclaimed:dns') >= tonumber(args[4])
        or number(run, 'bytes') >= room(run, args[5], JOBS_PART)) then
        return FULL
    end
    if count > 0 then
        add_entry(run, prefix, 'dns', count, args[6], 0)
        redis.call('HINCRBY', run, 'waiting:dns', count)
    end
    redis.call('HSET', run, 'fed', n + 1)
    return OK
end

local function feed_done(run)
    redis.call('HSET', run, 'feed_done', 1)
    return OK
end

local function fed(run)
    return { number(run, 'fed'), number(run, 'feed_done') }
end

local function progress(run, prefix)
    local out, first = {}, nil
    for _, stage in ipairs(STAGES) do
        out[#out + 1] = number(run, 'waiting:' .. stage)
    end
    for _, stage in ipairs(STAGES) do
        local delayed = prefix .. 'delayed:' .. stage
        local due = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
        out[#out + 1] = redis.call('ZCARD', delayed)
        if due[2] and (not first or tonumber(due[2]) < first) then
            first = tonumber(due[2])
        end
    end
    for _, kind in ipairs(KINDS) do
        out[#out + 1] = number(run, 'done:' .. kind)
    end
    out[#out + 1] = number(run, 'results') - number(run, 'trimmed')
    out[#out + 1] = first and math.max(first - now_ms(), 0) or 0
    out[#out + 1] = number(run, 'feed_done')
    return out
end

-- ---- claim and commit ----

-- Jobs whose time has come, into one entry. One that is further away than any delay was put there before the
-- clock jumped back: its time has come as well. Their memory moves, it does not grow.
local function move_due(run, prefix, stage)
    local delayed = prefix .. 'delayed:' .. stage
    local now = now_ms()
    local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, BATCH_MAX / 4)
    if #due == 0 then
        local beyond = now + number(run, 'delay') + CLOCK_SLACK_MS
        due = redis.call('ZRANGEBYSCORE', delayed, beyond, '+inf', 'LIMIT', 0, BATCH_MAX / 4)
    end
    if #due == 0 then
        return
    end
    local lines, bytes = {}, 0
    for i, member in ipairs(due) do
        lines[i] = member:sub(member:find(' ', 1, true) + 1)
        bytes = bytes + #lines[i] + 1
    end
    follow(run, prefix, stage, lines)
    redis.call('HINCRBY', run, 'bytes', -bytes)
    redis.call('ZREM', delayed, unpack(due))
end

-- args: epoch, stage, consumer, bytes of results that may wait
local function claim(run, prefix, args)
    local stage, consumer = args[2], args[3]
    if redis.call('SISMEMBER', prefix .. 'buried', consumer) == 1 then
        return NOT_YOURS
    end
    if number(run, 'results') - number(run, 'trimmed') > room(run, args[4], RESULTS_PART) then
        return EMPTY
    end
    move_due(run, prefix, stage)
    if number(run, 'unclaimed:' .. stage) == 0 then
        return EMPTY
    end
    local reply = redis.call('XREADGROUP', 'GROUP', GROUP, consumer, 'COUNT', 1, 'STREAMS',
        prefix .. 'jobs:' .. stage, '>')
    local entry = reply[1][2][1]
    redis.call('HINCRBY', run, 'unclaimed:' .. stage, -1)
    redis.call('HINCRBY', prefix .. 'lives', consumer, 1)
    return { entry[1], tonumber(entry[2][2]), tonumber(entry[2][4]), entry[2][6] }
end

-- Both bitmaps as one; nil when a job is in both.
local function merge(before, mask)
    local out = {}
    for i = 1, #before do
        local b, m = before:byte(i), mask:byte(i)
        if bit.band(b, m) ~= 0 then
            return nil
        end
        out[i] = string.char(bit.bor(b, m))
    end
    return table.concat(out)
end

local function subset(mask, before)
    for i = 1, #before do
        if bit.band(mask:byte(i), bit.bnot(before:byte(i))) ~= 0 then
            return false
        end
    end
    return true
end

local function add_result(run, prefix, kind, records, frame)
    local sum = number(run, 'results') + #frame
    redis.call('XADD', prefix .. 'results', '*', 'k', kind, 'n', records, 'f', frame, 'b', sum)
    redis.call('HSET', run, 'results', sum)
    redis.call('HINCRBY', run, 'done:' .. KINDS[kind + 1], records)
end

-- Of pairs hash, data in args from `at` on: the data whose hash is new.
local function only_new(prefix, which, args, at, count)
    local fresh = {}
    local set = prefix .. 'seen:' .. which .. ':'
    for i = at, at + 2 * (count - 1), 2 do
        if redis.call('SADD', set .. args[i]:sub(-4), args[i]) == 1 then
            fresh[#fresh + 1] = args[i + 1]
        end
    end
    return fresh
end

local function delay(run, prefix, stage, args, at, count, delay_ms)
    local due = now_ms() + delay_ms
    if number(run, 'delay') < delay_ms then
        redis.call('HSET', run, 'delay', delay_ms)
    end
    local seq = redis.call('HINCRBY', run, 'seq', count) - count
    local bytes = 0
    for i = 0, count - 1 do
        redis.call('ZADD', prefix .. 'delayed:' .. stage, due, (seq + i) .. ' ' .. args[at + i])
        bytes = bytes + #args[at + i] + 1
    end
    redis.call('HINCRBY', run, 'bytes', bytes)
end

-- The payload of a commit. Certificates are results before the records that name them: a collector
-- may stop between any two, and what it has kept must never name a certificate that is lost. args from 8 on: number of results, their (kind, records, frame);
-- number of policies, each; of hosts, their (hash, job); of certificates, their (hash, frame);
-- of delayed jobs, each.
local function write_payload(run, prefix, stage, args)
    local at = 8
    local function counted()
        at = at + 1
        return tonumber(args[at - 1])
    end

    local results = counted()
    local first = at
    at = at + 3 * results
    local policies, lines = counted(), {}
    for i = 1, policies do
        lines[i] = args[at + i - 1]
    end
    follow(run, prefix, 'policy', lines)
    at = at + policies
    local hosts = counted()
    follow(run, prefix, 'starttls', only_new(prefix, 'hosts', args, at, hosts))
    at = at + 2 * hosts
    local certs = counted()
    local frames = only_new(prefix, 'certs', args, at, certs)
    if #frames > 0 then
        add_result(run, prefix, KIND_CERTS, #frames, table.concat(frames))
    end
    for i = first, first + 3 * (results - 1), 3 do
        add_result(run, prefix, tonumber(args[i]), tonumber(args[i + 1]), args[i + 2])
    end
    at = at + 2 * certs
    local delayed = counted()
    if delayed > 0 then
        delay(run, prefix, stage, args, at, delayed, tonumber(args[7]))
    end
end

-- args: epoch, stage, consumer, entry ID, bitmap of what it covers, number of jobs in it, delay in
-- milliseconds, payload
local function commit(run, prefix, args)
    local stage, id, mask = args[2], args[4], args[5]
    local stream, batches = prefix .. 'jobs:' .. stage, prefix .. 'batches:' .. stage
    if #redis.call('XPENDING', stream, GROUP, id, id, 1, args[3]) == 0 then
        return NOT_YOURS
    end
    local count, bytes, before = batch_unpack(redis.call('HGET', batches, id))
    if #mask > #before then
        return redis.error_reply('ERR the batch has no such job')
    end
    mask = mask .. ('\0'):rep(#before - #mask)
    if subset(mask, before) then
        return OK -- the same commit again, after a connection lost before the answer
    end
    if not subset(mask, all_covered(count)) then
        return redis.error_reply('ERR the batch has no such job')
    end
    local covered = merge(before, mask)
    if not covered then
        return redis.error_reply('ERR a job of the batch was committed before')
    end

    write_payload(run, prefix, stage, args)
    redis.call('HINCRBY', run, 'waiting:' .. stage, -tonumber(args[6]))
    if covered == all_covered(count) then
        drop_entry(run, prefix, stage, id, bytes)
    else
        redis.call('HSET', batches, id, batch_pack(count, bytes, covered))
    end
    return OK
end

-- ---- life and death ----

-- args: epoch, consumer, report ('': none this time). The number of those alive.
local function beat(run, prefix, args)
    local lives = prefix .. 'lives'
    if redis.call('SISMEMBER', prefix .. 'buried', args[2]) == 1 then
        return NOT_YOURS
    end
    redis.call('HINCRBY', lives, args[2], 1)
    if args[3] ~= '' then
        redis.call('HSET', prefix .. 'reports', args[2], args[3])
    end
    return #redis.call('HGETALL', lives) / 2
end

local function reports(run, prefix)
    return redis.call('HGETALL', prefix .. 'reports')
end

local function lives(run, prefix)
    return redis.call('HGETALL', prefix .. 'lives')
end

-- Put the jobs of an entry that are not covered into a new one. The suspect among them (from 0; -1:
-- none) comes alone, and flagged when this is its second death.
local function revive(run, prefix, stage, id, suspect)
    local fields = redis.call('XRANGE', prefix .. 'jobs:' .. stage, id, id)[1][2]
    local _, bytes, covered = batch_unpack(redis.call('HGET', prefix .. 'batches:' .. stage, id))
    local rest, i, alone = {}, 0, nil
    for job in fields[6]:gmatch('([^\n]*)\n') do
        local done = bit.band(covered:byte(math.floor(i / 8) + 1), bit.lshift(1, i % 8)) ~= 0
        if not done and i == suspect then
            alone = job
        elseif not done then
            rest[#rest + 1] = job
        end
        i = i + 1
    end
    if #rest > 0 then
        add_entry(run, prefix, stage, #rest, table.concat(rest, '\n') .. '\n', fields[4])
    end
    if alone then
        local deaths = redis.call('HINCRBY', prefix .. 'suspects', redis.sha1hex(alone), 1)
        add_entry(run, prefix, stage, 1, alone .. '\n', deaths >= 2 and 1 or tonumber(fields[4]))
    end
    drop_entry(run, prefix, stage, id, bytes)
end

-- args: epoch, consumer, stage, entry ID and number of the suspect (stage '': none)
local function bury(run, prefix, args)
    local consumer = args[2]
    for _, stage in ipairs(STAGES) do
        local stream = prefix .. 'jobs:' .. stage
        local held = redis.call('XPENDING', stream, GROUP, '-', '+', 1000, consumer)
        while #held > 0 do
            for _, entry in ipairs(held) do
                local suspected = stage == args[3] and entry[1] == args[4]
                revive(run, prefix, stage, entry[1], suspected and tonumber(args[5]) or -1)
            end
            held = redis.call('XPENDING', stream, GROUP, '-', '+', 1000, consumer)
        end
        redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, consumer)
    end
    redis.call('HDEL', prefix .. 'lives', consumer)
    redis.call('SADD', prefix .. 'buried', consumer)
    return OK
end

-- ---- results ----

-- args: epoch, ID after which, how many at most
local function results(run, prefix, args)
    local out = {}
    for i, entry in ipairs(redis.call('XRANGE', prefix .. 'results', '(' .. args[2], '+', 'COUNT', args[3])) do
        local f = entry[2]
        out[i] = { entry[1], tonumber(f[2]), tonumber(f[4]), f[6] }
    end
    return out
end

-- args: epoch, ID through which
local function trim(run, prefix, args)
    local stream = prefix .. 'results'
    local last = redis.call('XRANGE', stream, args[2], args[2])[1]
    if last then
        local ms, seq = args[2]:match('^(%d+)-(%d+)$')
        redis.call('XTRIM', stream, 'MINID', '=', ms .. '-' .. ('%.0f'):format(seq + 1))
        redis.call('HSET', run, 'trimmed', last[2][8])
    end
    return OK
end

-- ---- rebuilding a run whose Redis was lost ----

-- args: epoch, stage, count, pairs of hash ('' for none) and job
local function add_jobs(run, prefix, args)
    local stage, lines = args[2], {}
    for i = 4, 2 + 2 * args[3], 2 do
        local hash = args[i]
        if hash == '' or redis.call('SADD', prefix .. 'seen:hosts:' .. hash:sub(-4), hash) == 1 then
            lines[#lines + 1] = args[i + 1]
        end
    end
    follow(run, prefix, stage, lines)
    return OK
end

-- args: epoch, which, hashes
local function mark_seen(run, prefix, args)
    local set = prefix .. 'seen:' .. args[2] .. ':'
    for i = 3, #args do
        redis.call('SADD', set .. args[i]:sub(-4), args[i])
    end
    return OK
end

-- args: epoch, kind, records
local function mark_done(run, prefix, args)
    redis.call('HINCRBY', run, 'done:' .. KINDS[tonumber(args[2]) + 1], args[3])
    return OK
end

-- ---- registration ----

local function register(name, work, ...)
    redis.register_function {
        function_name = 'mxcensus_v1_' .. name,
        flags = { ... },
        callback = function(keys, args)
            if redis.call('HGET', keys[1], 'epoch') ~= args[1] then
                return EPOCH
            end
            return work(keys[1], keys[1]:sub(1, -6), args)
        end,
    }
end

redis.register_function { function_name = 'mxcensus_v1_create', callback = create }
register('remove', remove, 'allow-oom')
register('feed', feed)
register('feed_done', feed_done, 'allow-oom')
register('fed', fed, 'no-writes', 'allow-oom')
register('progress', progress, 'no-writes', 'allow-oom')
register('claim', claim)
register('commit', commit)
register('beat', beat, 'allow-oom')
register('lives', lives, 'no-writes', 'allow-oom')
register('reports', reports, 'no-writes', 'allow-oom')
register('bury', bury, 'allow-oom')
register('results', results, 'no-writes', 'allow-oom')
register('trim', trim, 'allow-oom')
register('add_jobs', add_jobs)
register('mark_seen', mark_seen)
register('mark_done', mark_done, 'allow-oom')
