namespace Apiax.Http.Handlers;

/// <summary>Where the password comes from when it is not in the settings: a vault, a rotation, a prompt.</summary>
/// <remarks>
/// <para>Registered in the container, it wins over <see cref="ApiaxAuthOptions.Username"/> and <see cref="ApiaxAuthOptions.Password"/>; keyed
/// by a client's name, it serves that client's own account. It is resolved in a scope of its own for each question.</para>
/// <para>It is called only when a password login is due, and every 10 seconds at most while the last password counts as rejected.
/// It must not call Apiax through an authenticated client: such a call would wait for the very token that waits for these credentials.</para>
/// </remarks>
public interface IApiaxCredentialsProvider
{
    /// <summary>The credentials to sign in with now.</summary>
    /// <param name="request">For which client, and whether the credentials that were answered last have been rejected: a provider that caches then reads its vault again.</param>
    /// <param name="cancellationToken">Cancelled when the token request runs out of time (<see cref="ApiaxAuthOptions.TokenTimeout"/>), or the container is disposed of.</param>
    /// <returns>The credentials; they are not kept after the login.</returns>
    /// <remarks>An exception ends the token request as <see cref="ApiaxAuthFailure.Unavailable"/>, with that exception inside.</remarks>
    ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken);
}
