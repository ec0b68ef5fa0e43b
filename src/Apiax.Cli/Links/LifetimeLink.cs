using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Is the token's lifetime stated, and where?</summary>
internal static class LifetimeLink
{
    public static Task<Finding> CheckAsync(CheckContext context, CancellationToken cancellationToken) => Task.FromResult(Evaluate(context));

    private static Finding Evaluate(CheckContext context)
    {
        if (context.Tokens is null)
            return Finding.NotChecked("there is no token");

        if (context.Requests.FindLifetime() is not { } found)
        {
            return Finding.Broken(
                $"neither the answer nor the token states the lifetime; {DurationText.Of(context.Options.DefaultTokenLifetime)} are assumed",
                $"If tokens expire earlier, set {nameof(ApiaxAuthOptions.DefaultTokenLifetime)} to their real lifetime.").With("lifetimeSeconds", context.Options.DefaultTokenLifetime.TotalSeconds);
        }

        var used = TimeSpan.FromSeconds(Math.Clamp(Math.Round(found.Lifetime.TotalSeconds), 1, TimeSpan.FromHours(24).TotalSeconds));
        var where = found.Member is "exp" ? "from exp in the token" : $"from {found.Member} in the answer";
        return Finding.Ok($"{DurationText.Of(used)}, {where}{(found.Lifetime > used + TimeSpan.FromSeconds(1) ? $" ({DurationText.Of(found.Lifetime)}, but no more than 1 day is used)" : "")}")
            .With("lifetimeSeconds", used.TotalSeconds).With("member", found.Member);
    }
}
