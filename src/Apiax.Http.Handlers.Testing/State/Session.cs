namespace Apiax.Http.Handlers.Testing;

/// <summary>What a password login opens, and every refresh carries on.</summary>
internal sealed class Session(Account account, string scope, DateTimeOffset startedOn, DateTimeOffset endsOn)
{
    public Guid Id { get; } = Guid.NewGuid();

    public Account Account { get; } = account;

    public string Scope { get; } = scope;

    public DateTimeOffset StartedOn { get; } = startedOn;

    /// <summary>The refresh token that was issued last; the only good one when they rotate.</summary>
    public string? RefreshToken { get; set; }

    public bool IsOpen(DateTimeOffset now) => !WasEnded && now < endsOn;

    /// <summary>Whether it was ended before its time, which its access tokens do not survive.</summary>
    public bool WasEnded { get; private set; }

    public void End() => WasEnded = true;
}
