namespace Apiax.Http.Handlers.Testing;

/// <summary>One account in memory: content, turn, claim and note, which are kept and deleted together.</summary>
internal sealed class StoredEntry
{
    private long _version;
    private byte[] _content = [];
    private DateTimeOffset _committedOn;
    private DateTimeOffset _keptUntil = DateTimeOffset.MaxValue;
    private (string Owner, long Number)? _turn;
    private (string Owner, long Number)? _claim;
    private TurnPhase _phase;
    private DateTimeOffset _renewedOn;
    private byte[] _note = [];
    private DateTimeOffset _notedOn;
    private TimeSpan _noteLength;
    private TaskCompletionSource _changed = NewSource();

    private enum TurnPhase
    {
        Over,
        Active,
        BackingOff,
    }

    public Task ChangeAfter(long knownVersion) => _version > knownVersion ? Task.CompletedTask : _changed.Task;

    public void Wake()
    {
        _changed.TrySetResult();
        _changed = NewSource();
    }

    /// <summary>Deletes the whole entry when its time is over.</summary>
    public void DropAt(DateTimeOffset now)
    {
        if (now >= _keptUntil)
            (_version, _content, _turn, _claim, _phase, _note, _keptUntil) = (0, [], null, null, TurnPhase.Over, [], DateTimeOffset.MaxValue);
    }

    public TokenStoreEntry Read(DateTimeOffset now) => Answer(_phase is TurnPhase.Over ? TokenStoreTurn.Nobody : TokenStoreTurn.Another, now);

    public TokenStoreEntry Begin(TokenStoreBegin begin, DateTimeOffset now)
    {
        if (_version != 0 && _version != begin.KnownVersion)
            return Answer(TokenStoreTurn.Superseded, now);

        var isOfAnother = _phase is not TurnPhase.Over && _turn?.Owner != begin.Owner;
        var isSilent = (now - _renewedOn).Duration() >= begin.Silence || _turn?.Owner == begin.Overtakes;
        if (IsLate(begin.Owner, begin.Number) || (isOfAnother && !isSilent))
            return Answer(TokenStoreTurn.Another, now);

        (_turn, _phase, _renewedOn) = ((begin.Owner, begin.Number), TurnPhase.Active, now);
        if (_version != 0 && (_claim is null || _claim.Value.Owner == begin.Owner))
            _claim = _turn;

        return Answer(isOfAnother ? TokenStoreTurn.CallerInsteadOfAnother : TokenStoreTurn.Caller, now, hasClaim: _claim == _turn);
    }

    public TokenStoreEntry Commit(TokenStoreCommit commit, DateTimeOffset now)
    {
        if (!IsLate(commit.Owner, commit.Number))
        {
            if (_version == commit.ExpectedVersion)
                Write(commit, now);

            SetTurn(commit, now);
            if (!commit.KeepsTurn || !commit.Note.IsEmpty)
                Wake();
        }

        return Read(now);
    }

    private bool IsLate(string owner, long number) =>
        (_turn is { } turn && turn.Owner == owner && turn.Number > number) || (_claim is { } claim && claim.Owner == owner && claim.Number > number);

    private void Write(TokenStoreCommit commit, DateTimeOffset now)
    {
        if (commit.ReleasesClaim && (!commit.Content.IsEmpty || _claim?.Owner == commit.Owner))
            _claim = null;
        if (!commit.Content.IsEmpty)
            (_version, _content, _committedOn, _keptUntil, _note) = (commit.Version, commit.Content.ToArray(), now, now + commit.Keep, []);
    }

    private void SetTurn(TokenStoreCommit commit, DateTimeOffset now)
    {
        if (_phase is TurnPhase.Over || _turn?.Owner != commit.Owner)
            return;

        if (!commit.Note.IsEmpty)
            (_note, _notedOn, _noteLength) = (commit.Note.ToArray(), now, commit.NoteLength);
        if (commit.KeepsTurn)
            (_phase, _renewedOn) = (commit.Note.IsEmpty ? _phase : TurnPhase.BackingOff, now);
        else
            _phase = TurnPhase.Over;
    }

    private TokenStoreEntry Answer(TokenStoreTurn turn, DateTimeOffset now, bool hasClaim = false)
    {
        var age = now - _notedOn;
        var isNoted = _note.Length > 0 && age >= TimeSpan.Zero && age < _noteLength && !(turn is TokenStoreTurn.Another && _phase is TurnPhase.Active);
        return new TokenStoreEntry
        {
            Time = now,
            Version = _version,
            CommittedOn = _committedOn,
            Content = _content,
            Turn = turn,
            HasClaim = hasClaim,
            Note = isNoted ? _note : [],
            NoteRemaining = isNoted ? _noteLength - age : default,
        };
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
