namespace Apiax.Http.Handlers.Tests;

/// <summary>Every order of steps of the store and its replicas, up to a depth: a refresh token is sent by one owner, and not again after its success.</summary>
[TestFixture]
internal sealed class ClaimModelTests
{
    [TestCase(2, 12)]
    [TestCase(3, 8)]
    public async Task No_refresh_token_is_sent_by_two_owners(int replicas, int depth)
    {
        var (states, violation) = Explore(ModelRules.All, replicas, depth);

        await TestContext.Out.WriteLineAsync($"{replicas} replicas: {states} states, to depth {depth}");
        Assert.That(violation, Is.Empty);
    }

    [TestCase(ModelRules.Claim)]
    [TestCase(ModelRules.InDoubtOverExpected)]
    [TestCase(ModelRules.ClaimOutlivesContent)]
    [TestCase(ModelRules.RemembersOwnUse)]
    [TestCase(ModelRules.Numbers)]
    [TestCase(ModelRules.OnlyHolderReleases)]
    [TestCase(ModelRules.NeverReleaseInDoubt)]
    [TestCase(ModelRules.OneKey)]
    [TestCase(ModelRules.NeverOverrule)]
    public async Task Without_one_of_the_rules_a_refresh_token_is_sent_by_two_owners(ModelRules rule)
    {
        var (states, violation) = Explore(ModelRules.All & ~rule, replicas: 2, depth: 14);

        await TestContext.Out.WriteLineAsync($"without {rule}, after {states} states: {string.Join("; ", violation)}");
        Assert.That(violation, Is.Not.Empty);
    }

    /// <summary>Breadth first: the shortest violation, step by step.</summary>
    private static (int States, IReadOnlyList<string> Violation) Explore(ModelRules rules, int replicas, int depth)
    {
        var model = new ClaimModel(rules);
        var start = ModelState.Start(replicas);
        var seen = new HashSet<string>(StringComparer.Ordinal) { start.Key() };
        var level = new List<Path> { new(start, "", Before: null) };
        for (var step = 0; step < depth; step++)
        {
            var next = new List<Path>();
            foreach (var path in level)
            {
                foreach (var (name, state) in model.StepsOf(path.State))
                {
                    if (state is null)
                        return (seen.Count, [.. path.Names().Append(name)]);

                    var canonical = state.Canonical();
                    if (seen.Add(canonical.Key()))
                        next.Add(new Path(canonical, name, path));
                }
            }

            level = next;
        }

        return (seen.Count, []);
    }

    private sealed record Path(ModelState State, string Name, Path? Before)
    {
        public IEnumerable<string> Names() => Before is null ? [] : Before.Names().Append(Name);
    }
}
