using CsCheck;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>A failure prints its seed and the shortest history that it found; <c>CsCheck_Seed</c> in the environment replays it.</summary>
[TestFixture]
internal sealed class TokenStateProperties
{
    private static readonly Gen<Step> Steps = Gen.Frequency(
        (6, Gen.OneOf(Gen.Double[0, 2], Gen.Double[0, 60], Gen.Double[0, 2000], Gen.Double[-50, 0], Gen.Double[-1000, -70]).Select(seconds => (Step)new Step.Wait(Math.Round(seconds * 4) / 4))),
        (8, Gen.Const((Step)new Step.Get())),
        (5, Gen.Int[0, 2].Select(age => (Step)new Step.Replace(age))),
        (1, Gen.Const((Step)new Step.ReadSettings())),
        (4, Gen.Select(Gen.OneOf(1, 2, 60, 1800, 86_400), Gen.Bool).Select((lifetime, login) => (Step)new Step.FlightEnd.Granted(lifetime, login))),
        (3, Gen.Bool.Select(misconfigured => (Step)new Step.FlightEnd.Rejected(misconfigured))),
        (3, Gen.Select(Gen.OneOf(0, 0, 2, 40, 300), Gen.Bool, Gen.Bool).Select((retryAfter, sent, refused) => (Step)new Step.FlightEnd.Unavailable(retryAfter, sent, refused))));

    [Test]
    public void Every_history_ends_in_the_promised_decisions() =>
        Steps.Array[1, 60].Sample(history => new TokenStateHistory().Replay(history), iter: 40_000);

    /// <summary>However often and whenever callers call: an API that rejects every token causes no load on the login server.</summary>
    [Test]
    public void An_api_that_rejects_every_token_costs_twenty_replacements_an_hour_at_most() =>
        Gen.Double[0, 40].Array[1, 2000].Sample(
            pauses =>
            {
                var history = new TokenStateHistory();
                history.Replay([new Step.Get(), new Step.FlightEnd.Granted(86_400, Login: true)]);
                var replaced = 0;
                foreach (var pause in pauses)
                {
                    history.Replay([new Step.Wait(Math.Round(pause * 4) / 4)]);
                    if (history.Seconds >= 3600)
                        break;

                    history.Replay([new Step.Replace(0)]);
                    replaced += history.IsInFlight ? 1 : 0;
                    history.Replay([new Step.FlightEnd.Granted(86_400, Login: false)]);
                }

                return replaced <= 20;
            },
            iter: 500);
}
