namespace Apiax.Http.Handlers;

/// <summary>Returns the credentials when they are not in the settings but, for example, in a vault or entered at a prompt.</summary>
/// <remarks>
/// <para>If registered, it takes precedence over <see cref="ApiaxAuthOptions.Username"/> and <see cref="ApiaxAuthOptions.Password"/>; keyed
/// by a client's name, it serves that client's own account. It is resolved in a new scope for each call.</para>
/// <para>It is called when a password login is due; again before a rejected password is sent a second time; then, while that counts as rejected, every 10
/// seconds at most, and after each reload of the settings. If replicas share a store, it is also called before the first access to it, for the user name.
/// It must not call Apiax through a client with <c>AddApiaxAuth</c>: that call would wait for the token that needs these credentials.</para>
/// </remarks>
public interface IApiaxCredentialsProvider
{
    /// <summary>Returns the current credentials.</summary>
    /// <param name="request">For which client, and whether the last credentials were rejected: a provider with a cache must then read its source again.</param>
    /// <param name="cancellationToken">Cancelled after <see cref="ApiaxAuthOptions.TokenTimeout"/>, or when the container is disposed.</param>
    /// <returns>The credentials; they are not kept after the login.</returns>
    /// <remarks>If it throws, the token request fails with <see cref="ApiaxAuthFailure.Unavailable"/> and this exception as inner exception.</remarks>
    ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken);
}
