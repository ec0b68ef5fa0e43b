using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Does anybody say how long the token lives, and where?</summary>
internal static class LifetimeLink
{
    public static Task<Finding> CheckAsync(Walk walk, CancellationToken cancellationToken) => Task.FromResult(Judge(walk));

    private static Finding Judge(Walk walk)
    {
        if (walk.Tokens is null)
            return Finding.NotChecked("there is no token");

        if (walk.Requests.FindLifetime() is not { } found)
        {
            return Finding.Broken(
                $"neither the answer nor the token says how long it lives; {Words.Of(walk.Options.DefaultTokenLifetime)} are assumed",
                $"If tokens end earlier, set {nameof(ApiaxAuthOptions.DefaultTokenLifetime)} to the time that they really live.").With("lifetimeSeconds", walk.Options.DefaultTokenLifetime.TotalSeconds);
        }

        var used = TimeSpan.FromSeconds(Math.Clamp(Math.Round(found.Lifetime.TotalSeconds), 1, TimeSpan.FromHours(24).TotalSeconds));
        var where = found.Member is "exp" ? "from exp in the token" : $"from {found.Member} in the answer";
        return Finding.Holds($"{Words.Of(used)}, {where}{(found.Lifetime > used + TimeSpan.FromSeconds(1) ? $" ({Words.Of(found.Lifetime)}, but no more than 1 day is used)" : "")}")
            .With("lifetimeSeconds", used.TotalSeconds).With("member", found.Member);
    }
}
