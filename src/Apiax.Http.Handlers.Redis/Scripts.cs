namespace Apiax.Http.Handlers.Redis;

/// <summary>
/// The atomic steps, in Lua. An account is one hash, so that its parts are evicted, expire and migrate together; fields of a later release are kept.
/// An invalid value (a key of another type, a version that cannot be incremented, too many bytes) counts as no entry; the next turn or commit replaces it.
/// </summary>
internal static class Scripts
{
    // How long a turn is kept if no entry is kept longer, in milliseconds.
    private const string TurnKept = "3600000";

    // Times are in microseconds of the server's clock. After a clock correction, a turn may count as silent, or a note as expired, too early.
    // A number may also be infinite or NaN, for which no comparison holds: the turn then counts as silent, and the note as missing.
    private const string Read = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local names = { 'version', 'committed', 'content', 'turn', 'number', 'renewed', 'phase', 'claim', 'claim-number', 'note', 'noted', 'note-length' }
        local found = redis.pcall('HMGET', KEYS[1], unpack(names))
        local foreign = 0
        if found.err then
            if not string.find(found.err, 'WRONGTYPE', 1, true) then return found end
            foreign, found = 1, {}
        end
        local e = {}
        for i, name in ipairs(names) do e[name] = found[i] or '' end
        local function number(name) return tonumber(e[name]) or 0 end
        local isEntry = string.match(e.version, '^[1-9]%d*$') and #e.version < 17 and number('version') <= 9e15 and #e.content > 0 and #e.content < 4194304 and #e.committed < 32
        if not isEntry then
            if e.version .. e.content ~= '' then foreign = 1 end
            e.version, e.content, e.committed, e.claim = '0', '', '', ''
        end
        local function clear()
            if foreign == 1 then redis.call('DEL', KEYS[1]) end
        end
        local function isTaken() return e.phase == 'work' or e.phase == 'back-off' end
        local function isLate(owner, count)
            return (e.turn == owner and number('number') > count) or (e.claim == owner and number('claim-number') > count)
        end
        local function answer(turn, claim)
            local note, remaining = e.note, number('noted') + number('note-length') - now
            local isValid = #e.note < 65536 and number('noted') <= now and remaining > 0 and remaining <= 9e15
            if not isValid or (turn == 3 and e.phase == 'work') then note, remaining = '', 0 end
            return { turn, string.format('%.0f', now), e.version, e.committed, e.content, claim, note, string.format('%.0f', remaining), foreign }
        end
        local function read()
            return answer(isTaken() and 3 or 0, 0)
        end
        """;

    /// <summary>KEYS: account. Returns the number of the <see cref="TokenStoreTurn"/>, and the entry.</summary>
    public const string ReadEntry = $"""
        {Read}
        return read()
        """;

    /// <summary>KEYS: account. ARGV: known version, owner, number, silence in microseconds, an owner to overtake. Returns the same as <see cref="ReadEntry"/>.</summary>
    public const string Begin = $$"""
        {{Read}}
        local owner, count, silence = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
        if e.version ~= '0' and e.version ~= ARGV[1] then return answer(4, 0) end
        local isOfAnother = isTaken() and e.turn ~= owner
        local isSilent = not (math.abs(now - number('renewed')) < silence) or e.turn == ARGV[5]
        if isLate(owner, count) or (isOfAnother and not isSilent) then return answer(3, 0) end
        clear()
        redis.call('HSET', KEYS[1], 'turn', owner, 'number', ARGV[3], 'renewed', string.format('%.0f', now), 'phase', 'work')
        if e.version == '0' then
            redis.call('PEXPIRE', KEYS[1], {{TurnKept}})
            redis.call('HDEL', KEYS[1], 'claim', 'claim-number')
            return answer(isOfAnother and 2 or 1, 0)
        end
        if e.claim ~= '' and e.claim ~= owner then return answer(isOfAnother and 2 or 1, 0) end
        redis.call('HSET', KEYS[1], 'claim', owner, 'claim-number', ARGV[3])
        return answer(isOfAnother and 2 or 1, 1)
        """;

    /// <summary>
    /// KEYS: account. ARGV: owner, number, expected version, version, content, milliseconds to keep it, whether the claim is released, whether the turn is
    /// kept, note, its length in microseconds. Returns the same as <see cref="ReadEntry"/>.
    /// </summary>
    public const string Commit = $$"""
        {{Read}}
        local owner, content, note = ARGV[1], ARGV[5], ARGV[9]
        if isLate(owner, tonumber(ARGV[2])) then return read() end
        local hasTurn = isTaken() and e.turn == owner
        if e.version == ARGV[3] then
            if ARGV[7] == '1' and (content ~= '' or e.claim == owner) then redis.call('HDEL', KEYS[1], 'claim', 'claim-number') end
            if content ~= '' then
                clear()
                redis.call('HSET', KEYS[1], 'version', ARGV[4], 'committed', string.format('%.0f', now), 'content', content)
                redis.call('HDEL', KEYS[1], 'note', 'noted', 'note-length')
                redis.call('PEXPIRE', KEYS[1], ARGV[6])
                e.version, e.committed, e.content, e.note = ARGV[4], string.format('%.0f', now), content, ''
            end
        end
        if not hasTurn then return read() end
        if note ~= '' then
            e.note, e.noted, e['note-length'] = note, string.format('%.0f', now), ARGV[10]
            redis.call('HSET', KEYS[1], 'note', note, 'noted', e.noted, 'note-length', ARGV[10])
        end
        if ARGV[8] == '0' then e.phase = 'over' elseif note ~= '' then e.phase = 'back-off' end
        redis.call('HSET', KEYS[1], 'renewed', string.format('%.0f', now), 'phase', e.phase)
        return read()
        """;
}
