using System.Security.Cryptography;
using System.Text;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Identifies an account and its password without storing either.</summary>
/// <param name="Account">A keyed hash of token endpoint and user name: a server locks the user for all clients and scopes.</param>
/// <param name="Password">A keyed hash of the password, of this account.</param>
/// <param name="Request">A keyed hash of client and scope: a refusal without a reason may be about them.</param>
internal sealed record RejectedCredentials(string Account, string Password, string Request)
{
    // So that an attacker with the file and its key needs years, not seconds, to try a list of likely passwords.
    private const int Iterations = 100_000;
    private const int Bytes = 16;

    public static RejectedCredentials Of(ApiaxAuthOptions options, byte[] key)
    {
        // Keycloak ignores case in user names. With a server that does not, two users are one here: one may have to wait, but no password is sent twice.
        var account = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{Addresses.Of(options.TokenEndpoint)}\n{options.Username!.ToLowerInvariant()}"));
        var slow = Rfc2898DeriveBytes.Pbkdf2(options.Password!, account, Iterations, HashAlgorithmName.SHA256, Bytes);
        var request = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{options.ClientId}\n{options.Scope}"));
        return new RejectedCredentials(Text(account), Text(HMACSHA256.HashData(key, slow)), Text(request));
    }

    private static string Text(byte[] hash) => Convert.ToBase64String(hash.AsSpan(0, Bytes));
}
