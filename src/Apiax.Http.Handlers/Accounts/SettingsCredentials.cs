namespace Apiax.Http.Handlers;

/// <summary>The credentials that stand in the settings in force.</summary>
internal sealed class SettingsCredentials(Func<ApiaxAuthOptions> settings) : IApiaxCredentialsProvider
{
    public ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken)
    {
        var options = settings();
        return new ValueTask<ApiaxCredentials>(new ApiaxCredentials(options.Username!, options.Password!));
    }
}
