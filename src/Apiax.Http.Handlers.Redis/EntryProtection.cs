using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Encrypts entries with the application's keys, each account for itself. The first byte tells what is encrypted from what is not.</summary>
/// <param name="provider">The application's; nothing where tokens may stand in clear.</param>
internal sealed class EntryProtection(IDataProtectionProvider? provider)
{
    private const string Purpose = "Apiax.Http.Handlers.TokenStore";
    private const byte Encrypted = (byte)'e';
    private const byte Clear = (byte)'c';

    /// <summary>The value; empty for nothing.</summary>
    public byte[] Protect(string account, ReadOnlyMemory<byte> content) =>
        content.IsEmpty ? [] : provider is null ? [Clear, .. content.Span] : [Encrypted, .. Of(provider, account).Protect(content.ToArray())];

    /// <summary>The content; empty when it cannot be read: encrypted with keys that this application has not, or in clear where it encrypts, since anybody may have written that.</summary>
    public byte[] Unprotect(string account, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value[0] != (provider is null ? Clear : Encrypted))
            return [];

        var content = value[1..].ToArray();
        try
        {
            return provider is null ? content : Of(provider, account).Unprotect(content);
        }
        catch (CryptographicException)
        {
            return [];
        }
    }

    private static IDataProtector Of(IDataProtectionProvider provider, string account) => provider.CreateProtector(Purpose, "v2", account);
}
