namespace Apiax.Http.Handlers.Tests.Doubles;

/// <summary>Credentials as a test wants them, and how often somebody asked.</summary>
internal sealed class ScriptedCredentials(Func<CancellationToken, ValueTask<ApiaxCredentials>> answer) : IApiaxCredentialsProvider
{
    public ScriptedCredentials(string password = "password")
        : this(_ => ValueTask.FromResult(new ApiaxCredentials("user", password)))
    {
    }

    public int Questions { get; private set; }

    public ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken)
    {
        Questions++;
        return answer(cancellationToken);
    }
}
