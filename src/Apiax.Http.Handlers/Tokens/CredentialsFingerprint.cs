using System.Security.Cryptography;
using System.Text;

namespace Apiax.Http.Handlers;

/// <summary>
/// Tells whether two pairs of credentials are the same without keeping either: a password is to be discarded once it was used
/// (<see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.3.1">RFC 6749 §4.3.1</see>).
/// </summary>
internal sealed record CredentialsFingerprint
{
    // Drawn for each process, so that a fingerprint says nothing outside it.
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    // Not Int128: types that hold one cannot be compiled ahead.
    private readonly ulong _high;
    private readonly ulong _low;

    private CredentialsFingerprint(ulong high, ulong low)
    {
        _high = high;
        _low = low;
    }

    public static CredentialsFingerprint Of(string username, string password)
    {
        var hash = HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes($"{username.Length}:{username}{password}"));
        return new CredentialsFingerprint(BitConverter.ToUInt64(hash, 0), BitConverter.ToUInt64(hash, 8));
    }
}
