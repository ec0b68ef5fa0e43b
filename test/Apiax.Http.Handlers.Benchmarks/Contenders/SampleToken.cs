using System.Globalization;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>An access token of 1,200 characters, as a realm with a few roles issues them.</summary>
internal static class SampleToken
{
    private const int Length = 1200;

    public static string Text { get; } = Number(0);

    public static string Number(long serial) => "eyJ" + serial.ToString(CultureInfo.InvariantCulture).PadLeft(Length - 3, 'x');

    /// <summary>The number of the token in a header.</summary>
    public static long SerialOf(string header) => long.Parse(header.AsSpan(header.LastIndexOf('x') + 1), CultureInfo.InvariantCulture);

    /// <param name="token">The access token.</param>
    /// <param name="lifetime">Its lifetime in seconds.</param>
    /// <param name="refreshToken">A refresh token; none if null.</param>
    public static string Answer(string token, double lifetime, string? refreshToken = null)
    {
        var refresh = refreshToken is null ? "" : $", \"refresh_token\": \"{refreshToken}\"";
        return string.Create(CultureInfo.InvariantCulture, $$"""{ "access_token": "{{token}}", "expires_in": {{lifetime}}, "token_type": "bearer"{{refresh}} }""");
    }
}
