using CsCheck;

namespace Apiax.Http.Handlers.Tests;

/// <summary>No text of a challenge makes the reader fail, and none hides a challenge that follows.</summary>
[TestFixture]
internal sealed class BearerChallengesProperties
{
    [Test]
    public void No_text_breaks_it_and_a_challenge_after_any_quoted_text_is_found() =>
        Gen.String[Gen.Char["Bbearer =,\"\\\t;()insufficient_scope\u0000ä"], 0, 60].Sample(
            text =>
            {
                BearerChallenges.HasInsufficientScope(text);
                var quoted = string.Concat(text.Select(character => $"\\{character}"));
                return BearerChallenges.HasInsufficientScope($"Basic realm=\"{quoted}\", Bearer error=\"insufficient_scope\"") &&
                    !BearerChallenges.HasInsufficientScope($"Bearer realm=\"{quoted}\"");
            },
            iter: 20_000);
}
