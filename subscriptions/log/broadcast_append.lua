-- ARGV[4..5]: most entries, most bytes; then key, version and body of each message.
-- Returns {epoch, oldest, head}, or nothing when the caller must ask its database again.
local epoch, head = open()
if not epoch then
  return nil
end

local length = redis.call('XLEN', stream)
local bytes = tonumber(redis.call('HGET', meta, 'bytes') or '0')
if length == 0 then
  redis.call('DEL', versions)
  bytes = 0
end

for i = 6, #ARGV, 3 do
  local key, version, body = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local last = redis.call('HGET', versions, key)
  if not last or tonumber(version) > tonumber(last) then
    head = head + 1
    redis.call('XADD', stream, text(head) .. '-1', 'e', epoch, 'k', key, 'v', version, 'b', body)
    redis.call('HSET', versions, key, version)
    length = length + 1
    bytes = bytes + size_of(key, version, body)
  end
end

-- What falls out of the window takes its version along, unless the key came again since.
local entries_max, bytes_max = tonumber(ARGV[4]), tonumber(ARGV[5])
local kept = length
local function over()
  return kept > entries_max or (bytes > bytes_max and kept > 1)
end
local from = '-'
while over() do
  local page = redis.call('XRANGE', stream, from, '+', 'COUNT', 100)
  if #page == 0 then
    break
  end
  for _, entry in ipairs(page) do
    if not over() then
      break
    end
    local key, version, body = entry[2][4], entry[2][6], entry[2][8]
    if redis.call('HGET', versions, key) == version then
      redis.call('HDEL', versions, key)
    end
    bytes = bytes - size_of(key, version, body)
    kept = kept - 1
    from = '(' .. entry[1]
  end
end
if kept < length then
  redis.call('XTRIM', stream, 'MAXLEN', kept)
end

redis.call('HSET', meta, 'offset', text(head), 'bytes', text(bytes))
return {epoch, text(oldest(head)), text(head)}
