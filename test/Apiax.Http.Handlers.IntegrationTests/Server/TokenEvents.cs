using System.Security.Claims;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>What this authorization server adds to OpenIddict: who may sign in, and a log.</summary>
internal sealed class TokenEvents(Account account, AuthorizationServerOptions options, ServerLog log)
{
    private const string Parameters = "parameters as sent";

    public void AddTo(OpenIddictServerBuilder server) => server
        .AddEventHandler<ExtractTokenRequestContext>(handler => handler
            .UseInlineHandler(Extracted)
            .SetOrder(int.MaxValue - 1_000))
        .AddEventHandler<HandleTokenRequestContext>(handler => handler
            .UseInlineHandler(SignIn)
            .SetOrder(OpenIddictServerHandlers.Exchange.AttachPrincipal.Descriptor.Order - 500))
        .AddEventHandler<ApplyTokenResponseContext>(handler => handler
            .UseInlineHandler(Answered)
            .SetOrder(OpenIddictServerHandlers.Exchange.NormalizeErrorResponse.Descriptor.Order + 500));

    private ValueTask Extracted(ExtractTokenRequestContext context)
    {
        if (context.Request is { } request)
        {
            context.Transaction.Properties[Parameters] = request.GetParameters().Select(parameter => parameter.Key).ToArray();
            if (!options.RejectClientAssertionType && request.ClientAssertion is null)
                request.ClientAssertionType = null;
        }

        return default;
    }

    /// <summary>The password grant; OpenIddict handles a refresh itself.</summary>
    private async ValueTask SignIn(HandleTokenRequestContext context)
    {
        var request = context.Request;
        if (!request.IsPasswordGrantType())
            return;
        if (options.LoginDuration is { Ticks: > 0 } duration)
            await Task.Delay(duration, TimeProvider.System);

        if (!account.Accepts(request.Username, request.Password))
        {
            context.Reject(Errors.InvalidGrant, "Invalid user credentials");
            return;
        }

        var identity = new ClaimsIdentity("password", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, account.Username);

        // Apiax issues a refresh token without a request for one.
        identity.SetScopes(request.GetScopes().Add(Scopes.OfflineAccess).Distinct(StringComparer.Ordinal));
        context.SignIn(new ClaimsPrincipal(identity));
    }

    private ValueTask Answered(ApplyTokenResponseContext context)
    {
        var parameters = context.Transaction.Properties.TryGetValue(Parameters, out var sent) ? (string[])sent! : [];
        var token = context.Response.AccessToken is { } text ? new JsonWebToken(text) : null;
        log.Add(new TokenRequest(context.Request?.GrantType, parameters, context.Error)
        {
            Session = token?.GetClaim(Claims.Private.AuthorizationId).Value,
            Token = token?.Id,
            Lifetime = context.Response.ExpiresIn is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Presented = context.Request?.RefreshToken?.GetHashCode(StringComparison.Ordinal),
            Issued = context.Response.RefreshToken?.GetHashCode(StringComparison.Ordinal),
        });
        return default;
    }
}
