namespace Apiax.Http.Handlers;

/// <summary>The credentials in the settings in force.</summary>
internal sealed class SettingsCredentials(Func<ApiaxAuthOptions> settings) : IApiaxCredentialsProvider
{
    public ApiaxCredentials Read()
    {
        var options = settings();
        return new ApiaxCredentials(options.Username!, options.Password!);
    }

    public ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken) => new(Read());
}
