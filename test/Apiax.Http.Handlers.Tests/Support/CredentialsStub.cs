namespace Apiax.Http.Handlers.Tests;

/// <summary>A vault that counts its readers.</summary>
internal sealed class CredentialsStub : IApiaxCredentialsProvider
{
    private int _reads;

    public string Username { get; set; } = "anna";

    public string Password { get; set; } = "right";

    public Exception? Failure { get; set; }

    public int Reads => _reads;

    public ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        return Failure is null ? new(new ApiaxCredentials(Username, Password)) : throw Failure;
    }
}
