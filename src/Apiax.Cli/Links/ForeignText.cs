using System.Globalization;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>
/// What others say (servers, certificates), as it may stand on the screen: bounded, without what would steer a terminal, and without the
/// secrets that were sent, since a server may echo them.
/// </summary>
internal sealed class ForeignText(ApiaxAuthOptions options)
{
    private readonly List<TokenRequest> _secrets = [];

    /// <summary>From now on this is a secret.</summary>
    public void Withhold(string? secret)
    {
        if (!string.IsNullOrEmpty(secret))
            _secrets.Add(TokenRequest.Refresh(options, secret));
    }

    public string Of(string? text, int length = 200)
    {
        var safe = string.Concat((text ?? "").Where(character => !char.IsControl(character) && char.GetUnicodeCategory(character) is not UnicodeCategory.Format)).Trim();
        foreach (var secret in _secrets)
            safe = secret.Presentable(safe, int.MaxValue) ?? "";

        return safe.Length == 0 ? "nothing" : safe.Length <= length ? safe : safe[..length];
    }
}
