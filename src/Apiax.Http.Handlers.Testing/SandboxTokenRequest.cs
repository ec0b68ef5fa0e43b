using System.Diagnostics;

namespace Apiax.Http.Handlers.Testing;

/// <summary>A request that reached the token endpoint, and its outcome.</summary>
public sealed class SandboxTokenRequest
{
    internal SandboxTokenRequest(
        DateTimeOffset receivedOn, IReadOnlyDictionary<string, string> form, IReadOnlyDictionary<string, string> headers)
    {
        ReceivedOn = receivedOn;
        Form = form;
        Headers = headers;
    }

    /// <summary>When it arrived, by the sandbox's clock.</summary>
    public DateTimeOffset ReceivedOn { get; }

    /// <summary>The form, including password and refresh token. Of a parameter that was sent twice, the first value.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IReadOnlyDictionary<string, string> Form { get; }

    /// <summary>The headers by name; case does not matter.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary><c>password</c> or <c>refresh_token</c>, as it was sent.</summary>
    public string? GrantType => Form.GetValueOrDefault("grant_type");

    /// <summary>The user name of a password login.</summary>
    public string? Username => Form.GetValueOrDefault("username");

    /// <summary>Whether the request had a header <c>Authorization</c>; a public client sends none.</summary>
    public bool HasAuthorization => Headers.ContainsKey("Authorization");

    /// <summary>Whether the request had a <c>client_assertion_type</c>, as Apiax documents for a refresh.</summary>
    public bool HasClientAssertionType => Form.ContainsKey("client_assertion_type");

    /// <summary>The outcome.</summary>
    public SandboxTokenOutcome Outcome { get; private set; }

    /// <summary>The OAuth error of the answer, for example <c>invalid_grant</c>; null unless the request was refused.</summary>
    public string? Error { get; private set; }

    /// <summary>Shows the grant, the user and the outcome, but no secret.</summary>
    public override string ToString() =>
        $"{GrantType ?? "no grant type"}{(Username is null ? "" : $" of {Username}")}: {Outcome}{(Error is null ? "" : $" ({Error})")}";

    internal void Settle(SandboxTokenOutcome outcome, string? error = null)
    {
        Error = error;
        Outcome = outcome;
    }
}
