using System.Security.Cryptography;
using System.Text;

namespace Apiax.Http.Handlers;

/// <summary>
/// Shows whether two pairs of credentials are the same, without keeping either: a password must be discarded after use
/// (<see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.3.1">RFC 6749 §4.3.1</see>).
/// </summary>
internal sealed record CredentialsFingerprint
{
    // Random for each process, so that a fingerprint is useless outside it.
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    // Not Int128: types with such a field cannot be compiled ahead of time.
    private readonly ulong _high;
    private readonly ulong _low;

    private CredentialsFingerprint(ulong high, ulong low)
    {
        _high = high;
        _low = low;
    }

    /// <remarks>User names are compared without case, as by servers.</remarks>
    public static CredentialsFingerprint Of(string username, string password)
    {
        var hash = HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes($"{username.Length}:{username.ToUpperInvariant()}{password}"));
        return new CredentialsFingerprint(BitConverter.ToUInt64(hash, 0), BitConverter.ToUInt64(hash, 8));
    }
}
