using Apiax.Http.Handlers.Fuzz;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>A short run of what the fuzzer runs for minutes.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class FuzzTargetTests
{
    [Test]
    public void A_challenge_is_read_by_its_error_parameter() => Play(FuzzTarget.Challenges);

    [Test]
    public void A_recorded_body_is_sent_again_unchanged_or_not_at_all() => Play(FuzzTarget.Bodies);

    private static void Play(FuzzTarget target)
    {
        foreach (var seed in target.Seeds)
            target.Run(seed);

        var mutation = new Mutation(seed: 1, target);
        for (var number = 0; number < 20_000; number++)
            target.Run(mutation.Next());
    }
}
