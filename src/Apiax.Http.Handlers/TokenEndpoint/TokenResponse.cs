using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Apiax.Http.Handlers;

/// <summary>The members of a token answer or error answer that matter; realms add others of any name and type.</summary>
/// <remarks>No debugger shows its texts: they are tokens, or a server's words that may repeat what it was sent.</remarks>
internal sealed class TokenResponse
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

    /// <summary>Reads an answer; nothing when it is not a JSON object.</summary>
    /// <remarks>By hand: a serializer is another 150 methods for the JIT before the first call of a process.</remarks>
    public static TokenResponse? Parse(ReadOnlySpan<byte> utf8)
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
            // The second is the reader's word for a text that is no Unicode. A message may quote the answer, so it goes no further.
            return null;
        }
    }

    private static TokenResponse? Read(Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartObject)
            return null;

        var response = new TokenResponse();
        for (reader.Read(); reader.TokenType is JsonTokenType.PropertyName; reader.Read())
            response.Take(ref reader);

        // What follows the object is no JSON: the reader throws.
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

    /// <summary>A text; anything else is as good as absent.</summary>
    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.String)
            return reader.GetString();

        reader.Skip();
        return null;
    }

    /// <summary>A number, or a text that is one; anything else is as good as absent.</summary>
    private static double? Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.Number or JsonTokenType.String)
            return double.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

        reader.Skip();
        return null;
    }
}
