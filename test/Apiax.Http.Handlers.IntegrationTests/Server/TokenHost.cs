using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>OpenIddict with Apiax's path, grants and client.</summary>
internal static class TokenHost
{
    public const string Path = "auth/realms/apiax/protocol/openid-connect/token";
    private const string RevocationPath = "auth/realms/apiax/protocol/openid-connect/revoke";

    /// <summary>The same for http and https and after a restart: otherwise the API would reject the tokens.</summary>
    public static Uri Issuer { get; } = new("https://localhost/auth/realms/apiax");

    public static WebApplication Create(
        Ports ports, ServerKeys keys, ServerDatabase database, TimeProvider time, TokenEvents events, AuthorizationServerOptions options, ServerLog log)
    {
        var builder = LoopbackHost.CreateBuilder(ports, keys, time);
        database.AddTo(builder.Services);
        builder.Services.AddOpenIddict().AddServer(server =>
        {
            server.SetIssuer(Issuer).SetTokenEndpointUris(Path).SetRevocationEndpointUris(RevocationPath);
            server.AllowPasswordFlow().AllowRefreshTokenFlow();
            server.SetAccessTokenLifetime(options.AccessTokenLifetime).SetRefreshTokenLifetime(options.RefreshTokenLifetime);
            server.DisableSlidingRefreshTokenExpiration().SetRefreshTokenReuseLeeway(null);
            if (!options.RequireRefreshTokenRotation)
                server.DisableRollingRefreshTokens();

            server.AddSigningKey(keys.Signing).AddEncryptionKey(keys.Encryption).DisableAccessTokenEncryption();
            server.Configure(settings => settings.TokenValidationParameters.ClockSkew = TimeSpan.Zero);
            server.UseAspNetCore().DisableTransportSecurityRequirement();
            events.AddTo(server);
        });

        var app = builder.Build();
        app.Use(async (context, next) =>
        {
            await (log.TokenGate?.PassAsync() ?? Task.CompletedTask);
            await (options.CompressesAnswers ? CompressAsync(context.Response, next) : next());
        });
        app.UseAuthentication();
        return app;
    }

    private static async Task CompressAsync(HttpResponse response, Func<Task> next)
    {
        var wire = response.Body;
        using var plain = new MemoryStream();
        response.Body = plain;
        await next();
        response.Body = wire;
        response.ContentLength = null;
        response.Headers.ContentEncoding = "gzip";
        await using var gzip = new GZipStream(wire, CompressionLevel.Fastest, leaveOpen: true);
        await gzip.WriteAsync(plain.ToArray());
    }

    public static async Task RegisterClientAsync(IServiceProvider services)
    {
        await ServerDatabase.CreateTablesAsync(services);
        await services.GetRequiredService<IOpenIddictApplicationManager>().CreateAsync(new OpenIddictApplicationDescriptor
        {
            ClientId = ApiaxAuthDefaults.ClientId,
            ClientType = ClientTypes.Public,
            Permissions = { Permissions.Endpoints.Token, Permissions.Endpoints.Revocation, Permissions.GrantTypes.Password, Permissions.GrantTypes.RefreshToken },
        });
    }
}
