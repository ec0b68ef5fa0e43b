using System.Security.Cryptography;
using System.Text;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Tells an account and its password from others without holding either.</summary>
/// <param name="Account">A keyed hash of token endpoint, client, scope and user name.</param>
/// <param name="Password">A keyed hash of the password, of this account.</param>
internal sealed record RejectedCredentials(string Account, string Password)
{
    // So that whoever copies the file and its key needs years, not seconds, for a list of likely passwords.
    private const int Iterations = 100_000;
    private const int Bytes = 16;

    public static RejectedCredentials Of(ApiaxAuthOptions options, byte[] key)
    {
        var account = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Join('\n', options.TokenEndpoint.AbsoluteUri, options.ClientId, options.Scope, options.Username)));
        var slow = Rfc2898DeriveBytes.Pbkdf2(options.Password!, account, Iterations, HashAlgorithmName.SHA256, Bytes);
        return new RejectedCredentials(Convert.ToBase64String(account.AsSpan(0, Bytes)), Convert.ToBase64String(HMACSHA256.HashData(key, slow).AsSpan(0, Bytes)));
    }
}
