using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using OpenIddict.Validation.AspNetCore;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>
/// The protected API, a separate host: it continues while the authorization server is down, and checks each token in the database.
/// </summary>
internal static class ApiHost
{
    public static WebApplication Create(ServerKeys keys, ServerDatabase database, TimeProvider time, AuthorizationServerOptions options, ServerLog log)
    {
        var builder = LoopbackHost.CreateBuilder(Ports.Any, keys, time);
        database.AddTo(builder.Services);
        builder.Services.AddAuthentication(OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme);
        builder.Services.AddAuthorization();
        builder.Services.AddOpenIddict().AddValidation(validation =>
        {
            validation.SetIssuer(TokenHost.Issuer);
            validation.SetConfiguration(new OpenIddictConfiguration { Issuer = TokenHost.Issuer, SigningKeys = { keys.Signing } });
            validation.EnableTokenEntryValidation();
            validation.Configure(settings => settings.TokenValidationParameters.ClockSkew = TimeSpan.Zero);
            validation.UseAspNetCore();
        });

        var app = builder.Build();
        app.Use(async (context, next) =>
        {
            context.Response.OnStarting(() =>
            {
                if (options.ForbidsDeadTokens && context.Response.StatusCode == StatusCodes.Status401Unauthorized)
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    context.Response.Headers.WWWAuthenticate = default;
                }

                log.Add(new ApiCall(
                    context.Request.Method, context.Request.Path, context.Response.StatusCode, context.User.GetClaim(OpenIddictConstants.Claims.JwtId))
                {
                    HadBearer = context.Request.Headers.Authorization.Count > 0,
                    Session = context.User.GetAuthorizationId(),
                    Remaining = context.User.GetExpirationDate() - time.GetUtcNow(),
                });
                return Task.CompletedTask;
            });
            await (log.ApiGate?.PassAsync() ?? Task.CompletedTask);
            await next(context);
        });
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        MapRules(app);
        return app;
    }

    private static void MapRules(WebApplication app)
    {
        var rules = app.MapGroup("/rules").RequireAuthorization();
        rules.MapGet("", () => Results.Text("""["rule"]""", "application/json"));
        rules.MapPost("echo", async (HttpContext context) =>
        {
            context.Response.ContentType = context.Request.ContentType;
            await context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
        });
        rules.MapGet("moved", (string to) => Results.Redirect(to));
    }
}
