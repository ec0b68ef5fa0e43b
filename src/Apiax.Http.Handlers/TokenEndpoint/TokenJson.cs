using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Apiax.Http.Handlers;

/// <summary>The relevant members of a token answer or error answer; realms may add others of any name and type.</summary>
/// <remarks>A debugger does not show its texts: they are tokens, or a server's texts that may repeat the request.</remarks>
internal sealed class TokenJson
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? AccessToken { get; set; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? RefreshToken { get; set; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? TokenType { get; set; }

    public double? ExpiresIn { get; set; }

    public double? ExpiresAt { get; set; }

    public double? RefreshExpiresIn { get; set; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Error { get; set; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ErrorDescription { get; set; }

    /// <summary>Reads an answer; null if it is not a JSON object.</summary>
    /// <remarks>Without a serializer, which would add 150 methods for the JIT before the first call of a process.</remarks>
    public static TokenJson? Parse(ReadOnlySpan<byte> utf8)
    {
        // A reader may ignore a byte order mark (RFC 8259 §8.1); System.Text.Json does so in streams only.
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8["\uFEFF"u8.Length..];

        // Stryker disable once Block: an emptied catch returns null as well.
        try
        {
            return Read(new Utf8JsonReader(utf8));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second is the reader's exception for invalid Unicode. Its message may quote the answer, so it is not passed on.
            return null;
        }
    }

    private static TokenJson? Read(Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartObject)
            return null;

        var response = new TokenJson();
        for (reader.Read(); reader.TokenType is JsonTokenType.PropertyName; reader.Read())
            response.Take(ref reader);

        // Text after the object is not valid JSON: the reader throws.
        reader.Read();
        return response;
    }

    private void Take(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("access_token"u8))
            AccessToken = Text(ref reader);
        else if (reader.ValueTextEquals("refresh_token"u8))
            RefreshToken = Text(ref reader);
        else if (reader.ValueTextEquals("token_type"u8))
            TokenType = Text(ref reader);
        else if (reader.ValueTextEquals("expires_in"u8))
            ExpiresIn = Number(ref reader);
        else if (reader.ValueTextEquals("expires_at"u8))
            ExpiresAt = Number(ref reader);
        else if (reader.ValueTextEquals("refresh_expires_in"u8))
            RefreshExpiresIn = Number(ref reader);
        else if (reader.ValueTextEquals("error"u8))
            Error = Text(ref reader);
        else if (reader.ValueTextEquals("error_description"u8))
            ErrorDescription = Text(ref reader);
        else
            reader.Skip();
    }

    /// <summary>A string; any other value counts as absent.</summary>
    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.String)
            return reader.GetString();

        reader.Skip();
        return null;
    }

    /// <summary>A number, or a string with a number; any other value counts as absent.</summary>
    private static double? Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.Number or JsonTokenType.String)
            return double.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

        reader.Skip();
        return null;
    }
}
