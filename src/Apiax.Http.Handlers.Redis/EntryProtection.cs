using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Encrypts entries with the application's keys, separately for each account. The first byte shows whether the entry is encrypted.</summary>
/// <param name="provider">The application's provider; null if tokens may be stored unencrypted.</param>
internal sealed class EntryProtection(IDataProtectionProvider? provider)
{
    private const string Purpose = "Apiax.Http.Handlers.TokenStore";
    private const byte Encrypted = (byte)'e';
    private const byte Clear = (byte)'c';

    /// <summary>The value to store; empty for empty content.</summary>
    public byte[] Protect(string account, ReadOnlyMemory<byte> content) =>
        content.IsEmpty ? [] : provider is null ? [Clear, .. content.Span] : [Encrypted, .. Of(provider, account).Protect(content.ToArray())];

    /// <summary>The content. Empty if it cannot be read: encrypted with unknown keys, or unencrypted although this application encrypts (it may be forged).</summary>
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
