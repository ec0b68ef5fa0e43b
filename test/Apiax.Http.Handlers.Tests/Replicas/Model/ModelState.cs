using System.Globalization;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The rules of the store and of those who use it, and wrong ones.</summary>
[Flags]
internal enum ModelRules
{
    None = 0,

    /// <summary>The entry itself records which owner got its refresh token.</summary>
    Claim = 1,

    /// <summary>An entry of another version is never overruled.</summary>
    NeverOverrule = 2,

    /// <summary>A commit in doubt is tried again only over exactly the expected version, which is not 0.</summary>
    InDoubtOverExpected = 4,

    /// <summary>Turn, claim and content are one key.</summary>
    OneKey = 8,

    /// <summary>Content without a new refresh token leaves the claim on the old one.</summary>
    ClaimOutlivesContent = 16,

    /// <summary>A call with a lower number has no effect.</summary>
    Numbers = 32,

    /// <summary>Only the holder releases a claim, at the expected version.</summary>
    OnlyHolderReleases = 64,

    /// <summary>A claim is never released after an attempt whose outcome is unknown.</summary>
    NeverReleaseInDoubt = 128,

    /// <summary>A process does not use a refresh token again that it has used, whatever the entry says.</summary>
    RemembersOwnUse = 256,

    All = 511,
}

/// <summary>What a replica is doing.</summary>
internal enum ModelStep
{
    Idle,
    HasTurn,
    HasToken,
    Releases,
    Keeps,
}

/// <summary>A replica: the version that it knows, its step with which refresh token of which version, and its pending commit.</summary>
internal sealed record ModelReplica(int Known, ModelStep Step = ModelStep.Idle, bool May = false, int Version = 0, int Token = 0, (int Expected, int Token, bool InDoubt)? Owes = null);

/// <summary>The store: an entry, whose turn it is, and who has claimed its refresh token; 0 means none, <see cref="Dead"/> a replica that has died.</summary>
internal sealed record ModelStore(int Version, int Token, int Owner, int Claim)
{
    public const int Dead = 9;

    /// <summary>Without claims: the turn was taken over.</summary>
    public const int Taken = 8;
}

/// <summary>A message that is still on its way.</summary>
internal readonly record struct ModelMessage(bool IsRenewal, int Owner, int Version, int Token);

/// <summary>A refresh token that a replica has used, certainly or possibly.</summary>
internal readonly record struct ModelUse(int Token, int By, bool InDoubt);

/// <summary>The whole state. Versions and refresh tokens are numbered in the order in which they occur: states that differ only in these numbers are one.</summary>
internal sealed record ModelState(ModelStore Store, ModelReplica[] Replicas, ModelUse[] Uses, ModelMessage[] Late)
{
    public static ModelState Start(int replicas) => new(new ModelStore(0, 0, 0, 0), [.. Enumerable.Range(0, replicas).Select(_ => new ModelReplica(0))], [], []);

    public int NextVersion => 1 + Replicas.SelectMany(replica => new[] { replica.Known, replica.Version, replica.Owes?.Expected ?? 0 }).Concat(Late.Select(late => late.Version)).Append(Store.Version).Max();

    public int NextToken => 1 + Replicas.SelectMany(replica => new[] { replica.Token, replica.Owes?.Token ?? 0 }).Concat(Late.Select(late => late.Token)).Concat(Uses.Select(use => use.Token)).Append(Store.Token).Max();

    public ModelState With(int number, ModelReplica replica) => this with { Replicas = [.. Replicas.Select((each, index) => index == number - 1 ? replica : each)] };

    public ModelState With(ModelUse use) => this with { Uses = [.. Uses.Append(use).Distinct()] };

    public ModelState Canonical()
    {
        var (versions, tokens) = (new Dictionary<int, int> { [0] = 0 }, new Dictionary<int, int> { [0] = 0 });
        var store = Store with { Version = Of(versions, Store.Version), Token = Of(tokens, Store.Token) };
        var replicas = Replicas.Select(replica => replica with
        {
            Known = Of(versions, replica.Known),
            Version = Of(versions, replica.Version),
            Token = Of(tokens, replica.Token),
            Owes = replica.Owes is { } owes ? (Of(versions, owes.Expected), Of(tokens, owes.Token), owes.InDoubt) : null,
        }).ToArray();
        var late = Late.OrderBy(each => (each.Owner, each.IsRenewal, each.Version, each.Token)).Select(each => each with { Version = Of(versions, each.Version), Token = Of(tokens, each.Token) }).Distinct().ToArray();

        // A refresh token that no replica holds any more is removed.
        var uses = Uses.Where(use => tokens.ContainsKey(use.Token)).Select(use => use with { Token = tokens[use.Token] }).OrderBy(use => (use.Token, use.By, use.InDoubt)).ToArray();
        return new ModelState(store, replicas, uses, late);

        static int Of(Dictionary<int, int> names, int name) => names.TryGetValue(name, out var known) ? known : names[name] = names.Count;
    }

    public string Key() => string.Create(CultureInfo.InvariantCulture, $"{Store}{string.Concat(Replicas.Select(replica => replica.ToString()))}{string.Join(',', Uses)}{string.Join(',', Late)}");
}
