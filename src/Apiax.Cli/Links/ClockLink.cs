namespace Apiax.Cli;

/// <summary>Do this machine and the server agree on the time? By the header <c>Date</c>, or by the token's time of issue.</summary>
internal static class ClockLink
{
    private static readonly TimeSpan Agreement = TimeSpan.FromSeconds(2);

    // The usual tolerance of code that checks a token's times. The library itself uses the server's clock.
    private static readonly TimeSpan MaxDifference = TimeSpan.FromMinutes(5);

    public static async Task<Finding> CheckAsync(CheckContext context, CancellationToken cancellationToken) =>
        Evaluate((await context.Answer!).ClockDifference ?? context.Requests.ClockDifference);

    private static Finding Evaluate(TimeSpan? difference)
    {
        if (difference is not { } known)
            return Finding.NotChecked("neither the server's answers nor its token contain the server's time");

        var text = known.Duration() <= Agreement ? "this machine and the server agree on the time" : $"this machine's clock is {DurationText.Of(known.Duration())} {(known > TimeSpan.Zero ? "behind" : "ahead of")} the server's";
        var finding = known.Duration() <= MaxDifference ? Finding.Ok(text) : Finding.Broken(text, "Synchronize this machine's clock with a time server.");
        return finding.With("differenceSeconds", Math.Round(known.TotalSeconds, 1));
    }
}
