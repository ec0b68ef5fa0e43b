namespace Apiax.Http.Handlers.Tests.Doubles;

/// <summary>The credentials of a test, and how often they were requested.</summary>
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
