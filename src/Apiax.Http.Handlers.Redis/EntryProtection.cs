using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Encrypts entries with the application's keys, each account for itself.</summary>
/// <param name="provider">The application's; nothing where tokens may stand in clear.</param>
internal sealed class EntryProtection(IDataProtectionProvider? provider)
{
    private const string Purpose = "Apiax.Http.Handlers.TokenStore";

    public byte[] Protect(string account, byte[] content) => provider is null ? content : Of(account).Protect(content);

    /// <summary>The content; empty when it was encrypted with keys that this application has not, or never was.</summary>
    public byte[] Unprotect(string account, byte[] value)
    {
        try
        {
            return provider is null ? value : Of(account).Unprotect(value);
        }
        catch (CryptographicException)
        {
            return [];
        }
    }

    private IDataProtector Of(string account) => provider!.CreateProtector(Purpose, "v1", account);
}
