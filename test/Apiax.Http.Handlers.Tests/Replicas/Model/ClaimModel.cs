namespace Apiax.Http.Handlers.Tests;

/// <summary>
/// The store and some replicas, one atomic step at a time: replicas that die, calls that fail, answers that get lost, calls that arrive late, tokens that are used without an
/// answer, a store that loses its data. A step without a state after it is a refresh token that a second owner sends, or that is sent again after its success.
/// </summary>
internal sealed class ClaimModel(ModelRules rules)
{
    private const int MaxLate = 2;

    public IEnumerable<(string Name, ModelState? Next)> StepsOf(ModelState state)
    {
        foreach (var message in state.Late)
            yield return (message.IsRenewal ? $"a late renewal of {message.Owner}" : $"a late release of {message.Owner}", Arrive(state with { Late = [.. state.Late.Where(late => late != message)] }, message));

        for (var number = 1; number <= state.Replicas.Length; number++)
        {
            foreach (var step in StepsOf(state, number, state.Replicas[number - 1]))
                yield return step;
        }

        if (state.Store is not { Version: 0, Owner: 0 })
            yield return ("the store loses its data", state with { Store = new ModelStore(0, 0, 0, 0) });
        if (state.Store.Owner != 0)
            yield return ("the turn is evicted", state with { Store = Has(ModelRules.OneKey) ? new ModelStore(0, 0, 0, 0) : state.Store with { Owner = 0, Claim = 0 } });
    }

    private bool Has(ModelRules rule) => rules.HasFlag(rule);

    private IEnumerable<(string Name, ModelState? Next)> StepsOf(ModelState state, int number, ModelReplica replica) => replica switch
    {
        { Owes: { } owes } => [.. LateCommits(state, number, owes), Dies(state, number)],
        { Step: ModelStep.HasTurn } => [.. Turn(state, number, replica), Dies(state, number)],
        { Step: ModelStep.HasToken } => [.. Commits(state, number, replica), Dies(state, number)],
        { Step: ModelStep.Releases or ModelStep.Keeps } => [.. Ends(state, number, replica), Dies(state, number)],
        _ => [.. Begins(state, number, replica), Dies(state, number)],
    };

    private IEnumerable<(string Name, ModelState? Next)> Begins(ModelState state, int number, ModelReplica replica)
    {
        var store = state.Store;
        if (store.Version != 0 && store.Version != replica.Known)
        {
            yield return ($"{number} begins: superseded", state.With(number, new ModelReplica(store.Version)));
            yield break;
        }

        var (may, claim) = Has(ModelRules.Claim)
            ? (store.Token != 0 && (store.Claim == 0 || store.Claim == number), store.Claim)
            : (store.Owner == 0 || store.Owner == number, store.Owner == 0 || store.Owner == number ? 0 : ModelStore.Taken);
        var begun = state with
        {
            Store = store with { Owner = number, Claim = Has(ModelRules.Claim) && may ? number : claim },
            Late = Has(ModelRules.Numbers) ? [.. state.Late.Where(late => late.Owner != number)] : state.Late,
        };
        yield return ($"{number} begins, {(may ? "may" : "may not")} refresh", begun.With(number, new ModelReplica(store.Version, ModelStep.HasTurn, may, store.Version, store.Token)));
        yield return ($"{number} begins, the answer is lost", begun);
    }

    private IEnumerable<(string Name, ModelState? Next)> Turn(ModelState state, int number, ModelReplica replica)
    {
        var store = state.Store;
        if (store.Token != 0 && store.Version == replica.Version)
            yield return ($"{number} commits a back-off", BackOff(state, number));
        if (state.Late.Length < MaxLate)
            yield return ($"{number} sends a renewal, which is late", state with { Late = [.. state.Late, new ModelMessage(IsRenewal: true, number, replica.Version, replica.Token)] });
        if (!replica.May || replica.Token == 0 || (HasUsed(state, number, replica.Token) && Has(ModelRules.RemembersOwnUse)))
        {
            yield return ($"{number} signs in", state.With(number, replica with { Step = ModelStep.HasToken, May = false, Token = state.NextToken }));
            yield break;
        }

        if (state.Uses.Any(use => use.Token == replica.Token && !(use.InDoubt && use.By == number)))
        {
            yield return ($"{number} sends refresh token {replica.Token} again", null);
            yield break;
        }

        yield return ($"{number} refreshes", state.With(new ModelUse(replica.Token, number, InDoubt: false)).With(number, replica with { Step = ModelStep.HasToken, May = false, Token = state.NextToken }));
        yield return ($"{number} fails to refresh, surely unspent", state.With(number, replica with { Step = ModelStep.Releases, May = false }));
        yield return ($"{number} has no answer, spent", state.With(new ModelUse(replica.Token, number, InDoubt: true)).With(number, replica with { Step = ModelStep.Keeps, May = false }));
    }

    /// <summary>A rejected password, or a failure, is written for all; the refresh token stays as it is.</summary>
    private ModelState BackOff(ModelState state, int number)
    {
        var store = state.Store;
        var token = HasUsed(state, number, store.Token) ? 0 : store.Token;
        var claim = Has(ModelRules.ClaimOutlivesContent) ? store.Claim : 0;
        return (state with { Store = new ModelStore(state.NextVersion, token, store.Owner == number ? 0 : store.Owner, claim) }).With(number, new ModelReplica(state.NextVersion));
    }

    private static bool HasUsed(ModelState state, int number, int token) => state.Uses.Contains(new ModelUse(token, number, InDoubt: false));

    private IEnumerable<(string Name, ModelState? Next)> Ends(ModelState state, int number, ModelReplica replica)
    {
        var isInDoubt = state.Uses.Contains(new ModelUse(replica.Token, number, InDoubt: true));
        var wants = replica.Step is ModelStep.Releases || !Has(ModelRules.NeverReleaseInDoubt);
        var releases = wants && (!Has(ModelRules.OnlyHolderReleases) || (state.Store.Version == replica.Version && state.Store.Claim == number)) && !(isInDoubt && Has(ModelRules.NeverReleaseInDoubt));
        var ended = state with { Store = state.Store with { Owner = state.Store.Owner == number ? 0 : state.Store.Owner, Claim = releases ? 0 : state.Store.Claim } };
        yield return ($"{number} ends", ended.With(number, new ModelReplica(replica.Known)));
        yield return ($"{number} ends, the answer is lost", ended);
        yield return ($"{number} gives its end up", state.With(number, new ModelReplica(replica.Known)));
        if (wants && !isInDoubt && state.Late.Length < MaxLate)
            yield return ($"{number} ends, which is late", (state with { Late = [.. state.Late, new ModelMessage(IsRenewal: false, number, replica.Version, replica.Token)] }).With(number, new ModelReplica(replica.Known)));
    }

    private IEnumerable<(string Name, ModelState? Next)> Commits(ModelState state, int number, ModelReplica replica)
    {
        var committed = Commit(state, number, replica.Version, replica.Token, inDoubt: false);
        yield return ($"{number} commits", committed.With(number, new ModelReplica(committed.Store.Version)));
        yield return ($"{number} commits, the answer is lost", committed.With(number, new ModelReplica(replica.Known, Owes: (replica.Version, replica.Token, true))));
        yield return ($"{number} fails to commit", state.With(number, new ModelReplica(replica.Known, Owes: (replica.Version, replica.Token, false))));
    }

    private IEnumerable<(string Name, ModelState? Next)> LateCommits(ModelState state, int number, (int Expected, int Token, bool InDoubt) owes)
    {
        var committed = Commit(state, number, owes.Expected, owes.Token, owes.InDoubt);
        yield return ($"{number} commits late", committed.With(number, new ModelReplica(0)));
        yield return ($"{number} commits late, the answer is lost", committed.With(number, state.Replicas[number - 1] with { Owes = owes with { InDoubt = true } }));
    }

    private ModelState Commit(ModelState state, int number, int expected, int token, bool inDoubt)
    {
        var store = state.Store.Owner == number ? state.Store with { Owner = 0 } : state.Store;
        var isExpected = store.Version == expected && !(inDoubt && store.Version == 0 && Has(ModelRules.InDoubtOverExpected));

        // The entry of another's rejected login still has the refresh token that this replica has used.
        var overrules = store.Version != 0 && (!Has(ModelRules.NeverOverrule) || HasUsed(state, number, store.Token));
        return state with { Store = isExpected || overrules ? new ModelStore(state.NextVersion, token, store.Owner, 0) : store };
    }

    private ModelState Arrive(ModelState state, ModelMessage message)
    {
        var store = state.Store;
        if (!message.IsRenewal)
        {
            var releases = store.Version == message.Version && store.Claim == message.Owner;
            return state with { Store = store with { Owner = store.Owner == message.Owner ? 0 : store.Owner, Claim = releases ? 0 : store.Claim } };
        }

        // Without numbers, it cannot be distinguished from a begin.
        var isGranted = !Has(ModelRules.Numbers) && (store.Version == 0 || store.Version == message.Version) && (store.Owner == 0 || store.Owner == message.Owner);
        return isGranted ? state with { Store = store with { Owner = message.Owner, Claim = store.Token != 0 && store.Claim == 0 ? message.Owner : store.Claim } } : state;
    }

    private static (string Name, ModelState? Next) Dies(ModelState state, int number) => (
        $"{number} dies",
        (state with
        {
            Store = state.Store with { Owner = state.Store.Owner == number ? ModelStore.Dead : state.Store.Owner, Claim = state.Store.Claim == number ? ModelStore.Dead : state.Store.Claim },
            Uses = [.. state.Uses.Select(use => use.By == number ? use with { By = ModelStore.Dead } : use).Distinct()],
        }).With(number, new ModelReplica(0)));
}
