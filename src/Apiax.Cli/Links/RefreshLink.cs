namespace Apiax.Cli;

/// <summary>Does the server issue another token without the password?</summary>
internal static class RefreshLink
{
    public static async Task<Finding> CheckAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Tokens is not { } tokens)
            return Finding.NotChecked("there is no token");

        const string Effect = "The service works, but sends the password for each new token.";
        if (tokens.RefreshToken is null)
            return Finding.Broken("the server issues no refresh token", $"{Effect} Ask Apiax to allow refresh tokens for this account.");

        var outcome = await context.Requests.RefreshAsync(tokens, cancellationToken);
        if (outcome.Failure is not { } failure)
        {
            context.Use(outcome.Tokens!);
            return Finding.Ok("the server issues another token without the password");
        }

        if (!failure.IsVerdict)
            return Finding.Broken(context.Untrusted.Of(failure.Message, 400), "Try again in a few minutes.");

        var words = failure.Error is null ? "without a reason" : context.Untrusted.Of($"{failure.Error}{(failure.ErrorDescription is null ? "" : $": {failure.ErrorDescription}")}");
        return Finding.Broken($"the server refuses the refresh token that it has just issued ({words})", Effect);
    }
}
