using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Apiax.Http.Handlers;

/// <summary>The bytes of a store's entry, as JSON: replicas of the next version must read it, so members may be added but never change their meaning.</summary>
/// <remarks>A debugger does not show its texts: they are tokens or a server's texts.</remarks>
internal sealed class SharedAccountContent
{
    public long Version { get; init; }

    public DateTimeOffset BegunOn { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public byte[]? Salt { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? AccessToken { get; init; }

    public long AccessTokenLasts { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? RefreshToken { get; init; }

    public long RefreshTokenLasts { get; init; }

    public long? RefreshTokenLife { get; init; }

    public bool IsSessionEnding { get; init; }

    public long LoggedInFor { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public RejectionContent[]? Rejected { get; init; }

    public FailureContent? Failure { get; init; }

    /// <summary>Members of a later release, kept when this release writes the entry.</summary>
    [JsonExtensionData]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public Dictionary<string, JsonElement>? UnknownMembers { get; set; }
}

/// <summary>Credentials that were rejected.</summary>
internal sealed class RejectionContent
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public int Mark { get; init; }

    public int Times { get; init; }

    public long PauseLasts { get; init; }
}

/// <summary>A failure in an entry or in a note.</summary>
internal sealed class FailureContent
{
    public ApiaxAuthFailure Reason { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Message { get; init; } = "";

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Error { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ErrorDescription { get; init; }

    public static FailureContent? Of(ApiaxAuthException? failure) =>
        failure is null ? null : new() { Reason = failure.Reason, Message = failure.Message, Error = failure.Error, ErrorDescription = failure.ErrorDescription };

    public ApiaxAuthException ToException() => new(Reason, Message) { Error = Error, ErrorDescription = ErrorDescription };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(SharedAccountContent))]
[JsonSerializable(typeof(TurnNoteContent))]
internal sealed partial class SharedAccountContext : JsonSerializerContext;
