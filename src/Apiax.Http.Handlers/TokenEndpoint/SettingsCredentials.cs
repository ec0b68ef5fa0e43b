namespace Apiax.Http.Handlers;

/// <summary>The credentials in the settings in force.</summary>
/// <param name="settings">The settings in force.</param>
/// <param name="readAgain">Reads the settings again after a rejection: their source may have changed without a notification, or the notification came too early.</param>
internal sealed class SettingsCredentials(Func<ApiaxAuthOptions> settings, Action? readAgain = null) : IApiaxCredentialsProvider
{
    public ApiaxCredentials Read(bool lastRejected)
    {
        if (lastRejected)
            readAgain?.Invoke();

        var options = settings();
        return new ApiaxCredentials(options.Username!, options.Password!);
    }

    public ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken) =>
        new(Read(request.LastCredentialsRejected));
}
