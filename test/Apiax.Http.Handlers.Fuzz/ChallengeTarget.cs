using System.Text;
using System.Text.RegularExpressions;

namespace Apiax.Http.Handlers.Fuzz;

/// <summary>
/// Reads challenges, one header in each line of the input. If .NET can split a header into challenges with well-formed parameters, the library must read the same
/// from it. For any other header, it must return a result without allocating, and must not report missing permissions that the header does not state.
/// </summary>
internal static partial class ChallengeTarget
{
    private const string Missing = "insufficient_scope";

    public static void Run(byte[] input)
    {
        using var answer = new HttpResponseMessage();
        foreach (var line in Encoding.Latin1.GetString(input).Split('\n'))
        {
            // The allocations of a first call may be the runtime's.
            var says = BearerChallenges.HasInsufficientScope(line);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Require(BearerChallenges.HasInsufficientScope(line) == says && GC.GetAllocatedBytesForCurrentThread() == before, "it allocates");
            if (says)
                Require(line.Replace("\\", "", StringComparison.Ordinal).Contains(Missing, StringComparison.Ordinal) && line.Contains("bearer", StringComparison.OrdinalIgnoreCase), "permissions are missed, and nobody says so");
            if (Expected(line) is { } expected)
                Require(says == expected, $"the challenge is read as {says}");
            answer.Headers.TryAddWithoutValidation("WWW-Authenticate", line);
        }

        var lines = answer.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var values) ? values.ToList() : [];
        Require(BearerChallenges.HasInsufficientScope(answer.Headers) == lines.Exists(line => BearerChallenges.HasInsufficientScope(line)), "several headers mean something else than each of them");
    }

    /// <returns>Whether a line states missing permissions; null if it is not well-formed.</returns>
    private static bool? Expected(string line)
    {
        using var answer = new HttpResponseMessage();
        if (!answer.Headers.TryAddWithoutValidation("WWW-Authenticate", line) || line.Any(char.IsControl))
            return null;

        // What .NET cannot split is among the texts, not among the challenges.
        var (says, challenges) = (false, answer.Headers.WwwAuthenticate.ToList());
        if (challenges.Count == 0 || !answer.Headers.TryGetValues("WWW-Authenticate", out var texts) || texts.Count() != challenges.Count)
            return null;
        if (challenges.Exists(challenge => challenge.Parameter is { } parameter && !Parameters().IsMatch(parameter)))
            return null;

        foreach (var challenge in challenges.Where(challenge => challenge.Parameter is not null && challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)))
        {
            foreach (Match parameter in Parameter().Matches(challenge.Parameter!))
                says |= parameter.Groups["name"].Value.Equals("error", StringComparison.OrdinalIgnoreCase) && Unquoted(parameter.Groups["value"].Value) == Missing;
        }

        return says;
    }

    private static string Unquoted(string value) => value.StartsWith('"') ? Pair().Replace(value[1..^1], "${second}") : value;

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private const string Token = @"[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private const string OneParameter = $@"(?<name>{Token})[ \t]*=[ \t]*(?<value>{Token}|""(?:[^""\\]|\\.)*"")";

    [GeneratedRegex($@"\A{OneParameter}(?:[ \t]*,[ \t]*{OneParameter})*\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameters();

    [GeneratedRegex(OneParameter, RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\\(?<second>.)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pair();
}
