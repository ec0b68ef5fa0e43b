using Microsoft.AspNetCore.DataProtection;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Counts when keys are needed; encrypts nothing.</summary>
internal sealed class CountingKeys : IDataProtectionProvider, IDataProtector
{
    public int Protected { get; private set; }

    public int Unprotected { get; private set; }

    public IDataProtector CreateProtector(string purpose) => this;

    public byte[] Protect(byte[] plaintext)
    {
        Protected++;
        return plaintext;
    }

    public byte[] Unprotect(byte[] protectedData)
    {
        Unprotected++;
        return protectedData;
    }
}
