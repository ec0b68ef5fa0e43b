using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Apiax.Http.Handlers;

/// <summary>The members of a token answer or error answer that matter; realms add others of any name and type.</summary>
/// <remarks>No debugger shows its texts: they are tokens, or a server's words that may repeat what it was sent.</remarks>
internal sealed class TokenResponse
{
    [JsonPropertyName("access_token")]
    [JsonConverter(typeof(TextOrNothing))]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? AccessToken { get; init; }

    [JsonPropertyName("refresh_token")]
    [JsonConverter(typeof(TextOrNothing))]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? RefreshToken { get; init; }

    [JsonPropertyName("token_type")]
    [JsonConverter(typeof(TextOrNothing))]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? TokenType { get; init; }

    [JsonPropertyName("expires_in")]
    [JsonConverter(typeof(NumberOrNumericText))]
    public double? ExpiresIn { get; init; }

    [JsonPropertyName("expires_at")]
    [JsonConverter(typeof(NumberOrNumericText))]
    public double? ExpiresAt { get; init; }

    [JsonPropertyName("refresh_expires_in")]
    [JsonConverter(typeof(NumberOrNumericText))]
    public double? RefreshExpiresIn { get; init; }

    [JsonPropertyName("error")]
    [JsonConverter(typeof(TextOrNothing))]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Error { get; init; }

    [JsonPropertyName("error_description")]
    [JsonConverter(typeof(TextOrNothing))]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ErrorDescription { get; init; }

    /// <summary>Reads an answer; nothing when it is not a JSON object.</summary>
    public static TokenResponse? Parse(ReadOnlySpan<byte> utf8)
    {
        // A reader may ignore a byte order mark (RFC 8259 §8.1); System.Text.Json does so in streams only.
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8["\uFEFF"u8.Length..];

        // Stryker disable once Block: an emptied catch returns null as well.
        try
        {
            return JsonSerializer.Deserialize(utf8, TokenResponseContext.Default.TokenResponse);
        }
        catch (JsonException)
        {
            // Its message may quote the answer, so it goes no further.
            return null;
        }
    }

    /// <summary>A text; anything else is as good as absent.</summary>
    internal sealed class TextOrNothing : JsonConverter<string?>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType is JsonTokenType.String)
                return reader.GetString();

            reader.Skip();
            return null;
        }

        public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options) => throw new NotSupportedException();
    }

    /// <summary>A number, or a text that is one; anything else is as good as absent.</summary>
    internal sealed class NumberOrNumericText : JsonConverter<double?>
    {
        public override double? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType is JsonTokenType.Number or JsonTokenType.String)
                return double.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

            reader.Skip();
            return null;
        }

        public override void Write(Utf8JsonWriter writer, double? value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}

/// <summary>Generated, since native AOT has no reflection.</summary>
[JsonSerializable(typeof(TokenResponse))]
internal sealed partial class TokenResponseContext : JsonSerializerContext;
