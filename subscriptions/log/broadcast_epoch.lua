-- Shared by broadcast_append.lua and broadcast_read.lua, which follow it in one script.
-- KEYS: meta hash {epoch, offset, bytes, run_id, database}, stream, hash key -> last version within the stream.
-- ARGV[1..3]: identity of the database, '1' if it was asked for this very call, the epoch to begin if one must begin.
local meta, stream, versions = KEYS[1], KEYS[2], KEYS[3]

-- %.0f: Lua would write large numbers as 1e+15.
local function text(number)
  return string.format('%.0f', number)
end

local function offset_of(id)
  return tonumber(string.match(id, '^%d+'))
end

local function size_of(key, version, body)
  return #key + #version + #body
end

-- The epoch and the offset of its newest entry; nothing when the caller must ask its database again first.
-- A Redis that was restarted, failed over or flushed, or another database behind the log, begins an epoch: what the
-- stream holds may lack entries, or hold some of a future that never was. Offsets go on from where they were.
local function open()
  local known = redis.call('HMGET', meta, 'epoch', 'offset', 'run_id', 'database')
  local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  if known[1] and known[2] and known[3] == run_id then
    if known[4] == ARGV[1] then
      return known[1], tonumber(known[2])
    end
    if ARGV[2] ~= '1' then
      return nil
    end
  end
  local offset = tonumber(known[2] or '0') or 0
  redis.call('DEL', stream, versions)
  redis.call('HSET', meta, 'epoch', ARGV[3], 'offset', text(offset), 'bytes', '0', 'run_id', run_id, 'database', ARGV[1])
  return ARGV[3], offset
end

local function oldest(head)
  local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)
  return first[1] and offset_of(first[1][1]) or head + 1
end
