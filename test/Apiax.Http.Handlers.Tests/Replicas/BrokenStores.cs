using static Apiax.Http.Handlers.TokenStoreTurn;

namespace Apiax.Http.Handlers.Tests;

/// <summary>For each law a store that breaks it.</summary>
internal static class BrokenStores
{
    public static IEnumerable<TestCaseData> All() => [.. Entries(), .. Turns(), .. Claims(), .. Notes()];

    private static IEnumerable<TestCaseData> Entries()
    {
        yield return OnRead("An account that nobody wrote", entry => Changed(entry, version: Math.Max(1, entry.Version)));
        yield return Broken("Of many who commit over one version", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) =>
            {
                await store.CommitAsync(account, commit, default);
                return new TokenStoreEntry { Time = default, Version = commit.Version, Content = commit.Content };
            },
        });
        yield return Broken("Content is written over the expected version", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) => await store.CommitAsync(account, Changed(commit, expected: (await store.ReadAsync(account, default)).Version), default),
        });
        yield return Broken("Content for an entry that is gone", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) => await store.CommitAsync(
                account, (await store.ReadAsync(account, default)).Version == 0 ? Changed(commit, expected: 0) : commit, default),
        });
        yield return Broken("Content needs no turn", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) => (await store.ReadAsync(account, default)).Turn is Another
                ? await store.ReadAsync(account, default)
                : await store.CommitAsync(account, commit, default),
        });
        yield return Broken("The version is the committer's", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) => await store.CommitAsync(account, Changed(commit, version: commit.ExpectedVersion + 1), default),
        });
        yield return OnRead("The time of a commit", entry => Changed(entry, committedOn: entry.Time));
        yield return Broken("An entry goes as a whole", store =>
        {
            var known = new Dictionary<string, long>(StringComparer.Ordinal);
            return new StoreLink(store)
            {
                OnBegin = async (account, begin) => known.TryAdd(account + begin.KnownVersion, 1) || begin.KnownVersion == 0
                    ? await store.BeginAsync(account, begin, default)
                    : Changed(await store.BeginAsync(account, begin, default), turn: CallerInsteadOfAnother),
            };
        });
        yield return Broken("Accounts know nothing", store => new StoreLink(store)
        {
            OnRead = async _ => await store.ReadAsync("one", default),
            OnCommit = async (_, commit) => await store.CommitAsync("one", commit, default),
        });
        yield return Broken("Who waits is back", store => new StoreLink(store) { OnWait = async (_, atMost) => await (atMost > TimeSpan.FromSeconds(2) ? new TaskCompletionSource().Task : Task.CompletedTask) });
    }

    private static IEnumerable<TestCaseData> Turns()
    {
        yield return OnBegin("Of many who begin at once", entry => Changed(entry, turn: Caller));
        yield return OnBegin("An owner who begins again", new HashSet<string>(StringComparer.Ordinal), (entry, begin, seen) => seen.Add(begin.Owner) ? entry : Changed(entry, turn: Another));
        yield return OnBegin("A newer entry is the answer", entry => entry.Turn is Superseded ? Changed(entry, turn: Caller) : entry);
        yield return OnCommit("A commit ends the turn", commit => Changed(commit, number: commit.ExpectedVersion == 4711 ? 0 : commit.Number));
        yield return OnCommit("Nobody else ends a turn", commit => Changed(commit, owner: "a"));
        yield return OnCommit("A renewed turn goes on", commit => commit.KeepsTurn ? Changed(commit, number: 0) : commit);
        yield return Broken("A turn that is over is not renewed", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) => commit.KeepsTurn
                ? await store.BeginAsync(account, new TokenStoreBegin { Owner = commit.Owner, Number = commit.Number, Silence = TimeSpan.FromDays(1) }, default)
                : await store.CommitAsync(account, commit, default),
        });
        yield return OnBegin("A silent turn is taken over", entry => entry.Turn is CallerInsteadOfAnother ? Changed(entry, turn: Another) : entry);
        yield return OnBegin("An owner that is not waited for", entry => entry.Turn is CallerInsteadOfAnother ? Changed(entry, turn: Another) : entry);
        yield return OnCommit("What arrives late", commit => Changed(commit, number: commit.Number + 1));
    }

    private static IEnumerable<TestCaseData> Claims()
    {
        yield return OnBegin("With the turn comes the claim", entry => Changed(entry, hasClaim: true));
        yield return OnBegin("Who takes a turn over gets no claim", entry => Changed(entry, hasClaim: true));
        yield return OnCommit("Its holder releases a claim", commit => Changed(commit, releases: false));
        yield return OnCommit("Nobody else releases a claim", commit => Changed(commit, owner: "a"));
        yield return OnCommit("A claim is released at the expected version", commit => Changed(commit, expected: commit.ReleasesClaim && commit.Content.IsEmpty ? commit.ExpectedVersion - 1 : null));
        yield return OnCommit("A new refresh token releases the claim", commit => Changed(commit, releases: true));
        yield return Broken("A renewal takes no claim", store => new StoreLink(store)
        {
            OnCommit = async (account, commit) =>
            {
                if (commit.KeepsTurn)
                    await store.BeginAsync(account, new TokenStoreBegin { Owner = commit.Owner, Number = commit.Number, KnownVersion = commit.ExpectedVersion, Silence = default }, default);
                return await store.CommitAsync(account, Changed(commit, keeps: false), default);
            },
        });
        yield return OnCommit("A late release", commit => Changed(commit, number: commit.ReleasesClaim ? 4711 : commit.Number));
    }

    private static IEnumerable<TestCaseData> Notes()
    {
        yield return OnRead("A note is the answer", entry => Changed(entry, note: default(ReadOnlyMemory<byte>)));
        yield return OnBegin("A kept turn shows its note", entry => Changed(entry, note: entry.Turn is Another ? "why"u8.ToArray() : entry.Note));
        yield return OnCommit("Only the owner of the turn leaves a note", commit => Changed(commit, owner: "a"));
    }

    private static TestCaseData Broken(string law, Func<ITokenStore, ITokenStore> broken) => new TestCaseData(law, broken).SetArgDisplayNames(law);

    private static TestCaseData OnRead(string law, Func<TokenStoreEntry, TokenStoreEntry> change) =>
        Broken(law, store => new StoreLink(store) { OnRead = async account => change(await store.ReadAsync(account, default)) });

    private static TestCaseData OnBegin(string law, Func<TokenStoreEntry, TokenStoreEntry> change) =>
        Broken(law, store => new StoreLink(store) { OnBegin = async (account, begin) => change(await store.BeginAsync(account, begin, default)) });

    private static TestCaseData OnBegin<T>(string law, T memory, Func<TokenStoreEntry, TokenStoreBegin, T, TokenStoreEntry> change) =>
        Broken(law, store => new StoreLink(store) { OnBegin = async (account, begin) => change(await store.BeginAsync(account, begin, default), begin, memory) });

    private static TestCaseData OnCommit(string law, Func<TokenStoreCommit, TokenStoreCommit> change) =>
        Broken(law, store => new StoreLink(store) { OnCommit = async (account, commit) => await store.CommitAsync(account, change(commit), default) });

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
