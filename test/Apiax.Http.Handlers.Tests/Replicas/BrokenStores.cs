using static Apiax.Http.Handlers.TokenStoreTurn;

namespace Apiax.Http.Handlers.Tests;

/// <summary>For each rule, a store that breaks it.</summary>
internal static class BrokenStores
{
    public static IEnumerable<TestCaseData> All() => [.. Entries(), .. Turns(), .. Claims(), .. Notes()];

    private static IEnumerable<TestCaseData> Entries()
    {
        yield return OnRead("A new account has no entry", entry => Changed(entry, version: Math.Max(1, entry.Version)));
        yield return Broken("Of concurrent commits over one version, one succeeds and all get its entry", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) =>
            {
                await store.CommitAsync(account, commit, default);
                return new TokenStoreEntry { Time = default, Version = commit.Version, Content = commit.Content };
            },
        });
        yield return Broken("Content is written only over the expected version", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) => await store.CommitAsync(account, Changed(commit, expected: (await store.ReadAsync(account, default)).Version), default),
        });
        yield return Broken("Content for a missing entry is not written", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) => await store.CommitAsync(
                account, (await store.ReadAsync(account, default)).Version == 0 ? Changed(commit, expected: 0) : commit, default),
        });
        yield return Broken("Writing content needs no turn, only the expected version", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) => (await store.ReadAsync(account, default)).Turn is Another
                ? await store.ReadAsync(account, default)
                : await store.CommitAsync(account, commit, default),
        });
        yield return Broken("The version is the caller's, and all bytes are stored unchanged", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) => await store.CommitAsync(account, Changed(commit, version: commit.ExpectedVersion + 1), default),
        });
        yield return OnRead("The commit time is the store's and does not change", entry => Changed(entry, committedOn: entry.Time));
        yield return Broken("An entry expires as a whole", store =>
        {
            var known = new Dictionary<string, long>(StringComparer.Ordinal);
            return new StoreLink(store)
            {
                OnBegin = async (account, begin) => known.TryAdd(account + begin.KnownVersion, 1) || begin.KnownVersion == 0
                    ? await store.BeginAsync(account, begin, default)
                    : Changed(await store.BeginAsync(account, begin, default), turn: CallerInsteadOfAnother),
            };
        });
        yield return Broken("Accounts are independent of each other", store => new StoreLink(store)
        {
            OnRead = async _ => await store.ReadAsync("one", default),
            OnCommit = async (_, commit) => await store.CommitAsync("one", commit, default),
        });
        yield return Broken("A wait ends after its time limit, and earlier after a change", store => new StoreLink(store) { OnWait = async (_, atMost) => await (atMost > TimeSpan.FromSeconds(2) ? new TaskCompletionSource().Task : Task.CompletedTask) });
        yield return Broken("A wait ends after its time limit", store => new StoreLink(store) { OnWait = (_, _) => new TaskCompletionSource().Task });
        yield return Broken("A turn that ends without content ends a wait", store =>
        {
            var written = new TaskCompletionSource();
            return new StoreLink(store)
            {
                OnCommit = async (account, commit) =>
                {
                    if (!commit.Content.IsEmpty)
                        written.TrySetResult();
                    return await store.CommitAsync(account, commit, default);
                },
                OnWait = (_, _) => written.Task,
            };
        });
        yield return Broken("If the store knows a later version, a wait ends at once", store => new StoreLink(store) { OnWait = async (account, atMost) => await store.WaitAsync(account, long.MaxValue, atMost, default) });
        yield return Broken("A wait that is cancelled ends", store => new StoreLink(store) { OnWait = async (account, atMost) => await store.WaitAsync(account, long.MaxValue, atMost, default) });
    }

    private static IEnumerable<TestCaseData> Turns()
    {
        yield return OnBegin("Of concurrent begins, one gets the turn", entry => Changed(entry, turn: Caller));
        yield return OnBegin("An owner that begins again keeps its turn", new HashSet<string>(StringComparer.Ordinal), (entry, begin, seen) => seen.Add(begin.Owner) ? entry : Changed(entry, turn: Another));
        yield return OnBegin("If there is a newer entry, it is returned and no turn begins", entry => entry.Turn is Superseded ? Changed(entry, turn: Caller) : entry);
        yield return OnCommit("A commit ends the turn, with or without content", commit => Changed(commit, number: commit.ExpectedVersion == 4711 ? 0 : commit.Number));
        yield return OnCommit("No other owner can end a turn", commit => Changed(commit, owner: "a"));
        yield return OnCommit("A renewed turn continues", commit => commit.KeepsTurn ? Changed(commit, number: 0) : commit);
        yield return OnCommit("A turn continues after content", commit => Changed(commit, keeps: commit.KeepsTurn && commit.Content.IsEmpty));
        yield return OnCommit("A turn continues after content", commit => Changed(commit, number: commit.KeepsTurn && commit.Content.IsEmpty && commit.ExpectedVersion == 0 ? 0 : null));
        yield return Broken("An ended turn cannot be renewed", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) => commit.KeepsTurn
                ? await store.BeginAsync(account, new TokenStoreBegin { Owner = commit.Owner, Number = commit.Number, Silence = TimeSpan.FromDays(1) }, default)
                : await store.CommitAsync(account, commit, default),
        });
        yield return OnBegin("A turn without renewals is taken over only after the requested silence", entry => entry.Turn is CallerInsteadOfAnother ? Changed(entry, turn: Another) : entry);
        yield return OnBegin("Only the owner named in Overtakes is overtaken at once", entry => entry.Turn is CallerInsteadOfAnother ? Changed(entry, turn: Another) : entry);
        yield return OnCommit("A late call with a lower number changes nothing", commit => Changed(commit, number: commit.Number + 1));
    }

    private static IEnumerable<TestCaseData> Claims()
    {
        yield return OnBegin("The turn includes the claim, which continues after the turn", entry => Changed(entry, hasClaim: true));
        yield return OnBegin("An owner that takes over a turn gets no claim, at any time", entry => Changed(entry, hasClaim: true));
        yield return OnCommit("The holder of a claim can release it", commit => Changed(commit, releases: false));
        yield return OnCommit("No other owner can release a claim", commit => Changed(commit, owner: "a"));
        yield return OnCommit("A claim is released only at the expected version", commit => Changed(commit, expected: commit.ReleasesClaim && commit.Content.IsEmpty ? commit.ExpectedVersion - 1 : null));
        yield return OnCommit("A new refresh token releases any claim, other content releases none", commit => Changed(commit, releases: true));
        yield return Broken("Renewing a turn gives no claim", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) =>
            {
                if (commit.KeepsTurn)
                    await store.BeginAsync(account, new TokenStoreBegin { Owner = commit.Owner, Number = commit.Number, KnownVersion = commit.ExpectedVersion, Silence = default }, default);
                return await store.CommitAsync(account, Changed(commit, keeps: false), default);
            },
        });
        yield return OnCommit("A late release with a lower number has no effect", commit => Changed(commit, number: commit.ReleasesClaim ? 4711 : commit.Number));
    }

    private static IEnumerable<TestCaseData> Notes()
    {
        yield return OnRead("While a note is valid, a begin and a read return it", entry => Changed(entry, note: default(ReadOnlyMemory<byte>)));
        yield return OnBegin("A kept turn returns its note, an active turn returns none", entry => Changed(entry, note: entry.Turn is Another ? "why"u8.ToArray() : entry.Note));
        yield return OnCommit("Only the owner of the turn can write a note, and a new entry removes it", commit => Changed(commit, owner: "a"));
    }

    private static TestCaseData Broken(string rule, Func<ITokenStore, ITokenStore> broken) => new TestCaseData(rule, broken).SetArgDisplayNames(rule);

    private static TestCaseData OnRead(string rule, Func<TokenStoreEntry, TokenStoreEntry> change) =>
        Broken(rule, store => new StoreLink(store) { OnRead = async account => change(await store.ReadAsync(account, default)) });

    private static TestCaseData OnBegin(string rule, Func<TokenStoreEntry, TokenStoreEntry> change) =>
        Broken(rule, store => new StoreLink(store) { OnBegin = async (account, begin) => change(await store.BeginAsync(account, begin, default)) });

    private static TestCaseData OnBegin<T>(string rule, T memory, Func<TokenStoreEntry, TokenStoreBegin, T, TokenStoreEntry> change) =>
        Broken(rule, store => new StoreLink(store) { OnBegin = async (account, begin) => change(await store.BeginAsync(account, begin, default), begin, memory) });

    private static TestCaseData OnCommit(string rule, Func<TokenStoreCommit, TokenStoreCommit> change) =>
        Broken(rule, store => new StoreLink(store) { OnCommit = async (account, commit) => await store.CommitAsync(account, change(commit), default) });

    private static TokenStoreEntry Changed(
        TokenStoreEntry entry, long? version = null, DateTimeOffset? committedOn = null, TokenStoreTurn? turn = null, bool? hasClaim = null, ReadOnlyMemory<byte>? note = null) => new()
        {
            Time = entry.Time,
            Version = version ?? entry.Version,
            CommittedOn = committedOn ?? entry.CommittedOn,
            Content = entry.Content,
            Turn = turn ?? entry.Turn,
            HasClaim = hasClaim ?? entry.HasClaim,
            Note = note ?? entry.Note,
            NoteRemaining = entry.NoteRemaining,
        };

    private static TokenStoreCommit Changed(
        TokenStoreCommit commit, string? owner = null, long? number = null, long? expected = null, long? version = null, bool? releases = null, bool? keeps = null) => new()
        {
            Owner = owner ?? commit.Owner,
            Number = number ?? commit.Number,
            ExpectedVersion = expected ?? commit.ExpectedVersion,
            Version = version ?? commit.Version,
            Content = commit.Content,
            Keep = commit.Keep,
            ReleasesClaim = releases ?? commit.ReleasesClaim,
            KeepsTurn = keeps ?? commit.KeepsTurn,
            Note = commit.Note,
            NoteLength = commit.NoteLength,
        };
}
