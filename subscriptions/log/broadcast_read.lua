-- ARGV[4..5]: read after this offset, at most so many entries (0: only ask what there is).
-- Returns {epoch, oldest, head, {offset, body, offset, body, …}}, or nothing when the caller must ask its database again.
local epoch, head = open()
if not epoch then
  return nil
end

local entries, limit = {}, tonumber(ARGV[5])
if limit > 0 then
  for _, entry in ipairs(redis.call('XRANGE', stream, '(' .. ARGV[4] .. '-1', '+', 'COUNT', limit)) do
    entries[#entries + 1] = text(offset_of(entry[1]))
    entries[#entries + 1] = entry[2][8]
  end
end
return {epoch, text(oldest(head)), text(head), entries}
