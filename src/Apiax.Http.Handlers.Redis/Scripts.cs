namespace Apiax.Http.Handlers.Redis;

/// <summary>
/// What must happen at once, in Lua. An entry is a text: its version, a colon, its bytes. The version is the server's time in microseconds,
/// so it tells the age too. What is no entry (of another type, larger than any, without a version that the server can count on from)
/// counts as none, and the next commit replaces it.
/// </summary>
/// <remarks>
/// The turn itself is a SET NX PX: no two owners can have it, even where a server runs two scripts side by side. It is kept for longer than any refresh
/// token may live (400 days): until it is ended or taken over, it tells that its owner may have used the one in the entry.
/// </remarks>
internal static class Scripts
{
    // In milliseconds.
    private const string TurnKept = "34560000000";

    private const string Read = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local value = redis.pcall('GET', KEYS[1])
        if type(value) == 'table' and not string.find(value.err, 'WRONGTYPE', 1, true) then return value end
        local version = type(value) == 'string' and #value < 4194304 and string.match(value, '^([1-9]%d*):') or '0'
        if tonumber(version) > 9e15 then version = '0' end
        if version == '0' and value then value = 'foreign' end
        """;

    // The entry goes out with its age in microseconds; of what is no entry only that it is there, for the log.
    private const string Answer = """
        local function answer(what)
            return { what, version, string.format('%.0f', math.max(0, now - tonumber(version))), value or '' }
        end
        """;

    /// <summary>KEYS: entry. Answers with the entry.</summary>
    public const string Look = $$"""
        {{Read}}
        {{Answer}}
        return answer(0)
        """;

    /// <summary>KEYS: entry, turn. ARGV: known version, owner, silence in milliseconds. Answers with the number of the <see cref="TokenStoreTurnOwner"/> and the entry.</summary>
    public const string Begin = $$"""
        {{Read}}
        {{Answer}}
        if version ~= '0' and version ~= ARGV[1] then return answer(3) end
        if redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', {{TurnKept}}) then return answer(0) end
        if redis.call('GET', KEYS[2]) == ARGV[2] then
            redis.call('PEXPIRE', KEYS[2], {{TurnKept}})
            return answer(0)
        end
        if {{TurnKept}} - redis.call('PTTL', KEYS[2]) >= tonumber(ARGV[3]) then
            redis.call('SET', KEYS[2], ARGV[2], 'PX', {{TurnKept}})
            return answer(1)
        end
        return { 2, '0', '0', '' }
        """;

    /// <summary>KEYS: entry, turn. ARGV: owner. Answers with 1 if the turn is the owner's.</summary>
    public const string Renew = $$"""
        if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
        return redis.call('PEXPIRE', KEYS[2], {{TurnKept}})
        """;

    /// <summary>KEYS: entry, turn. ARGV: channel, owner. Answers with 1 if the turn was the owner's.</summary>
    public const string End = """
        if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
        redis.call('DEL', KEYS[2])
        redis.call('PUBLISH', ARGV[1], '')
        return 1
        """;

    /// <summary>KEYS: entry, turn. ARGV: channel, owner, expected version, content, milliseconds to keep it. Answers with 1 if it was written, and with the entry that stands.</summary>
    public const string Commit = $$"""
        {{Read}}
        {{Answer}}
        local written = 0
        if version == ARGV[3] then
            version = string.format('%.0f', math.max(now, tonumber(version) + 1))
            value = ''
            written = 1
            redis.call('SET', KEYS[1], version .. ':' .. ARGV[4], 'PX', ARGV[5])
        end
        if redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end
        redis.call('PUBLISH', ARGV[1], version)
        return answer(written)
        """;
}
