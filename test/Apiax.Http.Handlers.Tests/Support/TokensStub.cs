namespace Apiax.Http.Handlers.Tests;

/// <summary>Returns token-1, and token-2, token-3 … to replace a rejected one.</summary>
internal sealed class TokensStub : IApiaxAccessTokenProvider
{
    private ApiaxAccessToken _token = Token(1);
    private int _number = 1;

    public int Requests { get; private set; }

    public List<string> Rejected { get; } = [];

    /// <summary>While it is set, holds the token.</summary>
    public Gate? HoldToken { get; set; }

    /// <summary>While it is set, holds replacements.</summary>
    public Gate? Hold { get; set; }

    /// <summary>Called when a replacement is requested.</summary>
    public Action? OnReplace { get; set; }

    public Exception? Failure { get; set; }

    public Exception? ReplacementFailure { get; set; }

    public bool IsRationed { get; set; }

    public async ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default)
    {
        Requests++;
        if (HoldToken is { } hold)
            await hold.PassAsync(cancellationToken);

        return Failure is null ? _token : throw Failure;
    }

    public async ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default)
    {
        Rejected.Add(rejected.Value);
        OnReplace?.Invoke();
        if (Hold is { } hold)
            await hold.PassAsync(cancellationToken);
        if (ReplacementFailure is { } failure)
            throw failure;

        return IsRationed ? null : _token = Token(++_number);
    }

    private static ApiaxAccessToken Token(int number) => new($"token-{number}", DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);
}
