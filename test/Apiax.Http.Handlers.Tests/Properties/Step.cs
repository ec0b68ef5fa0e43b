namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>Something that happens to one account.</summary>
internal abstract record Step
{
    /// <summary>Time passes; or the clock is set back.</summary>
    public sealed record Wait(double Seconds) : Step;

    /// <summary>A caller needs a token.</summary>
    public sealed record Get : Step;

    /// <summary>The API rejected a token: the current one, or one that is <paramref name="Age"/> tokens older.</summary>
    public sealed record Replace(int Age) : Step;

    public sealed record ReadSettings : Step;

    /// <summary>The flight under way, if there is one, ends.</summary>
    public abstract record FlightEnd : Step
    {
        public sealed record Granted(int Lifetime, bool Login) : FlightEnd;

        public sealed record Rejected(bool Misconfigured) : FlightEnd;

        public sealed record Unavailable(int RetryAfter, bool Sent, bool RefreshTokenRefused) : FlightEnd;
    }
}
