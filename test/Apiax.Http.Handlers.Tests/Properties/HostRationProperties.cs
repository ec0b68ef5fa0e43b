using CsCheck;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>Random calls to three hosts of one account, against the promises about rejected tokens, which are counted again from the history.</summary>
[TestFixture]
internal sealed class HostRationProperties
{
    private static readonly Gen<HostStep> Steps = Gen.Frequency(
        (6, Gen.OneOf(Gen.Double[0, 2], Gen.Double[0, 15], Gen.Double[0, 400], Gen.Double[0, 4000]).Select(seconds => (HostStep)new HostStep.Wait(Math.Round(seconds * 4) / 4))),
        (8, Gen.Select(Gen.Int[0, 3], Gen.Frequency((3, Gen.Const(true)), (2, Gen.Const(false)))).Select((host, rejects) => (HostStep)new HostStep.Call(host, rejects))),
        (1, Gen.Int[0, 3].Select(host => (HostStep)new HostStep.AnswerToOldToken(host))),
        (6, Gen.Frequency((5, Gen.Const(true)), (1, Gen.Const(false))).Select(succeeds => (HostStep)new HostStep.FlightEnd(succeeds))));

    [Test]
    public void Every_history_of_answers_is_rationed_as_promised() =>
        Steps.Array[1, 120].Sample(history => new HostRationHistory().Replay(history), iter: 8_000);

    /// <summary>Long enough that the limits of a host are reached, and that of the account if there are six.</summary>
    [Test]
    public void Every_history_of_revoked_tokens_is_rationed_as_promised() =>
        Gen.Select(Gen.OneOf(1, 6), Gen.Int[2, 15]).SelectMany((lastHost, longestWait) => Revocation(lastHost, longestWait).Array[100, 400])
            .Sample(history => new HostRationHistory().Replay(history.SelectMany(steps => steps)), iter: 300);

    private static Gen<HostStep[]> Revocation(int lastHost, int longestWait) =>
        Gen.Select(Gen.Int[0, lastHost], Gen.Int[0, longestWait * 4], Gen.Int[0, 9]).Select((host, quarters, accepts) => (HostStep[])
        [
            new HostStep.Wait(quarters / 4.0), new HostStep.Call(host, Rejects: true), new HostStep.FlightEnd(Succeeds: true), .. accepts > 0 ? [new HostStep.Call(host, Rejects: false)] : (HostStep[])[],
        ]);
}

internal abstract record HostStep
{
    public sealed record Wait(double Seconds) : HostStep;

    public sealed record Call(int Host, bool Rejects) : HostStep;

    public sealed record AnswerToOldToken(int Host) : HostStep;

    public sealed record FlightEnd(bool Succeeds) : HostStep;
}
