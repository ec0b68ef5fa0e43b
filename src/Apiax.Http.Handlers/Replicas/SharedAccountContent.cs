using System.Diagnostics;
using System.Text.Json.Serialization;

namespace Apiax.Http.Handlers;

/// <summary>The bytes of a store's entry, as JSON: replicas of the next version must read it, so members are added and never given another meaning.</summary>
/// <remarks>No debugger shows its texts: they are tokens, or a server's words.</remarks>
internal sealed class SharedAccountContent
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public byte[] Salt { get; init; } = [];

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? AccessToken { get; init; }

    public long AccessTokenLasts { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? RefreshToken { get; init; }

    public long RefreshTokenLasts { get; init; }

    public long LoggedInFor { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public int? Working { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public int[] Rejected { get; init; } = [];

    public int Rejections { get; init; }

    public ApiaxAuthFailure? Reason { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Message { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Error { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ErrorDescription { get; init; }

    public long PauseLasts { get; init; }

    public long? AttemptedFor { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(SharedAccountContent))]
internal sealed partial class SharedAccountContext : JsonSerializerContext;
