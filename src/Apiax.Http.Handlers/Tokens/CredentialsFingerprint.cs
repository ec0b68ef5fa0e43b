using System.Security.Cryptography;
using System.Text;

namespace Apiax.Http.Handlers;

/// <summary>
/// Tells whether two pairs of credentials are the same without keeping either: a password is to be discarded once it was used
/// (<see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.3.1">RFC 6749 §4.3.1</see>).
/// </summary>
internal readonly record struct CredentialsFingerprint
{
    // Drawn for each process, so that a fingerprint says nothing outside it.
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private readonly Int128 _hash;

    private CredentialsFingerprint(Int128 hash) => _hash = hash;

    public static CredentialsFingerprint Of(string username, string password)
    {
        var hash = HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes($"{username.Length}:{username}{password}"));
        return new CredentialsFingerprint(new Int128(BitConverter.ToUInt64(hash, 0), BitConverter.ToUInt64(hash, 8)));
    }
}
